"""TissueNet's ``.npz``, versions 1.0 and 1.1 (Greenwald et al., Nat Biotechnol 2022).

``X`` (N, Y, X, 2) holds nucleus then membrane, ``y`` (N, Y, X, 2) whole cell then nucleus: the
order differs. ``tissue_list`` and ``platform_list`` have N entries; version 1.1 has a table
``meta`` whose first row names the columns. The public one-image sample has ``y`` with whole cells
only.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...files.inputs import open_input
from ..images import native, reading
from ..instances import Instances
from ..sample import Role, Sample, Target
from ..units import known_pixel_size
from . import npy_rows
from .base import Dataset, Reader, Stack
from .safe_npy import load_npz, open_npz, read_header

ROLES: tuple[Role, ...] = ("nucleus", "whole_cell")
TARGETS: tuple[Target, ...] = ("whole_cell", "nucleus")


class TissueNet(Dataset):
    """The images of one ``.npz``; `X` and `y` are read whole at the first look, once.

    Raises
    ------
    InputError
        If the file isn't a complete ``.npz``, or lacks ``X`` or ``y`` of the right shapes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with reading(path), open_input(path) as opened, zipfile.ZipFile(opened) as archive:
            members = {name.removesuffix(".npy") for name in archive.namelist()}
            headers = {}
            for key in ("X", "y"):
                if key not in members:
                    raise InputError(
                        f"{path.name} has no array {key!r}; it has {', '.join(sorted(members))}. "
                        "A TissueNet file has X (images) and y (labels)."
                    )
                file, size = open_npz(archive, key, path.name)
                with file:
                    headers[key] = read_header(file, size)
            self._check(headers["X"], headers["y"])
            count = headers["X"][0][0]
            self._rows = self._table(archive, count) if "meta" in members else [{}] * count
            tissues, self._platforms = (
                [str(entry) for entry in self._column(archive, key, count)]
                if key in members
                else [""] * count
                for key in ("tissue_list", "platform_list")
            )
        self._groups = [
            tissue or row.get("tissue", row.get("specimen", ""))
            for tissue, row in zip(tissues, self._rows, strict=True)
        ]
        super().__init__(path.stem, [f"{path.stem}_{i:04d}" for i in range(count)])

    def read(self, index: int) -> Sample:
        """Make a sample of image `index`; its image is a view."""
        return self._sample(index, self._images[index], self._labels[index])

    def _sample(self, index: int, image: NDArray[Any], labels: NDArray[Any]) -> Sample:
        metadata = {"platform": self._platforms[index], **self._rows[index]}
        return Sample(
            self.names[index],
            np.moveaxis(image, -1, 0),
            ROLES,
            {
                target: Instances.from_labels(_whole(labels)[..., i])
                for i, target in enumerate(self._targets)
            },
            group=self._groups[index],
            pixel_size=known_pixel_size(metadata.get("pixel_size")),
            metadata={key: value for key, value in metadata.items() if value},
        )

    def shape(self, index: int) -> tuple[int, int, int]:
        """Return (2, Y, X), the same for all."""
        return 2, self._shape[1], self._shape[2]

    def streamed(self) -> TissueNet:
        """Return the same images, read from the file one by one."""
        with reading(self._path):
            is_by_rows = all(npy_rows.is_by_rows(self._path, key) for key in ("X", "y"))
        return _Streamed(self._path) if is_by_rows else self

    def stack(self) -> Stack | None:
        """Return views of ``X`` and ``y``: nothing is copied."""
        truth = {target: self._labels[..., i] for i, target in enumerate(self._targets)}
        return Stack(np.moveaxis(self._images, -1, 1), ROLES, truth, self._groups)

    @cached_property
    def _images(self) -> NDArray[Any]:
        return native(self._load("X"))

    @cached_property
    def _labels(self) -> NDArray[Any]:
        return _whole(native(self._load("y")))

    def _load(self, key: str) -> NDArray[Any]:
        with (
            reading(self._path),
            open_input(self._path) as file,
            zipfile.ZipFile(file) as archive,
        ):
            array: NDArray[Any] = load_npz(archive, key, self._path.name)
        return array

    def _check(self, x: tuple[tuple[int, ...], Any], y: tuple[tuple[int, ...], Any]) -> None:
        name = self._path.name
        (shape, dtype), (truth_shape, truth_dtype) = x, y
        for key, kind in (("X", dtype), ("y", truth_dtype)):
            if kind.kind not in "biuf":
                raise InputError(f"{name}: {key} holds {kind} values; numbers are needed.")
        if len(shape) != 4 or shape[3] != 2:
            raise InputError(
                f"{name}: X has the shape {shape}; TissueNet's is (N, Y, X, 2), nucleus and "
                "membrane."
            )
        if truth_shape[:-1] != shape[:3] or truth_shape[-1:] not in ((1,), (2,)):
            raise InputError(
                f"{name}: y has the shape {truth_shape}, X {shape}; y must have as many images of "
                "the same size, with whole cells and nuclei last."
            )
        if 0 in shape:
            raise InputError(f"{name} holds no images: X has the shape {shape}.")
        self._shape = shape
        self._targets = TARGETS[: truth_shape[-1]]

    def _column(self, archive: zipfile.ZipFile, key: str, count: int) -> NDArray[Any]:
        """Read a small array, which older files may hold as a pickled object array."""
        column = load_npz(archive, key, self._path.name)
        # Objects of objects could be larger than all the file.
        if not isinstance(column, np.ndarray) or not all(
            isinstance(entry, str | bytes | int | float | np.generic | None)
            for entry in column.flat
        ):
            raise InputError(f"{self._path.name}: {key} is no array of text.")
        rows = len(column) if column.ndim else 0
        if rows != count:
            raise InputError(f"{self._path.name}: {key} has {rows} rows for {count} images.")
        return column

    def _table(self, archive: zipfile.ZipFile, count: int) -> list[Mapping[str, str]]:
        table = self._column(archive, "meta", count + 1)
        if table.ndim != 2:
            raise InputError(f"{self._path.name}: meta has the shape {table.shape}, not a table's.")
        names = [str(name) for name in table[0]]
        return [dict(zip(names, map(str, row), strict=True)) for row in table[1:]]


class _Streamed(TissueNet):
    """The images of an ``.npz`` that may be larger than the memory."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._rows_of = {key: npy_rows.NpyRows(path, key) for key in ("X", "y")}

    def read(self, index: int) -> Sample:
        image, labels = (self._row(key, index) for key in ("X", "y"))
        return self._sample(index, image, labels)

    def stack(self) -> None:
        return

    def _row(self, key: str, index: int) -> NDArray[Any]:
        with reading(self._path):
            return native(self._rows_of[key].read(index))


def _whole(labels: NDArray[Any]) -> NDArray[Any]:
    return labels.astype(np.int32) if labels.dtype.kind == "f" else labels


READER = Reader("tissuenet", "TissueNet", lambda path: path.suffix.lower() == ".npz", TissueNet)
