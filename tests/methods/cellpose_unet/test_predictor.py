from pathlib import Path

import numpy as np
import pytest
import torch

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import Cancelled
from napari_cellbench.methods.cellpose_unet import CellposeUNetMethod, CellposeUNetParameters
from napari_cellbench.methods.cellpose_unet.checkpoint import save_checkpoint
from napari_cellbench.methods.cellpose_unet.network import CellposeUNet

NUCLEI = Path(__file__).parents[2] / "references" / "cellpose3" / "nuclei.npz"


class Recorder:
    def __init__(self, stop_at=None):
        self.seen, self.stop_at = [], stop_at

    def __call__(self, current, maximum):
        self.seen.append((current, maximum))
        if self.stop_at is not None and len(self.seen) > self.stop_at:
            raise Cancelled("Stopped.")


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    """A network of random weights: what it finds means nothing."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    save_checkpoint(path, CellposeUNet((2, 4, 8), diam_mean=30, diam_labels=45), {})
    return CellposeUNetMethod().load(path, "cpu")


def _predict(predictor, image, progress=None, roles=("phase",), **parameters):
    return predictor.predict(
        image,
        roles,
        CellposeUNetParameters(**parameters),
        ExactStatistics(image),
        progress or Recorder(),
    )


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((1, 1, 1), np.uint8),
        np.full((1, 1, 40), 7, np.uint16),
        np.arange(40.0).reshape(1, 1, 40),
        np.arange(40.0).reshape(1, 40, 1),
        np.full((1, 64, 64), 3.5),
        np.zeros((1, 300, 20), np.uint8),
        np.zeros((1, 0, 20)),
    ],
)
def test_images_without_cells(predictor, image):
    found = _predict(predictor, image)
    assert len(found) == 0
    assert found.shape == image.shape[1:]


@pytest.mark.parametrize("dtype", ["i1", "u1", "u2", "i4", "f4", "f8"])
def test_any_dtype(predictor, dtype):
    image = np.random.default_rng(0).integers(0, 100, (1, 30, 40)).astype(dtype)
    found = _predict(predictor, image).to_labels()
    np.testing.assert_array_equal(found, _predict(predictor, image.astype("f8")).to_labels())


@pytest.mark.parametrize("shape", [(2, 2), (5, 3), (200, 7)])
@pytest.mark.parametrize("diameter", [None, 1, 2000])
def test_any_size_and_diameter(predictor, shape, diameter):
    image = np.random.default_rng(0).random((1, *shape))
    assert _predict(predictor, image, diameter=diameter).shape == shape


def test_progress_and_cancel(predictor):
    image = np.random.default_rng(0).random((1, 500, 700))
    once, twice = Recorder(), Recorder()
    _predict(predictor, image, once, diameter=30)
    assert len(once.seen) > 2
    assert once.seen[-1][0] == once.seen[-1][1]
    _predict(predictor, image, twice, diameter=30, estimate_diameter=True)
    done = [current / maximum for current, maximum in twice.seen]
    assert done == sorted(done)
    assert done[-1] == 1
    with pytest.raises(Cancelled):
        _predict(predictor, image, Recorder(stop_at=1), diameter=30)


def test_tiles_overlap_by_two_diameters(predictor):
    assert predictor.tiling(CellposeUNetParameters()).overlap == 90
    assert predictor.tiling(CellposeUNetParameters(diameter=70.5)).overlap == 141
    for diameter in (1, 2000):
        tiling = predictor.tiling(CellposeUNetParameters(diameter=diameter))
        assert 0 < tiling.overlap < tiling.size


def test_tuned_thresholds_are_the_defaults(tmp_path, shared):
    """Stricter thresholds in the file give what the same thresholds as parameters give."""
    method = CellposeUNetMethod()
    plain = method.load(shared / "weights" / "cellpose_cyto_2020_torch", "cpu")
    path = tmp_path / "tuned.safetensors"
    save_checkpoint(path, plain.network, {"parameters": '{"cellprob_threshold": 2.5}'})
    tuned = method.load(path, "cpu")
    with np.load(NUCLEI) as record:
        image = record["image"]
    default = _predict(tuned, image, roles=("nucleus",))
    strict = _predict(tuned, image, roles=("nucleus",), cellprob_threshold=2.5)
    loose = _predict(tuned, image, roles=("nucleus",), cellprob_threshold=0.0)
    np.testing.assert_array_equal(default.to_labels(), strict.to_labels())
    assert (default.to_labels() > 0).sum() < (loose.to_labels() > 0).sum()


def test_half_precision_on_disk_finds_the_same_cells(tmp_path, shared):
    method = CellposeUNetMethod()
    full = method.load(shared / "weights" / "cellpose_cyto_2020_torch", "cpu")
    save_checkpoint(tmp_path / "half", full.network, {})
    half = method.load(tmp_path / "half", "cpu")
    with np.load(NUCLEI) as record:
        image = record["image"]
    a, b = (_predict(p, image, roles=("nucleus",)).to_labels() for p in (full, half))
    assert a.max() == b.max() > 20
    assert ((a > 0) != (b > 0)).mean() < 1e-3


def test_nothing_is_printed(predictor, capfd):
    _predict(predictor, np.random.default_rng(0).random((1, 90, 90)))
    assert capfd.readouterr().out == ""
