"""What is drawn on the page, against pixels."""

import base64
import io
import re

import imageio.v3 as iio
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_cellbench.compare.report.pictures import (
    DETAIL,
    LONGEST,
    ON_BRIGHT,
    ON_DARK,
    detail,
    error_paths,
    line_width,
    outline_path,
    picture,
    rings_of,
    step_of,
)
from napari_cellbench.data import Instances
from napari_cellbench.data.source import Source
from napari_cellbench.scoring import score

LABELS = hnp.arrays(np.int32, st.tuples(*[st.integers(1, 12)] * 2), elements=st.integers(0, 3))


def filled(path: str, shape: tuple[int, int]) -> np.ndarray:
    """Fill a path by the even-odd rule: right of each vertical side everything turns over."""
    out = np.zeros(shape, bool)
    for ring in re.findall(r"M[^z]*z", path):
        x, y = map(int, re.match(r"M(\d+) (\d+)", ring).groups())
        sides = [(axis, int(step)) for axis, step in re.findall(r"([hv])(-?\d+)", ring)]
        # The side that `z` closes.
        start = y
        for axis, step in sides:
            if axis == "h":
                x += step
            else:
                out[min(y, y + step) : max(y, y + step), x:] ^= True
                y += step
        out[min(y, start) : max(y, start), x:] ^= True
    return out


def pixels_of(png: str) -> np.ndarray:
    kind, _, data = png.partition(",")
    assert kind == "data:image/png;base64"
    return iio.imread(io.BytesIO(base64.b64decode(data)))


@given(LABELS)
def test_outlines_enclose_the_objects_pixels(labels):
    path = outline_path(rings_of(Instances.from_labels(labels), 1))
    np.testing.assert_array_equal(filled(path, labels.shape), labels > 0)


def test_overlapping_masks_are_drawn_whole():
    masks = np.zeros((2, 9, 9), bool)
    masks[0, 1:5, 1:5] = masks[1, 3:8, 3:8] = True
    path = outline_path(rings_of(Instances.from_masks(masks, (9, 9)), 1))
    # By the even-odd rule what both cover is outside.
    np.testing.assert_array_equal(filled(path, (9, 9)), masks[0] ^ masks[1])


@given(LABELS, LABELS)
def test_right_and_wrong_objects_are_those_of_the_score(truth, found):
    height, width = np.minimum(truth.shape, found.shape)
    true, other = (Instances.from_labels(one[:height, :width]) for one in (truth, found))
    paths, figures = (
        error_paths(true, other, rings_of(true, 1), rings_of(other, 1)),
        score(true, other),
    )
    matched, missed, false = (
        filled(path, (height, width)) for path in (paths.matched, paths.missed, paths.false)
    )
    assert not (matched & missed).any()
    np.testing.assert_array_equal(matched | missed, true.labels > 0)
    right = len(np.unique(true.labels[matched]))
    assert right == (round(figures.recall[0] * len(true)) if len(true) else 0)
    assert len(np.unique(other.labels[false])) == len(other) - right


def test_grey_image_is_drawn_between_its_percentiles():
    values = np.arange(10_000, dtype=np.uint16).reshape(1, 100, 100)
    drawn = picture(Source.of(values), ("nucleus",))
    low, high = np.percentile(values, (0.1, 99.9))
    expected = np.clip((values[0] - low) / (high - low), 0, 1) * 255
    assert (drawn.width, drawn.height, drawn.step) == (100, 100, 1)
    np.testing.assert_allclose(pixels_of(drawn.png), expected, atol=0.51)


def test_colours_of_a_colour_image_stay():
    colours = np.random.default_rng(0).integers(0, 256, (3, 20, 30), np.uint8)
    drawn = picture(Source.of(colours), ("red", "green", "blue"))
    np.testing.assert_array_equal(pixels_of(drawn.png), np.moveaxis(colours, 0, -1))


def test_channels_are_added_in_their_colours():
    image = np.zeros((2, 30, 40))
    image[0, :10], image[1, 20:] = 1, 5
    drawn = pixels_of(picture(Source.of(image), ("nucleus", "whole_cell")).png)
    np.testing.assert_array_equal(drawn[15, 0], [0, 0, 0])
    np.testing.assert_array_equal(drawn[25, 0], [0, 255, 0])
    assert drawn[5, 0].argmax() == 2


@pytest.mark.parametrize("level", [0, 7])
def test_flat_image_is_drawn(level):
    drawn = picture(Source.of(np.full((1, 8, 9), level, np.uint8)), ("phase",))
    assert len(np.unique(pixels_of(drawn.png))) == 1


def test_lines_are_seen_on_dark_and_on_bright_images():
    dark = np.zeros((1, 50, 50))
    dark[0, :5] = 1
    assert picture(Source.of(dark), ("nucleus",)).palette is ON_DARK
    assert picture(Source.of(1 - dark), ("phase",)).palette is ON_BRIGHT


def test_large_image_is_drawn_smaller_with_its_outlines():
    labels = np.zeros((2 * LONGEST + 37, LONGEST), np.int32)
    labels[300:900, 600:1500] = 8
    image = Source.of((labels > 0).astype(np.uint8)[None])
    drawn = picture(image, ("nucleus",))
    assert drawn.step == 3
    pixels = pixels_of(drawn.png)
    assert pixels.shape == (drawn.height, drawn.width) == (3237 // 3, 1600 // 3)
    path = outline_path(rings_of(Instances.from_labels(labels), drawn.step))
    np.testing.assert_array_equal(filled(path, pixels.shape), pixels > 0)
    assert step_of((1, 10 * LONGEST)) == 1


def test_detail_is_where_segmentations_differ():
    one = np.zeros((800, 900), np.int32)
    one[100:200, 100:200] = 1
    other = one.copy()
    other[500:560, 600:660] = 2
    x, y, width, height = detail([Instances.from_labels(a) for a in (one, other)], 1)
    assert (width, height) == (DETAIL, DETAIL)
    assert x <= 600
    assert y <= 500
    assert x + width >= 660
    assert y + height >= 560
    assert detail([Instances.from_labels(one)] * 2, 1) is None
    small = Instances.from_labels(other[400:700, 400:700])
    assert detail([small, Instances.from_labels(small.labels * 0)], 1) is None


def test_lines_leave_small_cells_to_be_seen():
    widths = [line_width(diameter, 1000) for diameter in (400, 40, 20, 1)]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 3 * widths[-1] > 0
    assert line_width(20, 250) > line_width(20, 1000)
    assert line_width(None, 1000) == line_width(400, 1000)
