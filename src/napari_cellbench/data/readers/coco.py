"""LIVECell and other COCO instance annotations (Edlund et al., Nat Methods 2021).

Objects may overlap, and stay masks. LIVECell's files of one cell type hold ``annotations`` as a
dictionary by id, its other files as COCO's list: both are read. Of COCO's own layout,
``annotations/instances_val2014.json`` beside ``val2014``, the folder above can be opened too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files.inputs import open_input
from ..images import IMAGE_SUFFIXES, image_shape, reading
from ..instances import Instances
from ..rle import RLE
from ..sample import Sample, Target
from .base import Dataset, ImageFiles, Reader, distinct_names, list_folder, require
from .coco_annotations import encode, has_outline, is_crowd, read_annotations
from .coco_images import find_images

# <cell type>_Phase_<well>_<location>_<time>_<crop>, as in A172_Phase_C7_1_00d00h00m_1.tif
_LIVECELL = re.compile(r"(?P<cell_type>[^_]+)_Phase_[A-Z]\d+_\d+_\d+d\d+h\d+m_\d+$")
_COCO_KEYS = (b'"images"', b'"annotations"', b'"categories"', b'"licenses"')
_NO_OUTLINES = ("captions", "person_keypoints", "image_info")

MOST_HEADERS = 1000
"""Of more images than this the sizes are taken as the file states them."""


def _accepts(path: Path) -> bool:
    if path.is_dir():
        files = list_folder(path)
        return bool(_coco_files(path)) or any(map(_is_livecell_image, files))
    return path.suffix.lower() == ".json" or _is_livecell_image(path)


def _read(path: Path) -> Dataset:
    """Open annotations, a folder with one such file, a LIVECell image, or a folder of them."""
    if path.is_dir():
        annotations = _coco_files(path)
        if len(annotations) > 1:
            names = ", ".join(str(file.relative_to(path)) for file in annotations[:5])
            raise InputError(f"{path} holds several files of annotations; open one: {names}.")
        if not annotations:
            images = [file for file in list_folder(path) if _is_livecell_image(file)]
            require(images, path, "LIVECell images")
            return ImageFiles(path.name, images, lambda sample, _: _phase(sample))
        path = annotations[0]
    if path.suffix.lower() != ".json":
        return ImageFiles(path.stem, [path], lambda sample, _: _phase(sample))
    return Coco(path)


class Coco(ImageFiles):
    """The images of a COCO file.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._annotations = read_annotations(path)
        require(self._annotations.records, path, "images")
        files = [str(record["file_name"]) for record in self._annotations.records]
        images = find_images(path, files)
        super().__init__(path.stem, images, self._with_truth, distinct_names(images))

    def shape(self, index: int) -> tuple[int, int, int] | None:
        """Return (C, Y, X): from the header, or of very many images as the file states it."""
        stated = self._annotations.size(index) if len(self) > MOST_HEADERS else None
        return super().shape(index) if stated is None else (self._channels, *stated)

    def has_truth(self, index: int) -> bool:
        """Tell whether an image has outlines, or no annotations: then it has no cells."""
        own = self._annotations.own[index]
        return not own or any(map(has_outline, own))

    @cached_property
    def _channels(self) -> int:
        return image_shape(self.images[0])[0]

    def _with_truth(self, sample: Sample, index: int) -> Sample:
        stated = self._annotations.size(index)
        if stated is not None and stated != sample.shape:
            raise InputError(
                f"{self._path.name} says that {self.images[index].name} has {stated[1]} x "
                f"{stated[0]} pixels, and it has {sample.shape[1]} x {sample.shape[0]}: was it "
                "resized since? Put the image that was annotated there."
            )
        with reading(self._path):
            return self._annotated(_phase(sample), self._annotations.own[index])

    def _annotated(self, sample: Sample, annotations: Sequence[Mapping[str, Any]]) -> Sample:
        masks: dict[Target, list[RLE]] = defaultdict(list)
        crowds, without = [], 0
        for annotation in annotations:
            mask = encode(annotation, sample.shape)
            if mask is None:
                without += 1
            elif is_crowd(annotation):
                crowds.append(mask)
            else:
                masks[self._annotations.target(annotation)].append(mask)
        notes = [*sample.notes, *self._annotations.notes]
        if without:
            notes.append(
                f"{without} of the {len(annotations)} annotations of {sample.name} outline nothing "
                "and were left out."
            )
        # An image whose every outline is missing isn't one without cells.
        if not masks and (not annotations or any(map(has_outline, annotations))):
            masks["nucleus" if self._annotations.nuclei else "whole_cell"] = []
        return replace(
            sample,
            truth={
                target: Instances.from_masks(own, sample.shape) for target, own in masks.items()
            },
            metadata={**sample.metadata, **({"crowds": tuple(crowds)} if crowds else {})},
            notes=tuple(notes),
        )


def _phase(sample: Sample) -> Sample:
    """Add what a LIVECell file name tells."""
    match = _LIVECELL.match(sample.name)
    if not match or len(sample.roles) > 1:
        return sample
    return replace(sample, roles=("phase",), group=match["cell_type"])


def _is_livecell_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and _LIVECELL.match(path.stem) is not None


def _coco_files(folder: Path) -> list[Path]:
    """Return the one JSON of a folder, or those of its ``annotations``, that begin as COCO does.

    Other programs write JSON too.
    """
    own = _json_files(folder)
    if len(own) == 1:
        return list(filter(_begins_as_coco, own))
    below = _json_files(folder / "annotations") if (folder / "annotations").is_dir() else []
    # COCO's captions and keypoints lie there too.
    return [f for f in below if not f.stem.startswith(_NO_OUTLINES) and _begins_as_coco(f)]


def _json_files(folder: Path) -> list[Path]:
    return [file for file in list_folder(folder) if file.suffix.lower() == ".json"]


def _begins_as_coco(path: Path) -> bool:
    if not path.is_file() or not path.stat().st_size:
        return False
    with reading(path), open_input(path) as file:
        start = file.read(4096)
    return any(key in start for key in _COCO_KEYS)


READER = Reader("livecell", "LIVECell / COCO", _accepts, _read)
