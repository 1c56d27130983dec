"""Where corrections are saved."""

import json
import os

import numpy as np
import pytest

from napari_cellbench.corrections.autosave import Autosave
from napari_cellbench.corrections.claim import InUse
from napari_cellbench.corrections.folders import begin_in_one_of, dismiss, folders_for
from napari_cellbench.corrections.saved import Work, recover
from napari_cellbench.corrections.unfinished import unfinished, unfinished_in
from napari_cellbench.errors import InputError
from napari_cellbench.files.places import data_root

WORK = Work("cells", "image", "cells.tif", (64, 80))


@pytest.fixture
def begun(tmp_path, labels):
    """Corrections that aren't finished, in a folder that is closed."""
    autosave = Autosave.begin(tmp_path / "cells.corrections", WORK)
    autosave.write({(): labels})
    autosave.close()
    return autosave.folder


def test_beside_the_labels_else_the_image_else_a_folder_of_ours(tmp_path):
    labels, image = tmp_path / "cells.ome.tif", tmp_path / "a.tif"
    ours = data_root() / "corrections" / "StarDist a.corrections"
    assert folders_for("StarDist · a", labels, image) == (tmp_path / "cells.corrections", ours)
    beside_image = tmp_path / "StarDist a.corrections"
    assert folders_for("StarDist · a", None, image) == (beside_image, ours)
    assert folders_for("StarDist · a", None, None) == (ours,)


def test_a_data_set_in_a_folder_has_them_inside(tmp_path):
    assert folders_for("truth", tmp_path, None)[0] == tmp_path / "truth.corrections"
    assert folders_for("truth", None, tmp_path)[0] == tmp_path / "truth.corrections"


def test_what_is_not_finished_is_left_alone(begun, labels):
    found = begin_in_one_of([begun], WORK)
    assert found.autosave.folder.name == "cells 2.corrections"
    assert found.taken == begun
    assert "aren't finished" in str(found.problem)
    np.testing.assert_array_equal(recover(begun).planes[()], labels)


def test_other_labels_of_the_same_file_need_no_word(begun):
    found = begin_in_one_of([begun], Work("nuclei", "image", "cells.tif", (64, 80)))
    assert found.autosave.folder.name == "cells 2.corrections"
    assert found.problem is None


def test_another_window_is_named(begun):
    held, _ = Autosave.go_on(begun)
    found = begin_in_one_of([begun], WORK)
    assert isinstance(found.problem, InUse)
    assert found.taken == begun
    held.close()


def test_a_folder_that_can_not_be_made(tmp_path):
    (tmp_path / "file").touch()
    found = begin_in_one_of(
        [tmp_path / "file" / "cells.corrections", tmp_path / "cells.corrections"], WORK
    )
    assert found.autosave.folder == tmp_path / "cells.corrections"
    assert "can't be made" in str(found.problem)
    assert found.taken is None
    with pytest.raises(InputError, match="choose another folder"):
        begin_in_one_of([tmp_path / "file" / "cells.corrections"], WORK)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything may be written")
def test_a_folder_without_permission(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    found = begin_in_one_of([closed / "cells.corrections", tmp_path / "cells.corrections"], WORK)
    assert found.autosave.folder.parent == tmp_path


def test_what_a_newer_version_saved_is_left_alone(begun):
    for path in begun.glob("state*"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 99}))
    before = sorted(path.name for path in begun.iterdir())
    found = begin_in_one_of([begun], WORK)
    assert found.autosave.folder != begun
    assert "newer version" in str(found.problem)
    assert sorted(path.name for path in begun.iterdir() if path.name != ".lock") == [
        name for name in before if name != ".lock"
    ]


def test_dismissed_ones_make_room_and_stay(begun, labels):
    assert [one.folder for one in unfinished()] == [begun.resolve()]
    dismiss(begun)
    assert unfinished() == []
    assert unfinished_in(begun) is None
    np.testing.assert_array_equal(recover(begun).planes[()], labels)
    assert begin_in_one_of([begun], WORK).autosave.folder == begun


def test_dismissing_what_another_window_has(begun):
    held, _ = Autosave.go_on(begun)
    with pytest.raises(InUse):
        dismiss(begun)
    held.close()


def test_dismissing_what_is_gone(begun):
    begun.rename(begun.with_name("moved"))
    dismiss(begun)
    assert unfinished() == []
