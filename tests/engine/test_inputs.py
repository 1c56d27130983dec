"""Every kind of image reaches the method as it is, or is refused with a reason."""

import dask.array as da
import numpy as np
import pytest
import zarr

from napari_cellbench.data.source import Plane, Source, whole
from napari_cellbench.engine import Job
from napari_cellbench.errors import InputError

DTYPES = [
    *("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
    *("float16", "float32", "float64", "longdouble", ">u2", ">i4", ">f4", ">f8"),
]
JOB = Job("watershed", ("nucleus",))


def spots(shape, dtype="uint16"):
    """An image of bright discs of 12 pixels on a grid of 24."""
    y, x = np.indices(shape)
    discs = np.hypot(y % 24 - 12, x % 24 - 12) < 6
    return discs.astype(dtype) if dtype == "bool" else np.where(discs, 100, 10).astype(dtype)


@pytest.fixture(autouse=True)
def _nothing_left() -> None:
    """Nothing is looked for: the engine is kept from test to test."""


@pytest.fixture(scope="module")
def engine():
    from napari_cellbench.engine import Engine

    engine = Engine()
    yield engine
    engine.release()


@pytest.mark.parametrize("dtype", DTYPES)
def test_types(engine, dtype):
    image = spots((48, 72), dtype)
    found = engine.run(Source.of(image[None]), JOB).instances
    assert len(found) == 6
    np.testing.assert_array_equal(found.labels > 0, spots((48, 72)) == 100)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite(engine, value):
    image = spots((48, 72), "float32")
    image[:, :5] = value
    image[40, 40] = value
    assert len(engine.run(Source.of(image[None]), JOB).instances) >= 4


@pytest.mark.parametrize("value", [0.0, 7.5, np.nan, np.inf])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (33, 21)])
def test_nothing_to_see(engine, shape, value):
    result = engine.run(Source.of(np.full((1, *shape), value)), JOB)
    assert result.instances.shape == shape
    assert len(result.instances) == 0


@pytest.mark.parametrize("channels", [1, 2, 7])
def test_channels(engine, channels):
    image = np.zeros((channels, 48, 72), np.uint8)
    image[0] = spots((48, 72))
    job = Job("watershed", ("nucleus", *["other"] * (channels - 1)))
    assert len(engine.run(Source.of(image), job).instances) == 6


@pytest.mark.parametrize("shape", [(0, 8, 8), (1, 0, 8), (1, 8, 0)])
def test_empty(shape):
    with pytest.raises(InputError, match=r"empty|at least one"):
        Source.of(np.zeros(shape))


@pytest.mark.parametrize("shape", [(8, 8), (2, 3, 8, 8)])
def test_not_2d(shape):
    with pytest.raises(InputError, match=r"must be \(C, Y, X\)"):
        Source.of(np.zeros(shape))


@pytest.mark.parametrize("dtype", ["complex64", "U3", "datetime64[s]"])
def test_no_numbers(dtype):
    with pytest.raises(InputError, match="can't be segmented"):
        Source.of(np.zeros((1, 8, 8), dtype))


class Recorder:
    """An array that notes the largest region that was read from it."""

    def __init__(self, data):
        self.data, self.shape, self.dtype = data, data.shape, data.dtype
        self.largest = 0

    def __getitem__(self, index):
        region = self.data[index]
        self.largest = max(self.largest, region.size)
        return region


def test_large_images_are_read_by_tile(engine):
    """The same objects from numpy, dask and zarr; none of them is read as a whole."""
    image = spots((1080, 1296))
    sources = {
        "numpy": image,
        "dask": da.from_array(image, chunks=(500, 700)),
        "zarr": zarr.create_array(
            zarr.storage.MemoryStore(), shape=image.shape, dtype=image.dtype, chunks=(512, 512)
        ),
    }
    sources["zarr"][...] = image
    results = {}
    for kind, array in sources.items():
        recorder = Recorder(array)
        results[kind] = engine.run(Source((Plane(recorder),)), JOB)
        assert recorder.largest <= 1024 * 1024
    labels = results["numpy"].instances.labels
    assert results["numpy"].tiles == 4
    assert labels.max() == 45 * 54
    np.testing.assert_array_equal(labels > 0, image == 100)
    for kind in ("dask", "zarr"):
        np.testing.assert_array_equal(results[kind].instances.labels, labels)


def test_crop_of_a_plane_of_a_stack(engine):
    """Only the rectangle is read, of one time point and channel."""
    stack = np.zeros((3, 2, 96, 120, 2), np.uint8)
    stack[1, 0, ..., 1] = spots((96, 120))
    recorder = Recorder(stack)
    plane = Plane(recorder, leading=(1, 0), trailing=(1,))
    source = Source((plane,), (slice(24, 72), slice(48, 120)))
    assert source.read(whole(source.shape)).shape == (1, 48, 72)
    assert len(engine.run(source, JOB).instances) == 6
    assert recorder.largest == 48 * 72
