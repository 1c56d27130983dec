"""What an image shows doesn't change with what doesn't change the image."""

import dask.array as da
import numpy as np
import pytest
import scipy.ndimage as ndi
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_cellbench.data.kind import kind_by_roles, kind_of

SIDE = 160


def discs(rng, count=14, radius=9):
    """Return bright discs of several brightnesses on black, blurred, with noise."""
    y, x = np.indices((SIDE, SIDE))
    image = np.zeros((SIDE, SIDE))
    for cy, cx in rng.uniform(radius, SIDE - radius, (count, 2)):
        image[np.hypot(y - cy, x - cx) < radius * rng.uniform(0.8, 1.2)] = rng.uniform(0.4, 1)
    return ndi.gaussian_filter(image, 1.2) + rng.normal(0.05, 0.01, image.shape)


def phase(rng):
    """Return cells with dark insides and bright halos on an even background."""
    image = discs(rng)
    return 0.5 + 2 * (ndi.gaussian_filter(image, 4) - image) + rng.normal(0, 0.01, image.shape)


MAKERS = {"fluorescence": discs, "phase_contrast": phase}


@pytest.fixture(params=MAKERS)
def made(request):
    return request.param, MAKERS[request.param](np.random.default_rng(1))


@settings(max_examples=25)
@given(
    name=st.sampled_from(list(MAKERS)),
    seed=st.integers(0, 50),
    scale=st.floats(1e-6, 1e6),
    offset=st.floats(-100, 100),
    transpose=st.booleans(),
)
def test_scale_offset_and_transposition_change_nothing(name, seed, scale, offset, transpose):
    image = MAKERS[name](np.random.default_rng(seed))
    changed = (image.T if transpose else image) * scale + offset * scale
    before, after = kind_of(image), kind_of(changed)
    assert before.name == after.name == name
    assert after.confidence == pytest.approx(before.confidence, abs=0.05)


@pytest.mark.parametrize(
    "dtype", ["uint8", "uint16", "int16", "int32", "int64", "float16", "float32", "float64"]
)
def test_type_changes_nothing(made, dtype):
    name, image = made
    low, high = image.min(), image.max()
    assert kind_of(((image - low) / (high - low) * 250).astype(dtype)).name == name


def test_inverted(made):
    name, image = made
    inverse = {"fluorescence": "dark_on_bright"}.get(name, name)
    assert kind_of(-image).name == inverse
    assert kind_of(-image).confidence == pytest.approx(kind_of(image).confidence, abs=0.1)


def test_grey_in_colour_is_one_channel(made):
    name, image = made
    byte = np.clip(image / image.max() * 250, 0, 255).astype(np.uint8)
    found = kind_of(np.stack([byte] * 3), colour=True)
    assert found.name == name
    assert found.channels == (0,)
    assert found.roles == kind_of(byte).roles
    assert "grey" in found.notes[0]


@pytest.mark.parametrize("is_lazy", [False, True])
@pytest.mark.parametrize("side", [700, 2048, 3100])
def test_size_changes_nothing(made, side, is_lazy):
    """Halos stay as wide as they are; every fourth pixel doesn't show them any more."""
    name, image = made
    large = np.pad(image, (0, side - SIDE), mode="symmetric")
    assert kind_of(da.from_array(large) if is_lazy else large).name == name


@pytest.mark.parametrize("value", [0, 250, np.nan])
def test_margins_do_not_count(made, value):
    name, image = made
    image = image / image.max() * 250
    wide = np.full((SIDE + 80, SIDE + 50), value)
    wide[50 : 50 + SIDE, 20 : 20 + SIDE] = image
    assert kind_of(wide).name == name


def test_composites_are_taken_apart():
    rng = np.random.default_rng(2)
    blue, green = (np.clip(discs(rng) * 200, 0, 255).astype(np.uint8) for _ in range(2))
    dark = np.zeros_like(blue)
    one = kind_of(np.stack([dark, dark, blue]), colour=True)
    assert (one.name, one.channels, one.roles) == ("composite", (2,), ("nucleus",))
    two = kind_of(np.stack([dark, green, blue]), colour=True)
    assert (two.name, two.channels, two.roles) == ("composite", (2, 1), ("nucleus", "whole_cell"))


def test_stained_tissue():
    glow = discs(np.random.default_rng(3))
    light = np.stack([240 - 150 * glow, 240 - 200 * glow, 240 - 90 * glow]).clip(0, 255)
    found = kind_of(light.astype(np.uint8), colour=True)
    assert (found.name, found.roles) == ("stained_tissue", ("red", "green", "blue"))


def test_masks_and_labels():
    labels, count = ndi.label(discs(np.random.default_rng(4)) > 0.3)
    assert count > 4
    assert kind_of(labels > 0).name == "mask"
    assert kind_of((labels > 0) * np.uint8(255)).name == "mask"
    for dtype in (np.uint16, np.int32, np.float32):
        assert kind_of(labels.astype(dtype)).name == "labels"
    palette = np.random.default_rng(0).integers(40, 255, (count + 1, 3), np.uint8)
    palette[0] = 0
    assert kind_of(np.moveaxis(palette[labels], -1, 0), colour=True).name == "labels"


def test_nothing_to_see():
    noise = np.random.default_rng(5).normal(100, 5, (SIDE, SIDE))
    assert kind_of(noise).name == "blank"
    assert kind_of(np.zeros((SIDE, SIDE))).name in ("blank", "mask")
    assert kind_of(np.full((SIDE, SIDE), np.nan)).name == "blank"
    assert kind_of(np.zeros((8, 8))).name == "unsure"


def test_names_count_more_than_pixels():
    image = discs(np.random.default_rng(6))
    assert kind_of(image, names=["BF"]).name == "phase_contrast"
    found = kind_of(np.stack([image, image.T]), names=["E-cadherin", "DAPI"])
    assert found.roles == ("whole_cell", "nucleus")
    assert kind_of(np.stack([image, image.T]), names=["GFP", "Hoechst 33342"]).roles == (
        "whole_cell",
        "nucleus",
    )


def test_only_windows_of_a_large_lazy_image_are_read():
    read = []

    def chunk(block_info=None):
        read.append(block_info)
        return np.tile(discs(np.random.default_rng(7)), (7, 7))[:1024, :1024]

    image = da.map_blocks(chunk, chunks=((1024,) * 10, (1024,) * 10), dtype=float, meta=np.empty(0))
    assert kind_of(image).name == "fluorescence"
    assert len(read) <= 50


def test_what_a_person_says_counts():
    seen = kind_of(discs(np.random.default_rng(8)))
    assert kind_by_roles(("phase",), seen).name == "phase_contrast"
    assert kind_by_roles(("nucleus",), seen) is seen
    assert kind_by_roles(("other",), seen) is seen


@pytest.mark.parametrize("shape", [(1, 5000), (2, 900), (4000, 3), (1, 1), (2, 2)])
@pytest.mark.parametrize("channels", [1, 3])
def test_thin_images_have_an_answer(shape, channels):
    image = np.random.default_rng(0).integers(0, 255, (channels, *shape), np.uint8)
    assert kind_of(image, colour=channels == 3).name


@pytest.mark.parametrize("scale", [1e30, 3e37, -3e37])
def test_huge_numbers_are_an_image_like_others(made, scale):
    name, image = made
    huge = (image * scale / np.abs(image).max()).astype(np.float32)
    huge[0, 0], huge[1, 1] = np.inf, np.nan
    inverse = {"fluorescence": "dark_on_bright"}.get(name, name)
    assert kind_of(huge).name == (name if scale > 0 else inverse)


def test_equal_channels_that_are_no_colours_stay_channels():
    image = discs(np.random.default_rng(9))
    assert kind_of(np.stack([image] * 3)).channels == (0, 1, 2)
    assert kind_of(np.stack([image] * 3), colour=True).channels == (0,)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32"])
def test_black_of_signed_colours_is_their_lowest_value(dtype):
    """Noise of all values shows nothing, wherever zero lies."""
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(0)
    image = rng.integers(limits.min, limits.max, (3, 64, 64), dtype, endpoint=True)
    unsigned = (image.astype(np.int64) - limits.min).astype(f"u{dtype}")
    found, same = kind_of(image, colour=True), kind_of(unsigned, colour=True)
    assert found.name == same.name != "composite"
