"""The checkpoint of a run as the user's own."""

import shutil

import pytest

from napari_cellbench.checkpoints import get_checkpoint
from napari_cellbench.checkpoints.user import user_checkpoints
from napari_cellbench.errors import InputError
from napari_cellbench.training.adopting import adopt
from napari_cellbench.training.run import Run
from napari_cellbench.training.status import Status


@pytest.fixture
def run(tmp_path, plan):
    made = Run.create(tmp_path / "my nuclei", plan(start="stardist-nuclei-fluo"))
    (made.folder / "training").mkdir()
    file = made.folder / "training" / "checkpoint.safetensors"
    file.touch()
    made.write(Status("finished", checkpoint=str(file)))
    return made


def test_it_says_what_it_finds_and_where_it_comes_from(run):
    checkpoint = adopt(run)
    assert checkpoint.title == "my nuclei"
    assert (checkpoint.target, checkpoint.channels) == ("nucleus", ("nucleus",))
    start = get_checkpoint("stardist-nuclei-fluo", "stardist")
    assert checkpoint.trained_on.startswith(f"{start.title}, then pairs")
    assert adopt(run) == checkpoint
    assert user_checkpoints() == [checkpoint]


def test_it_is_known_where_the_data_set_is_gone(run, pairs, plan, tmp_path):
    shutil.copytree(pairs, tmp_path / "gone")
    other = Run.create(tmp_path / "other", plan(train=tmp_path / "gone", start=None))
    shutil.rmtree(tmp_path / "gone")
    other.write(run.status())
    assert adopt(other).target == "nucleus"


def test_without_a_checkpoint_there_is_nothing_to_use(tmp_path, plan):
    with pytest.raises(InputError, match="wait until it is finished"):
        adopt(Run.create(tmp_path / "run", plan()))


def test_a_run_that_is_removed_leaves_nothing_to_choose(run):
    adopt(run)
    run.remove()
    assert user_checkpoints() == []
