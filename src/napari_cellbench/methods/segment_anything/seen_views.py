"""Views of annotated images as SAM's encoder sees them: reckoned once, asked many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Sample
from ...data.statistics import ExactStatistics
from ...files.atomic import replacing
from ...prompting.views import LARGEST_SIDE, SMALLEST_SIDE, View, best_side
from .inputs import to_photograph
from .prompter import Prompter

OF_EACH = 12
"""Views of an image, where there are few images."""
MOST = 600
"""Views in all, unless there are more images: 2 MiB each on disk, about a second on two cores."""
NEARER, FARTHER = 0.7, 1.5
"""Sides of views, in sides of the best one: nobody knows a cell's size exactly."""


@dataclass(frozen=True)
class SeenView:
    """A part of an annotated image, and what the encoder sees in it.

    Attributes
    ----------
    features : (256, 64, 64) float16
        From the encoder.
    labels : (height, width) uint16
        The cells in it, at the image's resolution.
    usual
        Diameter of the image's usual cell in pixels.
    """

    features: NDArray[np.float16]
    labels: NDArray[np.uint16]
    usual: float


class SeenViews:
    """Views of the training images, each drawn from its own number: the same in a resumed run.

    Parameters
    ----------
    samples
        Images; the photograph of each is made when it is asked for.
    labels
        Their cells, each (Y, X) uint16.
    prompter
        With the encoder.
    folder
        Keeps the features.
    seed
        Of the draws.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        labels: Sequence[NDArray[np.uint16]],
        prompter: Prompter,
        folder: Path,
        seed: int,
    ) -> None:
        kept = [i for i, cells in enumerate(labels) if cells.any()]
        self._samples = [samples[i] for i in kept]
        self._labels = [labels[i] for i in kept]
        self._areas = [np.bincount(cells.ravel())[1:] for cells in self._labels]
        self._prompter, self._folder, self._seed = prompter, folder, seed
        self._count = max(len(kept), min(OF_EACH * len(kept), MOST))

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> SeenView:
        """Return a view; its features are reckoned where they aren't known."""
        rng = np.random.default_rng((self._seed, number))
        which = number % len(self._samples)
        cells, areas = self._labels[which], self._areas[which]
        size = float(np.sqrt(np.median(areas[areas > 0])))
        view = _draw(rng, cells, size)
        turns, mirrored = int(rng.integers(4)), bool(rng.integers(2))
        gamma = float(np.exp(rng.normal(0, 0.2)))

        def turned(plane: NDArray[Any]) -> NDArray[Any]:
            plane = np.rot90(plane[::-1] if mirrored else plane, turns)
            return np.ascontiguousarray(plane)

        file = self._folder / f"{number:05d}.npy"
        if not file.exists():
            sample = self._samples[which]
            image = np.asarray(sample.image)
            pixels = to_photograph(
                image[(slice(None), *view.slices)], sample.roles, ExactStatistics(image)
            )
            pixels = np.round(255 * (turned(pixels) / 255) ** gamma).astype(np.uint8)
            shape = pixels.shape[0], pixels.shape[1]
            seen = self._prompter.embed_photograph(pixels, View(0, 0, *shape), shape)
            self._folder.mkdir(parents=True, exist_ok=True)
            with replacing(file) as opened:
                np.save(opened, seen.features)
        return SeenView(np.load(file), turned(cells[view.slices]), 2 * size / np.sqrt(np.pi))


def _draw(rng: np.random.Generator, cells: NDArray[np.uint16], size: float) -> View:
    """Draw a view that holds a cell, of about the side that suits the size of cells."""
    side = best_side(size) * float(np.exp(rng.uniform(np.log(NEARER), np.log(FARTHER))))
    side = min(max(side, SMALLEST_SIDE), LARGEST_SIDE)
    height, width = (min(round(side), whole) for whole in cells.shape)
    rows, columns = np.nonzero(cells)
    at = int(rng.integers(len(rows)))
    y, x = (
        int(np.clip(rng.integers(centre - part + 1, centre + 1), 0, whole - part))
        for centre, part, whole in zip(
            (int(rows[at]), int(columns[at])), (height, width), cells.shape, strict=True
        )
    )
    return View(y, x, height, width)
