import shutil
import zipfile

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the mediar extra")

from napari_cellbench.errors import CheckpointError  # noqa: E402
from napari_cellbench.methods import get_method  # noqa: E402
from napari_cellbench.methods.mediar.checkpoint import (  # noqa: E402
    load_members,
    read,
    save_checkpoint,
)
from napari_cellbench.methods.mediar.settings import WINDOW, InputSettings  # noqa: E402
from napari_cellbench.methods.recognition import recognise  # noqa: E402

from .small import small_network  # noqa: E402

NAME = "from_phase1.pth"


@pytest.fixture
def published(tmp_path):
    """A file as MEDIAR's are: a plain state dict, by its own names."""
    torch.save(small_network().state_dict(), tmp_path / NAME)
    return tmp_path / NAME


def same(first, second):
    pairs = zip(first.state_dict().items(), second.state_dict().items(), strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


def test_file_of_mediar_s_loads_by_its_own_names(published):
    (network,), settings = load_members(published)
    assert same(network, small_network())
    assert settings == InputSettings((), WINDOW, edge=0)
    assert not network.training
    found, is_known = recognise(published)
    assert (found.key, is_known) == ("mediar", True)


def test_names_of_the_published_weights_are_recognised(shapes, tmp_path):
    torch.save({key: torch.zeros(0) for key in shapes}, tmp_path / "weights.pt")
    assert recognise(tmp_path / "weights.pt")[0].key == "mediar"


@pytest.mark.parametrize("wrapped", ["model", "module."])
def test_weights_within_a_training_state(published, tmp_path, wrapped):
    state = torch.load(published, weights_only=True)
    content = {"model": state, "epoch": 3}
    if wrapped == "module.":
        content = {f"module.{name}": weight for name, weight in state.items()}
    torch.save(content, tmp_path / "other.pth")
    assert same(load_members(tmp_path / "other.pth")[0][0], small_network())


def test_a_folder_is_an_ensemble(published):
    torch.save(small_network(1).state_dict(), published.with_name("from_phase2.pth"))
    (published.parent / "notes.txt").write_text("Not weights.")
    networks, _ = load_members(published.parent)
    assert [same(networks[n], small_network(n)) for n in (0, 1)] == [True, True]


def zipped(folder, inside=""):
    path = folder.parent / f"{folder.name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{inside}{file.name}")
    return path


@pytest.mark.parametrize("inside", ["", "MEDIAR/weights/"])
def test_the_zip_of_a_folder_is_the_same_ensemble(published, inside):
    torch.save(small_network(1).state_dict(), published.with_name("from_phase2.pth"))
    for number in (1, 2):
        pretrained = small_network(5).state_dict()
        torch.save(pretrained, published.with_name(f"phase{number}.pth"))
    path = zipped(published.parent, inside)
    found, is_known = recognise(path)
    assert (found.key, is_known) == ("mediar", True)
    for one in (path, published.parent):
        networks, settings = load_members(one)
        assert [same(networks[n], small_network(n)) for n in (0, 1)] == [True, True]
        assert len(networks) == 2
        assert settings == InputSettings()


def test_what_is_for_training_alone_is_a_checkpoint_too(published):
    published.rename(published.with_name("phase1.pth"))
    (network,), _ = load_members(published.parent)
    assert same(network, small_network())


def test_zips_that_hold_no_ensemble(published):
    torch.save({"a": torch.zeros(2)}, published)
    with pytest.raises(CheckpointError, match=r"from_phase1\.pth is no checkpoint of MEDIAR"):
        load_members(zipped(published.parent))
    published.write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match=r"from_phase1\.pth is damaged"):
        load_members(zipped(published.parent))
    published.rename(published.with_suffix(".txt"))
    with pytest.raises(CheckpointError, match="holds no weights"):
        load_members(zipped(published.parent))
    for number in range(9):
        published.with_name(f"{number}.pth").touch()
    with pytest.raises(CheckpointError, match="holds 9 files of weights"):
        load_members(published.parent)


def test_folders_that_are_none(published, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    with pytest.raises(CheckpointError, match="holds no weights"):
        load_members(empty)
    save_checkpoint(
        published.with_name("own.safetensors"), small_network(), InputSettings(("phase",), 96, 1)
    )
    with pytest.raises(CheckpointError, match="trained on different images"):
        load_members(published.parent)


def test_own_checkpoint_keeps_what_it_was_trained_on(tmp_path):
    network, settings = small_network(), InputSettings(("phase",), 96, 1)
    path = tmp_path / "own.safetensors"
    save_checkpoint(path, network, settings)
    (found,), told = load_members(path)
    assert told == settings
    for name, weight in network.state_dict().items():
        torch.testing.assert_close(found.state_dict()[name], weight, rtol=1e-3, atol=1e-6)


def test_says_what_does_not_fit(published, tmp_path):
    state = torch.load(published, weights_only=True)
    path = tmp_path / "other.pth"

    def refused(changes, match):
        changed = {**state, **changes}
        torch.save({k: v for k, v in changed.items() if v is not None}, path)
        with pytest.raises(CheckpointError, match=match):
            load_members(path)

    refused({"encoder.norm1.bias": None}, "missing: encoder.norm1.bias")
    refused({"segmentation_head.0.weight": torch.zeros(3)}, "unexpected: segmentation_head")
    refused({"encoder.norm1.bias": torch.zeros(3)}, "of another shape: encoder.norm1.bias")
    refused({"gradflow_head.3.bias": torch.tensor([1.0, torch.inf])}, "not numbers")
    refused({"decoder.center.top_conv.weight": None}, "it has no decoder.center.top_conv.weight")
    refused({"decoder.center.top_conv.weight": torch.zeros(0, 1)}, "is empty")
    refused({"encoder.patch_embed2.proj.weight": torch.zeros(17, 8, 3, 3)}, "17")
    wide = torch.zeros(2**16, 1)
    refused({"decoder.blocks.0.conv1.0.weight": wide}, "lacks most of the weights")


def test_other_methods_checkpoints_are_refused(tmp_path):
    from napari_cellbench.methods.shared.weights import write_half

    path = tmp_path / "other.safetensors"
    write_half(path, {"a": torch.zeros(1)}, {"method": "stardist"})
    with pytest.raises(CheckpointError, match="of the method stardist"):
        read(path)
    with pytest.raises(CheckpointError, match="choose one"):
        get_method("mediar").load(None, "cpu")


def test_counters_of_training_may_be_missing(published, tmp_path):
    state = torch.load(published, weights_only=True)
    bare = {name: w for name, w in state.items() if not name.endswith("num_batches_tracked")}
    assert len(bare) < len(state)
    torch.save(bare, tmp_path / "bare.pth")
    image = torch.from_numpy(np.random.default_rng(0).random((1, 3, 64, 64), np.float32))
    with torch.inference_mode():
        found = load_members(tmp_path / "bare.pth")[0][0](image)
        torch.testing.assert_close(found, small_network()(image))


def test_files_are_not_changed(published, tmp_path):
    copy = shutil.copy(published, tmp_path / "copy.pth")
    load_members(published)
    assert published.read_bytes() == copy.read_bytes()
