"""Which of SAM's masks a person meant.

SAM's own score tells how exact a mask is, not whether it is a cell, a part of one, or a clump. What
tells that is the size of the cells, whether the mask stays clear of its neighbours, whether the
point is in its middle, and whether the outline is one in the image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .expectation import Expectation
from .prompts import Candidate, Candidates, Prompt
from .views import View

WEIGHTS: Mapping[str, float] = {
    "iou": 0.4,
    "size": 0.09,
    "contrast": 0.47,
    "centred": 0.5,
    "overlap": -0.35,
    "cut": -0.1,
    "disobeyed": -1.0,
}
"""What a point of each feature adds to a mask's score: the same for all kinds of images.

All but the last two are rounded from a fit to the IoU with the truth, on training images of
fluorescence, stained tissue and phase contrast at once. Those two are set: masks that the view cuts
off are worse than whole ones, and what a person says is right.
"""
SAMPLES = 96
"""Rows and columns of a mask that are looked at; larger ones are thinned out."""


@dataclass(frozen=True)
class Scene:
    """What is known of the surroundings of a prompt.

    Attributes
    ----------
    view
        Of the embedding.
    photograph : (height, width) uint8
        The view in grey.
    image_shape
        Rows and columns of the whole image.
    expectation
        The usual size of a cell, where it is known.
    labels : (height, width) integer
        The cells that are there, in the view.
    own
        Label of the cell that is being corrected.
    """

    view: View
    photograph: NDArray[np.uint8]
    image_shape: tuple[int, int]
    expectation: Expectation | None = None
    labels: NDArray[Any] | None = None
    own: int = 0


def rank(found: Sequence[Candidate], prompt: Prompt, scene: Scene) -> Candidates:
    """Order masks by how likely they are the cell that was pointed at, the likeliest first."""
    rows = features(found, prompt, scene)
    scores = rows @ np.array(list(WEIGHTS.values()))
    scores[[not c.mask.size for c in found]] = -1
    order = np.argsort(-scores, kind="stable")
    return Candidates(tuple(found[i] for i in order), tuple(float(scores[i]) for i in order))


def features(found: Sequence[Candidate], prompt: Prompt, scene: Scene) -> NDArray[np.float64]:
    """Measure (N, F) figures of masks, F in the order of `WEIGHTS`; all of about 0 to 1."""
    rows = [[_figures(c, prompt, scene)[name] for name in WEIGHTS] for c in found]
    return np.array(rows, np.float64).reshape(-1, len(WEIGHTS))


def _figures(c: Candidate, prompt: Prompt, scene: Scene) -> dict[str, float]:
    figures = dict.fromkeys(WEIGHTS, 0.0)
    area = int(np.count_nonzero(c.mask))
    if not area:
        return figures
    step = -(-max(c.mask.shape) // SAMPLES)
    coarse = np.pad(c.mask[::step, ::step], 2)
    figures["iou"] = c.iou
    if scene.expectation is not None:
        off = (np.log(area) - scene.expectation.log_area) / scene.expectation.spread
        figures["size"] = -float(np.log1p(off**2 / 2))
    figures["contrast"] = _contrast(c, coarse, step, scene)
    figures["centred"] = _centred(c, area, prompt)
    if scene.labels is not None:
        rows, columns = c.slices
        view_rows = slice(rows.start - scene.view.y, rows.stop - scene.view.y)
        view_columns = slice(columns.start - scene.view.x, columns.stop - scene.view.x)
        there = scene.labels[view_rows, view_columns][c.mask]
        figures["overlap"] = np.count_nonzero((there != 0) & (there != scene.own)) / area
    figures["cut"] = float(_is_cut(c, scene))
    figures["disobeyed"] = _disobeyed(c, prompt)
    return figures


def shared(a: Candidate, b: Candidate) -> int:
    """Count the pixels that two masks share."""
    ends = [np.add(c.offset, c.mask.shape) for c in (a, b)]
    low, high = np.maximum(a.offset, b.offset), np.minimum(*ends)
    if (high <= low).any():
        return 0
    parts = []
    for c in (a, b):
        (y, x), (h, w) = low - c.offset, high - low
        parts.append(c.mask[y : y + h, x : x + w])
    return int(np.count_nonzero(parts[0] & parts[1]))


def _contrast(c: Candidate, coarse: NDArray[np.bool_], step: int, scene: Scene) -> float:
    """Return how differently bright the two sides of the outline are, 0 to 1."""
    y, x = c.offset[0] - scene.view.y - 2 * step, c.offset[1] - scene.view.x - 2 * step
    rows = y + step * np.arange(coarse.shape[0])
    columns = x + step * np.arange(coarse.shape[1])
    inner, outer = _within(rows, scene.view.height), _within(columns, scene.view.width)
    mask = coarse[inner][:, outer]
    grey = scene.photograph[np.ix_(rows[inner], columns[outer])].astype(np.float32)
    core, near = ~_spread(~mask, 2), _spread(mask, 2)
    inside, outside = grey[mask & ~core], grey[near & ~mask]
    if not len(inside) or not len(outside):
        return 0.0
    difference = abs(float(inside.mean()) - float(outside.mean()))
    return difference / (difference + float(inside.std()) + float(outside.std()) + 1)


def _within(at: NDArray[np.int64], side: int) -> NDArray[np.bool_]:
    return (at >= 0) & (at < side)


def _spread(mask: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """Grow a mask by pixels that share a side with it."""
    for _ in range(steps):
        grown = mask.copy()
        grown[1:] |= mask[:-1]
        grown[:-1] |= mask[1:]
        grown[:, 1:] |= mask[:, :-1]
        grown[:, :-1] |= mask[:, 1:]
        mask = grown
    return mask


def _centred(c: Candidate, area: int, prompt: Prompt) -> float:
    """Return how near the mask's middle the first positive point is, 0 to 1."""
    positive = prompt.points[prompt.positive]
    if not len(positive):
        return 1.0
    rows, columns = c.mask.sum(1), c.mask.sum(0)
    middle = np.array([rows @ np.arange(len(rows)), columns @ np.arange(len(columns))]) / area
    distance = float(np.hypot(*(positive[0] - middle - c.offset)))
    return 1 / (1 + distance**2 / area)


def _disobeyed(c: Candidate, prompt: Prompt) -> float:
    """Return the share of points that lie on the wrong side of the outline."""
    if not len(prompt.points):
        return 0.0
    at = np.floor(prompt.points).astype(int) - c.offset
    inside: NDArray[Any] = np.asarray(((at >= 0) & (at < c.mask.shape)).all(1))
    inside[inside] = c.mask[tuple(at[inside].T)]
    return float((inside != prompt.positive).mean())


def _is_cut(c: Candidate, scene: Scene) -> bool:
    """Tell whether the mask reaches an edge of the view that isn't one of the image."""
    view, (rows, columns) = scene.view, c.slices
    ends = view.y + view.height, view.x + view.width
    return bool(
        (rows.start <= view.y > 0)
        or (columns.start <= view.x > 0)
        or (rows.stop >= ends[0] < scene.image_shape[0])
        or (columns.stop >= ends[1] < scene.image_shape[1])
    )
