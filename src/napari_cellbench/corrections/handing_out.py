"""A set of corrected images in the forms that other programs train from."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from ..data import Sample
from ..data.readers.correction_set import CorrectedImages
from ..data.writers import cellpose_seg, coco
from ..errors import InputError
from ..files.atomic import replacing_folder


def export(folder: Path, to: Path, form: str) -> int:
    """Write a set as another program's training data, into a new folder.

    ============ =====================================================================
    ``cellpose`` ``train`` and ``val`` with NAME.tif, NAME_masks.tif and NAME_seg.npy
    ``stardist`` ``train`` and ``val``, each with ``images`` and ``masks``
    ``coco``     ``train`` and ``val`` of images, each with ``annotations.json``
    ============ =====================================================================

    Parameters
    ----------
    folder
        Of the set.
    to
        Folder to make, whole or not at all.
    form
        One of the above.

    Returns
    -------
    int
        Number of images.

    Raises
    ------
    InputError
        If there is no such form, the folder is there already, or can't be written.
    """
    if form not in FORMS:
        raise InputError(f"No form {form!r}; there are: {', '.join(FORMS)}.")
    if to.exists():
        raise InputError(f"{to} is there already: choose a new folder.")
    images = CorrectedImages(folder)
    with replacing_folder(to.absolute()) as made:
        for split in ("train", "val"):
            samples = [one for one in images if one.metadata["split"] == split]
            if samples:
                place = made / split
                place.mkdir()
                FORMS[form](place, samples)
    return len(images)


def _plain(sample: Sample) -> Any:
    image = np.asarray(sample.image)
    return image[0] if len(image) == 1 else image


def _labels(sample: Sample) -> Any:
    (truth,) = sample.truth.values()
    labels = truth.to_labels()
    return labels.astype(np.uint16 if labels.max(initial=0) < 2**16 else np.int32)


def _save(file: Path, image: Any) -> None:
    tifffile.imwrite(file, image, photometric="minisblack")


def _cellpose(place: Path, samples: list[Sample]) -> None:
    for sample in samples:
        (truth,) = sample.truth.values()
        _save(place / f"{sample.name}.tif", _plain(sample))
        _save(place / f"{sample.name}_masks.tif", _labels(sample))
        with (place / f"{sample.name}_seg.npy").open("wb") as file:
            cellpose_seg.write(file, truth, {"image": f"{sample.name}.tif"})


def _stardist(place: Path, samples: list[Sample]) -> None:
    for what, save in (("images", _plain), ("masks", _labels)):
        (place / what).mkdir()
        for sample in samples:
            _save(place / what / f"{sample.name}.tif", save(sample))


def _coco(place: Path, samples: list[Sample]) -> None:
    whole: dict[str, Any] = {}
    for number, sample in enumerate(samples, 1):
        ((target, truth),) = sample.truth.items()
        name = f"{sample.name}.tif"
        _save(place / name, _plain(sample))
        buffer = io.BytesIO()
        coco.write(buffer, truth, {"image": name, "target": target})
        one = json.loads(buffer.getvalue())
        one["images"][0]["id"] = number
        whole = whole or {**one, "info": {"description": one["info"]["description"]}}
        if number > 1:
            whole["images"] += one["images"]
            whole["annotations"] += one["annotations"]
        for annotation in one["annotations"]:
            annotation["image_id"] = number
    for number, annotation in enumerate(whole["annotations"], 1):
        annotation["id"] = number
    (place / "annotations.json").write_text(json.dumps(whole), "utf-8")


FORMS: dict[str, Callable[[Path, list[Sample]], None]]
FORMS = {"cellpose": _cellpose, "stardist": _stardist, "coco": _coco}
