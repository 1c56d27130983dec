"""What tiles tell about their layers, worked out beside the window: counts and error maps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer, Signal

from ....data import Instances
from ....data.instances import as_labels
from ....scoring.errors import error_map
from ....scoring.overlap import overlap
from ....scoring.selection import EVERYTHING, Selection
from ...jobs.latest import LatestJob, Report
from ...layers.source import current_index
from ...layers.watch import LabelsWatch
from ...score.layers import has_truth
from ..shown import ShownPlane, region_of, shown_planes

QUIET = 150
"""Edits are taken over once none came for so long, in ms."""


@dataclass(frozen=True, eq=False)
class Facts:
    """What is known of a plane of a layer.

    Attributes
    ----------
    layer
        The layer.
    count
        Objects in the plane.
    picture : (Y, X) uint8 or None
        See `napari_cellbench.scoring.errors.error_map`; None where none was asked for. Empty where
        the plane has no truth, or one of another size.
    known
        False of a plane of the truth that nobody annotated.
    """

    layer: Any
    count: int
    picture: NDArray[np.uint8] | None
    known: bool = True


@dataclass(frozen=True, eq=False)
class _Shown:
    """A layer and its plane; the truth's plane if there is one, and whether errors are drawn."""

    layer: Any
    own: ShownPlane
    true: ShownPlane | None = None
    draw: bool = False
    known: bool = True


class TileFacts(QObject):
    """Follows layers and the plane that is shown.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    found(facts)
        `Facts` of a layer.
    failed(error)
        An unexpected exception.
    """

    found = Signal(object)
    failed = Signal(object)

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._selection = EVERYTHING
        self._viewer = viewer
        self._layers: tuple[Any, ...] = ()
        self._truth: Any | None = None
        self._outdated: set[Any] = set()
        self._watch = LabelsWatch(viewer)
        self._watch.edited.connect(self._edited)
        self._watch.replaced.connect(self.refresh)
        self._job = LatestJob()
        self._job.delivered.connect(self._take)
        self._job.failed.connect(self.failed)
        self._later = QTimer(self, singleShot=True, interval=QUIET)
        self._later.timeout.connect(self._start)
        viewer.dims.events.current_step.connect(self.refresh)

    def follow(self, layers: Iterable[Any], truth: Any | None) -> None:
        """Follow these layers, and draw their errors if a truth is given."""
        known = self._layers if truth is self._truth else ()
        self._layers, self._truth = tuple(layers), truth
        self._watch.follow(self._layers)
        self._outdated.update(layer for layer in self._layers if layer not in known)
        self._later.start(0)

    def select(self, selection: Selection) -> None:
        """Leave out these objects of the errors."""
        if selection != self._selection:
            self._selection = selection
            self.refresh()

    def refresh(self, *_: object) -> None:
        """Work everything out anew, in a while."""
        self._outdated.update(self._layers)
        self._later.start(QUIET)

    def stop(self) -> None:
        """Follow nothing any longer."""
        self._later.stop()
        self._job.stop()
        self._watch.follow([])
        self._viewer.dims.events.current_step.disconnect(self.refresh)

    def _edited(self, layer: Any, _region: object) -> None:
        if layer is self._truth:
            self.refresh()
            return
        self._outdated.add(layer)
        self._later.start(QUIET)

    def _start(self) -> None:
        if self._job.busy:
            self._later.start(QUIET)
            return
        if not self._outdated:
            return
        shown = [self._shown(layer) for layer in self._layers if layer in self._outdated]
        self._outdated.clear()
        self._job.submit(partial(_find_facts, shown, self._selection))

    def _shown(self, layer: Any) -> _Shown:
        point = self._viewer.dims.point
        region = region_of(layer)
        (own,) = shown_planes(layer, current_index(layer, point), region)
        if self._truth is None or layer is self._truth:
            return _Shown(layer, own, known=has_truth(layer, own.plane.leading))
        (true,) = shown_planes(self._truth, current_index(self._truth, point), region)
        fits = true.plane.shape == own.plane.shape
        known = fits and has_truth(self._truth, true.plane.leading)
        return _Shown(layer, own, true if known else None, draw=True)

    def _take(self, facts: Facts) -> None:
        if facts.layer in self._layers:
            self.found.emit(facts)


def _find_facts(shown: list[_Shown], selection: Selection, report: Report) -> None:
    for one in shown:
        labels, picture = _read(one.own), None
        if one.draw:
            picture = np.zeros(labels.shape, np.uint8)
        if one.true is not None:
            truth = _read(one.true)
            # As drawn: what the layers show flattened, in the region that counts.
            true_cells, cells = (
                Instances.from_labels(side[one.own.region]) for side in (truth, labels)
            )
            pairs, _, _ = selection.apply(overlap(true_cells, cells), true_cells, cells)
            picture = error_map(truth, labels, known=pairs)
        report(Facts(one.layer, int(np.count_nonzero(np.unique(labels))), picture, one.known))


def _read(shown: ShownPlane) -> NDArray[np.int32]:
    """Return a whole plane, with background where nothing counts."""
    labels = np.zeros(shown.plane.shape, np.int32)
    labels[shown.region] = as_labels(shown.plane.read(shown.region))
    return labels
