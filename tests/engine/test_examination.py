"""What a run under examination tells and obeys."""

import numpy as np
import pytest

from napari_cellbench.data.source import Source
from napari_cellbench.engine import Job
from napari_cellbench.engine.examination import Examine
from napari_cellbench.errors import Cancelled, InputError
from napari_cellbench.methods.home import Home

IMAGE = Source.of(np.arange(64 * 64, dtype=np.uint16).reshape(1, 64, 64))


def job(examine: Examine | None) -> Job:
    return Job("watershed", ("nucleus",), examine=examine)


def test_what_the_worker_saw(engine):
    result = engine.run(IMAGE, job(Examine()))
    seen = result.examination
    assert seen.steps == ((1, 4), (2, 4), (3, 4), (4, 4))
    assert (seen.input_changed, seen.tile_size, seen.tile_overlap) == (False, 1024, 112)
    plain = engine.run(IMAGE, job(None))
    assert plain.examination is None
    np.testing.assert_array_equal(plain.instances.labels, result.instances.labels)


@pytest.mark.parametrize("stop_at", [0, 3])
def test_a_run_is_stopped_at_a_report(engine, stop_at):
    engine.run(IMAGE, job(None))
    pid, seen = engine.pid, []
    with pytest.raises(Cancelled):
        engine.run(IMAGE, job(Examine(stop_at=stop_at)), seen.append)
    # The first two are the engine's own.
    assert [progress.fraction for progress in seen[2:]] == [0.25, 0.5, 0.75, 1][: stop_at + 1]
    assert engine.pid == pid
    assert engine.run(IMAGE, job(Examine(stop_at=4))).examination is not None


def test_a_method_that_no_entry_point_announces(engine, tmp_path):
    (tmp_path / "far_away.py").write_text(
        "from napari_cellbench.methods.watershed import Watershed\n"
        "class Away(Watershed):\n"
        "    key = 'away'\n"
    )
    home = Home("far_away:Away", str(tmp_path))
    away = Job("away", ("nucleus",), examine=Examine(home))
    assert engine.run(IMAGE, away).instances.shape == (64, 64)
    with pytest.raises(InputError, match="No method 'away'"):
        engine.run(IMAGE, Job("away", ("nucleus",)))
    # What ran last was another class of that name.
    with pytest.raises(InputError, match=r"far_away:Gone can't be loaded: AttributeError"):
        engine.run(IMAGE, Job("away", ("nucleus",), examine=Examine(Home("far_away:Gone"))))


def test_it_travels_as_json():
    for asked in (Examine(), Examine(Home("a:B", "c"), 3)):
        assert Examine.from_dict(asked.to_dict()) == asked
