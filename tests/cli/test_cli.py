import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tifffile

from napari_cellbench.cli import main
from napari_cellbench.data.samples import demo_sample


@pytest.fixture(scope="module")
def nuclei(tmp_path_factory):
    """A real image of nuclei and its truth, as files."""
    folder = tmp_path_factory.mktemp("nuclei")
    sample = demo_sample()
    tifffile.imwrite(folder / "image.tif", np.asarray(sample.image[0])[:256, :256])
    truth = sample.truth["nucleus"].to_labels()[:256, :256]
    tifffile.imwrite(folder / "truth.tif", truth.astype(np.uint16))
    return folder


def test_predict_then_score(nuclei, tmp_path, capsys):
    out = tmp_path / "labels.tif"
    assert main(["predict", str(nuclei / "image.tif"), "--method", "watershed",
                 "--param", "diameter=20", "--output", str(out)]) == 0  # fmt: skip
    assert "objects in" in capsys.readouterr().out
    assert main(["score", str(nuclei / "truth.tif"), str(out), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["n_prediction"] == tifffile.imread(out).max()
    assert result["AP50"] > 0.5
    assert len(result["accuracy"]) == len(result["thresholds"]) == 10


def test_bundled_checkpoint_is_the_default(nuclei, tmp_path, capsys):
    pytest.importorskip("stardist")
    out = tmp_path / "labels.json"
    assert main(["predict", str(nuclei / "image.tif"), "--method", "stardist",
                 "--device", "cpu", "--output", str(out)]) == 0  # fmt: skip
    record = json.loads(out.read_text())
    assert record["annotations"]
    assert "stardist-nuclei-fluo" in json.dumps(record["info"])


def test_score_as_text(nuclei, capsys):
    truth = str(nuclei / "truth.tif")
    assert main(["score", truth, truth]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert float(lines["mAP"]) == 1
    assert float(lines["error_rate"]) == 0


@pytest.mark.parametrize("command", ["methods", "checkpoints"])
def test_lists(command, capsys):
    assert main([command, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    keys = [row["key"] for row in rows]
    assert len(keys) == len(set(keys))
    assert main([command]) == 0
    text = capsys.readouterr().out
    assert all(key in text for key in keys)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--method", "nonsense"], "No method 'nonsense'"),
        (["--method", "watershed", "--param", "diameter"], "NAME=VALUE"),
        (["--method", "watershed", "--param", "diameter=wide"], "must be a number"),
        (["--method", "watershed", "--param", "diameter=-1"], "between"),
        (["--method", "watershed", "--param", "width=3"], "No parameter 'width'"),
        (["--method", "watershed", "--roles", "cell"], "No role 'cell'"),
        (["--method", "watershed", "--roles", "nucleus,phase"], "1 channels: give 1 roles"),
        (["--method", "watershed", "--checkpoint", "cyto"], "no checkpoint"),
        (["--method", "stardist", "--checkpoint", "missing"], "no checkpoint"),
    ],
)
def test_what_the_user_can_mend(nuclei, tmp_path, capsys, arguments, says):
    out = tmp_path / "labels.tif"
    image = str(nuclei / "image.tif")
    assert main(["predict", image, "--output", str(out), *arguments]) == 2
    assert says.lower() in capsys.readouterr().err.lower()
    assert not out.exists()


def test_files_that_are_missing_or_differ(nuclei, tmp_path, capsys):
    assert main(["predict", str(tmp_path / "no.tif"), "--method", "watershed",
                 "--output", str(tmp_path / "o.tif")]) == 2  # fmt: skip
    assert "no.tif" in capsys.readouterr().err
    small = tmp_path / "small.tif"
    tifffile.imwrite(small, np.zeros((8, 8), np.uint8))
    assert main(["score", str(nuclei / "truth.tif"), str(small)]) == 2
    assert "256" in capsys.readouterr().err


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which("xvfb-run") is None,
    reason="needs Xvfb",
)
def test_demo_without_a_display(tmp_path, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    command = [sys.executable, "-m", "napari_cellbench.cli", "demo", "--output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads((tmp_path / "demo_score.json").read_text())
    assert result["score"]["AP50"] > 0.7
    assert result["provenance"]["checkpoint"] == "stardist-nuclei-fluo"
    assert "| AP50 (COCO) |" in (tmp_path / "demo_score.md").read_text()
    assert tifffile.imread(tmp_path / "demo_labels.tif").max() == result["score"]["n_prediction"]
    assert (tmp_path / "demo.png").stat().st_size > 100_000
