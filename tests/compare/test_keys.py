"""Keys of results: the same for the same, and for nothing else."""

import dataclasses
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_cellbench.compare.keys import TILE, device_kind, image_digest, result_key
from napari_cellbench.data.source import Plane, Source, whole
from napari_cellbench.errors import Cancelled
from napari_cellbench.methods.registry import get_method

PARTS = {
    "image": "1f",
    "roles": ("nucleus",),
    "method": "watershed",
    "sha256": "",
    "parameters": {"diameter": 20.0, "threshold": "li"},
    "device": "cpu",
    "versions": {"python": "3.12.0"},
}
SIDES = st.integers(1, 5)
IMAGES = arrays(st.sampled_from([np.uint8, np.uint16, np.float32]), st.tuples(SIDES, SIDES, SIDES))


@given(IMAGES, IMAGES)
def test_digest_tells_images_apart(one, other):
    same = (
        one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    )
    assert (image_digest(Source.of(one)) == image_digest(Source.of(other))) is same


def test_digest_is_of_the_content():
    """Wherever the pixels lie: in a stack, in a larger image, in another order, in another file."""
    dask = pytest.importorskip("dask.array")
    image = np.random.default_rng(0).integers(0, 60000, (1, 30, 40)).astype(np.uint16)
    large = np.zeros((3, 50, 60, 2), np.uint16)
    large[1, 5:35, 7:47, 1] = image[0]
    inside = Source((Plane(large, (1,), (1,)),), (slice(5, 35), slice(7, 47)))
    expected = image_digest(Source.of(image))
    assert image_digest(inside) == expected
    assert image_digest(Source.of(image.astype(">u2"))) == expected
    assert image_digest(Source.of(np.asfortranarray(image))) == expected
    assert image_digest(Source.of(dask.from_array(image, chunks=(1, 7, 9)))) == expected
    assert image_digest(dataclasses.replace(Source.of(image), region=whole((30, 40)))) == expected


def test_large_image_is_read_by_tiles():
    class Watched:
        shape, dtype, largest = (2 * TILE + 5, 7), np.dtype(np.uint8), 0

        def __getitem__(self, window):
            rows, columns = window
            piece = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
            self.largest = max(self.largest, piece.size)
            return piece

    array = Watched()
    zeros = np.zeros((1, *array.shape), np.uint8)
    assert image_digest(Source((Plane(array),))) == image_digest(Source.of(zeros))
    assert array.largest == TILE * 7


def test_reading_can_be_stopped():
    stop = threading.Event()

    def check():
        if stop.is_set():
            raise Cancelled("Stopped.")

    source = Source.of(np.zeros((1, 4, 4)))
    image_digest(source, check)
    stop.set()
    with pytest.raises(Cancelled):
        image_digest(source, check)


@pytest.mark.parametrize(
    "change",
    [
        {"image": "2f"},
        {"roles": ("nucleus", "whole_cell")},
        {"method": "stardist"},
        {"sha256": "ab"},
        {"parameters": {"diameter": 21.0, "threshold": "li"}},
        {"device": "cuda"},
        {"versions": {"python": "3.13.0"}},
    ],
)
def test_every_part_counts(change):
    assert result_key(**PARTS) != result_key(**(PARTS | change))


def test_order_of_names_does_not_count():
    shuffled = {"parameters": {"threshold": "li", "diameter": 20.0}}
    assert result_key(**PARTS) == result_key(**(PARTS | shuffled))


@pytest.mark.parametrize(
    ("method", "device", "kind"),
    [
        ("watershed", "auto", "cpu"),
        ("watershed", "cuda", "cpu"),
        ("stardist", "auto", "auto"),
        ("stardist", "cpu", "cpu"),
        ("stardist", "cuda:1", "cuda"),
    ],
)
def test_device_kind(method, device, kind):
    assert device_kind(get_method(method), device) == kind
