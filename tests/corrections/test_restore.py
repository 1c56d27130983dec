"""A stack comes back as it was, from what was saved of it and what wasn't changed."""

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_cellbench.corrections.autosave import Autosave
from napari_cellbench.corrections.restore import read_source, restored, unsaved
from napari_cellbench.corrections.saved import Work, recover
from napari_cellbench.errors import InputError


@pytest.fixture
def stack(tmp_path, labels):
    """A stack of five planes that was read from a file."""
    made = np.stack([np.roll(labels, k, 0) for k in range(5)])
    tifffile.imwrite(
        tmp_path / "stack.tif", made, photometric="minisblack", metadata={"axes": "ZYX"}
    )
    return made


def work_of(stack, source=""):
    return Work("cells", "image", str(source), stack.shape, stack.dtype.name)


def saved(tmp_path, stack, source, *changed):
    autosave = Autosave.begin(tmp_path / "saved.corrections", work_of(stack, source))
    autosave.write({(k,): stack[k] + (stack[k] > 0).astype(stack.dtype) for k in changed})
    autosave.close()
    return recover(autosave.folder)


def test_what_did_not_change_comes_from_the_file(tmp_path, stack):
    found = saved(tmp_path, stack, tmp_path / "stack.tif", 1, 3)
    labels, notes = restored(found)
    expected = stack.copy()
    expected[[1, 3]] += expected[[1, 3]] > 0
    np.testing.assert_array_equal(labels, expected)
    assert labels.dtype == stack.dtype
    assert notes == ()


def test_the_file_was_moved_with_its_corrections(tmp_path, stack):
    found = saved(tmp_path, stack, "/nowhere/stack.tif", 1)
    np.testing.assert_array_equal(restored(found)[0][0], stack[0])


def test_else_from_the_layer_that_is_open(tmp_path, stack):
    found = saved(tmp_path, stack, "/nowhere/gone.tif", 1)
    labels, notes = restored(found, stack)
    np.testing.assert_array_equal(labels[2], stack[2])
    assert labels is not stack
    assert notes == ()


@pytest.mark.parametrize("source", ["", "/nowhere/gone.tif", "other.tif"])
def test_what_is_known_nowhere_is_said(tmp_path, stack, source):
    if source == "other.tif":
        tifffile.imwrite(tmp_path / source, stack[:, :9], photometric="minisblack")
    labels, (note,) = restored(saved(tmp_path, stack, source, 1), stack[:2])
    assert not labels[[0, 2, 3, 4]].any()
    assert labels[1].any()
    assert note.startswith("4 planes are empty here")
    assert ("gone" in note) == bool(source)


def test_a_damaged_file_of_the_labels(tmp_path, stack):
    path = tmp_path / "stack.tif"
    path.write_bytes(path.read_bytes()[:100])
    assert read_source(work_of(stack, path)) is None


def test_a_type_that_was_converted_meanwhile(tmp_path, stack):
    autosave = Autosave.begin(tmp_path / "saved.corrections", work_of(stack.astype(np.uint8)))
    autosave.write({(k,): stack[k].astype(np.int32) + 1000 for k in range(5)})
    labels, _ = restored(recover(autosave.folder))
    np.testing.assert_array_equal(labels, stack + 1000)


def test_planes_of_another_size_are_left_out_and_said(tmp_path, stack):
    autosave = Autosave.begin(tmp_path / "saved.corrections", work_of(stack))
    planes = {(k,): stack[k] for k in range(5)}
    autosave.write(planes | {(9,): stack[0], (2,): stack[2][:7]})
    labels, notes = restored(recover(autosave.folder))
    assert not labels[2].any()
    assert notes[0].startswith("2 planes are of another size")


def test_nothing_to_restore(tmp_path):
    autosave = Autosave.begin(tmp_path / "saved.corrections", Work("cells"))
    autosave.write({})
    with pytest.raises(InputError, match="hold no labels"):
        restored(recover(autosave.folder))


def test_work_that_would_not_fit_into_memory(tmp_path):
    autosave = Autosave.begin(tmp_path / "saved.corrections", Work("cells", shape=(10**9, 10**9)))
    autosave.write({})
    with pytest.raises(InputError, match="needs"):
        restored(recover(autosave.folder))


@settings(max_examples=settings.default.max_examples // 4)
@given(data=st.data())
def test_unsaved_are_those_that_would_not_come_back(data):
    """By a restoring of our own: saved planes, else the source, else nothing."""
    planes = st.lists(st.integers(0, 3), min_size=4, max_size=4)
    now, first = (
        np.repeat(np.array(data.draw(planes), np.int32), 6).reshape(4, 2, 3) for _ in range(2)
    )
    has_source = data.draw(st.booleans())
    known = data.draw(st.dictionaries(st.integers(0, 3), st.integers(0, 3)))
    files = {}
    for k, value in known.items():
        from napari_cellbench.corrections.saved import PlaneFile, checksum_of

        plane = np.full((2, 3), value, np.int32)
        files[k,] = PlaneFile((k,), "", "int32", (2, 3), checksum_of(plane))
    expected = [
        (k,)
        for k in range(4)
        if (
            now[k, 0, 0] != known[k] if k in known else not has_source or (now[k] != first[k]).any()
        )
    ]
    source = first if has_source else None
    assert unsaved(now, np.ndindex(4), files, lambda: source) == expected


def test_the_source_is_read_only_where_it_is_needed(tmp_path, stack):
    found = saved(tmp_path, stack, "", *range(5))
    files = {one.at: one for one in found.save.planes}
    labels = restored(found)[0]

    def read():
        raise AssertionError

    assert unsaved(labels, np.ndindex(5), files, read) == []
