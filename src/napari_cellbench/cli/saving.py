"""Labels go to the disk, whatever keeps them from the file that was asked for."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..files.outputs import check_output, check_room
from .failures import explain

if TYPE_CHECKING:
    from ..data import Sample
    from ..data.readers import Dataset
    from ..data.writers.ome_zarr import Planes
    from ..engine import Engine
    from ..engine.job import Progress
    from .images import Item
    from .segmenting import Asked, Found, Plane


def is_ome_zarr(path: Path) -> bool:
    """Tell by its name whether an output is an OME-Zarr."""
    return path.name.lower().endswith(".ome.zarr")


@dataclass(frozen=True, eq=False)
class Output:
    """Where the labels of an image go: a file, or an OME-Zarr that is written plane by plane.

    Attributes
    ----------
    path
        The file or folder; of labels beside an image that is OME-Zarr, their folder in it.
    beside
        Folder of that image; None for an output of its own.
    label
        What labels in an OME-Zarr are called.
    overwrite
        Whether the person agrees that what is there goes.
    """

    path: Path
    beside: Path | None
    label: str
    overwrite: bool

    @classmethod
    def of(cls, args: argparse.Namespace, item: Item, path: Path | None = None) -> Output:
        """Return the output that arguments name for an image, unless it is given.

        Raises
        ------
        InputError
            If none is named, and the image is no OME-Zarr.
        """
        from ..data.ome_zarr import LABELS

        path = path or args.output
        if path is not None:
            return cls(path, None, args.label, args.overwrite)
        return cls(item.path / LABELS / args.label, item.path, args.label, args.overwrite)

    @property
    def by_plane(self) -> bool:
        """Whether it is an OME-Zarr."""
        return self.beside is not None or is_ome_zarr(self.path)

    def check(self, pixels: int = 0) -> None:
        """Tell before the work whether there is room, and an OME-Zarr can and may be written.

        Raises
        ------
        InputError
            If not; of files alone see `napari_cellbench.files.outputs.check_output`.
        """
        from ..data.writers.ome_zarr import check_beside, check_with_image

        if self.beside is not None:
            check_beside(self.beside, self.label, overwrite=self.overwrite)
        elif self.by_plane:
            check_with_image(self.path, overwrite=self.overwrite)
        check_room(self.path, pixels)

    def segment(
        self,
        asked: Asked,
        engine: Engine,
        images: Dataset,
        first: Plane,
        progress: Callable[[Progress], None],
    ) -> Found:
        """Segment an image, and write it if that goes plane by plane; see `Asked.segment`."""
        if not self.by_plane:
            return asked.segment(engine, images, first, progress)
        with self._writing(images, first.sample) as planes:
            found = asked.segment(engine, images, first, progress, planes)
            planes.record |= found.record
        return found

    def save(self, found: Found, inputs: Sequence[Path | str] = ()) -> None:
        """Write what wasn't written by plane; see `save_labels`."""
        if found.objects is not None:
            save_labels(self.path, found, inputs=inputs, overwrite=self.overwrite)

    def _writing(self, images: Dataset, first: Sample) -> AbstractContextManager[Planes]:
        from ..data.writers.ome_zarr import writing_beside, writing_with_image

        if self.beside is not None:
            return writing_beside(self.beside, self.label, overwrite=self.overwrite)
        leading, axes = (getattr(images, name, ()) for name in ("leading", "axes"))
        return writing_with_image(
            self.path, first, leading, axes, name=self.label, overwrite=self.overwrite
        )


def save_labels(
    path: Path,
    found: Found,
    *,
    inputs: Sequence[Path | str] = (),
    overwrite: bool = False,
) -> None:
    """Write what was found; where that fails, as TIFF beside it or in the temporary folder.

    Parameters
    ----------
    path
        File to create.
    found
        What to write.
    inputs, overwrite
        See `napari_cellbench.files.outputs.check_output`: files come and go during a long run.

    Raises
    ------
    InputError
        If the file couldn't be written; the message says where the labels are.
    """
    from ..data.writers import write_labels

    objects = found.objects
    assert objects is not None

    def write(file: Path) -> None:
        write_labels(
            file,
            objects,
            provenance=found.record,
            pixel_size=found.pixel_size,
            axes=found.axes,
        )

    try:
        check_output(path, inputs=inputs, overwrite=overwrite)
        write(path)
    except Exception as error:
        said, _ = explain(error, ())
        where = "The labels could not be written elsewhere either."
        for folder in (path.parent, None):
            with suppress(Exception):
                file = _free_name(folder or Path(tempfile.mkdtemp(prefix="cellbench-")), path.stem)
                write(file)
                where = f"The labels are in {file}."
                break
        raise InputError(f"{said} {where}") from error


def _free_name(folder: Path, stem: str) -> Path:
    number = 2
    file = folder / f"{stem}.tif"
    while file.exists():
        file = folder / f"{stem}_{number}.tif"
        number += 1
    return file
