"""Checkpoints' files: carried, the user's, downloaded."""

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from napari_cellbench.checkpoints import get_checkpoint, location, resolve
from napari_cellbench.checkpoints.settings import Settings, cache_dir, write_settings
from napari_cellbench.checkpoints.verify import remembered
from napari_cellbench.errors import Cancelled, CellbenchWarning, CheckpointError

from .conftest import CONTENT, SHA256, Site, zip_of

OTHER = zip_of(3_000_000, 1)


def test_download_once(site, cache):
    checkpoint = site.checkpoint()
    path = resolve(checkpoint)
    assert path == location(checkpoint)
    assert path.parent == cache
    assert path.name == f"a-{SHA256[:8]}.zip"
    assert path.read_bytes() == CONTENT
    assert resolve(checkpoint) == path
    assert len(site.ranges) == 1


def test_without_published_hash_and_size_the_first_download_counts(site, cache):
    checkpoint = site.checkpoint(sha256="", size=0)
    path = resolve(checkpoint)
    assert path.read_bytes() == CONTENT
    assert remembered(path) == SHA256
    note = cache / f"{path.name}.sha256"
    assert note.read_text() == f"{SHA256}  {path.name}\n", "the form of sha256sum"

    path.unlink()
    site.content, site.etag = OTHER, '"2"'
    with pytest.raises(CheckpointError, match=rf"SHA-256 .* instead of {SHA256} as the first time"):
        resolve(checkpoint)
    assert not path.exists()
    note.unlink()
    assert resolve(checkpoint).read_bytes() == OTHER


def test_published_hash_needs_no_memory(site, cache):
    resolve(site.checkpoint())
    assert not list(cache.glob("*.sha256"))


def test_no_network_says_what_to_fetch_by_hand():
    url = "http://nowhere.invalid/weights.zip"
    checkpoint = Site().checkpoint(url=url)
    with pytest.raises(CheckpointError, match=rf"{url} can't .*online\? By hand: open the address"):
        resolve(checkpoint)


@pytest.fixture
def mirror(tmp_path):
    """A folder that is set as the mirror."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    write_settings(Settings(mirror=str(folder)))
    return folder


def test_mirror_folder_comes_first(site, mirror):
    checkpoint = site.checkpoint()
    (mirror / location(checkpoint).name).write_bytes(CONTENT)
    seen = []
    path = resolve(checkpoint, lambda *numbers: seen.append(numbers))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert not site.ranges


def test_mirror_has_what_only_a_browser_can_download(site, mirror):
    checkpoint = site.checkpoint(url="https://drive.google.com/drive/folders/1hrD")
    (mirror / location(checkpoint).name).write_bytes(CONTENT)
    assert resolve(checkpoint).read_bytes() == CONTENT


def test_mirror_without_the_file_leads_to_the_authors(site, mirror):
    assert resolve(site.checkpoint()).read_bytes() == CONTENT
    assert site.ranges == [""]


def test_mirror_address(site, monkeypatch):
    checkpoint = site.checkpoint(url="http://nowhere.invalid/a.zip")
    monkeypatch.setenv("CELLBENCH_MIRROR", f"{site.address}/lab/")
    site.also.append(f"/lab/{location(checkpoint).name}")
    assert resolve(checkpoint).read_bytes() == CONTENT


def test_neither_mirror_nor_network(mirror):
    checkpoint = Site().checkpoint(url="http://nowhere.invalid/a.zip")
    with pytest.raises(CheckpointError, match=r"The mirror has no file .*can't be reached"):
        resolve(checkpoint)


def test_copy_that_broke_off_is_not_mixed_with_a_download(site, mirror):
    """Nobody published a hash: only the bookkeeping keeps the two files apart."""

    def stop(done, total):
        if done > 1_000_000:
            raise Cancelled("Stopped.")

    checkpoint = site.checkpoint(sha256="", size=0)
    with pytest.raises(Cancelled):
        resolve(checkpoint, stop)
    other = mirror / location(checkpoint).name
    other.write_bytes(bytes(2_000_000))
    with pytest.raises(Cancelled):
        resolve(checkpoint, stop)
    other.unlink()
    assert resolve(checkpoint).read_bytes() == CONTENT


def test_damaged_file_on_the_mirror_is_not_taken(site, mirror):
    checkpoint = site.checkpoint()
    (mirror / location(checkpoint).name).write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match=rf"from {mirror} has 7 bytes instead of 3000000"):
        resolve(checkpoint)
    assert not location(checkpoint).exists()


def test_folder_of_the_settings(tmp_path, monkeypatch):
    monkeypatch.delenv("CELLBENCH_CACHE")
    write_settings(Settings(folder=str(tmp_path / "chosen")))
    assert cache_dir() == tmp_path / "chosen"


def test_damaged_settings_are_the_defaults(tmp_path, monkeypatch):
    monkeypatch.delenv("CELLBENCH_CACHE")
    monkeypatch.setenv("CELLBENCH_CONFIG", str(tmp_path))
    (tmp_path / "checkpoints.json").write_text("[")
    with pytest.warns(CellbenchWarning, match="was set aside as checkpoints.json.damaged-"):
        assert cache_dir().name == "checkpoints"


def test_another_address_is_another_file(site):
    one, other = (site.checkpoint(sha256="", url=f"{site.address}/{p}") for p in ("a", "b"))
    assert location(one) != location(other)


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"sha256": "0" * 64}, "SHA-256"), ({"size": 5}, "3000000 bytes instead of 5")],
)
def test_wrong_file_is_deleted(site, cache, fields, message):
    with pytest.raises(CheckpointError, match=message):
        resolve(site.checkpoint(**fields))
    assert not [p for p in cache.iterdir() if p.suffix != ".lock"]


def test_interrupted_download_goes_on(site):
    def cancel(done, total):
        if done:
            raise Cancelled("Stopped.")

    checkpoint = site.checkpoint()
    with pytest.raises(Cancelled):
        resolve(checkpoint, cancel)
    assert not location(checkpoint).exists()
    assert resolve(checkpoint).read_bytes() == CONTENT
    assert site.ranges[1].startswith("bytes=")


def test_address_without_direct_download(site):
    url = "https://drive.google.com/drive/folders/1hrD?usp=sharing"
    with pytest.raises(CheckpointError, match=r"1hrD\?usp=sharing\. By hand.* adopt a FILE"):
        resolve(site.checkpoint(url=url))
    with pytest.raises(CheckpointError, match="get the file from its authors"):
        resolve(site.checkpoint(url=""))


def test_two_processes_download_once(site, cache):
    """The second waits until the first is done, and takes its file."""
    site.gate = threading.Event()
    code = (
        "import sys; from napari_cellbench.checkpoints import Checkpoint, resolve\n"
        "fields = dict(key='a', method='m', title='A', source='official', target='nucleus',"
        f" channels=(), url={site.address + '/weights.zip'!r}, sha256={SHA256!r})\n"
        "print(resolve(Checkpoint(**fields), lambda *numbers: None))"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    deadline = time.monotonic() + 60
    while not site.ranges and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1)
    site.gate.set()
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert answers[0] == answers[1]
    assert Path(answers[0]).read_bytes() == CONTENT
    assert site.ranges == [""]


def test_who_waits_for_another_can_cancel(site):
    site.gate = threading.Event()
    checkpoint = site.checkpoint()
    first = threading.Thread(target=resolve, args=(checkpoint,))
    first.start()
    while not site.ranges:
        time.sleep(0.01)

    def cancel(done, total):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        resolve(checkpoint, cancel)
    site.gate.set()
    first.join(60)
    assert location(checkpoint).read_bytes() == CONTENT


def test_not_enough_space(site):
    with pytest.raises(CheckpointError, match=r"MB left.*CELLBENCH_CACHE"):
        resolve(site.checkpoint(size=10**18))
    assert not site.ranges


def test_disk_full_in_between(site, monkeypatch):
    pytest.importorskip("resource")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    try:
        with pytest.raises(CheckpointError, match=f"can't be written.*{os.strerror(errno.EFBIG)}"):
            resolve(site.checkpoint())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not location(site.checkpoint()).exists()


def test_cache_that_is_no_folder(site, tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path / "taken"))
    with pytest.raises(CheckpointError, match="CELLBENCH_CACHE"):
        resolve(site.checkpoint())


def test_users_file(tmp_path):
    file = tmp_path / "mine.pth"
    file.write_bytes(b"weights")
    checkpoint = get_checkpoint(file, "stardist")
    assert resolve(checkpoint) == file
    file.unlink()
    with pytest.raises(CheckpointError, match=r"not there any more\. Choose another"):
        resolve(checkpoint)


def test_bundled_file_that_is_missing(site, tmp_path):
    with pytest.raises(CheckpointError, match="Install again"):
        resolve(site.checkpoint(source="bundled", path=tmp_path / "gone.safetensors"))


def test_default_cache(monkeypatch):
    monkeypatch.delenv("CELLBENCH_CACHE")
    assert cache_dir().parts[-2:] == ("napari-cellbench", "checkpoints") or os.name == "nt"
