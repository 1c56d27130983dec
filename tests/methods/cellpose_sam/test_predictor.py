"""A small Cellpose-SAM (tests/references/make_cellpose_sam.py) against cellpose's own `eval`."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("segment_anything", reason="needs the cellpose extra")

from cellpose import models, vit

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import Cancelled, CheckpointError, InputError
from napari_cellbench.methods.cellpose_sam import CellposeSAM, CellposeSAMParameters

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "references" / "make_cellpose_sam.py"))
CHECKPOINT: Path = SCRIPT["FILE"]


@pytest.fixture(scope="module", autouse=True)
def _small_encoder():
    """`cellpose.vit` asks for SAM's large encoder by name: give it the small one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vit, "sam_model_registry", {"vit_l": SCRIPT["small_vit"]})
        yield


@pytest.fixture(scope="module")
def predictor():
    return CellposeSAM().load(CHECKPOINT, "cpu")


@pytest.fixture(scope="module")
def image():
    """Two channels, 280 x 470: several pieces of 256 pixels."""
    cells, labels = SCRIPT["drawn_cells"](99, 470)
    rng = np.random.default_rng(0)
    nuclei = rng.normal(300, 20, cells.shape) + 500 * (labels % 3 == 1)
    return np.stack([cells * 40, nuclei])[:, :280].astype(np.uint16)


class Recorder:
    def __init__(self, stop_at=None):
        self.seen, self.stop_at = [], stop_at

    def __call__(self, current, maximum):
        self.seen.append((current, maximum))
        if self.stop_at is not None and len(self.seen) > self.stop_at:
            raise Cancelled("Stopped.")


def _predict(predictor, image, progress=None, **parameters):
    roles = ("whole_cell", "nucleus", "other", "other")[: len(image)]
    parameters = CellposeSAMParameters(**parameters)
    statistics = ExactStatistics(image)
    return predictor.predict(image, roles, parameters, statistics, progress or Recorder())


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"diameter": 24.0},
        {"diameter": 45.0, "niter": 150},
        {"flow_threshold": 0.0, "cellprob_threshold": -1.0, "min_size": 60},
    ],
)
def test_masks_are_those_of_cellpose(predictor, image, channels, parameters):
    own = models.CellposeModel(
        pretrained_model=str(CHECKPOINT), device=torch.device("cpu"), use_bfloat16=False
    )
    with torch.sparse.check_sparse_tensor_invariants(enable=False):
        expected = own.eval(image[:channels], channel_axis=0, batch_size=1, **parameters)[0]
    found = _predict(predictor, image[:channels], **parameters).to_labels()
    np.testing.assert_array_equal(found, expected)
    assert found.max() >= 20


def test_it_finds_the_drawn_cells(predictor):
    cells, labels = SCRIPT["drawn_cells"](7)
    found = _predict(predictor, cells[None]).to_labels()
    hit = [np.bincount(found[labels == i]).argmax() > 0 for i in range(1, labels.max() + 1)]
    assert np.mean(hit) > 0.8


def test_half_precision_and_back(predictor, image):
    before = _predict(predictor, image[:1])
    half = _predict(predictor, image[:1], bfloat16=True)
    assert predictor.model.net.dtype == torch.bfloat16
    assert abs(len(half) - len(before)) < 0.2 * len(before)
    after = _predict(predictor, image[:1])
    np.testing.assert_array_equal(before.to_labels(), after.to_labels())


def test_progress_and_cancel(predictor, image):
    progress = Recorder()
    _predict(predictor, image, progress)
    current, maximum = zip(*progress.seen, strict=True)
    # Two blocks for each piece, and the end.
    assert current == tuple(range(len(current)))
    assert set(maximum) == {len(current) - 1}
    with pytest.raises(Cancelled):
        _predict(predictor, image, Recorder(stop_at=3))
    again = Recorder()
    _predict(predictor, image, again)
    assert again.seen == progress.seen


def test_the_whole_image_sets_the_range_of_a_tile(predictor, image):
    dim = image[:1, :200, :200] // 50
    whole = _predict(predictor, dim)
    bright = image[:1]
    parameters = CellposeSAMParameters()
    seen = predictor.predict(dim, ("phase",), parameters, ExactStatistics(bright), Recorder())
    assert len(whole) > 5
    assert len(seen) == 0


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((1, 1, 1), np.uint8),
        np.arange(40.0).reshape(1, 1, 40),
        np.full((1, 64, 64), 3.5),
        np.zeros((2, 300, 20), np.uint16),
        np.zeros((1, 0, 20)),
    ],
)
def test_images_without_cells(predictor, image):
    found = _predict(predictor, image)
    assert len(found) == 0
    assert found.shape == image.shape[1:]


@pytest.mark.parametrize("shape", [(1, 2, 2), (3, 5, 3), (2, 300, 17)])
@pytest.mark.parametrize("diameter", [None, 2000])
def test_any_size(predictor, shape, diameter):
    image = np.random.default_rng(0).random(shape)
    assert _predict(predictor, image, diameter=diameter).shape == shape[1:]


def test_too_many_channels(predictor):
    with pytest.raises(InputError, match="up to 3 channels, the image has 4"):
        _predict(predictor, np.zeros((4, 20, 20)))


def test_tiles(predictor):
    assert predictor.tiling(CellposeSAMParameters()).overlap == 256
    assert predictor.tiling(CellposeSAMParameters(diameter=100)).overlap == 200
    for diameter in (1, 2000):
        tiling = predictor.tiling(CellposeSAMParameters(diameter=diameter))
        assert 0 < tiling.overlap < tiling.size


def test_nothing_is_printed_downloaded_or_kept(image, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(models, "MODEL_DIR", tmp_path / "models")
    monkeypatch.setattr(models.utils, "download_url_to_file", None)
    _predict(CellposeSAM().load(CHECKPOINT, "cpu"), image[:1, :100, :100])
    assert capfd.readouterr().out == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: {"output.2.weight": torch.ones(3, 4, 1, 1)}, r"method Cellpose \(U-Net\)"),
        (lambda s: {"encoder.cls_token": torch.ones(1), **s}, "DINO"),
        (lambda s: {"head.weight": torch.ones(3)}, "not a Cellpose-SAM"),
        (lambda s: {k: v for k, v in s.items() if "neck" not in k}, "lacks"),
        (lambda s: {**s, "out.weight": torch.ones(3, 3)}, "can't load"),
        (lambda s: {**s, "out.bias": torch.full((192,), float("nan"))}, "NaN"),
    ],
)
def test_other_files_are_refused(tmp_path, change, message):
    state = torch.load(CHECKPOINT, weights_only=True)
    torch.save(change(dict(state)), tmp_path / "model")
    with pytest.raises(CheckpointError, match=message):
        CellposeSAM().load(tmp_path / "model", "cpu")


def test_a_payload_does_not_run(tmp_path):
    victim = tmp_path / "victim"

    class Payload:
        def __reduce__(self):
            return Path.touch, (victim,)

    state = torch.load(CHECKPOINT, weights_only=True)
    torch.save({**state, "x": Payload()}, tmp_path / "model")
    with pytest.raises(CheckpointError, match="run a stranger's code"):
        CellposeSAM().load(tmp_path / "model", "cpu")
    assert not victim.exists()


def test_missing_checkpoint(tmp_path):
    with pytest.raises(CheckpointError, match="There is no file or folder"):
        CellposeSAM().load(tmp_path / "cpsam", "cpu")
    with pytest.raises(CheckpointError, match="needs a checkpoint"):
        CellposeSAM().load(None, "cpu")


def test_the_unet_of_cellpose_3(shared):
    with pytest.raises(CheckpointError, match=r"method Cellpose \(U-Net\)"):
        CellposeSAM().load(shared / "weights" / "cellpose_cyto_2020_torch", "cpu")
