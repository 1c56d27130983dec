"""Files of microscopes' makers, read plane by plane by bioio: Nikon, Zeiss, Leica."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files.inputs import open_input
from .lazy import stored_of
from .stored import Stored
from .units import known_pixel_size

_BY_PLANE = {"chunk_dims": ["Y", "X"]}
"""Else some readers make one piece of a whole stack."""
_READERS: dict[str, tuple[str, dict[str, Any]]] = {
    ".nd2": ("bioio_nd2", {}),
    ".czi": ("bioio_czi", _BY_PLANE),
    ".lif": ("bioio_lif", _BY_PLANE),
    ".ozx": ("bioio_ome_zarr", {}),
}
"""Package of bioio's reader, and what it is told, by the ending of the file's name."""

MICROSCOPE_SUFFIXES = tuple(_READERS)
"""Nikon's, Zeiss' and Leica's files, and OME-Zarr in one file."""
INSTALL = 'pip install "napari-cellbench[bioio]"'


def open_microscope(path: Path, series: int | None = None, *, stacks: bool = False) -> Stored:
    """Open a file by the ending of its name, and read what it says of its image.

    Parameters
    ----------
    path
        A file of one of `MICROSCOPE_SUFFIXES`.
    series
        Which of its scenes (positions, images), from 0; None for the largest, of equals the first.
    stacks
        Whether there may be planes and frames.

    Returns
    -------
    Stored
        ``plane`` reads a plane with its channels; ``notes`` say which scene it is from. What
        bioio makes of tiles that overlap is one plane.

    Raises
    ------
    InputError
        If bioio isn't installed, there is no such scene, or it is no image of planes.
        Other errors tell of damage; see `images.reading`.
    """
    with open_input(path):
        pass
    image = _opened(path)
    notes = _choose_scene(image, path.name, series)
    sizes = image.physical_pixel_sizes
    named = image.reader.channel_names or ()
    return stored_of(
        image.dask_data,
        image.dims.order,
        path.name,
        stacks=stacks,
        pixel_size=known_pixel_size((sizes.Y, sizes.X)) if sizes is not None else None,
        channels=[str(name) for name in named],
        notes=notes,
    )


def _opened(path: Path) -> Any:
    """Return bioio's image; its pixels are dask's, a piece for each channel of a plane."""
    package, options = _READERS[path.suffix.lower()]
    try:
        bioio, reader = import_module("bioio"), import_module(package)
    except ImportError as error:
        raise InputError(
            f"{path.name} is read by {package}, which isn't installed "
            f"({error.name or error}): {INSTALL}"
        ) from error
    return bioio.BioImage(str(path), reader=reader.Reader, **options)


def _choose_scene(image: Any, name: str, series: int | None) -> tuple[str, ...]:
    """Set the scene that was asked for, else the largest; say which, if there are several."""
    scenes = image.scenes
    if series is not None and not 0 <= series < len(scenes):
        raise InputError(
            f"{name} holds {len(scenes)} images: there is no number {series}, they count from 0."
        )
    if len(scenes) == 1:
        return ()
    if series is not None:
        image.set_scene(series)
        return ()
    chosen = max(range(len(scenes)), key=lambda scene: _area(image, scene))
    image.set_scene(chosen)
    return (
        f"{name} holds {len(scenes)} images; number {chosen} ({scenes[chosen]}) was taken, the "
        "largest: --series N takes another, from 0.",
    )


def _area(image: Any, scene: int) -> int:
    image.set_scene(scene)
    return int(image.dims.Y) * int(image.dims.X)
