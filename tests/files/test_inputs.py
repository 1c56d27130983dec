import os
import socket
import sys

import pytest

from napari_cellbench.errors import InputError
from napari_cellbench.files.inputs import open_input, size_of

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


def refused(path, message):
    with pytest.raises(InputError, match=message), open_input(path):
        pytest.fail("it was opened")


def test_regular_files_and_links_to_them(tmp_path):
    file, link = tmp_path / "a", tmp_path / "b"
    file.write_bytes(b"12345")
    link.symlink_to(file)
    for path in (file, str(file), link):
        with open_input(path) as opened:
            assert (size_of(opened), opened.read(2)) == (5, b"12")
            assert opened.seek(0) == 0


@POSIX
def test_what_waits_or_never_ends_is_refused_at_once(tmp_path):
    pipe, link, end = tmp_path / "pipe", tmp_path / "image.tif", tmp_path / "s"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    refused(pipe, "pipe is a pipe: an ordinary file")
    refused(link, "image.tif is a pipe")
    refused("/dev/zero", "is a device")
    refused(tmp_path, "is a folder")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(end))
        refused(end, "is a socket")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux' own files")
@pytest.mark.parametrize("path", ["/proc/kmsg", "/proc/self/mem", "/proc/self/cmdline"])
def test_files_of_the_system_have_no_size(path):
    refused(path, "it is empty|No permission")


@POSIX
def test_a_pipe_that_takes_the_files_place_is_refused_too(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"1")
    real = os.open

    def swapped(name, flags, *arguments):
        path.unlink()
        os.mkfifo(path)
        return real(name, flags, *arguments)

    monkeypatch.setattr(os, "open", swapped)
    refused(path, "a pipe")


def test_what_is_missing_or_empty(tmp_path):
    (tmp_path / "a").touch()
    refused(tmp_path / "a", "is empty")
    refused(tmp_path / "b", "no file or folder")
    refused(tmp_path / "a" / "b", "no file or folder")
    refused(tmp_path / ("n" * 300), "can't be opened")
    refused("a\0b", "can't be the name")


@POSIX
def test_files_without_permission(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"1")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("whoever runs this may read everything")
    refused(path, "No permission")
