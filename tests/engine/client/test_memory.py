import shutil
from pathlib import Path

import numpy as np
import pytest

from napari_cellbench.engine.client.memory import SharedBuffer
from napari_cellbench.errors import EngineError


def test_arrays_of_several_shapes_share_a_block():
    with SharedBuffer(np.dtype(np.uint16), 12) as buffer:
        buffer.view((3, 4))[:] = np.arange(12).reshape(3, 4)
        np.testing.assert_array_equal(buffer.view((2, 2)), [[0, 1], [2, 3]])


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs Linux's shared memory")
def test_too_little_memory_is_an_error_and_no_crash(shared_blocks):
    """Containers often have 64 MB: writing beyond would end the process by a signal."""
    size = shutil.disk_usage("/dev/shm").total + 2**20
    with pytest.raises(EngineError, match="MB of shared memory can't be had"):
        SharedBuffer(np.dtype(np.uint8), size)
    (name,) = shared_blocks
    assert not Path("/dev/shm", name).exists()


@pytest.mark.parametrize("step", ["close", "unlink"])
def test_what_was_computed_outlasts_a_block_that_stays(step, monkeypatch, caplog):
    def refuse() -> None:
        raise PermissionError(13, "Permission denied")

    with SharedBuffer(np.dtype(np.uint8), 4) as buffer:
        freed = getattr(buffer.shared.shm, step)
        monkeypatch.setattr(buffer.shared.shm, step, refuse)
    assert "can't be given back yet" in caplog.text
    freed()
