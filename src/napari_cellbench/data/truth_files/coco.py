"""Objects in COCO's JSON: annotations of images, or a list of results; no image is needed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...files.inputs import open_input, size_of
from ...files.limits import check_size
from ..images import reading
from ..instances import Instances
from ..readers.coco_annotations import encode, has_outline, is_crowd, read_annotations
from .base import Annotated, ObjectFile

Records = Sequence[Mapping[str, Any]]


def read(path: Path) -> ObjectFile:
    """Read a file of annotations, or of results.

    Raises
    ------
    InputError
        If it isn't COCO, or is damaged.
    """
    with reading(path), open_input(path) as file:
        if file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"[":
            return _Annotations(path)
        check_size(GROWTH * size_of(file), path.name)
        file.seek(0)
        return _Results(path, json.loads(file.read()))


GROWTH = 6
"""Bytes of memory that a byte of JSON takes."""


class _Coco(ObjectFile):
    """Objects by image; the images' order is the file's."""

    def __init__(self, path: Path, by_image: Mapping[str, Records], notes: Sequence[str] = ()):
        self._path = path
        self._by_image = by_image
        self._notes = notes

    @property
    def names(self) -> tuple[str, ...]:
        """The images' files, or their ids in a list of results."""
        return tuple(self._by_image)

    def shape(self, name: str) -> tuple[int, int] | None:
        """Return the size that a mask in run lengths has, if there is any."""
        for one in self._by_image[name]:
            segmentation = one.get("segmentation")
            if isinstance(segmentation, dict):
                height, width = segmentation["size"]
                return int(height), int(width)
        return None

    def least_shape(self, name: str) -> tuple[int, int]:
        """Return the smallest size that holds all boxes."""
        with reading(self._path):
            boxes = [one["bbox"] for one in self._by_image[name] if one.get("bbox")]
            ends = np.array([(y + h, x + w) for x, y, w, h in boxes]).reshape(-1, 2)
            height, width = np.ceil(ends.max(axis=0, initial=1)).astype(int)
        return int(height), int(width)

    def read(self, name: str, shape: tuple[int, int] | None = None) -> Annotated:
        """Return the masks of an image."""
        size = self.shape(name) or shape or self.least_shape(name)
        objects = self._by_image[name]
        masks, crowds, scores, areas, without = [], [], [], [], 0
        with reading(self._path):
            for one in objects:
                mask = encode(one, size) if has_outline(one) else None
                if mask is None:
                    without += 1
                elif is_crowd(one):
                    crowds.append(mask)
                else:
                    masks.append(mask)
                    scores.append(one.get("score"))
                    areas.append(one.get("area"))
        notes = list(self._notes)
        if without:
            notes.append(
                f"{self._path.name}: {without:,} of {len(objects):,} objects of {name} "
                "have no outline and are left out."
            )
        known = [float(score) for score in scores if score is not None]
        if known and len(known) < len(scores):
            notes.append(
                f"{self._path.name}: {len(scores) - len(known):,} of {len(scores):,} objects of "
                f"{name} have no score, so none ranks by its score."
            )
        stated = [float(area) for area in areas if area is not None]
        return Annotated(
            Instances.from_masks(
                masks, size, known if masks and len(known) == len(masks) else None
            ),
            Instances.from_masks(crowds, size) if crowds else None,
            tuple(stated) if masks and len(stated) == len(masks) else None,
            tuple(notes),
        )


class _Annotations(_Coco):
    def __init__(self, path: Path) -> None:
        content = read_annotations(path)
        names = _names(content.records)
        super().__init__(path, dict(zip(names, content.own, strict=True)), content.notes)
        self._sizes = {name: content.size(index) for index, name in enumerate(names)}

    def shape(self, name: str) -> tuple[int, int] | None:
        """Return the size that the file states."""
        return self._sizes[name] or super().shape(name)


class _Results(_Coco):
    def __init__(self, path: Path, content: Sequence[Mapping[str, Any]]) -> None:
        by_image: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        with reading(path):
            for one in content:
                by_image[str(one["image_id"])].append(one)
        if not by_image:
            raise InputError(f"{path.name} holds no objects, and no image that would have none.")
        super().__init__(path, by_image)


def _names(images: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the images' files, as paths of this system; their ids where names are not unique."""
    names = [str(image.get("file_name") or image["id"]).replace("\\", "/") for image in images]
    if len(set(names)) < len(names):
        return [str(image["id"]) for image in images]
    return names
