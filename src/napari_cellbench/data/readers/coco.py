"""LIVECell and other COCO instance annotations (Edlund et al., Nat Methods 2021).

Objects may overlap, and stay masks. LIVECell's files of one cell type hold ``annotations`` as a
dictionary by id, its other files as COCO's list: both are read.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pycocotools import mask as coco_mask

from ...errors import InputError
from ..images import IMAGE_SUFFIXES, reading
from ..instances import Instances
from ..rle import RLE, is_whole
from ..sample import Sample, Target
from .base import Dataset, ImageFiles, Reader, list_folder, require

# <cell type>_Phase_<well>_<location>_<time>_<crop>, as in A172_Phase_C7_1_00d00h00m_1.tif
_LIVECELL = re.compile(r"(?P<cell_type>[^_]+)_Phase_[A-Z]\d+_\d+_\d+d\d+h\d+m_\d+$")
_COCO_KEYS = (b'"images"', b'"annotations"', b'"categories"', b'"licenses"')
_LEVELS = 3
"""LIVECell's annotations lie up to so many folders below the one that holds ``images``."""


def _accepts(path: Path) -> bool:
    if path.is_dir():
        files = list_folder(path)
        return _only_json(files) is not None or any(map(_is_livecell_image, files))
    return path.suffix.lower() == ".json" or _is_livecell_image(path)


def _read(path: Path) -> Dataset:
    """Open annotations, a folder with one such file, a LIVECell image, or a folder of them."""
    if path.is_dir():
        files = list_folder(path)
        annotations = _only_json(files)
        if annotations is None:
            images = [file for file in files if _is_livecell_image(file)]
            require(images, path, "LIVECell images")
            return ImageFiles(path.name, images, lambda sample, _: _phase(sample))
        path = annotations
    if path.suffix.lower() != ".json":
        return ImageFiles(path.stem, [path], lambda sample, _: _phase(sample))
    return _read_annotations(path)


def _read_annotations(path: Path) -> Dataset:
    with reading(path), path.open(encoding="utf-8") as file:
        content = json.load(file)
    if not isinstance(content, dict) or not {"images", "annotations"} <= content.keys():
        raise InputError(
            f"{path.name} isn't COCO: it needs 'images' and 'annotations'"
            + (f", and has {', '.join(list(content)[:5])}." if isinstance(content, dict) else ".")
        )
    with reading(path):
        nuclei = {
            category["id"]
            for category in content.get("categories", [])
            if "nucle" in str(category["name"]).lower()
        }
        annotations = content["annotations"]
        by_image = defaultdict(list)
        for annotation in annotations.values() if isinstance(annotations, dict) else annotations:
            by_image[annotation["image_id"]].append(annotation)
        records = content["images"]
        files = [str(record["file_name"]) for record in records]
        own = [by_image[record["id"]] for record in records]
    require(records, path, "images")

    def annotate(sample: Sample, index: int) -> Sample:
        with reading(path):
            return _with_truth(_phase(sample), own[index], nuclei)

    return ImageFiles(path.stem, _find_images(path, files), annotate)


def _with_truth(
    sample: Sample, annotations: Iterable[Mapping[str, Any]], nuclei: set[Any]
) -> Sample:
    masks: dict[Target, list[RLE]] = defaultdict(list)
    crowds = []
    for annotation in annotations:
        mask = _encode(annotation, sample.shape)
        if mask is None:
            continue
        if annotation.get("iscrowd"):
            crowds.append(mask)
        else:
            target: Target = "nucleus" if annotation.get("category_id") in nuclei else "whole_cell"
            masks[target].append(mask)
    found = masks or {"nucleus" if nuclei else "whole_cell": []}
    return replace(
        sample,
        truth={target: Instances.from_masks(own, sample.shape) for target, own in found.items()},
        metadata={**sample.metadata, **({"crowds": tuple(crowds)} if crowds else {})},
    )


def _encode(annotation: Mapping[str, Any], shape: tuple[int, int]) -> RLE | None:
    """Return the mask as pycocotools' `annToRLE` does; None where it encloses nothing."""
    segmentation = annotation["segmentation"]
    if isinstance(segmentation, dict):
        counts = segmentation["counts"]
        if isinstance(counts, list):
            rle: RLE = coco_mask.frPyObjects(segmentation, *segmentation["size"])
        else:
            encoded = counts.encode() if isinstance(counts, str) else counts
            rle = RLE(size=segmentation["size"], counts=encoded)
        if not is_whole(rle):
            raise ValueError(f"the mask of annotation {annotation.get('id')} is damaged")
    else:
        # pycocotools takes four numbers for a box, where here they are two points of a polygon.
        polygons = [polygon for polygon in segmentation if len(polygon) >= 6]
        if not polygons:
            return None
        rle = coco_mask.merge(coco_mask.frPyObjects(polygons, *shape))
    return rle if coco_mask.area(rle) else None


def _phase(sample: Sample) -> Sample:
    """Add what a LIVECell file name tells."""
    match = _LIVECELL.match(sample.name)
    if not match or len(sample.roles) > 1:
        return sample
    return replace(sample, roles=("phase",), group=match["cell_type"])


def _is_livecell_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and _LIVECELL.match(path.stem) is not None


def _only_json(files: Iterable[Path]) -> Path | None:
    """Return the one JSON of a folder if it begins as COCO does: other programs write JSON too."""
    found = [file for file in files if file.suffix.lower() == ".json"]
    if len(found) != 1:
        return None
    with reading(found[0]), found[0].open("rb") as file:
        start = file.read(4096)
    return found[0] if any(key in start for key in _COCO_KEYS) else None


def _find_images(annotations: Path, files: list[str]) -> list[Path]:
    """Find images beside the JSON, below a folder ``images``, or by cell type as LIVECell has it.

    Raises
    ------
    InputError
        If any is missing.
    """
    folder = annotations.parent
    images = []
    for file in files:
        name = Path(file).name
        beside = (folder / file, folder / "images" / file, folder / name.split("_")[0] / name)
        images.append(next((path for path in beside if path.is_file()), None))
    if None in images:
        with reading(folder):
            below = _images_below([folder, *annotations.parents[1 : _LEVELS + 1]])
        images = [
            image or below.get(Path(file).name) for file, image in zip(files, images, strict=True)
        ]
    missing = [file for file, image in zip(files, images, strict=True) if image is None]
    if missing:
        raise InputError(
            f"{len(missing)} of the {len(files)} images of {annotations.name} are missing, such as "
            f"{', '.join(missing[:3])}. Put them beside the file, or in a folder "
            f"'images' in {folder}."
        )
    return [image for image in images if image is not None]


def _images_below(folders: Iterable[Path]) -> dict[str, Path]:
    """Return the files in LIVECell's folders of images by name, the first of each name."""
    found: dict[str, Path] = {}
    for folder in folders:
        for root in [folder / "images", *sorted(folder.glob("livecell_*_images"))]:
            for path in root.rglob("*"):
                found.setdefault(path.name, path)
    return found


READER = Reader("livecell", "LIVECell / COCO", _accepts, _read)
