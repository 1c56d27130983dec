"""What forms show for "auto" is what the model does once it is loaded."""

import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from napari_cellbench.checkpoints import checkpoints, location
from napari_cellbench.methods import get_method, methods
from napari_cellbench.methods.shared.metadata import member, numbers, safetensors_metadata

REFERENCES = Path(__file__).parents[1] / "references" / "stardist"
BUNDLED = [c for c in checkpoints() if c.source == "bundled"]


def stardist_says(path):
    pytest.importorskip("torch")
    from napari_cellbench.methods.stardist.checkpoint import load_checkpoint

    _, thresholds, normalization, search = load_checkpoint(path)
    return {
        "prob_threshold": thresholds.prob,
        "nms_threshold": thresholds.nms,
        "low_percentile": normalization.low,
        "high_percentile": normalization.high,
        **asdict(search),
    }


@pytest.mark.parametrize(
    "path",
    [
        *(location(c) for c in BUNDLED if c.method == "stardist"),
        *REFERENCES.glob("*.zip"),
    ],
    ids=lambda path: path.stem,
)
def test_stardist(path, tmp_path):
    expected = stardist_says(path)
    assert get_method("stardist").automatic(path) == expected
    if path.suffix == ".zip":
        shutil.unpack_archive(path, tmp_path)
        (folder,) = tmp_path.iterdir()
        assert get_method("stardist").automatic(folder) == expected


def test_cellpose():
    pytest.importorskip("torch")
    from napari_cellbench.methods.cellpose_unet.checkpoint import load_checkpoint

    (checkpoint,) = (c for c in BUNDLED if c.method == "cellpose_unet")
    _, tuned = load_checkpoint(location(checkpoint))
    assert get_method("cellpose_unet").automatic(location(checkpoint)) == asdict(tuned)


@pytest.mark.parametrize("content", [b"", b"x" * 7, b"\xff" * 99, b"\2\0\0\0\0\0\0\0[]", b"PK"])
def test_what_is_no_checkpoint_breaks_no_form(tmp_path, content):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    for method in methods().values():
        assert isinstance(method.automatic(path), dict)
    assert safetensors_metadata(path) == {}
    assert member(path, "thresholds.json") is None
    assert numbers({"a": "1", "b": True, "c": 2.5}, {"a": "a", "b": "b", "c": "d"}) == {"d": 2.5}
