"""Levels of an OME-Zarr: their sizes, what the file says of them, and planes written into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..ome_zarr import Multiscale, require_zarr
from ..sample import Sample

SMALLEST = 512
"""New pyramids end with a level whose longer side is so many pixels at most."""
CHUNK = 1024
"""Longest side of a chunk of them."""
_TYPES = {"t": "time", "c": "channel"}


@dataclass(frozen=True, eq=False)
class Levels:
    """The levels of an image, or of labels.

    Attributes
    ----------
    axes
        A letter for each axis, Y and X last.
    order
        Number of the axis that each axis of planes is, as planes count.
    shapes, chunks
        Of each level, the largest first.
    dtype
        Of the pixels.
    described, transformations
        What the file says of the axes, and of each level; ``common`` of all levels.
    """

    axes: str
    order: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]
    chunks: tuple[tuple[int, ...], ...]
    dtype: np.dtype[Any]
    described: Sequence[Any]
    transformations: Sequence[Sequence[Mapping[str, Any]]]
    common: Sequence[Mapping[str, Any]] = ()

    def about(self, name: str) -> dict[str, Any]:
        """Return the entry of ``multiscales``."""
        common = {"coordinateTransformations": list(self.common)} if self.common else {}
        return {
            "name": name,
            "axes": list(self.described),
            "datasets": [
                {"path": str(level), "coordinateTransformations": list(of_level)}
                for level, of_level in enumerate(self.transformations)
            ],
            **common,
        }


def levels_of_labels(image: Multiscale) -> Levels:
    """Return the levels of an image's labels: the image's own, without channels."""
    kept = [axis for axis, letter in enumerate(image.axes) if letter != "c"]

    def of_kept(values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(values[axis] for axis in kept)

    def spatial(given: Any) -> list[dict[str, Any]]:
        found = []
        for one in given or ():
            numbers = one.get(one.get("type"))
            if isinstance(numbers, list) and len(numbers) == len(image.axes):
                found.append({"type": one["type"], one["type"]: list(of_kept(numbers))})
        return found

    axes = "".join(of_kept(image.axes))
    shapes = [of_kept(level.shape) for level in image.levels]
    described = image.about.get("axes") or [_axis(letter) for letter in image.axes]
    datasets = image.about["datasets"]
    transformations = [
        spatial(one.get("coordinateTransformations"))
        or [_scale([a / b for a, b in zip(shapes[0], shape, strict=True)])]
        for one, shape in zip(datasets, shapes, strict=False)
    ]
    return Levels(
        axes,
        tuple(range(len(axes) - 2)),
        tuple(shapes),
        tuple((1,) * (len(axes) - 2) + tuple(level.chunks[-2:]) for level in image.levels),
        np.dtype(np.int32),
        of_kept(described),
        transformations,
        spatial(image.about.get("coordinateTransformations")),
    )


def levels_of_sample(
    sample: Sample, leading: Sequence[int], letters: Sequence[str], *, labels: bool = False
) -> Levels:
    """Return the levels of a new image, or of its labels: each has half the sides of the last.

    Parameters
    ----------
    sample
        A plane of the image.
    leading, letters
        Length of each axis in front of it, and "z" or "t".
    labels
        Whether they are for labels.

    Raises
    ------
    InputError
        If two axes are called the same.
    """
    lengths = dict(zip(letters, leading, strict=True))
    if len(lengths) < len(leading):
        raise InputError("Two axes of planes have no names: name them, as in --axes TZYX.")
    if not labels:
        lengths["c"] = len(sample.image)
    axes = "".join(letter for letter in "tcz" if letter in lengths)
    front = tuple(lengths[letter] for letter in axes)
    height, width = sample.shape
    planes = [(height, width)]
    while max(planes[-1]) > SMALLEST and min(planes[-1]) > 1:
        planes.append((planes[-1][0] // 2, planes[-1][1] // 2))
    size = sample.pixel_size
    y, x = size if size is not None else (1.0, 1.0)
    one = (1.0,) * len(front)
    return Levels(
        f"{axes}yx",
        tuple(axes.index(letter) for letter in letters),
        tuple((*front, *plane) for plane in planes),
        tuple((1,) * len(front) + (min(h, CHUNK), min(w, CHUNK)) for h, w in planes),
        np.dtype(np.int32) if labels else sample.image.dtype,
        [
            _axis(letter, "micrometer" if size and letter in "yx" else None)
            for letter in f"{axes}yx"
        ],
        [[_scale([*one, y * height / h, x * width / w])] for h, w in planes],
    )


class Pyramid:
    """The arrays of all levels, which take planes.

    Parameters
    ----------
    group
        zarr's, to make them in.
    levels
        What they are.
    """

    def __init__(self, group: Any, levels: Levels) -> None:
        self._levels = levels
        self._averaged = "c" in levels.axes
        is_v3 = group.metadata.zarr_format == 3
        names: dict[str, Any] = {"dimension_names": tuple(levels.axes)} if is_v3 else {}
        keys = {"name": "default" if is_v3 else "v2", "separator": "/"}
        self._arrays = [
            group.create_array(
                str(number),
                shape=shape,
                chunks=chunks,
                dtype=levels.dtype,
                chunk_key_encoding=keys,
                fill_value=0,
                **names,
            )
            for number, (shape, chunks) in enumerate(zip(levels.shapes, levels.chunks, strict=True))
        ]

    def write(self, index: int, plane: NDArray[Any]) -> None:
        """Write a plane into each level.

        Parameters
        ----------
        index
            Its number, the last axis of planes counting first.
        plane : (Y, X) labels or (C, Y, X) image
            Labels are thinned by the nearest pixel; images are averaged.
        """
        whole = self._levels.shapes[0]
        counts = [whole[axis] for axis in self._levels.order]
        at = np.unravel_index(index, counts) if counts else ()
        place = dict(zip(self._levels.order, map(int, at), strict=True))
        pixels = plane
        for array, shape in zip(self._arrays, self._levels.shapes, strict=True):
            if self._averaged:
                pixels = pixels if shape[-2:] == pixels.shape[-2:] else _halved(pixels)
            else:
                rows, columns = (
                    nearest(n, m) for n, m in zip(plane.shape, shape[-2:], strict=True)
                )
                pixels = plane if shape[-2:] == plane.shape else plane[np.ix_(rows, columns)]
            # In a level of fewer planes this one may be none of them.
            places = [
                np.flatnonzero(nearest(whole[axis], shape[axis]) == place[axis]).tolist()
                if axis in place
                else [slice(None)]
                for axis in range(len(shape) - 2)
            ]
            for one in product(*places):
                array[(*one, slice(None), slice(None))] = pixels


def nearest(length: int, wanted: int) -> NDArray[np.int64]:
    """Return which of so many pixels are nearest to the centres of fewer, larger ones."""
    found: NDArray[np.int64] = ((2 * np.arange(wanted) + 1) * length // (2 * wanted)).astype(
        np.int64
    )
    return found


def group_in(folder: Path, zarr_format: int) -> Any:
    """Return the zarr group of a folder, made where there is none."""
    zarr = require_zarr(folder.name)
    return zarr.open_group(str(folder), mode="a", zarr_format=zarr_format, use_consolidated=False)


def set_about(
    group: Any, about: Mapping[str, Any], record: Mapping[str, Any] | None = None
) -> None:
    """Write a group's metadata: NGFF 0.4 in the attributes, 0.5 under ``ome`` in them."""
    more = {"cellbench": dict(record)} if record else {}
    if group.metadata.zarr_format == 3:
        inner = dict(group.attrs).get("ome", {})
        group.attrs.update({"ome": {**inner, "version": "0.5", **about}, **more})
        return
    versioned = dict(about)
    if "multiscales" in versioned:
        versioned["multiscales"] = [{"version": "0.4", **one} for one in about["multiscales"]]
    if "image-label" in versioned:
        versioned["image-label"] = {"version": "0.4", **about["image-label"]}
    if "omero" in versioned:
        versioned["omero"] = {"version": "0.4", **about["omero"]}
    group.attrs.update({**versioned, **more})


def _halved(image: NDArray[Any]) -> NDArray[Any]:
    """Return the means of two by two pixels."""
    height, width = (length // 2 * 2 for length in image.shape[-2:])
    parts = [image[..., y:height:2, x:width:2].astype(np.float64) for y in (0, 1) for x in (0, 1)]
    mean = sum(parts) / 4
    rounded = np.rint(mean) if image.dtype.kind in "iu" else mean
    return np.asarray(rounded, image.dtype)


def _axis(letter: str, unit: str | None = None) -> dict[str, str]:
    return {"name": letter, "type": _TYPES.get(letter, "space")} | ({"unit": unit} if unit else {})


def _scale(numbers: Sequence[float]) -> dict[str, Any]:
    return {"type": "scale", "scale": [float(number) for number in numbers]}
