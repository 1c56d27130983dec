"""The planes of the compared layers that are shown, and word when they change."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QEvent, QObject, QTimer, Signal
from qtpy.QtWidgets import QWidget

from ...data.instances import as_labels
from ...data.source import Plane, Region, whole
from ...errors import InputError
from ..layers.placement import check_together
from ..layers.source import current_index
from ..layers.watch import LabelsWatch
from ..score.layers import check_truth
from .results import Results
from .shown import ShownPlane, region_of, shown_planes

QUIET = 150
"""Edits are taken over once none came for so long, in ms."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A labels layer as it is shown now; it is read in whatever thread.

    Attributes
    ----------
    name
        What the user reads.
    layer
        Only its identity is used in threads.
    shown
        The plane.
    """

    name: str
    layer: Any
    shown: ShownPlane

    @property
    def plane(self) -> Plane:
        """The plane of the layer's array."""
        return self.shown.plane

    def labels(self) -> NDArray[np.int32]:
        """Read the labels, a (Y, X) copy; what wasn't segmented is background.

        Raises
        ------
        InputError
            If these are no labels.
        """
        out = np.zeros(self.plane.shape, np.int32)
        out[self.shown.region] = as_labels(self.plane.read(self.shown.region))
        return out


class Planes(QObject):
    """Follows results, truth and the plane that the viewer shows.

    Parameters
    ----------
    viewer
        napari's viewer.
    results
        What is compared.
    tab
        Whom it is for: nothing is reported while this is hidden, and all when it is shown again.

    Signals
    -------
    changed
        Something else is to be seen; edits are reported once they pause.
    """

    changed = Signal()

    def __init__(self, viewer: Any, results: Results, tab: QWidget) -> None:
        super().__init__()
        self._viewer, self._results, self._tab = viewer, results, tab
        self._owed = False
        tab.installEventFilter(self)
        self._watch = LabelsWatch(viewer)
        self._later = QTimer(self, singleShot=True, interval=QUIET)
        self._later.timeout.connect(self._tell)
        for signal in self._signals():
            signal.connect(self._renew)
        self._watch.edited.connect(self._soon)
        self._watch.replaced.connect(self._soon)
        viewer.dims.events.current_step.connect(self._soon)
        viewer.layers.events.inserted.connect(self._came_or_went)
        viewer.layers.events.removed.connect(self._came_or_went)
        self._watch.follow(self._compared())

    def results(self) -> tuple[list[Seen], list[str]]:
        """Return the results that can be compared, all of one size, and why others can't."""
        seen, problems = [], []
        for item in self._results.done():
            if item.layer in self._viewer.layers:
                try:
                    seen.append(self._seen(item.name, item.layer, region_of(item.layer)))
                except InputError as error:
                    problems.append(str(error))
        if not seen:
            return [], problems
        # The size of most; of equally many that of the first.
        size, _ = Counter(one.plane.shape for one in seen).most_common(1)[0]
        problems += [
            f"{one.name} is {_size(one.plane.shape)}, not {_size(size)} pixels."
            for one in seen
            if one.plane.shape != size
        ]
        return [one for one in seen if one.plane.shape == size], problems

    def truth(self, like: Seen) -> Seen | None:
        """Return the truth where a result covers the image; None without.

        Raises
        ------
        InputError
            If it differs in size, or lies in another place, or nobody annotated this plane.
        """
        layer = self._results.truth
        if layer is None or layer not in self._viewer.layers:
            return None
        truth = self._seen(layer.name, layer, like.shown.region)
        if truth.plane.shape != like.plane.shape:
            raise InputError(
                f"The truth, {layer.name}, is {_size(truth.plane.shape)} pixels, the results are "
                f"{_size(like.plane.shape)}: choose a truth of the image's size."
            )
        check_together(like.layer, layer, truth.plane.shape)
        check_truth(layer, truth.plane.leading)
        return truth

    def close_planes(self) -> None:
        """Follow nothing any longer."""
        self._later.stop()
        self._tab.removeEventFilter(self)
        self._watch.follow([])
        for signal in self._signals():
            signal.disconnect(self._renew)
        self._viewer.dims.events.current_step.disconnect(self._soon)
        self._viewer.layers.events.inserted.disconnect(self._came_or_went)
        self._viewer.layers.events.removed.disconnect(self._came_or_went)

    def eventFilter(self, _tab: Any, event: QEvent) -> bool:  # noqa: N802
        """Report what is owed when the tab is shown."""
        if self._owed and event.type() == QEvent.Type.Show:
            self._later.start(0)
        return False

    def _tell(self) -> None:
        # A window that isn't shown yet hides nothing.
        self._owed = not self._tab.isVisibleTo(self._tab.window())
        if not self._owed:
            self.changed.emit()

    def _seen(self, name: str, layer: Any, region: Region | None) -> Seen:
        index = current_index(layer, self._viewer.dims.point)
        (shown,) = shown_planes(layer, index, region)
        height, width = shown.plane.shape
        inside = region is None or (region[0].stop <= height and region[1].stop <= width)
        return Seen(
            name, layer, shown if inside else ShownPlane(shown.plane, whole((height, width)))
        )

    def _signals(self) -> list[Any]:
        results = self._results
        return [results.added, results.changed, results.removed, results.truth_changed]

    def _compared(self) -> list[Any]:
        layers = [item.layer for item in self._results.done()]
        truth = self._results.truth
        return layers if truth is None or truth in layers else [*layers, truth]

    def _came_or_went(self, event: Any) -> None:
        if event.value in self._compared():
            self._renew()

    def _renew(self, *_: object) -> None:
        self._watch.follow(self._compared())
        self._later.start(0)

    def _soon(self, *_: object) -> None:
        self._later.start(QUIET)


def _size(shape: tuple[int, int]) -> str:
    return f"{shape[0]} x {shape[1]}"
