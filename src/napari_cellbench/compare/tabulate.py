"""Results as rows of a table: how many cells, how large, how long, how much memory, how right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..data import Instances
from ..data.sizes import areas
from ..data.units import PixelSize
from ..engine import Entry
from ..scoring import DatasetScorer, Score
from ..scoring.selection import EVERYTHING, Selection
from .status import Outcome, State, Status


@dataclass(frozen=True, eq=False)
class Truth:
    """What the results are scored against.

    Attributes
    ----------
    name
        As the user reads it.
    planes
        The true objects of each plane that has truth.
    crowds
        Of each of them the regions of many cells that are not outlined one by one; empty without.
    selection
        Which objects are left out.
    numbers
        Which of the results' planes have truth, from 0; None for all.
    """

    name: str
    planes: tuple[Instances, ...]
    crowds: tuple[Instances | None, ...] = ()
    selection: Selection = EVERYTHING
    numbers: tuple[int, ...] | None = None

    def plane(self, number: int) -> Instances | None:
        """Return the true objects of one of the results' planes; None where it has no truth."""
        if self.numbers is None:
            return self.planes[number]
        return self.planes[self.numbers.index(number)] if number in self.numbers else None

    def score(self, planes: Sequence[Instances]) -> Score:
        """Score the objects of all planes together, but for planes without truth.

        Raises
        ------
        InputError
            If a plane's size isn't that of the truth.
        """
        scorer = DatasetScorer(selection=self.selection)
        crowds = self.crowds or (None,) * len(self.planes)
        scored = planes if self.numbers is None else [planes[number] for number in self.numbers]
        for true, found, crowd in zip(self.planes, scored, crowds, strict=True):
            scorer.add(true, found, crowds=crowd)
        pooled = scorer.result().pooled
        if len(scored) == len(planes):
            return pooled
        have = "has" if len(scored) == 1 else "have"
        note = f"{len(scored):,} of {len(planes):,} planes {have} truth; the others aren't scored."
        return replace(pooled, notes=(note, *pooled.notes))


@dataclass(frozen=True, eq=False)
class Result:
    """What is tabulated and reported.

    Attributes
    ----------
    name
        As the user reads it.
    status
        Where it is in the queue, with the outcome; None for labels that no queue has run.
    planes
        The objects of each plane as they are now, which may have been corrected since the run;
        empty where there are none yet.
    record
        How it came about; see `napari_cellbench.engine.provenance`.
    entry
        What was run; None for labels that no queue has run.
    corrected
        Whether the objects are others than the run gave.
    """

    name: str
    status: Status | None
    planes: tuple[Instances, ...]
    record: Mapping[str, Any]
    entry: Entry | None = None
    corrected: bool = False

    @classmethod
    def of(cls, name: str, status: Status, entry: Entry | None = None) -> Result:
        """Take what the queue gave, as it is."""
        planes = status.outcome.planes if status.outcome else ()
        record = planes[0].provenance if planes else {}
        return cls(name, status, tuple(plane.instances for plane in planes), record, entry)

    @property
    def outcome(self) -> Outcome | None:
        """What the run gave."""
        return self.status.outcome if self.status is not None else None

    @property
    def failure(self) -> str:
        """Why there is nothing; empty where there is."""
        if self.status is None or self.planes:
            return ""
        return self.status.message or str(self.status.state)


@dataclass(frozen=True, eq=False)
class Row:
    """One result in figures; None for what is not known.

    Attributes
    ----------
    name
        Of the result.
    state
        Where it is in the queue; `State.DONE` for labels that no queue has run.
    count
        Objects in all planes.
    median_area, median_area_um2
        In pixels and, where the pixels' size is known, in square micrometres.
    seconds
        Of the prediction.
    peak_memory, peak_gpu_memory
        In bytes.
    cached
        Whether the result was there already, and seconds and memory are of an earlier run; None
        for labels that no queue has run.
    score
        Against the truth; the objects of all planes together.
    ranked
        Whether the method gave each object a score, by which COCO ranks.
    failure
        Why there is nothing; empty where there is.
    record
        How it came about.
    """

    name: str
    state: State
    count: int | None
    median_area: float | None
    median_area_um2: float | None
    seconds: float | None
    peak_memory: int | None
    peak_gpu_memory: int | None
    cached: bool | None
    score: Score | None
    ranked: bool
    failure: str
    record: Mapping[str, Any]


def row(result: Result, truth: Truth | None = None, pixel_size: PixelSize | None = None) -> Row:
    """Return the figures of a result.

    Parameters
    ----------
    result
        What was found.
    truth
        Of the same planes as the result; None for none.
    pixel_size
        Size of a pixel, where known.

    Raises
    ------
    InputError
        If the truth has another size than the result.
    """
    outcome, planes = result.outcome, result.planes
    sizes = np.concatenate([areas(plane) for plane in planes]) if planes else np.zeros(0)
    sizes = sizes[sizes > 0]
    median = float(np.median(sizes)) if len(sizes) else None
    area_um2 = None if median is None or pixel_size is None else median * pixel_size.area
    return Row(
        name=result.name,
        state=result.status.state if result.status is not None else State.DONE,
        count=sum(len(plane) for plane in planes) if planes else None,
        median_area=median,
        median_area_um2=area_um2,
        seconds=outcome.seconds if outcome else None,
        peak_memory=outcome.peak_memory if outcome else None,
        peak_gpu_memory=outcome.peak_gpu_memory if outcome else None,
        cached=outcome.cached if outcome else None,
        score=truth.score(planes) if planes and truth else None,
        ranked=bool(planes) and all(plane.scores is not None for plane in planes),
        failure=result.failure,
        record=result.record,
    )


def rows(
    results: Sequence[Result],
    truth: Truth | None = None,
    pixel_size: PixelSize | None = None,
) -> list[Row]:
    """Return the figures of all results; see `row`."""
    return [row(result, truth, pixel_size) for result in results]
