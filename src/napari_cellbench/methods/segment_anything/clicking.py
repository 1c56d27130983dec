"""From a click or a box to the cell that was meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...prompting.expectation import Expectation, from_candidates
from ...prompting.prompts import Candidate, Candidates, Prompt
from ...prompting.ranking import Scene, rank, shared
from .embedding import Embedding
from .prompter import CERTAIN, DOUBTFUL, EVERY, Prompter

ROOM = 1.2
"""Side of the box around a click, in diameters of a usual cell: it is a guess."""
REACH = 2.0
"""Distance to which masks are followed, in diameters of a usual cell."""
OFFERED = 3
"""Masks that a person can choose among."""
ALIKE = 0.9
"""IoU from which two masks are one choice."""
SURVEY = 7
"""Rows and columns of points by which the size of cells is guessed."""


def answer(
    prompter: Prompter, embedding: Embedding, prompt: Prompt, scene: Scene, *, quick: bool = False
) -> Candidates:
    """Return up to three masks of what a person pointed at, the likeliest first.

    A click is asked twice: as it is, and with a box of a usual cell's size around it. A box is
    asked again with the answer. What is corrected is asked with the mask that was chosen, and with
    a box of a usual cell's size that holds all points that lie in the cell.

    Masks are followed to `REACH`, where the size of cells is known; only if the likeliest one goes
    on beyond it, all are asked for in the whole view.

    Parameters
    ----------
    prompter
        With the network that made the embedding.
    embedding
        Of a view that holds the prompt.
    prompt
        What is pointed at.
    scene
        What is there already; see `scene_of`.
    quick
        Whether a click is asked once only: half the time, for a pointer that moves on.
    """
    usual = scene.expectation
    if prompt.logits is not None and prompt.box is None and usual is not None:
        prompt = replace(prompt, box=box_around(prompt, usual))
    if usual is not None:
        near = _ranked(prompter, embedding, prompt, scene, REACH * usual.diameter, quick)
        if not near.best.unfinished:
            return _distinct(near)
    return _distinct(_ranked(prompter, embedding, prompt, scene, None, quick))


def _ranked(
    prompter: Prompter,
    embedding: Embedding,
    prompt: Prompt,
    scene: Scene,
    reach: float | None,
    quick: bool,
) -> Candidates:
    if prompt.logits is not None:
        return rank(prompter.ask(embedding, prompt, EVERY, reach), prompt, scene)
    if prompt.box is not None:
        low, _ = prompter.decode(embedding, [prompt], CERTAIN)
        again = replace(prompt, logits=low[0, 0])
        found = prompter.ask(embedding, again, EVERY, reach)
        # Where the box leaves no doubt its own mask is best; the others are for who disagrees.
        ranked = rank(found[1:], prompt, scene)
        return Candidates((found[0], *ranked.found), (ranked.scores[0], *ranked.scores))
    found = prompter.ask(embedding, prompt, DOUBTFUL, reach)
    if scene.expectation is not None and len(prompt.points) == 1 and not quick:
        boxed = replace(prompt, box=box_around(prompt, scene.expectation))
        found += prompter.ask(embedding, boxed, CERTAIN, reach)
    return rank(found, prompt, scene)


def survey(prompter: Prompter, embedding: Embedding, side: int = SURVEY) -> Expectation | None:
    """Guess the size of cells from what SAM finds all over a view: once for an image.

    Parameters
    ----------
    prompter
        With the network that made the embedding.
    embedding
        Of a view that is typical of the image.
    side
        Rows and columns of points: the time goes with its square.
    """
    found: list[Candidate] = []
    for row in range(side):
        found += found_along(prompter, embedding, row, side)
    return from_candidates(found, embedding.view.height * embedding.view.width)


def found_along(
    prompter: Prompter,
    embedding: Embedding,
    row: int,
    side: int = SURVEY,
    pause: Callable[[], None] | None = None,
) -> list[Candidate]:
    """Return what SAM finds along a row of a lattice of so many rows and columns of points."""
    view = embedding.view
    found: list[Candidate] = []
    for column in range(side):
        if pause is not None:
            pause()
        at = (row + 0.5) / side * view.height, (column + 0.5) / side * view.width
        found += prompter.ask(embedding, Prompt.click(view.y + at[0], view.x + at[1]))
    return found


def scene_of(
    embedding: Embedding,
    expectation: Expectation | None = None,
    labels: NDArray[Any] | None = None,
    own: int = 0,
) -> Scene:
    """Bring together what is known of the surroundings of a prompt.

    Parameters
    ----------
    embedding
        Of a view that holds the prompt.
    expectation
        From the cells that are there (`from_labels`), else from `survey`; None if unknown.
    labels : (height, width) integer
        The cells that are there, in the view.
    own
        Label of the cell that is being corrected.
    """
    view, grey = embedding.view, embedding.photograph
    return Scene(view, grey, embedding.image_shape, expectation, labels, own)


def box_around(prompt: Prompt, expectation: Expectation) -> tuple[float, float, float, float]:
    """Return a box of a usual cell's size around the first point that holds the positive ones."""
    half = ROOM * expectation.diameter / 2
    first, inside = prompt.points[0], prompt.points[prompt.positive]
    low = np.concatenate([[first - half], inside - half / 4]).min(0)
    high = np.concatenate([[first + half], inside + half / 4]).max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _distinct(ranked: Candidates) -> Candidates:
    """Keep the best masks, one of those that are alike, and none of which a part is missing."""
    kept: list[int] = []
    for i, c in enumerate(ranked.found):
        if len(kept) == OFFERED or c.unfinished:
            continue
        if all(_iou(c, ranked.found[k]) < ALIKE for k in kept):
            kept.append(i)
    return Candidates(tuple(ranked.found[i] for i in kept), tuple(ranked.scores[i] for i in kept))


def _iou(a: Candidate, b: Candidate) -> float:
    common = shared(a, b)
    union = int(np.count_nonzero(a.mask)) + int(np.count_nonzero(b.mask)) - common
    return common / union if union else 1.0
