"""Saves what is corrected while it is done, whatever tool does it; the window never waits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from ...corrections.doubts import At
from ...corrections.session import Session
from ..layers.proxies import itself
from ..layers.watch import LabelsWatch
from .form import CorrectForm
from .going_on import session_of
from .offering import Offering
from .reviewing import Reviewing
from .saver import Saver
from .saving_box import EVERY, SavingBox

_SESSIONS: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()
"""By layer: a panel that is opened again goes on where the last one stopped."""


class Saving(QObject):
    """Saves the labels that were chosen in the panel, as long as they are open.

    Parameters
    ----------
    viewer
        napari's viewer.
    form
        Its labels are saved, beside its image where they have no file.
    reviewing
        Keeps the states.

    Signals
    -------
    resumed
        The labels that are chosen have states of earlier.
    """

    resumed = Signal()

    def __init__(self, viewer: Any, form: CorrectForm, reviewing: Reviewing) -> None:
        super().__init__()
        self._viewer, self._form, self._reviewing = viewer, form, reviewing
        self.box, self.offering = SavingBox(), Offering(viewer)
        self._saver = Saver()
        self._layers: list[Any] = []
        self._steps: WeakKeyDictionary[Any, tuple[int, ...]] = WeakKeyDictionary()
        self._soon: set[Session] = set()
        self._closed = False
        self._stroke: tuple[Session, Sequence[At]] | None = None
        self._watch = LabelsWatch(viewer)
        self._timer, self._at_once = QTimer(self), QTimer(self)
        self._timer.setInterval(EVERY * 1000)
        self._at_once.setSingleShot(True)
        self._connect()
        self._timer.start()

    @property
    def session(self) -> Session | None:
        """That of the labels that are chosen; None where they can't be saved."""
        return _session(self._form.labels.layer())

    def follow(self) -> None:
        """Follow the labels that are chosen now, too."""
        layer = itself(self._form.labels.layer())
        if layer is not None and not layer.multiscale and isinstance(layer.data, np.ndarray):
            self._take_on(layer)
            if _SESSIONS[layer].review.states:
                self.resumed.emit()
        self._offer()
        self._show()

    def close(self) -> None:
        """Save a last time and follow the viewer no longer."""
        self._closed = True
        self._timer.stop()
        self._at_once.stop()
        self.offering.close()
        for layer in list(self._layers):
            self._leave(layer)
        self._viewer.layers.events.removed.disconnect(self._removed)

    def _take_on(self, layer: Any) -> None:
        session = _SESSIONS.get(layer)
        if session is not None and session.labels.shape != layer.data.shape:
            self._saver.end(session)
            session = None
        if session is None:
            session = _SESSIONS[layer] = session_of(layer, self._image())
        elif session.labels is not layer.data or layer not in self._layers:
            session.renew(layer.data)
        self._saver.keep(session)
        self._reviewing.reviews[layer] = session.review
        if layer not in self._layers:
            self._layers.append(layer)
            layer.events.name.connect(self._renamed)
            self._watch.follow(self._layers)

    def _describe(self) -> None:
        """Take note of another image, as long as nothing is saved yet."""
        layer, session = itself(self._form.labels.layer()), self.session
        if session is not None and session.folder is None and not session.busy:
            fresh = session_of(layer, self._image())
            session.work, session.folders = fresh.work, fresh.folders
            self._offer()
            self._show()

    def _image(self) -> Any | None:
        return next(iter(self._form.images.layers().values()), None)

    def _leave(self, layer: Any) -> None:
        self._layers.remove(layer)
        layer.events.name.disconnect(self._renamed)
        self._watch.follow(self._layers)
        self._saver.end(_SESSIONS[layer])

    def _save_soon(self, session: Session) -> None:
        """Save once what is being done is done: napari tells of a stroke before it is drawn."""
        self._soon.add(session)
        self._at_once.start(0)

    def _save_now(self) -> None:
        waiting, self._soon = self._soon, set()
        if self._stroke is not None:
            (session, planes), self._stroke = self._stroke, None
            session.note("Painted", (), planes[0])
        for session in waiting:
            self._saver.save(session)

    def _save_all(self) -> None:
        for layer in self._layers:
            self._saver.save(_SESSIONS[layer])

    def _painted(self, layer: Any, planes: Sequence[At]) -> None:
        session = _SESSIONS[layer]
        begins = not session.is_open
        session.mark(planes)
        # By a brush, unless a tool says that it was its own.
        self._stroke = session, planes
        if begins:
            self._soon.add(session)
        self._at_once.start(0)

    def _refreshed(self, layer: Any, region: Any) -> None:
        """Take note that there may have been an undo; not where another plane is shown now."""
        step = self._viewer.dims.current_step
        is_other_plane = self._steps.get(layer, step) != step
        self._steps[layer] = step
        if region is None and not is_other_plane:
            _SESSIONS[layer].suspect()
            self._reviewing.catch_up()

    def _replaced(self) -> None:
        for layer in self._layers:
            if _SESSIONS[layer].labels is not layer.data:
                self._take_on(layer)
        self._show()

    def _edited(self, layer: Any, what: str, cells: Sequence[int], at: At) -> None:
        if (session := _session(layer)) is not None:
            self._stroke = None
            session.note(what, cells, at)

    def _decided(self, layer: Any, what: str, cells: Sequence[int], at: At) -> None:
        if (session := _session(layer)) is not None:
            session.note(what, cells, at)
            self._save_soon(session)

    def _renamed(self, event: Any) -> None:
        _SESSIONS[itself(event.source)].rename(event.source.name)

    def _removed(self, event: Any) -> None:
        if (layer := itself(event.value)) in self._layers:
            self._leave(layer)
            self._show()

    def _offer(self) -> None:
        if self._closed:
            return
        known = [_SESSIONS[one] for one in map(itself, self._viewer.layers) if one in _SESSIONS]
        session = self.session
        near = session.folders if session is not None and session.folder is None else ()
        self.offering.look(near, [one.folder for one in known if one.folder is not None])

    def _opened(self, layer: Any, session: Session) -> None:
        for other in self._layers:
            if _SESSIONS[other].taken == session.folder:
                _SESSIONS[other].ends_conflict()
        _SESSIONS[layer] = session
        self._viewer.add_layer(layer)
        self._form.labels.choose(layer)

    def _take_over(self) -> None:
        if (session := self.session) is not None and session.taken is not None:
            self.offering.go_on(session.taken, session.work, force=True)

    def _done(self) -> None:
        if (session := self.session) is not None:
            self._saver.finish(session)

    def _move(self, folder: Path) -> None:
        if (session := self.session) is not None:
            session.move(folder)
            self._saver.save(session)
            self._show()

    def _show(self) -> None:
        if not self._closed:
            self.box.show_session(self.session)

    def _connect(self) -> None:
        self._form.labels.chosen.connect(self.follow)
        self._form.images.changed.connect(self._describe)
        self._timer.timeout.connect(self._save_all)
        self._at_once.timeout.connect(self._save_now)
        self._watch.painted.connect(self._painted)
        self._watch.edited.connect(self._refreshed)
        self._watch.replaced.connect(self._replaced)
        self._reviewing.edited.connect(self._edited)
        self._reviewing.decided.connect(self._decided)
        self._viewer.layers.events.removed.connect(self._removed)
        self.offering.opened.connect(self._opened)
        self.offering.ended.connect(self._offer)
        self._saver.changed.connect(self._show)
        self._saver.given_back.connect(self._offer)
        self.box.moved.connect(self._move)
        self.box.done.connect(self._done)
        self.box.taking_over.connect(self._take_over)


def _session(layer: Any | None) -> Session | None:
    return _SESSIONS.get(itself(layer)) if layer is not None else None
