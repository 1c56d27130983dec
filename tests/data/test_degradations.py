"""Degradations against numpy's and scipy's own means to do the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_cellbench.data.degradations import (
    CLEAN,
    DEGRADATIONS,
    degrade,
    levels_for,
    poisson_noise,
)
from napari_cellbench.data.resampling import resize_objects
from napari_cellbench.data.sizes import median_diameter
from napari_cellbench.errors import InputError

DTYPES = ("uint8", "uint16", "int16", "int32", "uint64", "float32", "float64", ">u2", "bool")


@given(
    kind=st.sampled_from(list(DEGRADATIONS)),
    dtype=st.sampled_from(DTYPES),
    shape=st.tuples(st.integers(2, 3), st.integers(1, 40), st.integers(1, 40)),
    data=st.data(),
)
@settings(deadline=None, max_examples=settings.default.max_examples // 2)
def test_dtype_and_shape_are_kept_and_level_0_is_the_image(kind, dtype, shape, data):
    image = data.draw(hnp.arrays(np.dtype(dtype), shape, elements={"allow_nan": False,
        "allow_infinity": False, "min_value": -1000, "max_value": 1000}
        if np.dtype(dtype).kind == "f" else None))  # fmt: skip
    level = data.draw(st.sampled_from(DEGRADATIONS[kind].levels))
    level = min(level, shape[0] - 1) if kind == "channel_order" else level
    clean = degrade(image, kind, CLEAN, diameter=20)
    worse = degrade(image, kind, level, diameter=20)
    np.testing.assert_array_equal(clean, image)
    native = np.dtype("uint8") if dtype == "bool" else np.dtype(dtype).newbyteorder("=")
    assert clean.dtype == worse.dtype == native
    assert worse.shape[0] == shape[0]
    if DEGRADATIONS[kind].changes_size:
        assert worse.shape[1:] == tuple(max(1, round(n * level / 20)) for n in shape[1:])
    else:
        assert worse.shape == shape
    np.testing.assert_array_equal(worse, degrade(image, kind, level, diameter=20))


@pytest.mark.parametrize("kind", list(DEGRADATIONS))
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_mean_is_preserved_on_a_real_image(nuclei, kind, dtype):
    channel = np.asarray(nuclei.image[0], float)
    channel = channel / channel.max() * 100  # so that noise of few photons fits into 8 bits
    image = np.stack([channel, channel[::-1]]).astype(dtype)
    for level in DEGRADATIONS[kind].levels[: 1 if kind == "channel_order" else None]:
        worse = degrade(image, kind, level, diameter=25)
        assert worse.mean() == pytest.approx(image.mean(), rel=0.02)


@pytest.mark.parametrize("photons", [0.5, 2.5, 5.0, 1000.0])
def test_poisson_noise_has_the_moments_of_counts(photons):
    image = np.full((1, 400, 400), 100.0)
    image[0, 200:] = 300
    noisy = poisson_noise(image, photons, np.random.default_rng(1))
    dark, bright = noisy[0, :200], noisy[0, 200:]
    np.testing.assert_array_equal(dark, 100)
    counts = (bright - 100) / 200 * photons
    np.testing.assert_allclose(counts, np.round(counts), atol=1e-9)
    error = 5 * np.sqrt(photons / counts.size)
    assert counts.mean() == pytest.approx(photons, abs=error)
    assert counts.var() == pytest.approx(photons, rel=0.05)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_pixel_that_outshines_all_others_stays(dtype):
    image = np.zeros((1, 20, 20), dtype)
    image[0, :2], image[0, 9, 9] = np.finfo(dtype).tiny, 900
    noisy = degrade(image, "poisson", 5)
    assert noisy[0, 9, 9] == 900
    assert (noisy[0, :2] != image[0, :2]).any()


def test_seed_decides_on_the_noise():
    image = np.random.default_rng(0).integers(0, 60000, (1, 64, 64), np.uint16)
    one, other = (degrade(image, "poisson", 5, seed=seed) for seed in (1, 2))
    assert (one != other).any()


def test_cells_have_the_size_that_was_asked_for(nuclei):
    truth, image = nuclei.truth["nucleus"], np.asarray(nuclei.image)
    diameter = median_diameter(truth)
    for level in (7.5, 15.0, 60.0):
        worse = degrade(image, "cell_size", level, diameter=diameter)
        resized = resize_objects(truth, worse.shape[1:])
        assert resized.shape == worse.shape[1:]
        assert median_diameter(resized) == pytest.approx(level, rel=0.03)
        bright = worse[0][resized.labels > 0].mean() / worse[0][resized.labels == 0].mean()
        before = image[0][truth.labels > 0].mean() / image[0][truth.labels == 0].mean()
        assert bright == pytest.approx(before, rel=0.1)


def test_channels_rotate_as_in_the_paper():
    red, green, blue = image = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)
    np.testing.assert_array_equal(degrade(image, "channel_order", 1), [blue, red, green])
    np.testing.assert_array_equal(degrade(image, "channel_order", 2), [green, blue, red])


def test_channels_have_as_many_orders_as_there_are():
    assert [levels_for("channel_order", channels) for channels in (1, 2, 4)] == [
        (),
        (1.0,),
        (1.0, 2.0, 3.0),
    ]
    assert levels_for("blur", 1) == DEGRADATIONS["blur"].levels


@pytest.mark.parametrize(
    ("kind", "level", "message"),
    [
        ("fog", 1, "No degradation 'fog'"),
        ("blur", -1, "positive"),
        ("poisson", float("nan"), "positive"),
        ("downsampling", 0.5, "1 or more"),
        ("channel_order", 1, "one channel"),
        ("cell_size", 30, "must be known"),
    ],
)
def test_what_can_not_be_done_is_said(kind, level, message):
    with pytest.raises(InputError, match=message):
        degrade(np.zeros((1, 8, 8)), kind, level)


def test_no_enormous_image():
    with pytest.raises(InputError, match="crop it first"):
        degrade(np.zeros((1, 2000, 2000)), "cell_size", 120, diameter=8)
