import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.errors import InputError
from napari_cellbench.files import limits
from napari_cellbench.files.limits import ALWAYS, RATIO, check_size, readable


@pytest.fixture(autouse=True)
def much_memory(monkeypatch):
    monkeypatch.setattr(limits, "free_memory", lambda: 2**40)


def test_a_file_holds_what_its_size_allows():
    check_size(ALWAYS, "a.tif", 100)
    check_size(RATIO * 2**20, "a.tif", 2**20)
    check_size(2**39, "a.tif")
    with pytest.raises(InputError, match=r"a.tif is refused: it declares 10 TB .* file of 1.5 kB"):
        check_size(10**13, "a.tif", 1500)
    with pytest.raises(InputError, match="negative"):
        check_size(-1, "a.tif", 1500)


def test_the_machine_has_so_much_memory(monkeypatch):
    monkeypatch.setattr(limits, "free_memory", lambda: 10**9)
    check_size(8 * 10**8, "a.tif", 10**9)
    with pytest.raises(InputError, match=r"a.tif needs 2 GB of memory, more than the 900 MB"):
        check_size(2 * 10**9, "a.tif", 10**9)


@given(st.integers(0, 10**18))
def test_sizes_are_readable(n_bytes):
    number, unit = readable(n_bytes).split()
    power = ("bytes", "kB", "MB", "GB", "TB").index(unit)
    assert float(number.replace(",", "")) * 1000**power == pytest.approx(n_bytes, rel=6e-3)
