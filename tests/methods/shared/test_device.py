"""Devices, and the memory that is counted there."""

import pytest

from napari_cellbench.errors import InputError
from napari_cellbench.methods.shared.device import peak_memory, resolve, watch_memory

torch = pytest.importorskip("torch")

MEGABYTE = 2**20


def test_auto_is_a_device_that_is_there():
    assert resolve(resolve("auto")) == resolve("auto")


@pytest.mark.parametrize("device", ["abacus", "cpu:1", "cuda:99"])
def test_no_such_device(device):
    with pytest.raises(InputError, match=device):
        resolve(device)


@pytest.mark.parametrize("device", ["cpu", "mps"])
def test_nobody_counts_without_cuda(device):
    watch_memory(device)
    assert peak_memory(device) is None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU of NVIDIA's")
@pytest.mark.parametrize("device", ["cuda", "cuda:0"])
def test_peak_on_the_gpu(device):
    watch_memory(device)
    before = peak_memory(device)
    block = torch.zeros(64 * MEGABYTE, dtype=torch.uint8, device=device)
    del block
    assert 64 * MEGABYTE <= peak_memory(device) - before < 80 * MEGABYTE
    watch_memory(device)
    assert peak_memory(device) == before
