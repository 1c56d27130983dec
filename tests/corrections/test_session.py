"""What is changed is saved, step by step, and nothing else."""

import errno
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.corrections import batch as batches
from napari_cellbench.corrections.autosave import Autosave
from napari_cellbench.corrections.claim import InUse, holder_of
from napari_cellbench.corrections.restore import restored
from napari_cellbench.corrections.review import CellState
from napari_cellbench.corrections.saved import Work, recover
from napari_cellbench.corrections.session import Session
from napari_cellbench.corrections.unfinished import unfinished
from napari_cellbench.errors import InputError


@pytest.fixture
def stack(labels):
    return np.stack([np.roll(labels, k, 0) for k in range(4)])


@pytest.fixture
def of_file(tmp_path, stack):
    """A session of a stack that was read from a file."""
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, stack, photometric="minisblack", metadata={"axes": "ZYX"})
    return session(stack, tmp_path, path)


def session(labels, folder, source: Path | str = ""):
    work = Work("cells", "image", str(source), labels.shape, labels.dtype.name)
    return Session(labels, work, (folder / "cells.corrections",))


def step(one, **how):
    """Save once; return the planes that were written."""
    batch = one.collect(**how)
    try:
        outcome = one.run(batch)
    except InputError as error:
        one.fail(batch, error)
        raise
    one.settle(batch, outcome)
    return sorted(batch.planes)


def files(one):
    return sorted(path.name for path in one.folder.glob("labels*"))


def test_nothing_is_made_before_the_first_change(tmp_path, labels):
    one = session(labels, tmp_path)
    one.suspect()
    one.renew(labels)
    one.rename("others")
    assert not one.is_open
    assert not one.has_news
    assert list(tmp_path.iterdir()) == []


def test_only_changed_planes_of_a_file_are_saved(of_file, stack):
    stack[2, 0, 0] = 99
    of_file.mark([(2,)])
    assert step(of_file) == [(2,)]
    assert not of_file.has_news
    assert files(of_file) == ["labels-2-00000001.tif"]
    np.testing.assert_array_equal(restored(recover(of_file.folder))[0], stack)


def test_what_differed_from_the_file_before_is_saved_too(of_file, stack):
    stack[0, 0, 0] = 98
    of_file.mark([(2,)])
    step(of_file)
    assert step(of_file) == [(0,)]
    np.testing.assert_array_equal(restored(recover(of_file.folder))[0], stack)


def test_all_planes_of_what_has_no_file(tmp_path, stack):
    one = session(stack, tmp_path)
    one.mark([(1,)])
    assert step(one) == [(1,)]
    assert step(one) == [(0,), (2,), (3,)]
    np.testing.assert_array_equal(restored(recover(one.folder))[0], stack)


def test_a_decision_alone_saves_the_labels_as_well(tmp_path, labels):
    one = session(labels, tmp_path)
    one.review.meet([1, 2])
    one.review.mark(1, CellState.RIGHT)
    one.note("Right", [1])
    step(one)
    step(one)
    found = recover(one.folder)
    np.testing.assert_array_equal(found.planes[()], labels)
    assert found.save.review.review().state(1) is CellState.RIGHT
    assert [entry.what for entry in found.save.review.history] == ["Right"]


def test_undo_is_found_by_looking(of_file, stack):
    before = stack.copy()
    stack[2, 0, 0] = 99
    of_file.mark([(2,)])
    step(of_file)
    stack[2, 0, 0] = before[2, 0, 0]
    of_file.suspect()
    step(of_file)
    assert step(of_file) == [(2,)]
    np.testing.assert_array_equal(restored(recover(of_file.folder))[0], before)
    of_file.suspect()
    step(of_file)
    assert not of_file.has_news


def test_what_is_painted_while_a_step_is_under_way(of_file, stack):
    stack[2, 0, 0] = 99
    of_file.mark([(2,)])
    batch = of_file.collect()
    stack[2, 0, 0] = 100
    of_file.mark([(2,)])
    of_file.settle(batch, of_file.run(batch))
    assert recover(of_file.folder).planes[2,][0, 0] == 99
    assert step(of_file) == [(2,)]
    assert recover(of_file.folder).planes[2,][0, 0] == 100


def test_what_happens_while_the_first_step_is_under_way(of_file, stack, tmp_path):
    """Undo, another array, another name and another folder are not missed."""
    stack[2, 0, 0] = 99
    of_file.mark([(2,)])
    batch = of_file.collect()
    outcome = of_file.run(batch)
    stack[2, 0, 0] = 0
    of_file.suspect()
    other = stack.copy()
    other[1, 0, 0] = 98
    of_file.renew(other)
    of_file.rename("nuclei")
    of_file.move(tmp_path / "other")
    of_file.settle(batch, outcome)
    while of_file.has_news:
        step(of_file)
    assert of_file.folder == tmp_path / "other" / "nuclei.corrections"
    found = recover(of_file.folder)
    assert found.save.work.name == "nuclei"
    np.testing.assert_array_equal(restored(found)[0], other)
    step(of_file, closes=True)


def test_much_is_saved_in_parts(tmp_path, stack, monkeypatch):
    monkeypatch.setattr("napari_cellbench.corrections.session.MOST_BYTES", stack[0].nbytes * 2)
    one = session(stack, tmp_path)
    one.mark((k,) for k in range(4))
    batch = one.collect()
    assert sorted(batch.planes) == [(0,), (1,)]
    assert batch.more
    one.settle(batch, one.run(batch))
    assert step(one) == [(2,), (3,)]


def test_a_full_disk_is_tried_again(of_file, stack, monkeypatch):
    stack[2, 0, 0] = 99
    of_file.mark([(2,)])
    full = OSError(errno.ENOSPC, "No space left on device")

    def fails(*_args, **_options):
        raise full

    monkeypatch.setattr(tifffile, "imwrite", fails)
    with pytest.raises(InputError, match="is full"):
        step(of_file)
    assert of_file.fails
    assert of_file.has_news
    monkeypatch.undo()
    assert step(of_file) == [(2,)]
    assert not of_file.fails
    assert of_file.problem is None


def test_another_window_takes_over(of_file, stack):
    of_file.mark([(2,)])
    step(of_file)
    other, _ = Autosave.go_on(of_file.folder, force=True)
    of_file.mark([(1,)])
    with pytest.raises(InUse, match="Nothing is saved here any more"):
        step(of_file)
    assert of_file.lost
    assert not of_file.is_open
    assert of_file.taken == other.folder
    other.close()


def test_closed_and_gone_on_with(of_file, stack):
    stack[2, 0, 0] = 99
    of_file.mark([(2,)])
    step(of_file, closes=True)
    assert holder_of(of_file.folder) is None
    assert len(unfinished()) == 1
    stack[3, 0, 0] = 100
    of_file.renew(stack)
    step(of_file)
    assert step(of_file) == [(3,)]
    np.testing.assert_array_equal(restored(recover(of_file.folder))[0], stack)
    assert holder_of(of_file.folder) is not None
    step(of_file, closes=True)


def test_the_last_step_takes_along_what_is_under_way(of_file, stack):
    stack[2, 0, 0] = 99
    of_file.mark([(2,)])
    lost = of_file.collect()
    stack[1, 0, 0] = 98
    of_file.mark([(1,)])
    assert step(of_file, closes=True) == [(1,), (2,)]
    of_file.fail(lost, InputError("too late"))
    assert of_file.problem is None
    np.testing.assert_array_equal(restored(recover(of_file.folder))[0], stack)


def test_done(of_file, stack):
    stack[2, 0, 0] = 99
    of_file.mark([(2,)])
    step(of_file)
    stack[1, 0, 0] = 98
    of_file.mark([(1,)])
    step(of_file, finished=True)
    assert of_file.finished
    assert not of_file.is_open
    assert unfinished() == []
    assert recover(of_file.folder).save.finished
    stack[1, 0, 1] = 97
    of_file.mark([(1,)])
    step(of_file)
    np.testing.assert_array_equal(restored(recover(of_file.folder))[0], stack)
    assert len(unfinished()) == 1
    step(of_file, closes=True)


def test_another_folder(of_file, stack, tmp_path):
    stack[2, 0, 0] = 99
    of_file.mark([(2,)])
    step(of_file)
    before = of_file.folder
    of_file.move(tmp_path / "other")
    step(of_file)
    assert of_file.folder == tmp_path / "other" / "cells.corrections"
    assert [one.folder for one in unfinished()] == [of_file.folder.resolve()]
    assert recover(before).save.finished
    np.testing.assert_array_equal(restored(recover(of_file.folder))[0], stack)
    step(of_file, closes=True)


def test_another_folder_that_can_not_be_had(of_file, stack, tmp_path):
    of_file.mark([(2,)])
    step(of_file)
    before = of_file.folder
    (tmp_path / "file").touch()
    of_file.move(tmp_path / "file")
    with pytest.raises(InputError, match="choose another folder"):
        step(of_file)
    stack[2, 0, 0] = 99
    of_file.mark([(2,)])
    step(of_file)
    assert of_file.folder == before
    assert recover(before).planes[2,][0, 0] == 99
    step(of_file, closes=True)


def test_another_name(of_file):
    of_file.mark([(2,)])
    step(of_file)
    of_file.rename("nuclei")
    step(of_file)
    assert recover(of_file.folder).save.work.name == "nuclei"
    step(of_file, closes=True)


def test_going_on_from_an_earlier_session(of_file, stack):
    stack[2, 0, 0] = 99
    of_file.mark([(2,)])
    of_file.review.meet([1, 2], (2,))
    of_file.note("Grow", [1], (2,))
    step(of_file, closes=True)
    autosave, found = Autosave.go_on(of_file.folder)
    labels, _ = restored(found)
    again = Session.going_on(autosave, found, labels)
    step(again)
    assert not again.has_news
    assert again.review.states == of_file.review.states
    labels[0, 0, 0] = 97
    again.mark([(0,)])
    again.note("Shrink", [2], (0,))
    step(again, closes=True)
    found = recover(of_file.folder)
    assert [entry.what for entry in found.save.review.history] == ["Grow", "Shrink"]
    np.testing.assert_array_equal(restored(found)[0], labels)


def test_a_folder_that_was_removed_meanwhile(of_file, stack, tmp_path):
    stack[2, 0, 0] = 99
    of_file.mark([(2,)])
    step(of_file, closes=True)
    of_file.folder.rename(tmp_path / "moved")
    of_file.mark([(2,)])
    step(of_file)
    np.testing.assert_array_equal(restored(recover(of_file.folder))[0], stack)
    step(of_file, closes=True)


def test_the_source_is_not_read_for_an_image(tmp_path, labels, monkeypatch):
    def fails(*_):
        raise AssertionError

    monkeypatch.setattr(batches, "read_source", fails)
    one = session(labels, tmp_path, tmp_path / "cells.tif")
    one.note("Right", [1])
    step(one)
    assert step(one) == [()]
