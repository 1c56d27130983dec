"""Files that napari shows are inputs: no export of ours takes their place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import napari
from napari.layers import Labels

from ..data.companions import truth_beside
from ..data.writers import layer as writer
from ..files.protected import remember_input

OURS = "napari-cellbench"
"""The reader that remembers its files itself, the label images apart from the images."""


def remember_layers() -> None:
    """Remember the files that the viewer's layers were read from; call it before an export."""
    for layer in _layers():
        path = layer.source.path
        if not path or layer.source.reader_plugin == OURS:
            continue
        labels = isinstance(layer, Labels)
        remember_input(path, labels=labels)
        if not labels:
            for truth in truth_beside(Path(path)):
                remember_input(truth, labels=True)


def write_layer(path: str, data: Any, meta: Mapping[str, Any]) -> list[str]:
    """Write a labels layer; what napari calls to save one.

    A layer may be saved over the label image that it was read from, but over no other file that
    was read. napari has asked before it replaces any.

    Parameters
    ----------
    path, data, meta
        See `napari_cellbench.data.writers.layer.write_layer`.

    Raises
    ------
    InputError
        See there.
    """
    remember_layers()
    return writer.write_layer(path, data, meta, correction=_is_own(path, meta))


def _is_own(path: str, meta: Mapping[str, Any]) -> bool:
    """Tell whether a layer was read from this very file."""
    return any(
        layer.name == meta.get("name")
        and layer.source.path
        and Path(layer.source.path) == Path(path)
        for layer in _layers()
    )


def _layers() -> list[Any]:
    viewer = napari.current_viewer()
    return [] if viewer is None else list(viewer.layers)
