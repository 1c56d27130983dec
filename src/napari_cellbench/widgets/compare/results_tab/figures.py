"""The figures of all results, computed in the background, which follow edits of the layers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal

from ....compare.tabulate import Row, row
from ....data.source import Region
from ...jobs.latest import LatestJob, Report
from ...layers.pixels import pixel_size
from ...layers.watch import LabelsWatch
from ..results import Item, Results
from ..shown import ShownItem

QUIET = 150
"""Figures are computed once no edit came for so long, in ms."""


class Figures(QObject):
    """A `compare.tabulate.Row` of each item.

    Parameters
    ----------
    viewer
        napari's viewer.
    results
        What is compared.

    Signals
    -------
    changed
        There are other rows.
    failed(error)
        An unexpected exception.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, viewer: Any, results: Results, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.results = results
        self.problem = ""
        self._rows: dict[Item, Row] = {}
        self._wanted: Counter[Item] = Counter()
        self._known: Counter[Item] = Counter()
        self._watch = LabelsWatch(viewer)
        self._job = LatestJob()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._compute)
        self._watch.edited.connect(self._edited)
        self._watch.replaced.connect(self._renew_all)
        self._job.delivered.connect(self._take)
        self._job.failed.connect(self.failed)
        results.added.connect(self._renew)
        results.changed.connect(self._renew)
        results.removed.connect(self._forget)
        results.truth_changed.connect(self._renew_all)
        results.selection_changed.connect(self._renew_all)

    def rows(self) -> list[tuple[Item, Row]]:
        """Return the rows in the items' order; one that is being computed is as it was before."""
        return [(item, self._rows[item]) for item in self.results.items() if item in self._rows]

    @property
    def is_settled(self) -> bool:
        """Whether all rows show what the layers do."""
        return all(self._known[item] == self._wanted[item] for item in self.results.items())

    def close_figures(self) -> None:
        """Compute nothing more: the widget goes."""
        self._later.stop()
        self._job.stop()
        self._watch.follow([])

    def _follow(self) -> None:
        layers = [item.layer for item in self.results.done()]
        truth = self.results.truth
        self._watch.follow([*layers, truth] if truth is not None else layers)

    def _renew(self, item: Item) -> None:
        self._wanted[item] += 1
        if item.layer is None:
            self._known[item] = self._wanted[item]
            self._rows[item] = row(ShownItem.of(item, self.results).result())
            self.changed.emit()
        else:
            self._follow()
            self._later.start(0)

    def _renew_all(self) -> None:
        for item in self.results.done():
            self._wanted[item] += 1
        self._follow()
        self._later.start(0)

    def _forget(self, item: Item) -> None:
        for known in (self._rows, self._wanted, self._known):
            known.pop(item, None)
        self._follow()
        self.changed.emit()

    def _edited(self, layer: Any, where: Region | None) -> None:
        for item in self.results.done():
            if layer in (item.layer, self.results.truth):
                self._wanted[item] += 1
        self._later.start(QUIET)

    def _compute(self) -> None:
        wanted = [one for one in self.results.done() if self._known[one] != self._wanted[one]]
        if not wanted:
            return
        shown = [ShownItem.of(item, self.results) for item in wanted]
        self.problem = next((one.problem for one in shown if one.problem), "")
        numbers = [self._wanted[item] for item in wanted]
        sizes = [pixel_size(item.layer) for item in wanted]

        def work(report: Report) -> None:
            for one, number, size in zip(shown, numbers, sizes, strict=True):
                report((one.item, number, row(one.result(), one.truth(), size)))
                if report.superseded:
                    return

        self._job.submit(work)

    def _take(self, made: tuple[Item, int, Row]) -> None:
        item, number, figures = made
        if item in self.results.items():
            self._rows[item], self._known[item] = figures, number
            self.changed.emit()
