import json
import threading

import pytest

from napari_cellbench.checkpoints import (
    add_user_checkpoint,
    checkpoints,
    forget_user_checkpoint,
    get_checkpoint,
    resolve,
)
from napari_cellbench.errors import CellbenchWarning, CheckpointError
from napari_cellbench.files.places import config_dir


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "My nuclei!.pth"
    file.write_bytes(b"weights")
    return file


def own() -> list:
    return [c for c in checkpoints() if c.source == "user"]


def test_remembered(file):
    added = add_user_checkpoint(file, "cellpose_unet", target="nucleus", channels=("nucleus",))
    assert own() == [added]
    assert added.key == "my-my-nuclei-pth"
    assert get_checkpoint(added.key, "cellpose_unet") == added
    assert resolve(added) == file


def test_added_again_is_updated(file):
    first = add_user_checkpoint(file, "stardist")
    second = add_user_checkpoint(file, "stardist", title="Better name")
    assert [c.title for c in own()] == ["Better name"]
    assert first.key == second.key


def test_keys_are_unique(file, tmp_path):
    other = tmp_path / "other.pth"
    other.write_bytes(b"")
    keys = {
        add_user_checkpoint(file, "stardist", title="A").key,
        add_user_checkpoint(file, "cellpose_unet", title="A").key,
        add_user_checkpoint(other, "stardist", title="a").key,
    }
    assert keys == {"my-a", "my-a-2", "my-a-3"}


def test_forgotten_but_not_deleted(file):
    forget_user_checkpoint(add_user_checkpoint(file, "stardist").key)
    assert own() == []
    assert file.exists()


def test_model_folder(tmp_path):
    added = add_user_checkpoint(tmp_path, "stardist")
    assert own()[0].path == tmp_path == added.path


def test_file_that_is_gone_stays_on_the_list(file):
    added = add_user_checkpoint(file, "stardist")
    file.unlink()
    assert own() == [added]
    with pytest.raises(CheckpointError, match=r"not there any more\. Choose another"):
        resolve(added)


def test_no_file(tmp_path):
    with pytest.raises(CheckpointError, match="no file"):
        add_user_checkpoint(tmp_path / "none", "stardist")


@pytest.mark.parametrize("text", ["{", "[1]", '[{"key": "a"}]'])
def test_damaged_list_is_set_aside_and_told_once(file, text):
    config_dir().mkdir()
    listed = config_dir() / "my_checkpoints.json"
    listed.write_text(text)
    with pytest.warns(CellbenchWarning, match="is damaged .* was set aside as"):
        assert own() == []
    assert own() == []
    added = add_user_checkpoint(file, "stardist")
    assert own() == [added]
    (aside,) = config_dir().glob("my_checkpoints.json.damaged-*")
    assert aside.read_text() == text


def test_two_at_once_both_count(tmp_path):
    files = [tmp_path / f"{i}.pth" for i in range(8)]
    for file in files:
        file.touch()
    threads = [threading.Thread(target=add_user_checkpoint, args=(f, "stardist")) for f in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {c.path for c in own()} == set(files)
    assert len(json.loads((config_dir() / "my_checkpoints.json").read_text())) == 8
