"""What is to be trained: written and read back, and refused where it can't be."""

import json

import pytest

from napari_cellbench.errors import CellbenchError, InputError
from napari_cellbench.files.schema import to_json
from napari_cellbench.methods.training import TrainingSettings
from napari_cellbench.training.plan import read_plan


def test_a_plan_comes_back_from_its_file(tmp_path, plan):
    made = plan(start="stardist-nuclei-fluo", share=0.25, replay=tmp_path, roles=("nucleus",))
    (tmp_path / "run.json").write_bytes(to_json(made))
    assert read_plan(tmp_path / "run.json") == made


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "watershed"}, "can't be trained"),
        ({"target": "whole_cell", "method": "stardist", "share": 1.0}, "below 1"),
        ({"share": 0.5}, "--replay-data"),
        ({"minutes": 0.0}, "more than 0"),
        ({"settings": TrainingSettings(average_with_start=0.5)}, "--from"),
        ({"settings": TrainingSettings(average_with_start=1.5)}, "from 0 to 1"),
        ({"start": "no-such-checkpoint"}, "no-such-checkpoint"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(plan, changes, message):
    with pytest.raises(CellbenchError, match=message):
        plan(**changes).checked()


def test_a_folder_that_is_not_there_is_named(plan, tmp_path):
    with pytest.raises(InputError, match="missing does not exist"):
        plan(train=tmp_path / "missing").checked()


def test_a_newer_version_is_told_from_damage(tmp_path, plan):
    record = json.loads(to_json(plan()))
    (tmp_path / "run.json").write_text(json.dumps({**record, "format": 99}))
    with pytest.raises(InputError, match="newer version"):
        read_plan(tmp_path / "run.json")
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(InputError, match="no plan"):
        read_plan(tmp_path / "run.json")
