"""Files of weights are recognised by what is in them, without any framework."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from napari_cellbench.checkpoints import checkpoints, location
from napari_cellbench.checkpoints.names import MOST, weight_names
from napari_cellbench.methods.mmdet.network import build_network
from napari_cellbench.methods.recognition import recognise
from napari_cellbench.methods.registry import methods
from napari_cellbench.methods.shared.metadata import safetensors_metadata

DETECTORS = [key for key, method in methods().items() if hasattr(method, "architecture")]
BUNDLED = [one for one in checkpoints() if one.source == "bundled"]


@pytest.fixture(scope="module", params=DETECTORS)
def detector(request):
    network = build_network(methods()[request.param].architecture, 3, for_cells=False)
    return request.param, {k: v[:0].clone() for k, v in network.state_dict().items() if v.ndim}


@pytest.mark.parametrize("kind", ["zip", "pickle", "safetensors"])
def test_every_detector_by_the_names_of_its_tensors(detector, kind, tmp_path):
    """In what MMDetection writes, in older torch files and in bare safetensors."""
    key, state = detector
    file = tmp_path / "epoch_12.pth"
    if kind == "safetensors":
        save_file(state, file)
    else:
        whole = {"meta": {"epoch": 12}, "state_dict": state}
        torch.save(whole, file, _use_new_zipfile_serialization=kind == "zip")
    assert weight_names(file).kind == kind
    found, is_known = recognise(file)
    assert (found.key, is_known) == (key, True)


@pytest.mark.parametrize("checkpoint", BUNDLED, ids=lambda one: one.key)
def test_bundled_ones_under_another_name(checkpoint, tmp_path):
    file = tmp_path / "weights.pth"
    file.write_bytes(location(checkpoint).read_bytes())
    assert recognise(file)[0].key == checkpoint.method


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("mobile_sam.pt", "segment_anything"),
        ("cellpose_cyto_2020_torch", "cellpose_unet"),
        ("toxo_pv_lumen.CP_model", "cellpose_unet"),
    ],
)
def test_real_files(shared, name, key):
    found, is_known = recognise(shared / "weights" / name)
    assert (found.key, is_known) == (key, True)


def test_models_of_stardist(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "weights_best.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(600))
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"model/{file.name}")
    for path in (folder, tmp_path / "model.zip"):
        found, is_known = recognise(path)
        assert (found.key, is_known) == ("stardist", True)
    found, is_known = recognise(folder / "weights_best.h5")
    assert (found.key, is_known) == ("stardist", False)


def test_keras_weights_by_the_names_of_their_layers(tmp_path):
    stardist = next((Path(__file__).parents[1] / "references" / "stardist").glob("*.zip"))
    with zipfile.ZipFile(stardist) as archive:
        (weights,) = (name for name in archive.namelist() if name.endswith(".h5"))
        (tmp_path / "model.h5").write_bytes(archive.read(weights))
    found, is_known = recognise(tmp_path / "model.h5")
    assert (found.key, is_known) == ("stardist", True)
    (tmp_path / "other.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(600))
    assert recognise(tmp_path / "other.h5") == (None, False)


def test_what_nothing_tells_is_not_guessed(tmp_path):
    torch.save({"fc.weight": torch.zeros(1)}, tmp_path / "own.pth")
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors", {"method": "of_another"})
    (tmp_path / "notes.pt").write_text("hello")
    (tmp_path / "empty.pt").touch()
    for file in tmp_path.iterdir():
        assert recognise(file) == (None, False)
    (tmp_path / "cpsam_mine").write_bytes(b"anything at all, which is no file of weights")
    found, is_known = recognise(tmp_path / "cpsam_mine")
    assert (found.key, is_known) == ("cellpose_sam", False)


def test_damage_and_hostile_pickles_are_only_read(tmp_path):
    """No code of the file runs, whatever is in it; cut anywhere it has fewer names or none."""
    torch.save({"downsample.down.res_down_0.x": torch.zeros(3)}, tmp_path / "a.pt")
    whole = (tmp_path / "a.pt").read_bytes()
    for end in range(0, len(whole), 37):
        (tmp_path / "cut.pt").write_bytes(whole[:end])
        assert weight_names(tmp_path / "cut.pt").names <= weight_names(tmp_path / "a.pt").names
    target = tmp_path / "was_run"
    (tmp_path / "evil.pt").write_bytes(
        b"\x80\x02cos\nsystem\n" + f"(S'touch {target}'\ntR.".encode()
    )
    assert recognise(tmp_path / "evil.pt") == (None, False)
    assert not target.exists()


def test_needs_no_framework(tmp_path):
    save_file({"image_encoder.a": torch.zeros(1)}, tmp_path / "a.safetensors")
    code = (
        "import sys; from pathlib import Path\n"
        "from napari_cellbench.checkpoints.names import weight_names\n"
        "import json; print(json.dumps([sorted(weight_names(Path(sys.argv[1])).names),"
        " 'torch' in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.safetensors")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [["image_encoder.a"], False]


def test_header_that_is_too_long_is_not_read(tmp_path):
    header = b'{"image_encoder.a": {}}'
    for length, known in ((MOST, True), (MOST + 1, False)):
        file = tmp_path / "a.safetensors"
        file.write_bytes(length.to_bytes(8, "little") + header.ljust(length))
        assert bool(weight_names(file).names) is known
        assert safetensors_metadata(file) == {}
