import numpy as np
import pytest
import torch

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods.deepcell.checkpoint import save_checkpoint
from napari_cellbench.methods.deepcell.settings import InputSettings
from napari_cellbench.methods.dsb2018.third import ThirdParameters, ThirdPlace, predictor
from napari_cellbench.methods.dsb2018.third.boxes import normalised
from napari_cellbench.methods.dsb2018.third.checkpoint import load_checkpoint, new_shape
from napari_cellbench.methods.dsb2018.third.detection import Detected
from napari_cellbench.methods.dsb2018.third.network import ThirdNet
from napari_cellbench.methods.dsb2018.third.predictor import ThirdPredictor, enlarged, framed_to
from napari_cellbench.methods.recognition import recognise

from ...seeded import write_keras
from ..conftest import shapes_of

SHAPE = {"width": 4, "blocks": (1, 1, 1, 1), "features": 8, "proposing": 8, "dense": 8}


def made(short_side=1):
    torch.manual_seed(0)
    settings = InputSettings((), "none", 96)
    return ThirdPredictor(ThirdNet(new_shape(SHAPE)), settings, short_side, "cpu")


def found_in(made, image, **parameters):
    asked = ThirdParameters(**parameters)
    return made.predict(image, ("nucleus",), asked, ExactStatistics(image), lambda *_: None)


def picture(height=37, width=70):
    return np.random.default_rng(0).integers(0, 255, (1, height, width)).astype(np.uint8)


def test_is_recognised(keras_file):
    method, is_known = recognise(keras_file)
    assert (method.key, is_known) == ("dsb2018_third", True)


@pytest.mark.parametrize("views", ["one", "fifteen"])
def test_images_of_any_size(views):
    found = found_in(made(), picture(), views=views, score_threshold=0.5)
    assert found.shape == (37, 70)


@pytest.mark.parametrize("short_side", [1, 100])
@pytest.mark.parametrize("views", ["one", "fifteen"])
def test_nuclei_are_drawn_where_they_are(monkeypatch, views, short_side):
    """A network that sees the one bright square, however it is turned, enlarged and framed."""

    def detect(_, x, window, *__):
        sides = np.array(x.shape[2:]) - 1
        bright = (x[0, 0] > 0).nonzero()
        corners = torch.cat([bright.amin(0), bright.amax(0) + 1])[None].float()
        assert (bright.amin(0).numpy() >= np.round(np.array(window[:2]) * sides)).all()
        boxes = normalised(corners, *x.shape[2:])
        return Detected(boxes, torch.tensor([0.95]), torch.full((1, 28, 28), 5.0))

    monkeypatch.setattr(predictor, "detect", detect)
    image = np.zeros((1, 50, 64), np.uint8)
    image[0, 8:24, 30:54] = 255
    found = found_in(made(short_side), image, views=views, dilation=0).to_labels()
    expected = image[0] > 0
    both = (found > 0) & expected
    # Half a pixel of rounding on each side, in one of the scaled views.
    assert both.sum() / ((found > 0) | expected).sum() > 0.9
    if views == "one" and short_side == 1:
        np.testing.assert_array_equal(found > 0, expected)


def test_the_shortest_side_is_the_users_or_the_files():
    x = torch.rand(1, 3, 40, 60)
    assert enlarged(x, 20) is x
    assert enlarged(x, 80).shape[2:] == (80, 120)
    framed, (top, left) = framed_to(x, 64)
    assert framed.shape[2:] == (64, 64)
    torch.testing.assert_close(framed[..., top : top + 40, left : left + 60], x)


@pytest.mark.parametrize("told", ["1", "300"])
def test_own_checkpoint_keeps_its_settings(tmp_path, told):
    settings = InputSettings(("nucleus",), "percentiles", 96)
    path = tmp_path / "own.safetensors"
    save_checkpoint(path, ThirdNet(new_shape(SHAPE)), "dsb2018_third", settings, short_side=told)
    network, known, short_side = load_checkpoint(path)
    assert (known, short_side) == (settings, int(told))
    assert network.shape == new_shape(SHAPE)


@pytest.mark.parametrize("told", ["", "0", "-1", "1e3", "99999", "9" * 5000])
def test_damaged_side(tmp_path, told):
    path = tmp_path / "own.safetensors"
    settings = InputSettings(("nucleus",), "percentiles", 96)
    save_checkpoint(path, ThirdNet(new_shape(SHAPE)), "dsb2018_third", settings, short_side=told)
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(path)


def test_says_what_does_not_fit(tmp_path):
    shapes = shapes_of("third", "mask_rcnn")
    shapes["mrcnn_mask/mrcnn_mask/kernel:0"] = [1, 1, 256, 81]
    path = write_keras(tmp_path / "coco.h5", shapes)
    with pytest.raises(CheckpointError, match=r"of another shape: mrcnn_mask\.weight"):
        load_checkpoint(path)


def test_needs_a_checkpoint():
    with pytest.raises(CheckpointError, match="needs a checkpoint"):
        ThirdPlace().load(None, "cpu")
