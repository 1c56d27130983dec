import json

import numpy as np
import pytest
import tifffile
from pycocotools import mask as coco_mask

from napari_cellbench.data import Instances, Sample
from napari_cellbench.data.layers import (
    MOST_AT_ONCE,
    dataset_layers,
    get_reader,
    read_layers,
    sample_layers,
)
from napari_cellbench.data.readers import read_samples
from napari_cellbench.data.units import PixelSize
from napari_cellbench.data.writers.layer import write_layer
from napari_cellbench.errors import InputError
from napari_cellbench.widgets.opening import open_data

RNG = np.random.default_rng(5)
SHAPE = (16, 20)
LABELS = np.zeros(SHAPE, np.int32)
LABELS[2:6, 2:6] = 3
OVERLAPPING = np.zeros((2, *SHAPE), bool)
OVERLAPPING[0, 2:9, 2:9] = OVERLAPPING[1, 5:12, 5:12] = True


@pytest.fixture
def viewer():
    """A viewer without a window, which knows this plugin's readers and samples."""
    from napari.components import ViewerModel
    from napari.plugins import _initialize_plugins

    _initialize_plugins()
    return ViewerModel()


def write_pairs(folder, shapes):
    for i, shape in enumerate(shapes):
        image = RNG.integers(0, 99, shape, np.uint8)
        tifffile.imwrite(folder / f"{i:03d}_image.tif", image)
        tifffile.imwrite(folder / f"{i:03d}_labels.tif", np.full(shape, i + 1, np.uint16))


def own(layer):
    return layer[1]["metadata"]["cellbench"]


def test_channels_and_truth_of_a_sample():
    sample = Sample(
        "s",
        RNG.random((4, *SHAPE)),
        ("nucleus", "whole_cell", "other", "other"),
        {
            "whole_cell": Instances.from_masks(OVERLAPPING, SHAPE),
            "nucleus": Instances.from_labels(LABELS),
        },
        group="Skin",
        pixel_size=PixelSize(0.5, 0.5),
        metadata={"labels_expert2": Instances.from_labels(LABELS), "platform": "codex"},
    )
    layers = sample_layers(sample)
    assert [(layer[1]["name"], layer[2]) for layer in layers] == [
        ("s · nucleus", "image"),
        ("s · whole cell", "image"),
        ("s · other 1", "image"),
        ("s · other 2", "image"),
        ("s · whole cell truth", "labels"),
        ("s · nucleus truth", "labels"),
        ("s · whole cell truth (expert2)", "labels"),
    ]
    assert all(layer[1]["scale"] == (0.5, 0.5) for layer in layers)
    assert own(layers[1]) == {"sample": "s", "group": "Skin", "role": "whole_cell"}
    assert layers[0][1]["blending"] == "additive"
    whole = own(layers[4])
    assert (whole["target"], whole["truth"]) == ("whole_cell", True)
    for mask, expected in zip(whole["masks"], OVERLAPPING, strict=True):
        assert mask["counts"] == coco_mask.encode(np.asfortranarray(expected, np.uint8))["counts"]
    assert set(np.unique(layers[4][0])) == {0, 1, 2}
    assert "masks" not in own(layers[5])
    assert own(layers[6])["annotator"] == "expert2"


def test_colour_is_one_layer():
    image = RNG.integers(0, 255, (3, *SHAPE), np.uint8)
    (layer,) = sample_layers(Sample("s", image, ("red", "green", "blue")))
    assert layer[1]["rgb"]
    assert own(layer)["role"] == "rgb"
    np.testing.assert_array_equal(layer[0], np.moveaxis(image, 0, -1))


@pytest.mark.parametrize("value", [0, 7, np.nan, np.inf])
def test_contrast_of_constant_images_rises(value):
    (layer,) = sample_layers(Sample("s", np.full((1, *SHAPE), value, float), ("phase",)))
    low, high = layer[1]["contrast_limits"]
    assert low < high


def test_equal_shapes_become_an_editable_stack(tmp_path):
    write_pairs(tmp_path, [SHAPE] * 3)
    image, truth = read_layers(str(tmp_path))
    assert image[0].shape == truth[0].shape == (3, *SHAPE)
    np.testing.assert_array_equal(truth[0][:, 0, 0], [1, 2, 3])
    assert isinstance(truth[0], np.ndarray)
    assert own(image)["samples"] == ["000", "001", "002"]
    np.testing.assert_array_equal(image[0][1], tifffile.imread(tmp_path / "001_image.tif"))


def test_many_images_of_one_shape_are_read_when_shown(tmp_path):
    count = MOST_AT_ONCE + 4
    write_pairs(tmp_path, [SHAPE] * count)
    image, truth = read_layers(str(tmp_path))
    (tmp_path / "007_image.tif").unlink()
    assert image[0].shape == (count, *SHAPE)
    np.testing.assert_array_equal(
        np.asarray(image[0][9]), tifffile.imread(tmp_path / "009_image.tif")
    )
    assert (np.asarray(truth[0][11]) == 12).all()
    with pytest.raises(InputError, match="007_image"):
        np.asarray(image[0][7])


def test_different_shapes_are_layers_of_which_the_first_is_shown(tmp_path):
    write_pairs(tmp_path, [SHAPE, (8, 9), SHAPE])
    layers = read_layers(str(tmp_path))
    assert [layer[1]["visible"] for layer in layers] == [True, True] + [False] * 4
    assert [own(layer)["sample"] for layer in layers[::2]] == ["000", "001", "002"]


def test_too_many_different_shapes_are_told(tmp_path):
    write_pairs(tmp_path, [(4 + i, 5) for i in range(MOST_AT_ONCE + 5)])
    with pytest.warns(UserWarning, match=f"has {MOST_AT_ONCE + 5} images .* its own file"):
        layers = read_layers(str(tmp_path))
    assert len(layers) == 2 * MOST_AT_ONCE


def test_tissuenet_is_shown_without_a_copy(tmp_path):
    x = RNG.random((30, *SHAPE, 2), np.float32)
    y = RNG.integers(0, 5, (30, *SHAPE, 2), np.int32)
    np.savez(tmp_path / "t.npz", X=x, y=y, tissue_list=np.array(["Skin"] * 30))
    dataset = read_samples(tmp_path / "t.npz")
    layers = dataset_layers(dataset)
    assert [layer[1]["name"] for layer in layers] == [
        "t · nucleus",
        "t · whole cell",
        "t · whole cell truth",
        "t · nucleus truth",
    ]
    np.testing.assert_array_equal(layers[1][0], x[..., 1])
    np.testing.assert_array_equal(layers[2][0], y[..., 0])
    assert np.shares_memory(layers[0][0], layers[1][0].base)
    assert np.shares_memory(layers[2][0], dataset.stack().truth["whole_cell"])
    assert own(layers[0])["groups"] == ["Skin"] * 30


def test_overlapping_masks_of_a_stack_are_kept_by_image(tmp_path):
    names = [f"A172_Phase_C7_1_00d0{i}h00m_1.tif" for i in range(2)]
    for name in names:
        tifffile.imwrite(tmp_path / name, np.full(SHAPE, 128, np.uint8))
    squares = [[[2, 2, 9, 2, 9, 9, 2, 9]], [[5, 5, 12, 5, 12, 12, 5, 12]]]
    content = {
        "images": [
            {"id": i, "file_name": n, "height": SHAPE[0], "width": SHAPE[1]}
            for i, n in enumerate(names)
        ],
        "annotations": [{"id": i, "image_id": 1, "segmentation": s} for i, s in enumerate(squares)],
    }
    (tmp_path / "a.json").write_text(json.dumps(content))
    image, truth = read_layers(str(tmp_path / "a.json"))
    assert own(image)["groups"] == ["A172", "A172"]
    assert [len(masks) for masks in own(truth)["masks"]] == [0, 2]
    assert coco_mask.area(own(truth)["masks"][1]).tolist() == [49, 49]


def test_only_known_data_sets_are_claimed(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros(SHAPE, np.uint8))
    assert get_reader(str(tmp_path / "a.tif")) is None
    assert get_reader(str(tmp_path)) is None
    assert get_reader([str(tmp_path / "a.npz")]) is None
    write_pairs(tmp_path, [SHAPE])
    assert get_reader(str(tmp_path)) is read_layers


@pytest.mark.parametrize("sample", ["demo", "tissuenet", "livecell", "dsb2018"])
def test_napari_opens_the_samples(viewer, sample):
    if sample == "demo":
        pytest.importorskip("stardist")
    layers = viewer.open_sample("napari-cellbench", sample)
    kinds = [type(layer).__name__ for layer in layers]
    assert {"Image", "Labels"} == set(kinds)
    for layer in layers:
        assert layer.metadata["cellbench"]["sample"]
        assert layer.extent.data.shape[1] == layer.ndim


def test_napari_opens_real_images(viewer, shared):
    image, truth = open_data(viewer, shared / "data/phase_contrast/val/set1_image.tif")
    assert image.colormap.name == "gray"
    assert truth.data.max() > 10


def test_napari_scales_stacks(viewer, tmp_path):
    for i in range(2):
        tifffile.imwrite(
            tmp_path / f"{i}_image.tif",
            RNG.integers(0, 9, SHAPE, np.uint8),
            imagej=True,
            resolution=(2, 2),
            metadata={"unit": "um"},
        )
        tifffile.imwrite(tmp_path / f"{i}_labels.tif", LABELS)
    for layer in open_data(viewer, tmp_path):
        np.testing.assert_allclose(layer.scale, [1, 0.5, 0.5])


def test_napari_shows_what_is_wrong(viewer, tmp_path):
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(Exception, match=r"a\.json isn't COCO"):
        viewer.open(tmp_path / "a.json", plugin=None)
    assert len(viewer.layers) == 0


def test_crowd_regions_go_with_the_truth(tmp_path):
    truth = {"whole_cell": Instances.from_masks(OVERLAPPING[:1], SHAPE)}
    crowds = Instances.from_masks(OVERLAPPING[1:], SHAPE).masks
    sample = Sample("s", RNG.random((1, *SHAPE)), ("phase",), truth, metadata={"crowds": crowds})
    image, labels = sample_layers(sample)
    assert own(labels)["crowds"] == list(crowds)
    assert "crowds" not in own(image)
    write_layer(str(tmp_path / "a.json"), labels[0], labels[1])
