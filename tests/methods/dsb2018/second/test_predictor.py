import numpy as np
import pytest
import torch

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods.deepcell.checkpoint import save_checkpoint
from napari_cellbench.methods.deepcell.settings import InputSettings
from napari_cellbench.methods.dsb2018.second import SecondParameters, SecondPlace
from napari_cellbench.methods.dsb2018.second.checkpoint import load_checkpoint, new_shape
from napari_cellbench.methods.dsb2018.second.network import Drawn, SecondNet
from napari_cellbench.methods.dsb2018.second.positions import local_positions
from napari_cellbench.methods.dsb2018.second.predictor import SecondPredictor
from napari_cellbench.methods.recognition import recognise

from ...seeded import write_keras
from ..conftest import shapes_of

SHAPE = {"width": 4, "blocks": (1, 1, 1, 1), "features": 8}


def predictor():
    torch.manual_seed(0)
    return SecondPredictor(SecondNet(new_shape(SHAPE)), InputSettings((), "none", 96), "cpu")


def test_is_recognised(keras_file):
    method, is_known = recognise(keras_file)
    assert (method.key, is_known) == ("dsb2018_second", True)


def test_own_checkpoint_keeps_its_shape(tmp_path):
    settings = InputSettings(("nucleus",), "percentiles", 96)
    path = tmp_path / "own.safetensors"
    save_checkpoint(path, SecondNet(new_shape(SHAPE)), "dsb2018_second", settings)
    network, told = load_checkpoint(path)
    assert told == settings
    assert network.shape == new_shape(SHAPE)


def test_says_what_does_not_fit(tmp_path):
    shapes = shapes_of("second", "unet_rcnn")
    shapes.pop("output_mask/output_mask/bias:0")
    path = write_keras(tmp_path / "other.h5", shapes)
    with pytest.raises(CheckpointError, match=r"missing: output_mask\.bias"):
        load_checkpoint(path)


def test_needs_a_checkpoint():
    with pytest.raises(CheckpointError, match="needs a checkpoint"):
        SecondPlace().load(None, "cpu")


@pytest.mark.parametrize("magnifications", ["1", "1/4, 1/2, 1, 2"])
def test_images_of_any_size(magnifications):
    image = np.random.default_rng(0).integers(0, 255, (1, 21, 38)).astype(np.uint8)
    parameters = SecondParameters(magnifications=magnifications)
    found = predictor().predict(
        image, ("nucleus",), parameters, ExactStatistics(image), lambda *_: None
    )
    assert found.shape == (21, 38)


def test_maps_lie_where_the_image_is():
    """A network that answers with what it sees: the frame around the image is taken off again."""
    made = predictor()
    image = torch.rand(1, 3, 21, 38)

    def seen(x):
        return Drawn(x[:, 0], x.new_zeros(0), x[:, [0, 1, 2, 0]], x.new_zeros(0))

    made.network.forward = seen
    mask, places = made.maps(image, lambda *_: None)
    np.testing.assert_allclose(mask, image[0, 0].sigmoid())
    np.testing.assert_allclose(places, image[0, [0, 1, 2, 0]])


def test_large_cells_are_found_at_a_small_magnification():
    """A network that knows cells of up to 20 pixels alone."""
    made = predictor()
    labels = np.zeros((96, 96), np.int32)
    labels[10:26, 10:26], labels[40:88, 40:88] = 1, 2

    def seen(x):
        factor = x.shape[2] / 96
        rows = ((np.arange(x.shape[2]) + 0.5) / factor).astype(int).clip(0, 95)
        small = labels[np.ix_(rows, rows)]
        small[np.bincount(small.ravel(), minlength=3)[small] > 20**2] = 0
        mask = torch.from_numpy((small > 0) * 20.0 - 10)[None].float()
        local = torch.from_numpy(local_positions(small))[None]
        return Drawn(mask, local, local, local)

    made.network.forward = seen
    image = np.random.default_rng(0).integers(0, 255, (1, 96, 96)).astype(np.uint8)

    def count(magnifications):
        parameters = SecondParameters(magnifications=magnifications)
        found = made.predict(
            image, ("nucleus",), parameters, ExactStatistics(image), lambda *_: None
        )
        return len(found)

    assert count("1") == 1
    assert count("1/4, 1/2, 1") == 2
