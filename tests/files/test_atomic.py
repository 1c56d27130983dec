"""A file is replaced whole or stays as it was."""

import errno
import os
import sys
import tempfile
from pathlib import Path

import pytest

from napari_cellbench.errors import InputError
from napari_cellbench.files.atomic import replacing, replacing_folder

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and limits")


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "result.txt"
    path.write_bytes(b"old")
    return path


def only(path):
    return [p.name for p in path.parent.iterdir()] == [path.name]


def test_new_file(tmp_path):
    with replacing(tmp_path / "a.txt") as file:
        file.write(b"new")
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert only(tmp_path / "a.txt")


def test_nothing_is_seen_before_the_end(old):
    with replacing(old) as file:
        file.write(b"new")
        file.flush()
        assert old.read_bytes() == b"old"
    assert old.read_bytes() == b"new"
    assert only(old)


def test_an_error_in_between_leaves_the_old_file(old):
    def fail():
        with replacing(old) as file:
            file.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert old.read_bytes() == b"old"
    assert only(old)


@posix
def test_full_disk(old):
    """The system refuses to let a file grow, as it does on a full disk."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, hard))
    try:
        with pytest.raises(InputError, match=r"disk of .* is full"), replacing(old) as file:
            file.write(bytes(2**20))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert old.read_bytes() == b"old"
    assert only(old)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_found_only_when_it_is_flushed(old, monkeypatch, code):
    def fsync(_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(InputError, match=r"disk of .* is full"), replacing(old) as file:
        file.write(b"new")
    assert old.read_bytes() == b"old"
    assert only(old)


@posix
def test_folder_without_permission():
    # Root may write anywhere: become somebody else, in a folder that everyone can enter.
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder, "result.txt")
        old.write_bytes(b"old")
        Path(folder).chmod(0o555)
        if user == 0:
            os.seteuid(65534)
        try:
            with pytest.raises(InputError, match="no permission"), replacing(old) as file:
                file.write(b"new")
            assert old.read_bytes() == b"old"
            assert only(old)
        finally:
            os.seteuid(user)
            Path(folder).chmod(0o755)


def test_target_held_by_another_program(old, monkeypatch):
    """What Windows answers while another program has the file open."""

    def replace(*_):
        raise PermissionError(errno.EACCES, "Access is denied")

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(InputError, match="no permission"), replacing(old) as file:
        file.write(b"new")
    assert old.read_bytes() == b"old"
    assert only(old)


def test_missing_folder(tmp_path):
    with pytest.raises(InputError, match="does not exist"), replacing(tmp_path / "no" / "a.txt"):
        pass


def test_a_folder_in_the_way(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match="was not written"), replacing(tmp_path / "taken") as file:
        file.write(b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


@posix
def test_permissions_are_those_of_the_old_file(old):
    old.chmod(0o640)
    with replacing(old) as file:
        file.write(b"new")
    assert old.stat().st_mode & 0o777 == 0o640


@posix
def test_permissions_of_a_new_file_follow_the_umask(tmp_path):
    umask = os.umask(0o027)
    try:
        with replacing(tmp_path / "a.txt") as file:
            file.write(b"new")
    finally:
        os.umask(umask)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640


@posix
def test_a_link_stays_a_link(old):
    link = old.with_name("link.txt")
    link.symlink_to(old)
    with replacing(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert old.read_bytes() == b"new"


def test_longest_possible_name(tmp_path):
    path = tmp_path / ("n" * 251 + ".txt")
    with replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"


def test_a_folder_takes_its_place_at_the_end(tmp_path):
    place = tmp_path / "a"
    for content in ("old", "new"):
        with replacing_folder(place) as folder:
            (folder / "file").write_text(content)
            assert not place.exists() or (place / "file").read_text() == "old"
        assert (place / "file").read_text() == content
        assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_folder_that_fails_leaves_what_was_there(tmp_path, error):
    place = tmp_path / "a"
    place.mkdir()
    (place / "file").write_text("old")

    def fail():
        with replacing_folder(place) as folder:
            (folder / "file").write_text("new")
            raise error

    with pytest.raises(InputError if isinstance(error, OSError) else KeyboardInterrupt):
        fail()
    assert (place / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_no_folder_to_put_a_folder_in(tmp_path):
    with pytest.raises(InputError, match="was not written"), replacing_folder(tmp_path / "a" / "b"):
        pass


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_folder_that_was_there_comes_back_if_it_is_struck_between_the_renames(
    tmp_path, monkeypatch, error
):
    path = tmp_path / "labels"
    path.mkdir()
    (path / "kept").touch()
    rename = Path.rename

    def strike(self, target):
        if Path(target) == path and (self / "new").exists():
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", strike)
    with pytest.raises((KeyboardInterrupt, InputError)), replacing_folder(path) as folder:
        (folder / "new").touch()
    assert [one.name for one in tmp_path.iterdir()] == ["labels"]
    assert (path / "kept").exists()
