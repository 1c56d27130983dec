"""What a COCO file says, by image; and its outlines as masks."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files.inputs import open_input, size_of
from ...files.limits import check_size
from ..images import reading
from ..rle import RLE, from_counts, from_polygons
from ..sample import Target

_GROWTH = 6
"""Bytes of memory that a byte of a list of coordinates takes."""


@dataclass(frozen=True)
class Annotations:
    """A COCO file.

    Attributes
    ----------
    records
        The images.
    own
        Annotations of each image.
    nuclei
        Categories that are nuclei, by `_id`.
    notes
        What was odd, in sentences.
    """

    records: Sequence[Mapping[str, Any]]
    own: Sequence[Sequence[Mapping[str, Any]]]
    nuclei: frozenset[str]
    notes: tuple[str, ...]

    def size(self, index: int) -> tuple[int, int] | None:
        """Return the (height, width) that is stated of an image."""
        height, width = (self.records[index].get(key) for key in ("height", "width"))
        try:
            return round(float(str(height))), round(float(str(width)))
        except (ValueError, OverflowError):
            return None

    def target(self, annotation: Mapping[str, Any]) -> Target:
        """Return what an annotation outlines: whole cells, unless its category says nuclei."""
        return "nucleus" if _id(annotation.get("category_id")) in self.nuclei else "whole_cell"


def read_annotations(path: Path) -> Annotations:
    """Read a COCO file; LIVECell's dictionaries by id are taken as lists.

    Raises
    ------
    InputError
        If it is damaged, isn't COCO, has boxes only, two images of one id, or no annotation that
        belongs to an image.
    """
    content = _load(path)
    if not isinstance(content, dict) or not {"images", "annotations"} <= content.keys():
        raise InputError(
            f"{path.name} isn't COCO: it needs 'images' and 'annotations'"
            + (f", and has {', '.join(list(content)[:5])}." if isinstance(content, dict) else ".")
        )
    with reading(path):
        records, annotations, categories = (
            _as_list(content.get(key, []), key) for key in ("images", "annotations", "categories")
        )
        ids = [_id(record["id"]) for record in records]
        by_image: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for annotation in annotations:
            by_image[_id(annotation["image_id"])].append(annotation)
    twice = [key for key, count in Counter(ids).items() if count > 1]
    if twice:
        raise InputError(f"{path.name} has several images with the id {twice[0]}: which is meant?")
    if annotations and not any(map(has_outline, annotations)):
        raise InputError(
            f"The {len(annotations)} annotations of {path.name} have boxes only; outlines are "
            "needed. Export them as polygons or masks ('segmentation')."
        )
    known = set(ids)
    lost = sum(len(own) for key, own in by_image.items() if key not in known)
    if lost and lost == len(annotations):
        raise InputError(
            f"None of the {lost} annotations of {path.name} belongs to an image: their 'image_id' "
            f"is {annotations[0]['image_id']!r} for one, the images' 'id' {records[0]['id']!r}."
            if records
            else f"{path.name} has annotations, and no images."
        )
    notes = _notes(path.name, annotations, categories, lost)
    nuclei = (c for c in categories if "nucle" in str(c.get("name", "")).lower())
    return Annotations(
        records, [by_image[key] for key in ids], frozenset(_id(c.get("id")) for c in nuclei), notes
    )


def has_outline(annotation: Mapping[str, Any]) -> bool:
    """Tell whether an annotation is more than a box."""
    return bool(annotation.get("segmentation"))


def is_crowd(annotation: Mapping[str, Any]) -> bool:
    """Tell whether an annotation is of many cells at once."""
    return str(annotation.get("iscrowd", 0)).lower() not in ("0", "0.0", "false", "none", "")


def encode(annotation: Mapping[str, Any], shape: tuple[int, int]) -> RLE | None:
    """Return the mask as pycocotools' `annToRLE` does; None where it encloses nothing.

    Raises
    ------
    ValueError
        If the outline is damaged, or of another image's size.
    """
    segmentation = annotation.get("segmentation")
    try:
        if isinstance(segmentation, dict):
            size = segmentation["size"]
            if list(size) != list(shape):
                raise InputError(
                    f"The mask of annotation {annotation.get('id')} has {list(size)} pixels, its "
                    f"image {list(shape)}."
                )
            rle = from_counts(segmentation["counts"], shape)
            return rle if any_pixel(rle) else None
        return from_polygons(_polygons(segmentation or []), shape)
    except InputError:
        raise
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"annotation {annotation.get('id')} is damaged: {error}") from error


def any_pixel(mask: RLE) -> bool:
    """Tell whether a mask is more than background."""
    from pycocotools import mask as coco_mask

    return bool(coco_mask.area(mask))


def _load(path: Path) -> Any:
    with reading(path), open_input(path) as file:
        check_size(_GROWTH * size_of(file), path.name)
        content = file.read()
        try:
            # From bytes, so that a byte order mark and UTF-16 are understood.
            return json.loads(content)
        except RecursionError as error:
            raise InputError(f"{path.name} is nested too deeply for a COCO file.") from error


def _as_list(entries: Any, key: str) -> list[Mapping[str, Any]]:
    listed = list(entries.values()) if isinstance(entries, dict) else list(entries)
    if not all(isinstance(entry, dict) for entry in listed):
        raise ValueError(f"an entry of {key!r} is no object")
    return listed


def _id(value: Any) -> str:
    """Return an id as text: tools write 1, "1" and 1.0 for the same."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _notes(
    name: str,
    annotations: Sequence[Mapping[str, Any]],
    categories: Sequence[Mapping[str, Any]],
    lost: int,
) -> tuple[str, ...]:
    """Tell in sentences what of the whole file is odd."""
    notes = []
    if lost:
        notes.append(f"{lost} of the {len(annotations)} annotations of {name} belong to no image.")
    known = {_id(category.get("id")) for category in categories}
    unknown = sum(_id(a.get("category_id")) not in known for a in annotations) if known else 0
    if unknown:
        notes.append(
            f"{unknown} annotations of {name} have a category that isn't listed: taken as cells."
        )
    ids = Counter(_id(a["id"]) for a in annotations if "id" in a)
    shared = sum(count for count in ids.values() if count > 1)
    if shared:
        notes.append(f"{shared} annotations of {name} share their ids; all were taken.")
    return tuple(notes)


def _polygons(segmentation: Any) -> Sequence[Sequence[float]]:
    """Return polygons as x, y, x, y, ...: tools also write one polygon alone, or points as pairs.

    Raises
    ------
    ValueError
        If it is nested otherwise.
    """
    depth, inner = 0, segmentation
    while isinstance(inner, list) and inner:
        depth, inner = depth + 1, inner[0]
    if depth == 1:
        return [segmentation]
    if depth == 2 and len(segmentation) > 2 and all(len(point) == 2 for point in segmentation):
        return [_flat(segmentation)]
    if depth == 3:
        return [_flat(polygon) for polygon in segmentation]
    if depth > 3:
        raise ValueError("its polygons are nested more than COCO's")
    return list(segmentation)


def _flat(points: Sequence[Sequence[float]]) -> list[float]:
    if any(len(point) != 2 for point in points):
        raise ValueError("a point of a polygon isn't a pair")
    return [value for point in points for value in point]
