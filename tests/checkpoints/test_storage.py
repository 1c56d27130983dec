import pytest

from napari_cellbench.checkpoints import (
    adopt,
    delete,
    disk_use,
    get_checkpoint,
    resolve,
    stored,
)
from napari_cellbench.errors import Cancelled, CheckpointError

from .conftest import CONTENT, SHA256, Site


def test_nothing_there(cache):
    found = stored(Site().checkpoint())
    assert (found.installed, found.unfinished, found.size) == (False, False, 0)
    assert found.path.parent == cache
    used, free = disk_use()
    assert used == 0
    assert free > 0


def test_installed_and_deleted(site):
    checkpoint = site.checkpoint()
    path = resolve(checkpoint)
    assert stored(checkpoint).installed
    assert stored(checkpoint).size == disk_use()[0] == len(CONTENT)
    delete(checkpoint)
    assert not path.exists()
    assert disk_use()[0] == 0
    delete(checkpoint)


def test_what_is_unfinished_counts_and_is_deleted(site):
    def stop(done, total):
        if done:
            raise Cancelled("Stopped.")

    checkpoint = site.checkpoint()
    with pytest.raises(Cancelled):
        resolve(checkpoint, stop)
    assert stored(checkpoint).unfinished
    delete(checkpoint)
    assert not stored(checkpoint).unfinished


def test_only_downloads_are_deleted(tmp_path):
    file = tmp_path / "mine"
    file.write_bytes(b"weights")
    with pytest.raises(CheckpointError, match="was not downloaded"):
        delete(get_checkpoint(file, "stardist"))
    assert file.exists()


def test_memory_outlives_the_file(site, cache):
    checkpoint = site.checkpoint(sha256="", size=0)
    resolve(checkpoint)
    delete(checkpoint)
    assert SHA256 in next(cache.glob("*.sha256")).read_text()


def test_adopt(tmp_path):
    checkpoint = Site().checkpoint()
    file = tmp_path / "download (1).zip"
    file.write_bytes(CONTENT)
    seen = []
    path = adopt(checkpoint, file, lambda *numbers: seen.append(numbers))
    assert path.read_bytes() == CONTENT
    assert resolve(checkpoint) == path
    assert seen[-1] == (len(CONTENT), len(CONTENT))


@pytest.mark.parametrize(
    ("content", "message"), [(b"no", "has 2 bytes instead of"), (CONTENT[::-1], "has SHA-256")]
)
def test_adopt_another_file(tmp_path, cache, content, message):
    file = tmp_path / "wrong.zip"
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=rf"wrong\.zip {message}.* not A\. .*http"):
        adopt(Site().checkpoint(url="http://nowhere.invalid/a.zip"), file)
    assert not list(cache.glob("*.zip"))


def test_adopt_stopped_leaves_nothing(tmp_path, cache):
    file = tmp_path / "a.zip"
    file.write_bytes(CONTENT)

    def stop(done, total):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        adopt(Site().checkpoint(), file, stop)
    assert [p.suffix for p in cache.iterdir()] == [".lock"]


def test_adopt_needs_a_file(tmp_path):
    with pytest.raises(CheckpointError, match="its zip"):
        adopt(Site().checkpoint(), tmp_path)
    bundled = Site().checkpoint(source="bundled", path=tmp_path)
    with pytest.raises(CheckpointError, match="there already"):
        adopt(bundled, tmp_path)
