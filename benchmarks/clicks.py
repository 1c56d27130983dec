"""Simulated clicks on every cell of real images: how good one click is, and how long it takes.

    python benchmarks/clicks.py --data ../shared/data
    python benchmarks/clicks.py --data ../shared/data --images 4 --cells 10 --json clicks.json

Each cell of ``val`` is clicked once at its deepest point; that click is corrected by one more, at
the deepest point of the largest error; and a box is drawn around the cell. "SAM's ranking" takes
the mask of highest predicted IoU of the one click, as micro-sam does, in the same view; "oracle" is
the best of SAM's three. "cold" knows of no cell, and guesses the size from the image; "warm" has
the image's other cells as labels. Figures are means over cells. Milliseconds are medians, of
the clock and of all processors together ("cpu ms", which a busy machine changes less).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import tifffile
from scipy.ndimage import distance_transform_edt

from napari_cellbench.data import Role
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods.segment_anything.clicking import answer, scene_of, survey
from napari_cellbench.methods.segment_anything.embedding import Embedding
from napari_cellbench.methods.segment_anything.network import load_sam
from napari_cellbench.methods.segment_anything.prompter import Prompter
from napari_cellbench.prompting.expectation import from_labels
from napari_cellbench.prompting.prompts import Candidate, Prompt
from napari_cellbench.prompting.ranking import Scene
from napari_cellbench.prompting.views import SURVEY_SIDE, best_side, view_at

SETS: dict[str, tuple[str, tuple[Role, ...]]] = {
    "fluorescence": ("dsb2018_fluo", ("nucleus",)),
    "histology": ("dsb2018_histology", ("red", "green", "blue")),
    "phase contrast": ("phase_contrast", ("phase",)),
}
COLUMNS = (
    "SAM's ranking, cold",
    "one click, cold",
    "corrected, cold",
    "SAM's ranking, warm",
    "one click, warm",
    "corrected, warm",
    "oracle of three, warm",
    "plain box",
    "box",
)


@dataclass
class Figures:
    """IoU and milliseconds by column, over cells: of the clock, and of all processors together."""

    iou: dict[str, list[float]]
    ms: dict[str, list[float]]
    cpu: dict[str, list[float]]


class Views:
    """The embeddings of an image, made where they are asked for."""

    def __init__(self, prompter: Prompter, image: np.ndarray, roles: tuple[Role, ...]) -> None:
        self.prompter, self.image, self.roles = prompter, image, roles
        self.statistics = ExactStatistics(image)
        self.made: dict[Any, Embedding] = {}
        self.seconds: list[float] = []

    def at(self, point: tuple[float, float], side: int) -> Embedding:
        view = view_at(point, self.image.shape[1:], side)
        if view not in self.made:
            start = time.perf_counter()
            self.made[view] = self.prompter.embed(self.image, self.roles, self.statistics, view)
            self.seconds.append(time.perf_counter() - start)
        return self.made[view]


def images(folder: Path, most: int | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield images (C, Y, X) and labels, evenly out of the folder."""
    paths = sorted(folder.glob("*_image.tif"))
    if most is not None and most < len(paths):
        paths = [paths[i] for i in np.linspace(0, len(paths) - 1, most).astype(int)]
    for path in paths:
        image = tifffile.imread(path)
        image = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)
        labels = tifffile.imread(path.with_name(path.name.replace("_image", "_labels")))
        yield np.ascontiguousarray(image), labels.astype(np.int32)


def deepest(mask: np.ndarray) -> tuple[float, float]:
    """Return the point of a mask that is farthest from its outline."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    cut = np.pad(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1)
    y, x = np.unravel_index(distance_transform_edt(cut).argmax(), cut.shape)
    return float(y + rows[0] - 1), float(x + columns[0] - 1)


def overlap(candidate: Candidate, truth: np.ndarray) -> float:
    """Return the IoU."""
    shared = np.count_nonzero(truth[candidate.slices] & candidate.mask)
    return shared / (np.count_nonzero(truth) + np.count_nonzero(candidate.mask) - shared)


def correction(candidate: Candidate, truth: np.ndarray) -> tuple[float, float, bool] | None:
    """Return the deepest point of the larger error, and whether it lies in the cell."""
    mask = candidate.whole(truth.shape)
    errors = {True: truth & ~mask, False: mask & ~truth}
    best: tuple[float, tuple[float, float, bool]] | None = None
    for inside, error in errors.items():
        if error.any():
            y, x = deepest(error)
            depth = distance_transform_edt(np.pad(error, 1)).max()
            if best is None or depth > best[0]:
                best = depth, (y, x, inside)
    return best and best[1]


def measure_image(
    prompter: Prompter,
    image: np.ndarray,
    labels: np.ndarray,
    roles: tuple[Role, ...],
    cells: int | None,
    figures: Figures,
) -> Views:
    """Click, correct and box cells of one image."""
    shape: tuple[int, int] = labels.shape
    views = Views(prompter, image, roles)
    ids = np.unique(labels[labels > 0])
    if cells is not None and cells < len(ids):
        ids = np.random.default_rng(0).permutation(ids)[:cells]
    whole = views.at((shape[0] / 2, shape[1] / 2), SURVEY_SIDE)
    start = time.perf_counter()
    guess = survey(prompter, whole)
    figures.ms["survey"].append(1e3 * (time.perf_counter() - start))
    figures.iou["survey: guessed by true size"].append(
        guess.size / np.sqrt(np.median(np.bincount(labels.ravel())[ids])) if guess else np.nan
    )
    for cell in ids:
        truth = labels == cell
        others = np.where(truth, 0, labels)
        point = deepest(truth)
        for name in ("cold", "warm"):
            expected = guess if name == "cold" else from_labels(others) or guess
            side = best_side(expected.size) if expected else SURVEY_SIDE
            embedding = views.at(point, side)
            known = others[embedding.view.slices] if name == "warm" else None
            scene = scene_of(embedding, expected, known)
            click_cell(prompter, embedding, scene, truth, point, name, figures)
        draw_box(prompter, embedding, scene, truth, figures)
    return views


def click_cell(
    prompter: Prompter,
    embedding: Embedding,
    scene: Scene,
    truth: np.ndarray,
    point: tuple[float, float],
    name: str,
    figures: Figures,
) -> None:
    """Click once, and correct once."""
    prompt = Prompt.click(*point)
    start, cpu = time.perf_counter(), time.process_time()
    three = prompter.ask(embedding, prompt)
    figures.ms[f"SAM's ranking, {name}"].append(1e3 * (time.perf_counter() - start))
    figures.cpu[f"SAM's ranking, {name}"].append(1e3 * (time.process_time() - cpu))
    ious = [overlap(c, truth) for c in three]
    figures.iou[f"SAM's ranking, {name}"].append(ious[int(np.argmax([c.iou for c in three]))])
    figures.iou[f"oracle of three, {name}"].append(max(ious))
    start, cpu = time.perf_counter(), time.process_time()
    found = answer(prompter, embedding, prompt, scene)
    figures.ms[f"one click, {name}"].append(1e3 * (time.perf_counter() - start))
    figures.cpu[f"one click, {name}"].append(1e3 * (time.process_time() - cpu))
    figures.iou[f"one click, {name}"].append(overlap(found.best, truth))
    error = correction(found.best, truth)
    if error is not None:
        again = prompt.corrected(*error, found.best)
        start, cpu = time.perf_counter(), time.process_time()
        found = answer(prompter, embedding, again, scene)
        figures.ms[f"corrected, {name}"].append(1e3 * (time.perf_counter() - start))
        figures.cpu[f"corrected, {name}"].append(1e3 * (time.process_time() - cpu))
    figures.iou[f"corrected, {name}"].append(overlap(found.best, truth))


def draw_box(
    prompter: Prompter, embedding: Embedding, scene: Scene, truth: np.ndarray, figures: Figures
) -> None:
    """Draw the box of the truth."""
    rows, columns = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
    prompt = Prompt.drag(rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
    start = time.perf_counter()
    plain = prompter.ask(embedding, prompt, slice(0, 1))
    figures.ms["plain box"].append(1e3 * (time.perf_counter() - start))
    figures.iou["plain box"].append(overlap(plain[0], truth))
    start, cpu = time.perf_counter(), time.process_time()
    found = answer(prompter, embedding, prompt, replace(scene, labels=None))
    figures.ms["box"].append(1e3 * (time.perf_counter() - start))
    figures.cpu["box"].append(1e3 * (time.process_time() - cpu))
    figures.iou["box"].append(overlap(found.best, truth))


def main() -> None:
    """Read the arguments, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets of images")
    parser.add_argument("--split", default="val", choices=("train", "val"))
    parser.add_argument("--weights", type=Path, help="checkpoint; default: the bundled one")
    parser.add_argument("--kinds", nargs="*", choices=SETS, default=list(SETS))
    parser.add_argument("--images", type=int, help="most images of a kind")
    parser.add_argument("--limit", "--cells", type=int, help="most cells of an image")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="file for the figures")
    args = parser.parse_args()
    weights = args.weights
    if weights is None:
        from napari_cellbench.checkpoints import checkpoints

        weights = next(c.path for c in checkpoints() if c.key == "mobile-sam")
    prompter = Prompter(load_sam(weights), args.device)
    table: dict[str, dict[str, Any]] = {}
    for kind in args.kinds:
        folder, roles = SETS[kind]
        figures, seconds = Figures(*(defaultdict(list) for _ in range(3))), []
        for image, labels in images(args.data / folder / args.split, args.images):
            views = measure_image(prompter, image, labels, roles, args.limit, figures)
            seconds += views.seconds
            # A run over all cells takes hours: what is known so far.
            means = {c: round(float(np.mean(figures.iou[c])), 3) for c in COLUMNS}
            print(kind, len(figures.iou["box"]), "cells:", means, file=sys.stderr, flush=True)
        row: dict[str, Any] = {
            "cells": len(figures.iou["box"]),
            "embedding, s": round(median(seconds), 2),
            "survey, ms": round(median(figures.ms["survey"])),
            "guessed size by true": [
                round(float(q), 2)
                for q in np.nanpercentile(figures.iou["survey: guessed by true size"], (10, 50, 90))
            ],
        }
        for column in COLUMNS:
            row[column] = round(float(np.mean(figures.iou[column])), 3)
            if figures.ms[column]:
                row[f"{column}, ms"] = round(median(figures.ms[column]))
            if figures.cpu[column]:
                row[f"{column}, cpu ms"] = round(median(figures.cpu[column]))
        table[kind] = row
        print(
            f"{kind}: {row['cells']} cells, embedding {row['embedding, s']} s, "
            f"survey {row['survey, ms']} ms, guessed size by true {row['guessed size by true']}"
        )
        print("| | " + " | ".join(COLUMNS) + " |")
        print("|---" * (1 + len(COLUMNS)) + "|")
        print("| IoU | " + " | ".join(f"{row[c]:.3f}" for c in COLUMNS) + " |")
        for unit in ("ms", "cpu ms"):
            cells = [str(row.get(f"{c}, {unit}", "–")) for c in COLUMNS]
            print(f"| {unit} | " + " | ".join(cells) + " |", flush=True)
    if args.json is not None:
        args.json.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
