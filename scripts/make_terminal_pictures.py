"""Make the pictures of terminals that the how-to pages show, from what the commands print.

    python scripts/make_terminal_pictures.py [NAME ...]

Commands run in a folder of their own with the sample images, by a program `cellbench` that is this
environment's. Seconds differ from run to run: each is shown as one.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import tifffile
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
NUCLEI = ROOT / "sample_data" / "nuclei"
WIDTH = 58
"""Letters of a line: legible on a telephone."""
PIXELS = 500
"""Of the picture's width, where there is room for it."""
COLOURS = [(0, 0, 0), (240, 128, 118), (150, 205, 130), (229, 192, 123)]
COLOURS += [(110, 178, 245), (198, 146, 233), (90, 200, 205), (214, 216, 220)]
THEME = TerminalTheme((38, 41, 48), (214, 216, 220), COLOURS)
"""Background, text, and colours of the first eight numbers."""
FORMAT = """\
<svg xmlns="http://www.w3.org/2000/svg" width="PIXELS" viewBox="0 0 {width} {height}">
<title>NAME</title>
<style>
.{unique_id}-matrix {{
font: {char_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
<rect width="{width}" height="{height}" rx="10" fill="#262930"/>
<g transform="translate(10, 24)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Without the buttons of a window, and with fonts of the reader's own computer alone."""
PYTHON = {
    "python": (
        "from napari_cellbench import read, score, segment",
        'sample = read("nuclei_image.tif")[0]',
        "sample.image.shape, sample.roles",
        "found = segment(sample)",
        'found.provenance["notes"]',
        "len(found.instances)",
        'truth = sample.truth["nucleus"]',
        "figures = score(truth, found.instances)",
        "round(figures.AP50, 3)",
    ),
    "add-a-metric": (
        "from napari_cellbench import read, segment",
        "from dice_metric import foreground_dice_of",
        '(sample,) = read("nuclei_image.tif")',
        'found = segment(sample, "watershed")',
        'truth = sample.truth["nucleus"]',
        "foreground_dice_of(truth, found.instances)",
    ),
}
SHELL = {
    "command-line": (
        "cellbench predict nuclei_image.tif --output labels.tif",
        "cellbench predict plate1 --method stardist \\\n    --output-dir labels",
        "cellbench predict plate1 --method stardist \\\n    --output-dir labels --resume",
    ),
    "train": (
        "cellbench train --method stardist --train corrected \\\n    --from stardist-nuclei-fluo"
        " --output mine --steps 40 --batch 2 --patch 128",
        "cellbench runs show mine",
    ),
    "benchmark": tuple(
        f"cellbench evaluate corrected --limit {count} \\\n    --method watershed \\\n"
        "    --method stardist:stardist-nuclei-fluo --output results"
        for count in (2, 3)
    ),
    "troubleshooting": (
        "cellbench predict nuclei_labels.tif --output found.tif",
        "cellbench predict nuclei_image.tif --method stardits \\\n    --output found.tif",
    ),
}
CONSOLE = """
import code, sys
console = code.InteractiveConsole()
for line in sys.stdin.read().splitlines():
    print(">>>", line, flush=True)
    console.push(line)
"""
"""Python's own console, which shows what is typed."""
SECONDS = re.compile(r"\b\d+(\.\d+)? (?=s\b)")


def prepare(folder: Path) -> dict[str, str]:
    """Fill a folder with images; return the environment that has `cellbench` and the example."""
    for file in (*NUCLEI.iterdir(), ROOT / "docs" / "examples" / "dice_metric.py"):
        shutil.copy(file, folder)
    (folder / "plate1").mkdir()
    image = tifffile.imread(NUCLEI / "nuclei_image.tif")
    half = image.shape[0] // 2
    for i in range(4):
        quarter = image[half * (i // 2) :, half * (i % 2) :][:half, :half]
        tifffile.imwrite(folder / "plate1" / f"well-{i + 1}.tif", quarter)
    truth = tifffile.imread(NUCLEI / "nuclei_labels.tif")
    (folder / "corrected").mkdir()
    for i in range(8):
        row, column = i // 2 * half // 2, i % 2 * half
        part = np.s_[row : row + half // 2, column : column + half]
        for what, plane in (("image", image), ("labels", truth)):
            tifffile.imwrite(folder / "corrected" / f"field-{i + 1}_{what}.tif", plane[part])
    programs = folder / "bin"
    programs.mkdir()
    program = programs / "cellbench"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m napari_cellbench "$@"\n')
    program.chmod(0o755)
    return os.environ | {
        "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        "CELLBENCH_CACHE": str(folder / "cache"),
        "CELLBENCH_CONFIG": str(folder / "config"),
        "CELLBENCH_DATA": str(folder / "data"),
    }


def said(command: list[str], folder: Path, environment: dict[str, str], typed: str = "") -> str:
    """Return what a command prints, on both streams, without what changes from run to run."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    return SECONDS.sub("… ", done.stdout).replace(f"{folder}{os.sep}", "")


def in_shell(name: str, folder: Path, environment: dict[str, str]) -> Text:
    """Return what a terminal shows after commands."""
    shown = Text()
    for command in SHELL[name]:
        shown.append("\n" if shown else "").append("$ ", "green").append(f"{command}\n", "bold")
        shown.append(said(["sh", "-c", command], folder, environment))
    return shown


def in_python(name: str, folder: Path, environment: dict[str, str]) -> Text:
    """Return what Python's console shows after lines."""
    shown = Text()
    typed = "\n".join(PYTHON[name])
    for line in said([sys.executable, "-c", CONSOLE], folder, environment, typed).splitlines():
        if line.startswith(">>> "):
            shown.append(">>> ", "green").append(f"{line[4:]}\n", "bold")
        else:
            shown.append(f"{line}\n")
    return shown


def main() -> None:
    """Make all pictures, or those that are named."""
    every = dict.fromkeys(SHELL, in_shell) | dict.fromkeys(PYTHON, in_python)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(every))
    parser.add_argument("--output", type=Path, default=IMAGES)
    asked = parser.parse_args()
    for name in asked.names or every:
        with tempfile.TemporaryDirectory() as folder:
            shown = every[name](name, Path(folder), prepare(Path(folder)))
        shown.rstrip()
        console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
        console.print(shown)
        console.save_svg(
            str(asked.output / f"{name}.svg"),
            theme=THEME,
            code_format=FORMAT.replace("PIXELS", str(PIXELS)).replace("NAME", name),
            unique_id=name,
        )


if __name__ == "__main__":
    main()
