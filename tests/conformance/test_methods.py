"""Our own methods keep the contract: all in what they say, and those with small weights wholly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from napari_cellbench.conformance import CHECKS, check_method
from napari_cellbench.engine import Engine
from napari_cellbench.methods import Method, get_method, methods

from ..methods.deepcell.small import SmallFeatureNet, SmallMesmer, SmallRetinaMask, small_checkpoint
from ..methods.detectron2 import small as small_detectron2
from ..methods.dsb2018 import small as bowl
from ..methods.mediar import small as mediar
from ..methods.mmdet.conftest import SmallMaskRCNN
from ..methods.segment_anything.conftest import SIZES
from .small import REFERENCES, SmallCellposeSAM

DECLARATION = ("description", "parameters", "checkpoints", "imports")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine


def check(engine: Engine, method: Method, *arguments, only=(), **more) -> dict[str, str]:
    """Check a method that must pass; return what each check says that applies."""
    if missing := method.missing():
        pytest.skip(f"needs {', '.join(missing)}")
    results = check_method(method, *arguments, engine=engine, only=only, **more)
    assert not [result for result in results if not result.ok]
    return {result.name: result.message for result in results if result.status == "passed"}


@pytest.mark.parametrize("method", methods().values(), ids=lambda method: method.key)
def test_declaration(engine, method):
    results = check_method(method, engine=engine, only=DECLARATION)
    assert [result.status for result in results] == ["passed"] * len(DECLARATION), results
    assert method.url


def test_watershed(engine):
    told = check(engine, get_method("watershed"))
    assert set(CHECKS) - set(told) == {"hostile-files", "damaged-files"}
    assert "6 objects" in told["prediction"]
    assert "nucleus; whole_cell; phase; other; nucleus, whole_cell; red" in told["channels"]


def test_stardist(engine):
    told = check(engine, get_method("stardist"), REFERENCES / "stardist" / "grey-grid2.zip")
    assert set(told) == set(CHECKS)
    assert "6 objects" in told["prediction"]


def test_stardist_for_tissue(engine):
    only = ("prediction", "constant-image", "channels")
    told = check(engine, get_method("stardist"), "stardist-nuclei-histology", only=only)
    assert "6 objects" in told["prediction"]
    assert told["channels"].startswith("Takes red, green, blue")


def test_cellpose_unet(engine):
    assert set(check(engine, get_method("cellpose_unet"))) == set(CHECKS)


def test_cellpose_sam(engine):
    told = check(engine, SmallCellposeSAM(), REFERENCES / "cellpose_sam_small.pt")
    assert set(told) == set(CHECKS)
    assert "6 objects" in told["prediction"]


def test_segment_anything(engine, tmp_path: Path):
    torch = pytest.importorskip("torch")
    build = pytest.importorskip("segment_anything.build_sam")
    torch.manual_seed(0)
    torch.save(build._build_sam(**SIZES).state_dict(), tmp_path / "small.pth")
    # A point a side: each costs time, and the images are small.
    only = [name for name in CHECKS if name not in ("dtypes", "channels")]
    parameters = {"points_per_side": 1}
    method, file = get_method("segment_anything"), tmp_path / "small.pth"
    assert set(check(engine, method, file, only=only, parameters=parameters)) == set(only)


def test_detector_of_mmdetection(engine, tmp_path: Path):
    if SmallMaskRCNN().missing():
        pytest.skip("needs the mmdet extra")
    import torch

    from napari_cellbench.methods.mmdet import architectures
    from napari_cellbench.methods.mmdet.checkpoint import save_checkpoint
    from napari_cellbench.methods.mmdet.network import build_network
    from napari_cellbench.methods.mmdet.settings import InputSettings

    torch.manual_seed(0)
    method, file = SmallMaskRCNN(), tmp_path / "small.safetensors"
    network = build_network(method.architecture, 3, for_cells=True)
    save_checkpoint(file, network, method.key, InputSettings(*architectures.IMAGENET))
    # Random weights are sure of nothing, and so find nothing.
    told = check(engine, method, file, parameters={"score_threshold": 0.9})
    assert set(told) == set(CHECKS)


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (SmallFeatureNet, {}),
        # Random weights are sure of nothing, and so find nothing.
        (SmallMesmer, {"interior_threshold": 0.9}),
        (SmallRetinaMask, {"score_threshold": 0.9}),
    ],
    ids=lambda one: getattr(one, "key", ""),
)
def test_deepcell(engine, tmp_path: Path, kind, parameters):
    if kind().missing():
        pytest.skip("needs the deepcell extra")
    file = small_checkpoint(kind, tmp_path)
    assert set(check(engine, kind(), file, parameters=parameters)) == set(CHECKS)


@pytest.mark.parametrize(
    ("kind", "parameters"),
    # Random weights are sure of nothing, and so find nothing.
    [
        (bowl.SmallFirst, {"seed_threshold": 0.95}),
        (bowl.SmallSecond, {"mask_threshold": 0.95}),
        (bowl.SmallThird, {"score_threshold": 0.99}),
    ],
    ids=lambda one: getattr(one, "key", ""),
)
def test_winners_of_the_bowl(engine, tmp_path: Path, kind, parameters):
    if kind().missing():
        pytest.skip("needs the deepcell extra")
    file = bowl.small_checkpoint(kind, tmp_path)
    assert set(check(engine, kind(), file, parameters=parameters)) == set(CHECKS)


@pytest.mark.parametrize("kind", small_detectron2.KINDS, ids=lambda kind: kind.key)
def test_detectron2(engine, tmp_path: Path, kind):
    if kind().missing():
        pytest.skip("needs the detectron2 extra")
    file = small_detectron2.small_checkpoint(kind, tmp_path)
    # Random weights are sure of nothing, and so find nothing.
    told = check(engine, kind(), file, parameters={"score_threshold": 0.9})
    assert set(told) == set(CHECKS)


def test_mediar(engine, tmp_path: Path):
    method = mediar.SmallMediar()
    if method.missing():
        pytest.skip("needs the mediar extra")
    file = mediar.small_checkpoint(tmp_path)
    # Random weights are sure of nothing, and so find nothing.
    told = check(engine, method, file, parameters={"foreground_threshold": 0.9})
    assert set(told) == set(CHECKS)
