"""What `fuzz.py` damages: small valid files of every kind that is read, and how they are read.

A further reader or loader is one more `Target` in `TARGETS`.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SHAPE = (24, 30)
REFERENCES = Path(__file__).parents[1] / "tests" / "references"


@dataclass(frozen=True)
class Target:
    """A kind of file.

    Attributes
    ----------
    make
        Writes valid files into an empty folder, and returns the one that is damaged.
    open
        Reads that file, and all that a person would look at.
    split, join
        Take the file's content apart, so that its checksums don't hide the inside, and put it
        together again. By default the whole is one part.
    """

    make: Callable[[Path], Path]
    open: Callable[[Path], object]
    split: Callable[[bytes], list[bytes]] = lambda content: [content]
    join: Callable[[bytes, list[bytes]], bytes] = lambda content, parts: parts[0]


def _pixels(dtype: str = "u1") -> Any:
    return (np.arange(SHAPE[0] * SHAPE[1]).reshape(SHAPE) % 200).astype(dtype)


def _labels() -> Any:
    labels = np.zeros(SHAPE, "u2")
    labels[2:8, 3:9], labels[10:20, 10:20] = 1, 2
    return labels


def _open_layers(path: Path) -> None:
    from napari_cellbench.data.layers import read_layers

    for data, _, kind in read_layers(str(path)):
        shown = np.asarray(data)
        assert kind != "labels" or shown.dtype.kind in "iu"


def _open_image(path: Path) -> None:
    from napari_cellbench.data.images import image_shape, read_image

    shape = image_shape(path)
    assert shape[1:] == read_image(path).image.shape[1:]


def _open_objects(path: Path) -> None:
    from napari_cellbench.data.truth_files.reading import read_object_file

    found = read_object_file(path)
    for name in found.names:
        instances = found.read(name, found.shape(name) or SHAPE).instances
        instances.to_labels()
        instances.to_masks()


def _tiff(name: str, pixels: Any = None, **options: Any) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        import tifffile

        path = folder / name
        tifffile.imwrite(path, _pixels("u2") if pixels is None else pixels, **options)
        return path

    return make


def _raster(name: str, mode: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        from PIL import Image

        path = folder / name
        Image.fromarray(_pixels()).convert(mode).save(path)
        return path

    return make


def _make_pair(folder: Path) -> Path:
    _tiff("a_image.tif")(folder)
    return _tiff("a_labels.tif", pixels=_labels(), compression="zlib")(folder)


def _make_bowl(folder: Path) -> Path:
    from PIL import Image

    for part in ("images", "masks"):
        (folder / "x" / part).mkdir(parents=True)
    Image.fromarray(_pixels()).convert("RGB").save(folder / "x" / "images" / "x.png")
    path = folder / "x" / "masks" / "m.png"
    Image.fromarray((_labels() == 1).astype("u1") * 255).save(path)
    return path


def _make_seg(folder: Path) -> Path:
    path = folder / "a_seg.npy"
    content = {
        "masks": _labels(),
        "outlines": _labels(),
        "img": np.stack([_pixels()] * 3),
        "chan_choose": [2, 3],
        "filename": "a.tif",
        "ismanual": np.zeros(2, bool),
        "flows": [[], [np.float32(2)], None, {"a": (1, 2.5, b"x")}],
    }
    np.save(path, np.array(content, dtype=object), allow_pickle=True)
    return path


def _make_tissuenet(folder: Path) -> Path:
    path = folder / "a.npz"
    images = np.stack([np.stack([_pixels("f4")] * 2, -1)] * 2)
    truth = np.stack([np.stack([_labels().astype("i4")] * 2, -1)] * 2)
    meta = np.array([["id", "tissue"], ["1", "Skin"], ["2", None]], dtype=object)
    np.savez_compressed(path, X=images, y=truth, meta=meta, tissue_list=np.array(["a", "b"]))
    return path


def _make_coco(folder: Path) -> Path:
    _tiff("a.tif")(folder)
    height, width = SHAPE
    polygon = [[3, 2, 9, 2, 9, 8, 3, 8]]
    counts = [100, 20, height * width - 120]
    outlines = [polygon, {"size": [height, width], "counts": counts}]
    content = {
        "images": [{"id": 1, "file_name": "a.tif", "height": height, "width": width}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": [
            {"id": i, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": outline}
            for i, outline in enumerate(outlines)
        ],
    }
    path = folder / "a.json"
    path.write_text(json.dumps(content))
    return path


def _make_export(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        from napari_cellbench.data.instances import Instances
        from napari_cellbench.data.writers import geojson, imagej_roi

        instances = Instances.from_labels(_labels().astype("i4"))
        write = geojson.write if name.endswith("json") else imagej_roi.write
        path = folder / name
        with path.open("wb") as file:
            write(file, instances, {"image": "a.tif", "target": "nucleus"})
        return path

    return make


def _split_zip(content: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name) for name in archive.namelist()]


def _join_zip(content: bytes, parts: list[bytes]) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as archive,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name, part in zip(archive.namelist(), parts, strict=True):
            made.writestr(name, part)
    return out.getvalue()


def _split_png(content: bytes) -> list[bytes]:
    parts, at = [content[:8]], 8
    while at + 12 <= len(content):
        end = at + 8 + struct.unpack(">I", content[at : at + 4])[0]
        parts.append(content[at + 4 : end])
        at = end + 4
    return parts


def _join_png(_: bytes, parts: list[bytes]) -> bytes:
    chunks = (
        struct.pack(">I", max(0, len(part) - 4)) + part + struct.pack(">I", zlib.crc32(part))
        for part in parts[1:]
    )
    return parts[0] + b"".join(chunks)


def _make_cellpose(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        import torch

        from napari_cellbench.methods.cellpose_unet.checkpoint import save_checkpoint
        from napari_cellbench.methods.cellpose_unet.network import CellposeUNet

        network = CellposeUNet((2, 4, 8, 8, 8))
        path = folder / name
        if name.endswith(".safetensors"):
            save_checkpoint(path, network, {"normalization": "{}"})
        else:
            torch.save(network.state_dict(), path)
        return path

    return make


def _make_stardist(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        content = (REFERENCES / "stardist" / "grey-grid1.zip").read_bytes()
        path = folder / name
        if name.endswith(".h5"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = archive.read("grey-grid1/weights_best.h5")
        path.write_bytes(content)
        return path

    return make


def _load(method: str) -> Callable[[Path], object]:
    def load(path: Path) -> object:
        import torch

        from napari_cellbench.methods import get_method

        # Threads of the process that this one was forked from don't exist here.
        torch.set_num_threads(1)
        return get_method(method).load(path, "cpu")

    return load


_ZIP: dict[str, Any] = {"split": _split_zip, "join": _join_zip}
_PNG: dict[str, Any] = {"split": _split_png, "join": _join_png}

TARGETS: dict[str, Target] = {
    "tiff": Target(_tiff("a.tif"), _open_image),
    "tiff_deflate": Target(_tiff("a.tif", compression="zlib", tile=(16, 16)), _open_image),
    "tiff_lzw": Target(_tiff("a.tif", compression="lzw", predictor=True), _open_image),
    "tiff_ome": Target(
        _tiff("a.ome.tif", pixels=np.stack([_pixels()] * 3), metadata={"axes": "CYX"}), _open_image
    ),
    "tiff_imagej": Target(_tiff("a.tif", imagej=True, resolution=(2, 2)), _open_image),
    "png": Target(_raster("a.png", "RGBA"), _open_image, **_PNG),
    "png_palette": Target(_raster("a.png", "P"), _open_image, **_PNG),
    "png_whole": Target(_raster("a.png", "L"), _open_image),
    "bmp": Target(_raster("a.bmp", "RGB"), _open_image),
    "jpeg": Target(_raster("a.jpg", "RGB"), _open_image),
    "pairs": Target(_make_pair, _open_layers),
    "dsb2018": Target(_make_bowl, lambda path: _open_layers(path.parents[1]), **_PNG),
    "cellpose_seg": Target(_make_seg, _open_layers),
    "tissuenet": Target(_make_tissuenet, _open_layers, **_ZIP),
    "tissuenet_whole": Target(_make_tissuenet, _open_layers),
    "coco": Target(_make_coco, _open_layers),
    "coco_objects": Target(_make_coco, _open_objects),
    "geojson": Target(_make_export("a.geojson"), _open_objects),
    "imagej_roi": Target(_make_export("a.zip"), _open_objects, **_ZIP),
    "weights_torch": Target(_make_cellpose("model"), _load("cellpose_unet"), **_ZIP),
    "weights_torch_whole": Target(_make_cellpose("model"), _load("cellpose_unet")),
    "weights_safetensors": Target(_make_cellpose("a.safetensors"), _load("cellpose_unet")),
    "weights_keras": Target(_make_stardist("a.h5"), _load("stardist")),
    "weights_keras_zip": Target(_make_stardist("a.zip"), _load("stardist"), **_ZIP),
}
