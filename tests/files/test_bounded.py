"""Folders that stay within a limit."""

import os
import time

from napari_cellbench.files.bounded import ABANDONED, note_use, size_of, trim


def write(path, size, age):
    path.write_bytes(bytes(size))
    past = time.time() - age
    os.utime(path, (past, past))
    return path


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_what_was_used_longest_ago_goes_first(tmp_path):
    for number in range(4):
        write(tmp_path / f"{number}.npz", 100, age=100 - number)
    other = write(tmp_path / "notes.txt", 1000, age=1000)
    note_use(tmp_path / "0.npz")
    trim(tmp_path / "3.npz", 250)
    assert names(tmp_path) == {"0.npz", "3.npz", other.name}
    assert size_of(tmp_path, ".npz") == 200


def test_the_newest_stays_even_if_it_is_too_large(tmp_path):
    write(tmp_path / "old.npz", 10, age=50)
    newest = write(tmp_path / "new.npz", 1000, age=100)
    trim(newest, 100)
    assert names(tmp_path) == {"new.npz"}


def test_only_what_was_abandoned_is_cleared_away(tmp_path):
    newest = write(tmp_path / "new.npz", 10, age=0)
    write(tmp_path / ".left.tmp", 10, age=2 * ABANDONED)
    write(tmp_path / ".writing.tmp", 10, age=1)
    trim(newest, 100)
    assert names(tmp_path) == {"new.npz", ".writing.tmp"}


def test_a_file_that_is_gone_is_no_error(tmp_path):
    note_use(tmp_path / "gone.npz")
    trim(tmp_path / "gone.npz", 0)
