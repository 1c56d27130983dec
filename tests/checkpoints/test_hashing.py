"""SHA-256 of files and folders."""

import hashlib
import os

import pytest

from napari_cellbench.checkpoints import sha256_of
from napari_cellbench.errors import CheckpointError


def test_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    # FIPS 180-2, example B.1
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_changed_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    before = sha256_of(path)
    path.write_bytes(b"abd")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert sha256_of(path) != before


def test_unchanged_file_is_not_read_again(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    before = sha256_of(path)
    path.write_bytes(b"abd")
    os.utime(path, ns=times)
    assert sha256_of(path) == before


def test_folder(tmp_path):
    (tmp_path / "b").write_bytes(b"2")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "c").write_bytes(b"1")
    digest = {name: hashlib.sha256(name).hexdigest() for name in (b"1", b"2")}
    lines = f"a/c\0{digest[b'1']}\nb\0{digest[b'2']}\n"
    assert sha256_of(tmp_path) == hashlib.sha256(lines.encode()).hexdigest()


def test_missing(tmp_path):
    with pytest.raises(CheckpointError, match="can't be read"):
        sha256_of(tmp_path / "no")
