"""Looks for corrections that aren't finished, and opens those that are wanted."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Signal

from ...corrections.folders import dismiss
from ...corrections.saved import Work
from ...corrections.unfinished import Unfinished
from ...errors import CellbenchError
from ..jobs.background import Background, in_background
from ..notify import complain, tell
from .going_on import Opened, offers, open_again, same_labels
from .offers_box import OffersBox


class Offering(QObject):
    """Offers what isn't finished, in a box.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    opened(layer, session)
        Corrections that were gone on with; the layer isn't in the viewer yet.
    ended
        What is offered may have changed.
    """

    opened = Signal(object, object)
    ended = Signal()

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.box = OffersBox()
        self._viewer = viewer
        self._postponed: set[Path] = set()
        self._closed = False
        self._asked = 0
        self.box.wanted.connect(self._open)
        self.box.postponed.connect(self._postpone)
        self.box.forgotten.connect(self._forget)

    def look(self, near: Collection[Path], without: Collection[Path]) -> None:
        """Look for what can be offered; see `offers`."""
        self._asked += 1
        in_background(partial(offers, near, without), partial(self._show, self._asked))

    def go_on(self, folder: Path, work: Work, *, force: bool) -> None:
        """Read corrections of a folder, and add them as a layer.

        Parameters
        ----------
        folder, force
            See `Autosave.go_on`.
        work
            What they are of.
        """
        same = same_labels(self._viewer, work)
        base = same[0].data if same else None
        job = Background(partial(open_again, folder, base, force=force))
        job.returned.connect(self._take)
        job.failed.connect(self._refuse)
        job.start()

    def close(self) -> None:
        """Open nothing any more."""
        self._closed = True

    def _show(self, asked: int, found: list[Unfinished]) -> None:
        if not self._closed and asked == self._asked:
            self.box.show_offers([one for one in found if one.folder not in self._postponed])

    def _open(self, offer: Unfinished) -> None:
        self._drop(offer)
        self.go_on(offer.folder, offer.save.work, force=offer.holder is not None)

    def _take(self, opened: Opened) -> None:
        if self._closed:
            opened.autosave.close()
            return
        for layer in same_labels(self._viewer, opened.autosave.work):
            # It would lie under the corrected one and shine through.
            layer.visible = False
        for note in opened.notes:
            tell(note)
        self.opened.emit(opened.layer(self._viewer), opened.session())

    def _refuse(self, error: CellbenchError) -> None:
        complain(error)
        self.ended.emit()

    def _postpone(self, offer: Unfinished) -> None:
        self._postponed.add(offer.folder)
        self._drop(offer)

    def _forget(self, offer: Unfinished) -> None:
        self._drop(offer)
        in_background(partial(dismiss, offer.folder), lambda _: self.ended.emit())

    def _drop(self, offer: Unfinished) -> None:
        self.box.show_offers([one for one in self.box.offers if one is not offer])
