"""What of a layer is saved as its name, place and record; and back to a layer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from ...corrections.autosave import Autosave
from ...corrections.folders import folders_for
from ...corrections.restore import restored
from ...corrections.saved import Recovered, Work
from ...corrections.session import Session
from ...corrections.unfinished import Unfinished, unfinished, unfinished_in
from ...data.record import noted, record_of
from ..layers.placement import placement


@dataclass(frozen=True, eq=False)
class Opened:
    """Corrections that were read, and are this window's now."""

    autosave: Autosave
    found: Recovered
    labels: NDArray[Any]
    notes: tuple[str, ...]

    def layer(self, viewer: Any) -> Labels:
        """Make the layer, on its image where that is open."""
        work = self.autosave.work
        image = _named(viewer, work.image, self.labels.ndim)
        place = placement(image, self.labels.ndim) if image is not None else {}
        return Labels(self.labels, name=work.name, metadata=noted(dict(work.record)), **place)

    def session(self) -> Session:
        """Return what goes on saving it."""
        return Session.going_on(self.autosave, self.found, self.labels)


def session_of(layer: Any, image: Any | None) -> Session:
    """Return a session of labels that nobody has corrected yet.

    Parameters
    ----------
    layer
        The labels, an array in memory.
    image
        The layer that shows the cells, if it is open.
    """
    path = Path(layer.source.path).absolute() if layer.source.path else None
    image_path = image.source.path if image is not None else None
    # Masks are those of the cells before they were corrected, and fill many megabytes.
    record = {key: value for key, value in record_of(layer).items() if key != "masks"}
    work = Work(
        layer.name,
        image.name if image is not None else "",
        str(path or ""),
        layer.data.shape,
        layer.data.dtype.name,
        record,
    )
    folders = folders_for(layer.name, path, Path(image_path).absolute() if image_path else None)
    return Session(layer.data, work, folders)


def open_again(folder: Path, layer: NDArray[Any] | None, *, force: bool) -> Opened:
    """Read corrections, for this window to go on with; blocks as long as the disk does.

    Parameters
    ----------
    folder, force
        See `Autosave.go_on`.
    layer
        See `restored`.

    Raises
    ------
    InUse, InputError
        See there.
    """
    autosave, found = Autosave.go_on(folder, force=force)
    try:
        labels, notes = restored(found, layer)
    except BaseException:
        autosave.close()
        raise
    return Opened(autosave, found, labels, notes)


def same_labels(viewer: Any, work: Work) -> list[Any]:
    """Return the layers that show labels without what was corrected in them."""
    return [
        layer
        for layer in viewer.layers
        if isinstance(layer, Labels)
        and isinstance(layer.data, np.ndarray)
        and layer.name == work.name
        and layer.data.shape == work.shape
    ]


def offers(near: Collection[Path], without: Collection[Path]) -> list[Unfinished]:
    """List what can be gone on with, the nearest first; blocks as long as the disk does.

    Parameters
    ----------
    near
        Folders of labels that are open: also what another window has of these is listed.
    without
        Folders that this window has.
    """
    ours = {folder.resolve() for folder in without}
    found = {one.folder: one for folder in near if (one := unfinished_in(folder)) is not None}
    for one in unfinished():
        if one.holder is None:
            found.setdefault(one.folder, one)
    return [one for folder, one in found.items() if folder not in ours]


def _named(viewer: Any, name: str, ndim: int) -> Any | None:
    return next(
        (
            layer
            for layer in viewer.layers
            if isinstance(layer, Image) and layer.name == name and layer.ndim >= ndim
        ),
        None,
    )
