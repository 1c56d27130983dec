"""The sets that a person has used."""

import shutil

from napari_cellbench.corrections.collection import CorrectionSet
from napari_cellbench.corrections.known_sets import MOST, first_set, known_sets, remember_set
from napari_cellbench.data.readers.correction_set import MANIFEST


def make(folder):
    folder.mkdir()
    (folder / MANIFEST).write_text('{"images": [], "format": 1}')
    return folder


def test_the_last_one_comes_first_and_those_that_are_gone_are_left_out(tmp_path):
    assert known_sets() == []
    one, two = make(tmp_path / "one"), make(tmp_path / "two")
    for folder in (one, two, one):
        remember_set(folder)
    assert known_sets() == [one, two]
    shutil.rmtree(one)
    assert known_sets() == [two]
    assert CorrectionSet(two).entries == ()


def test_only_so_many_are_remembered(tmp_path):
    made = [make(tmp_path / str(number)) for number in range(MOST + 2)]
    for folder in made:
        remember_set(folder)
    assert known_sets() == made[::-1][:MOST]


def test_the_first_set_is_in_the_folder_of_a_persons_work(monkeypatch, tmp_path):
    monkeypatch.setenv("CELLBENCH_DATA", str(tmp_path))
    assert tmp_path in first_set().parents
