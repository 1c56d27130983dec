"""Labels as OME-Zarr: read again here and by another reader, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.data import Instances
from napari_cellbench.data.object_layers import object_layers
from napari_cellbench.data.ome_zarr import OmeZarr
from napari_cellbench.data.readers.planes import open_planes
from napari_cellbench.data.truth_files import read_instances
from napari_cellbench.data.writers.ngff import nearest
from napari_cellbench.data.writers.ome_zarr import writing_beside, writing_with_image
from napari_cellbench.errors import InputError

zarr = pytest.importorskip("zarr")

SIDES = ((96, 130), (48, 65), (24, 32))


def store(path: Path, axes: str, version: int, consolidated: bool = False) -> Path:
    """Write an image of three levels, depth halved with the sides; half a micrometre a pixel."""
    rng = np.random.default_rng(0)
    lengths = [{"t": 2, "c": 3, "z": 4 >> level} for level in range(3)]
    described = [
        {"name": a, "type": "space", "unit": "micrometer"}
        if a in "zyx"
        else {"name": a, "type": "time" if a == "t" else "channel"}
        for a in axes
    ]
    datasets = [
        {
            "path": f"level{level}",
            "coordinateTransformations": [
                {"type": "scale", "scale": [0.5 * 2**level if a in "zyx" else 1 for a in axes]},
                {"type": "translation", "translation": [level if a in "zyx" else 0 for a in axes]},
            ],
        }
        for level in range(3)
    ]
    about = {"multiscales": [{"axes": described, "datasets": datasets, "version": "0.4"}]}
    root = zarr.open_group(str(path), mode="w", zarr_format=version)
    root.attrs.update(about if version == 2 else {"ome": about | {"version": "0.5"}})
    for level, side in enumerate(SIDES):
        shape = (*(lengths[level][a] for a in axes[:-2]), *side)
        chunks = (1,) * (len(axes) - 2) + (32, 32)
        named = {"dimension_names": tuple(axes)} if version == 3 else {}
        name = f"level{level}"
        array = root.create_array(name, shape=shape, chunks=chunks, dtype=np.uint8, **named)
        array[...] = rng.integers(0, 255, shape)
    if consolidated:
        zarr.consolidate_metadata(str(path), zarr_format=version)
    return path


def planes_of(count: int, shape: tuple[int, int]) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [
        np.kron(rng.integers(0, 400, (shape[0] // 8 + 1, shape[1] // 8 + 1)), np.ones((8, 8)))[
            : shape[0], : shape[1]
        ].astype(np.int32)
        for _ in range(count)
    ]


def write_beside(path: Path, name: str = "cells", **options) -> list[np.ndarray]:
    images = open_planes(path)
    planes = planes_of(len(images), SIDES[0])
    with writing_beside(path, name, **options) as out:
        for i, plane in enumerate(planes):
            out.add(i, images[i], Instances.from_labels(plane))
        out.record |= {"method": "watershed", "n_objects": 7}
    return planes


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("axes", ["yx", "cyx", "zyx", "tczyx"])
def test_beside_an_image(tmp_path, axes, version):
    path = store(tmp_path / "a.ome.zarr", axes, version)
    planes = write_beside(path)
    found = OmeZarr(path)
    assert found.label_names == ("cells",)
    labels = found.labels("cells")
    assert labels.axes == axes.replace("c", "")
    assert labels.pixel_size == (0.5, 0.5)
    kept = [i for i, letter in enumerate(axes) if letter != "c"]
    for level, array in enumerate(labels.levels):
        of_image = found.multiscale.levels[level]
        assert array.shape == tuple(of_image.shape[i] for i in kept)
        assert array.chunks[-2:] == (32, 32)
        written = labels.about["datasets"][level]["coordinateTransformations"]
        original = found.multiscale.about["datasets"][level]["coordinateTransformations"]
        for one, other in zip(written, original, strict=True):
            assert one[one["type"]] == [other[other["type"]][i] for i in kept]
    whole = np.stack(planes).reshape(labels.levels[0].shape)
    np.testing.assert_array_equal(np.asarray(labels.levels[0][...]), whole)
    for array in labels.levels[1:]:
        index = np.ix_(*map(nearest, whole.shape, array.shape))
        np.testing.assert_array_equal(np.asarray(array[...]), whole[index])
    attributes = dict(zarr.open_group(str(path / "labels" / "cells"), mode="r").attrs)
    assert attributes["cellbench"] == {"method": "watershed", "n_objects": 7}
    inner = attributes if version == 2 else attributes["ome"]
    assert inner["image-label"]["source"] == {"image": "../../"}
    if axes in ("yx", "cyx"):
        np.testing.assert_array_equal(read_instances(path).to_labels(), planes[0])
        np.testing.assert_array_equal(
            read_instances(path / "labels" / "cells").to_labels(), planes[0]
        )
    layers = object_layers(path)
    np.testing.assert_array_equal(layers[-1][0], whole)


@pytest.mark.parametrize("version", [2, 3])
def test_another_reader_takes_it(tmp_path, version):
    bioio = pytest.importorskip("bioio_ome_zarr")
    path = store(tmp_path / "a.ome.zarr", "tczyx", version)
    planes = write_beside(path)
    reader = bioio.Reader(str(path / "labels" / "cells"))
    assert "".join(reader.dims.order) == "TZYX"
    np.testing.assert_array_equal(
        np.asarray(reader.dask_data), np.stack(planes).reshape(reader.shape)
    )
    assert (reader.physical_pixel_sizes.Y, reader.physical_pixel_sizes.X) == (0.5, 0.5)
    assert len(reader.resolution_levels) == 3


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.filterwarnings("ignore:Consolidated metadata:UserWarning")
def test_gathered_metadata_name_the_labels_too(tmp_path, version):
    path = store(tmp_path / "a.ome.zarr", "yx", version, consolidated=True)
    write_beside(path)
    assert OmeZarr(path).label_names == ("cells",)
    write_beside(path, "nuclei")
    assert OmeZarr(path).label_names == ("cells", "nuclei")
    assert [layer[1]["name"] for layer in object_layers(path)] == ["a", "a · cells", "a · nuclei"]


def test_labels_of_a_name_go_only_if_that_was_said(tmp_path):
    path = store(tmp_path / "a.ome.zarr", "yx", 2)
    write_beside(path)
    with pytest.raises(InputError, match=r"has labels cells already.*--overwrite"):
        write_beside(path)
    images = open_planes(path)
    with writing_beside(path, "cells", overwrite=True) as out:
        out.add(0, images[0], Instances.from_labels(np.ones(SIDES[0], np.int32)))
    assert read_instances(path).to_labels().min() == 1
    assert OmeZarr(path).label_names == ("cells",)


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_stopped_leaves_no_trace(tmp_path, overwrite):
    path = store(tmp_path / "a.ome.zarr", "zyx", 3)
    if overwrite:
        write_beside(path)
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    images = open_planes(path)

    def stopped():
        with writing_beside(path, "cells", overwrite=overwrite) as out:
            out.add(0, images[0], Instances.from_labels(planes_of(1, SIDES[0])[0]))
            assert {file: file.read_bytes() for file in before} == before
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert {file: file.read_bytes() for file in path.rglob("*") if file.is_file()} == before
    assert sorted(entry.name for entry in path.iterdir()) == sorted(
        {file.relative_to(path).parts[0] for file in before}
    )


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "a\\b", "_a", "a:b"])
def test_names_that_can_not_be(tmp_path, name):
    path = store(tmp_path / "a.ome.zarr", "yx", 2)
    with pytest.raises(InputError, match="can't be the name of labels"), writing_beside(path, name):
        pass


def test_no_ome_zarr(tmp_path):
    with (
        pytest.raises(InputError, match="no OME-Zarr: name a file with --output"),
        writing_beside(tmp_path, "a"),
    ):
        pass


@pytest.mark.parametrize("letters", ["", "z", "t", "tz", "zt"])
def test_with_a_copy_of_the_image(tmp_path, letters):
    import tifffile

    lengths = {"t": 2, "z": 3}
    front = [lengths[letter] for letter in letters]
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 60000, (*front, 2, 700, 1100)).astype(np.uint16)
    axes = f"{letters}cyx".upper()
    tifffile.imwrite(
        tmp_path / "a.ome.tif", pixels, metadata={"axes": axes, "PhysicalSizeX": 0.25,
        "PhysicalSizeY": 0.5, "Channel": {"Name": ["E-cadherin", "DAPI"]}},
    )  # fmt: skip
    images = open_planes(tmp_path / "a.ome.tif")
    planes = planes_of(len(images), (700, 1100))
    path = tmp_path / "b.ome.zarr"
    with writing_with_image(path, images[0], images.leading, images.axes) as out:
        for i, plane in enumerate(planes):
            out.add(i, images[i], Instances.from_labels(plane))
        assert not path.exists()
    found = OmeZarr(path)
    assert found.image.axes == "".join(a for a in "tcz" if a in f"{letters}c") + "yx"
    assert found.image.pixel_size == found.labels("cellbench").pixel_size == (0.5, 0.25)
    assert [level.shape[-2:] for level in found.image.levels] == [
        (700, 1100),
        (350, 550),
        (175, 275),
    ]
    again = open_planes(path)
    ordered = letters if letters != "zt" else "tz"
    assert again.leading == tuple(lengths[letter] for letter in ordered)
    assert again[0].metadata["channels"] == ("E-cadherin", "DAPI")
    whole = np.stack(planes).reshape(*front, 700, 1100)
    expected = whole if letters == ordered else whole.swapaxes(0, 1)
    np.testing.assert_array_equal(np.asarray(found.labels("cellbench").levels[0][...]), expected)
    for i, sample in enumerate(again):
        at = dict(zip(ordered, np.unravel_index(i, again.leading or 1), strict=False))
        np.testing.assert_array_equal(sample.image, pixels[tuple(at[a] for a in letters)])
    half = np.asarray(found.image.levels[1][...]).astype(int)
    whole_image = np.asarray(found.image.levels[0][...]).astype(float)
    mean = whole_image.reshape(*whole_image.shape[:-2], 350, 2, 550, 2).mean((-3, -1))
    assert np.abs(half - mean).max() <= 0.5
    about = json.loads((path / ".zattrs").read_text())
    assert about["multiscales"][0]["version"] == "0.4"
    assert (path / "labels" / "cellbench" / "0").is_dir()


def test_a_folder_that_is_there(tmp_path):
    sample = open_planes(store(tmp_path / "a.ome.zarr", "yx", 2))[0]
    (tmp_path / "b.ome.zarr").mkdir()
    (tmp_path / "b.ome.zarr" / "of others").write_text("1")
    with (
        pytest.raises(InputError, match="is no OME-Zarr"),
        writing_with_image(tmp_path / "b.ome.zarr", sample, overwrite=True),
    ):
        pass
    assert (tmp_path / "b.ome.zarr" / "of others").exists()
    for overwrite in (False, True):
        options = {"overwrite": overwrite}
        with writing_with_image(tmp_path / "c.ome.zarr", sample, **options) as out:
            out.add(0, sample, Instances.from_labels(planes_of(1, SIDES[0])[0]))
    with (
        pytest.raises(InputError, match="--overwrite"),
        writing_with_image(tmp_path / "c.ome.zarr", sample),
    ):
        pass


@given(st.integers(1, 300), st.integers(1, 300))
def test_nearest_is_the_pixel_under_the_centre(length, wanted):
    found = nearest(length, wanted)
    centres = (np.arange(wanted) + 0.5) * length / wanted
    assert ((found <= centres) & (centres < found + 1 + 1e-9)).all()
    assert found.max() < length
