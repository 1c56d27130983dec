"""Pin all that the packages of the guests need, for every system and Python that they run on.

    python scripts/pin_guests.py [--upgrade] [KEY ...]

writes ``src/napari_cellbench/methods/guests/pins/KEY.txt`` for the methods that have an
environment. Versions that are pinned stay, unless ``--upgrade`` is given.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from napari_cellbench.engine.environments.lending import NEEDED
from napari_cellbench.engine.environments.uv import command
from napari_cellbench.methods import methods
from napari_cellbench.methods.guests.common import PINS

TORCH = "torch==2.13.0"
"""The one of `constraints.txt`: it is large, and uv shares its files among environments."""


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("keys", nargs="*", metavar="KEY")
    parser.add_argument("--upgrade", action="store_true")
    args = parser.parse_args()
    for key, method in methods().items():
        environment = method.environment
        is_ours = environment is not None and environment.pins == PINS / f"{key}.txt"
        if is_ours and (not args.keys or key in args.keys):
            assert environment is not None
            pin(key, environment.packages, min(environment.pythons), upgrade=args.upgrade)


def pin(key: str, packages: tuple[str, ...], python: str, *, upgrade: bool) -> None:
    """Write the file of a guest."""
    path = PINS / f"{key}.txt"
    needed = [f"{name}>={oldest}" for name, oldest in NEEDED.items()]
    with tempfile.TemporaryDirectory() as folder:
        asked, found = Path(folder) / "asked.in", Path(folder) / "found.txt"
        asked.write_text("\n".join([*packages, *needed, TORCH]), "utf-8")
        line = [*command(), "pip", "compile", "--quiet", "--universal", "--python-version", python]
        line += ["--no-header", "--no-annotate", str(asked), "--output-file", str(found)]
        if path.exists() and not upgrade:
            line += ["--constraints", str(path)]
        subprocess.run(line, check=True)
        head = f"# Versions of all that the packages of {key} need: make guest-pins\n"
        path.write_text(head + found.read_text("utf-8"), "utf-8")
    print(path)


if __name__ == "__main__":
    main()
