"""Nothing is lost: killed at any moment, on a full disk, with damaged files."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.corrections import claim
from napari_cellbench.corrections.autosave import Autosave, folder_beside
from napari_cellbench.corrections.claim import InUse
from napari_cellbench.corrections.journal import Journal, Snapshot
from napari_cellbench.corrections.review import CellState, Review
from napari_cellbench.corrections.saved import Work, numbers_in, recover
from napari_cellbench.corrections.unfinished import unfinished, unfinished_in
from napari_cellbench.errors import InputError

from . import saving_loop

WORK = Work("cells", "image", "cells.tif", (64, 80), "int32", {"method": "stardist"})


@pytest.fixture(autouse=True)
def _own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("CELLBENCH_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "cells.corrections"


@pytest.fixture
def begun(folder, labels):
    """Two saves: another layer each, and states."""
    autosave = Autosave.begin(folder, WORK)
    autosave.write({(): labels}, states(labels))
    labels[0, 0] = 50
    autosave.write({(): labels}, states(labels))
    autosave.close()
    return folder


def states(labels) -> Snapshot:
    review, journal = Review(), Journal()
    review.meet(np.unique(labels[labels > 0]))
    review.mark(2, CellState.UNSURE)
    journal.note("Grow cell 2", [2])
    return Snapshot.of(review, journal)


def files(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix in (".json", ".tif"))


def test_what_is_written_comes_back(folder, labels):
    autosave = Autosave.begin(folder, WORK)
    taken = states(labels)
    autosave.write({(): labels}, taken)
    found = recover(folder)
    assert found.save.work == WORK
    assert found.save.review == taken
    assert found.notes == ()
    np.testing.assert_array_equal(found.planes[()], labels)
    assert found.planes[()].dtype == labels.dtype
    np.testing.assert_array_equal(tifffile.imread(folder / "labels-00000001.tif"), labels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "int32", "int64", ">u2"])
def test_types(folder, labels, dtype):
    autosave = Autosave.begin(folder, WORK)
    for plane in (labels.astype(dtype), labels.astype(dtype)[::2, ::3], np.zeros((1, 7), dtype)):
        autosave.write({(3,): plane})
        back = recover(folder).planes[3,]
        assert back.dtype == np.dtype(dtype).newbyteorder("=")
        np.testing.assert_array_equal(back, plane)


def test_only_what_changed_is_written(folder, labels):
    autosave = Autosave.begin(folder, WORK)
    autosave.write({(0, 1): labels, (0, 2): labels}, states(labels))
    autosave.write({}, Snapshot())
    autosave.write({(0, 1): labels, (0, 2): labels + 1})
    assert files(folder) == [
        "in-use.json",
        "labels-0-1-00000001.tif",
        "labels-0-2-00000001.tif",
        "labels-0-2-00000003.tif",
        "state-00000002.json",
        "state-00000003.json",
    ]
    autosave.write({})
    assert "labels-0-2-00000001.tif" not in files(folder)
    found = recover(folder)
    assert found.save.review == Snapshot()
    np.testing.assert_array_equal(found.planes[0, 1], labels)
    np.testing.assert_array_equal(found.planes[0, 2], labels + 1)


def test_files_of_others_stay(folder, labels):
    folder.mkdir()
    (folder / "labels-mine.tif").write_text("mine")
    autosave = Autosave.begin(folder, WORK)
    for k in range(4):
        autosave.write({(): labels + k})
    assert (folder / "labels-mine.tif").read_text() == "mine"


def test_going_on(begun, labels):
    autosave, found = Autosave.go_on(begun)
    assert found.planes[()][0, 0] == 50
    assert autosave.work == WORK
    autosave.write({(): labels + 1})
    assert recover(begun).save.number == 3
    np.testing.assert_array_equal(recover(begun).planes[()], labels + 1)
    assert recover(begun).save.review == found.save.review


def test_two_windows(begun, labels):
    first, _ = Autosave.go_on(begun)
    with pytest.raises(InUse, match="are open in a window"):
        Autosave.go_on(begun)
    second, _ = Autosave.go_on(begun, force=True)
    with pytest.raises(InUse, match="Nothing is saved here any more"):
        first.write({(): labels * 0})
    with pytest.raises(InUse):
        first.keep_alive()
    first.close()
    second.keep_alive()
    second.write({(): labels})
    np.testing.assert_array_equal(recover(begun).planes[()], labels)


def test_what_is_offered_at_the_next_start(begun, labels, tmp_path):
    other = Autosave.begin(tmp_path / "other", Work("nuclei"))
    (one,) = unfinished()  # the other has no save yet
    assert one.folder == begun.resolve()
    assert one.holder is None
    assert one.describe().startswith("cells on image, 0 of 5 checked, 1 unsure, saved at ")
    other.write({(): labels})
    assert {one.save.work.name: one.holder is None for one in unfinished()} == {
        "cells": True,
        "nuclei": False,
    }
    other.write({}, finished=True)
    assert len(unfinished()) == 1
    begun.rename(tmp_path / "moved")
    assert unfinished() == []


def test_settings_that_can_not_be_written_stop_nothing(folder, labels, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CELLBENCH_CONFIG", str(tmp_path / "file" / "config"))
    autosave = Autosave.begin(folder, WORK)
    autosave.write({(): labels})
    assert unfinished() == []
    assert unfinished_in(folder).save.work == WORK
    autosave.close()


def test_finished_ones_make_room_for_new_ones(begun, labels):
    with pytest.raises(InputError, match=r"holds corrections of cells that aren't"):
        Autosave.begin(begun, WORK)
    autosave, _ = Autosave.go_on(begun)
    autosave.write({}, finished=True)
    autosave.close()
    again = Autosave.begin(begun, WORK)
    assert again.last is None
    again.write({(): labels * 2})
    assert recover(begun).save.number == 1
    (aside,) = begun.glob("finished-*")
    assert recover(aside).planes[()][0, 0] == 50


def test_no_corrections(tmp_path):
    for go in (recover, Autosave.go_on):
        with pytest.raises(InputError, match="no corrections"):
            go(tmp_path)
        with pytest.raises(InputError, match="no corrections"):
            go(tmp_path / "no")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="can't be made"):
        Autosave.begin(tmp_path / "file", WORK)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) * 3 // 4] ^= 0xFF
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def other_labels(path):
    tifffile.imwrite(path, np.ones((64, 80), np.int32), photometric="minisblack")


DAMAGES = [cut, flip, empty, other_labels, Path.unlink]


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        *((damage, "labels-00000002.tif") for damage in DAMAGES),
        # Of a text, one letter may be as good as another.
        *((damage, "state-00000002.json") for damage in DAMAGES if damage is not flip),
    ],
)
def test_the_save_before_a_damaged_one(begun, labels, damage, name):
    damage(begun / name)
    autosave, found = Autosave.go_on(begun)
    assert found.save.number == 1
    assert found.planes[()][0, 0] == 0
    if damage is not Path.unlink or name.startswith("labels"):
        assert found.notes[0].startswith("The last save was damaged; this is the one of ")
        (aside,) = begun.glob("damaged-*")
        assert name in files(aside) or damage is Path.unlink
    autosave.write({(): labels})
    np.testing.assert_array_equal(recover(begun).planes[()], labels)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_set_aside(begun, damage, tmp_path):
    before = files(begun)
    for path in (*begun.glob("labels*"), *begun.glob("state*")):
        if not (damage is Path.unlink and path.suffix == ".json"):
            damage(path)
    with pytest.raises(InputError, match=r"are damaged \(.*They were set aside as cells\.corr"):
        Autosave.go_on(begun)
    assert not begun.exists()
    (aside,) = tmp_path.glob("cells.corrections.damaged-*")
    assert set(files(aside)) >= {name for name in before if name.startswith("state")}
    Autosave.begin(begun, WORK)


def test_a_damaged_folder_of_another_window_stays(begun):
    autosave, _ = Autosave.go_on(begun)
    for path in begun.glob("state*"):
        cut(path)
    with pytest.raises(InputError, match="Another window works on them"):
        recover(begun)
    assert begun.exists()
    autosave.close()


def change_state(folder, **changes):
    for path in folder.glob("state*"):
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_newer_version(begun):
    change_state(begun, version=99)
    before = files(begun)
    for go in (recover, Autosave.go_on):
        with pytest.raises(InputError, match="newer version of napari-cellbench: update"):
            go(begun)
    assert files(begun) == before
    assert unfinished() == []


def test_an_older_version_without_what_came_later(begun):
    for path in begun.glob("state*"):
        content = json.loads(path.read_text())
        del content["review"]["places"], content["review"]["pace"], content["work"]["record"]
        path.write_text(json.dumps(content | {"version": 0, "unknown": 1}))
    assert recover(begun).save.review.review().state(2) is CellState.UNSURE


@pytest.mark.parametrize("name", ["../secret.tif", "/etc/passwd", "labels.txt"])
def test_names_that_lead_elsewhere(begun, name, tmp_path):
    for path in begun.glob("state*"):
        content = json.loads(path.read_text())
        content["planes"][0]["file"] = name
        path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="is no name of labels"):
        recover(begun)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything may be read")
def test_a_folder_that_can_not_be_read_is_not_damaged(begun):
    for path in begun.glob("state*"):
        path.chmod(0)
    with pytest.raises(InputError, match="permission"):
        recover(begun)
    assert begun.exists()


@pytest.mark.parametrize("when", ["labels", "state"])
def test_a_full_disk_leaves_the_last_save(folder, labels, monkeypatch, when):
    autosave = Autosave.begin(folder, WORK)
    autosave.write({(): labels}, states(labels))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    full = OSError(errno.ENOSPC, "No space left on device")
    if when == "labels":
        monkeypatch.setattr(tifffile, "imwrite", lambda *_, **__: raise_(full))
    else:
        monkeypatch.setattr(
            "napari_cellbench.corrections.autosave.to_json", lambda *_: raise_(full)
        )
    with pytest.raises(InputError, match=r"the disk of .* is full.*saved at .* is still there"):
        autosave.write({(): labels + 1})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    np.testing.assert_array_equal(recover(folder).planes[()], labels)
    monkeypatch.undo()
    monkeypatch.setenv("CELLBENCH_CONFIG", str(folder.parent / "config"))
    autosave.write({(): labels + 1})
    np.testing.assert_array_equal(recover(folder).planes[()], labels + 1)


def raise_(error):
    raise error


@pytest.mark.skipif(os.name == "nt", reason="there are no such limits")
def test_a_file_that_grows_beyond_its_limit(folder, labels):
    """A disk that is full in earnest, as far as a process may tell."""
    import resource

    rng = np.random.default_rng(0)
    autosave = Autosave.begin(folder, WORK)
    autosave.write({(): labels})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, limits[1]))
        with pytest.raises(InputError, match="is full"):
            autosave.write({(): rng.integers(0, 2**30, (400, 400))})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    np.testing.assert_array_equal(recover(folder).planes[()], labels)
    assert not list(folder.glob(".*.tmp"))


def test_the_folder_is_gone(folder, labels):
    autosave = Autosave.begin(folder, WORK)
    autosave.write({(): labels})
    folder.rename(folder.with_name("moved"))
    with pytest.raises(InputError, match="Nothing can be saved in"):
        autosave.write({(): labels})
    autosave.close()


def test_no_labels_are_saved(folder):
    autosave = Autosave.begin(folder, WORK)
    with pytest.raises(InputError, match="must be integers"):
        autosave.write({(): np.zeros((3, 3))})
    assert numbers_in(folder) == []


def test_what_a_killed_process_left_is_removed(begun):
    left = begun / ".0123456789abcdef.tmp"
    left.touch()
    Autosave.go_on(begun)
    assert not left.exists()


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("a/cells.ome.tif", "", "a/cells.corrections"),
        ("a/plate.zarr", "", "a/plate.corrections"),
        ("a", "Cells [1]: A/B", "a/Cells 1 A B.corrections"),
        ("a", "...", "a/labels.corrections"),
        ("a", "Zellen grün", "a/Zellen grün.corrections"),
    ],
)
def test_a_folder_beside_the_work(path, name, expected):
    assert folder_beside(Path(path), name).as_posix() == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_killed_at_twenty_moments(tmp_path):
    """Each time what comes back is whole, and no older than the last save that was complete."""
    folder, completed = tmp_path / "work" / "saved", tmp_path / "work" / "completed"
    folder.parent.mkdir()
    rng = random.Random(12)
    command = [sys.executable, str(Path(saving_loop.__file__))]
    last = 0
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        for _ in range(20):
            parent.stdin.write(f"{folder}\n")
            parent.stdin.flush()
            child = int(parent.stdout.readline())
            begun = time.monotonic()
            while not (completed.exists() and completed.stat().st_size):
                assert time.monotonic() < begun + 60
                time.sleep(0.01)
            time.sleep(rng.uniform(0, 0.4))
            os.kill(child, signal.SIGKILL)
            assert int(parent.stdout.readline()) == -signal.SIGKILL
            known = int(completed.read_text().split()[-1])
            found = recover(folder)
            k = int(found.save.review.history[0].what.split()[1])
            # A save may be complete, and its process killed before it could say so.
            assert known <= k <= max(known, last) + 1
            assert k >= last
            last = k
            for step in {k, k - 1} - {0}:
                planes, taken = saving_loop.state_at(step)
                for at, plane in planes.items():
                    np.testing.assert_array_equal(found.planes[at], plane)
                if step == k:
                    assert found.save.review.states == taken.states
            assert found.notes == ()
            assert claim.holder_of(folder) is None
        parent.stdin.close()
    assert last > 20
    assert [one.folder for one in unfinished()] == [folder.resolve()]
