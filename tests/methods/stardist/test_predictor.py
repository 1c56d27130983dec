import subprocess
import sys

import numpy as np
import pytest
import torch

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import InputError
from napari_cellbench.methods.shared.forward import FINE
from napari_cellbench.methods.stardist import StarDistParameters
from napari_cellbench.methods.stardist import predictor as module
from napari_cellbench.methods.stardist.network import StarDistNet
from napari_cellbench.methods.stardist.predictor import StarDistPredictor
from napari_cellbench.methods.stardist.settings import (
    Normalization,
    Search,
    StarDistConfig,
    Thresholds,
)


class Spots:
    """Calls a predictor as the engine does."""

    def __init__(self, network: StarDistNet, **normalization: float) -> None:
        self.predictor = StarDistPredictor(
            network, Thresholds(), Normalization(**normalization), Search()
        )
        self.steps: list[tuple[int, int]] = []

    def __call__(self, image: np.ndarray, roles: tuple = ("nucleus",), **parameters: float):
        self.steps.clear()
        return self.predictor.predict(
            image,
            roles,
            StarDistParameters(**parameters),
            ExactStatistics(image),
            lambda *step: self.steps.append(step),
        )


@pytest.fixture
def spots(references) -> Spots:
    """A network that finds nuclei."""
    from napari_cellbench.methods.stardist.checkpoint import load_checkpoint

    return Spots(load_checkpoint(references / "grey-grid2.zip")[0])


@pytest.fixture
def nuclei(references) -> np.ndarray:
    with np.load(references / "grey-grid2.npz") as record:
        return record["image"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 3), (7, 400), (0, 5)])
@pytest.mark.parametrize("scale", [0.1, 1, 3])
def test_tiny_images_are_no_trouble(spots: Spots, shape: tuple[int, int], scale: float) -> None:
    image = np.random.default_rng(0).integers(0, 255, (1, *shape), np.uint8)
    found = spots(image, scale=scale)
    assert found.shape == shape
    assert len(found) == len(found.scores)


@pytest.mark.parametrize(("border", "nearest"), [(0, 0), (2, 4), (3, 6)])
def test_border_keeps_centres_from_the_edge(border: int, nearest: int) -> None:
    """Every cell of a grid of 2 proposes a disc of radius 3.2 pixels."""
    network = StarDistNet(StarDistConfig(unet_n_depth=1, unet_n_filter_base=2))
    for name, value in (("prob", 5), ("dist", 3.2)):
        torch.nn.init.zeros_(network.layers[name].weight)
        torch.nn.init.constant_(network.layers[name].bias, value)
    image = np.random.default_rng(0).integers(0, 255, (1, 64, 96), np.uint8)
    labels = Spots(network)(image, border=border).to_labels()
    for axis in (0, 1):
        assert max(0, nearest - 3) <= np.flatnonzero(labels.any(axis))[0] <= nearest


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint16", "int32", "float16", "float64"])
def test_the_type_of_number_does_not_matter(spots: Spots, nuclei: np.ndarray, dtype: str) -> None:
    image = (nuclei // 2).astype(dtype)
    np.testing.assert_array_equal(spots(image).labels, spots(nuclei // 2).labels)


def test_an_outlier_harms_its_surroundings_only(spots: Spots, nuclei: np.ndarray) -> None:
    image = nuclei.astype(float)
    image[0, -1, -1] = 1e300
    found, expected = spots(image).to_labels(), spots(nuclei).to_labels()
    np.testing.assert_array_equal(found[:100, :100] > 0, expected[:100, :100] > 0)


def test_blocks_change_nothing(
    spots: Spots, nuclei: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = spots(nuclei)
    assert {maximum for _, maximum in spots.steps} == {FINE}
    monkeypatch.setattr(module, "BLOCK", 64)
    blocked = spots(nuclei)
    count = spots.steps[-1][1] // FINE
    assert count > 20
    assert {(i * FINE, count * FINE) for i in range(1, count + 1)} <= set(spots.steps)
    assert spots.steps == sorted(spots.steps)
    np.testing.assert_array_equal(blocked.labels, whole.labels)
    np.testing.assert_allclose(blocked.scores, whole.scores, atol=1e-6)


def test_statistics_of_the_whole_image_count(spots: Spots, nuclei: np.ndarray) -> None:
    """A tile of background stays background, however its own noise looks when stretched."""
    tile = nuclei[:, :120, :130]
    own = spots.predictor.predict(
        tile, ["nucleus"], StarDistParameters(), ExactStatistics(tile), lambda *_: None
    )
    brighter = np.concatenate([tile, np.full_like(tile, 255)])[None].reshape(1, -1, 130)
    dim = spots.predictor.predict(
        tile, ["nucleus"], StarDistParameters(), ExactStatistics(brighter), lambda *_: None
    )
    assert own.scores.max() > dim.scores.max(initial=0)


def test_thresholds(spots: Spots, nuclei: np.ndarray) -> None:
    usual = spots(nuclei)
    assert usual.scores.min() > 0.5
    picky = spots(nuclei, prob_threshold=float(np.median(usual.scores)))
    assert 0 < len(picky) < len(usual)
    assert len(spots(nuclei, prob_threshold=1.0)) == 0
    assert len(spots(nuclei, nms_threshold=0.9)) >= len(usual)


def test_scores_follow_the_labels(spots: Spots, nuclei: np.ndarray) -> None:
    """StarDist numbers objects from the most probable down."""
    found = spots(nuclei)
    assert len(found.scores) == len(found.ids) > 10
    assert (np.diff(found.scores) <= 0).all()


def test_grey_saved_in_colour_gives_what_grey_gives(spots: Spots, nuclei: np.ndarray) -> None:
    grey = spots(nuclei)
    colour = spots(np.repeat(nuclei, 3, 0), ("red", "green", "blue"))
    np.testing.assert_array_equal(colour.labels, grey.labels)


def test_colour_networks_refuse_grey() -> None:
    network = StarDistNet(StarDistConfig(3, unet_n_depth=1, unet_n_filter_base=2))
    with pytest.raises(InputError, match=r"colour images \(RGB\).*nucleus.*Choose"):
        Spots(network)(np.zeros((1, 32, 32), np.uint8))


def test_percentiles_in_the_wrong_order(spots: Spots, nuclei: np.ndarray) -> None:
    with pytest.raises(InputError, match="black percentile 60 must be below the white one 50"):
        spots(nuclei, low_percentile=60, high_percentile=50)


@pytest.mark.parametrize("scale", [0.1, 0.5, 1, 2, 10])
def test_tiles_show_the_network_the_same_amount(spots: Spots, scale: float) -> None:
    tiling = spots.predictor.tiling(StarDistParameters(scale=scale))
    assert tiling.size * scale == pytest.approx(1024, rel=0.01)
    assert 0 < tiling.overlap < tiling.size / 4


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_finds_what_the_processor_finds(spots: Spots, nuclei: np.ndarray) -> None:
    expected = spots(nuclei)
    spots.predictor.network.to("cuda")
    found = spots(nuclei)
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-4)


@pytest.mark.parametrize(
    ("module_name", "forbidden"),
    [
        ("napari_cellbench.methods.stardist.predictor", "tensorflow keras"),
        ("napari_cellbench.methods.stardist", "torch stardist scipy h5py"),
    ],
)
def test_imports_no_other_framework(module_name: str, forbidden: str) -> None:
    """Not even tries to: the finder notes every attempt."""
    code = f"""
import sys
class Note:
    def find_spec(self, name, path=None, target=None):
        if name in {forbidden.split()!r}:
            print(name)
sys.meta_path.insert(0, Note())
import {module_name}
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""
