import shutil
import zipfile

import h5py
import numpy as np
import pytest
import torch

from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods.deepcell.checkpoint import save_checkpoint
from napari_cellbench.methods.deepcell.featurenet.checkpoint import load_checkpoint
from napari_cellbench.methods.deepcell.featurenet.network import FeatureNetNetwork
from napari_cellbench.methods.deepcell.settings import InputSettings
from napari_cellbench.methods.recognition import recognise

from ..conftest import shapes_of, write_keras
from .conftest import FILES

FOREGROUND, EDGES = FILES


def same(first, second):
    pairs = zip(first.state_dict().items(), second.state_dict().items(), strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


def text(name):
    """Return a name; h5py of some versions gives bytes."""
    return name.decode() if isinstance(name, bytes) else str(name)


def zipped(path, folder, inside=""):
    with zipfile.ZipFile(path, "w") as archive:
        for name in FILES:
            archive.write(folder / name, f"{inside}{name}")
    return path


def test_folder_zip_and_either_file_are_the_same_model(folders, tmp_path):
    network, settings = load_checkpoint(folders[2])
    assert settings == InputSettings(("nucleus", "whole_cell"))
    for path in (
        zipped(tmp_path / "flat.zip", folders[2]),
        zipped(tmp_path / "drive.zip", folders[2], "featurenet/"),
        folders[2] / FOREGROUND,
        folders[2] / EDGES,
    ):
        assert same(load_checkpoint(path)[0], network)


def test_one_channel(folders):
    network, settings = load_checkpoint(folders[1])
    assert network.channels == 1
    assert settings.roles == ()


def test_files_are_told_by_what_is_in_them(folders, tmp_path):
    """Swapped names, and none that tells."""
    network = load_checkpoint(folders[2])[0]
    for names in (FILES[::-1], ("a.h5", "b.h5")):
        folder = tmp_path / names[0]
        folder.mkdir()
        for name, source in zip(names, FILES, strict=True):
            shutil.copy(folders[2] / source, folder / name)
        assert same(load_checkpoint(folder)[0], network)


def test_counters_of_keras_and_the_order_within_a_layer_do_not_matter(folders, tmp_path):
    """A session that had built other layers before; statistics listed last, as nested models do."""
    network = load_checkpoint(folders[2])[0]
    for name in FILES:
        with h5py.File(folders[2] / name) as source, h5py.File(tmp_path / name, "w") as target:
            groups = list(map(text, source.attrs["layer_names"]))[1:]
            target.attrs["layer_names"] = [f"{group}9".encode() for group in groups]
            for group in groups:
                names = list(map(text, source[group].attrs["weight_names"]))
                names.sort(key=lambda one: "moving" in one)
                renamed = [f"functional_9/x{n.replace('/', '_31/')}" for n in names]
                made = target.create_group(f"{group}9")
                made.attrs["weight_names"] = [n.encode() for n in renamed]
                for old, new in zip(names, renamed, strict=True):
                    made[new] = source[group][old][()]
    assert same(load_checkpoint(tmp_path)[0], network)


def test_the_same_foreground_twice_is_kept_once(folders, tmp_path):
    """As SegGal's files should be: the edges' file holds the foreground network again."""
    shapes = shapes_of("featurenet")
    given = {}
    with h5py.File(folders[2] / FOREGROUND) as file:
        for key in shapes[FOREGROUND]:
            group, _, name = key.partition("/")
            given[f"model_2/{name}"] = file[group][name][()]
    shutil.copy(folders[2] / FOREGROUND, tmp_path)
    write_keras(tmp_path / EDGES, shapes[EDGES], **given)
    whole, twice = load_checkpoint(tmp_path)[0], load_checkpoint(folders[2])[0]
    assert whole.inner is None
    assert twice.inner is not None
    assert same(whole.edges, twice.edges)


def test_own_checkpoint_keeps_its_settings(tmp_path):
    network = FeatureNetNetwork(3, 4, 8)
    settings = InputSettings(("red", "green", "blue"), "percentiles", 96)
    save_checkpoint(tmp_path / "own.safetensors", network, "featurenet", settings)
    loaded, told = load_checkpoint(tmp_path / "own.safetensors")
    assert told == settings
    assert same(loaded, network.half().float())


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"conv_fgbg_model.h5": FOREGROUND}, r"1 \.h5 files: two are expected"),
        ({"a.h5": FOREGROUND, "b.h5": FOREGROUND}, "these are not"),
        ({"a.h5": FOREGROUND, "b.h5": EDGES, "c.h5": EDGES}, r"3 \.h5 files"),
        ({}, r"0 \.h5 files"),
    ],
)
def test_other_folders(folders, tmp_path, files, message):
    for name, source in files.items():
        shutil.copy(folders[1] / source, tmp_path / name)
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize(("name", "missing"), [(FOREGROUND, "edge"), (EDGES, "fgbg")])
def test_one_file_alone_says_which_is_missing(folders, tmp_path, name, missing):
    shutil.copy(folders[1] / name, tmp_path)
    with pytest.raises(CheckpointError, match=f"with “{missing}” in its name"):
        load_checkpoint(tmp_path / name)


def test_files_of_different_channels(folders, tmp_path):
    shutil.copy(folders[1] / FOREGROUND, tmp_path)
    shutil.copy(folders[2] / EDGES, tmp_path)
    with pytest.raises(CheckpointError, match=r"another network: of another shape: edges"):
        load_checkpoint(tmp_path)


def test_weights_that_are_no_numbers(folders, tmp_path):
    shapes = shapes_of("featurenet")[EDGES]
    key = next(key for key in shapes if "model_3" in key)
    shutil.copy(folders[2] / FOREGROUND, tmp_path)
    write_keras(tmp_path / EDGES, shapes, **{key: np.full(shapes[key], np.nan, np.float32)})
    with pytest.raises(CheckpointError, match="not numbers"):
        load_checkpoint(tmp_path)


def test_other_layers(tmp_path):
    write_keras(tmp_path / "a.h5", {"conv/conv/kernel:0": [3, 3, 1, 4], "conv/conv/bias:0": [4]})
    write_keras(tmp_path / "b.h5", {"lstm/lstm/recurrent_kernel:0": [4, 4]})
    with pytest.raises(CheckpointError, match="1 layers, and FeatureNet has 17"):
        load_checkpoint(tmp_path / "a.h5")
    with pytest.raises(CheckpointError, match="recurrent_kernel"):
        load_checkpoint(tmp_path / "b.h5")


def test_is_recognised(folders, tmp_path):
    archive = zipped(tmp_path / "drive.zip", folders[2], "featurenet/")
    for path in (folders[2], archive):
        method, is_known = recognise(path)
        assert (method.key, is_known) == ("featurenet", True)
