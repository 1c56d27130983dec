"""Every method can have its images prepared as those of the systematic evaluation were."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.checkpoints import checkpoints
from napari_cellbench.data.sample import RGB
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.source import Source
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.engine import Engine, Entry, Request, segment
from napari_cellbench.methods import get_method, methods
from napari_cellbench.methods.parameters import build
from napari_cellbench.methods.preparation import (
    InputParameters,
    prepared,
    tiling_of,
    trained_with,
)
from napari_cellbench.methods.shared.preprocessing import prepare

OURS = {
    "cellpose_sam",
    "cellpose_unet",
    "hrnet",
    "mask2former",
    "mask_rcnn",
    "segment_anything",
    "solov2",
    "stardist",
    "swin_s",
    "watershed",
}

ROLES = ("nucleus", "other")


@pytest.fixture(scope="module")
def watershed():
    return get_method("watershed").load(None, "cpu")


@pytest.fixture
def image():
    rng = np.random.default_rng(0)
    return (rng.gamma(2, 300, (2, 96, 80)) * np.linspace(0.2, 1, 80)).astype(np.uint16)


def test_every_method_offers_it():
    offering = {
        key for key, one in methods().items() if issubclass(one.parameters, InputParameters)
    }
    assert offering >= OURS


@pytest.mark.parametrize("how", ["checkpoint", "none"])
def test_the_image_as_it_is(watershed, image, how):
    asked, statistics = InputParameters(preprocessing=how), ExactStatistics(image)
    found = prepared(watershed, image, ("nucleus", "other"), asked, statistics, is_whole=True)
    assert found == (image, statistics)


def test_other_parameters_ask_for_nothing(watershed, image):
    @dataclass(frozen=True)
    class Theirs:
        preprocessing: int = 3

    statistics = ExactStatistics(image)
    found = prepared(watershed, image, ("nucleus", "other"), Theirs(), statistics, is_whole=True)
    assert found == (image, statistics)


@pytest.mark.parametrize("how", ["percentiles", "percentiles + CLAHE"])
def test_the_whole_image_is_prepared_as_in_the_evaluation(watershed, image, how):
    statistics = ExactStatistics(image)
    asked = InputParameters(preprocessing=how)
    found, new = prepared(watershed, image, ("nucleus", "other"), asked, statistics, is_whole=True)
    np.testing.assert_array_equal(found, prepare(image, (0, 1), statistics, how))
    assert new.percentile(50, 1) == np.percentile(found[1], 50)


def test_colours_stay_colours(watershed, image):
    picture = np.stack([image[0], image[0] // 2, image[0] // 4])
    asked, statistics = InputParameters(preprocessing="percentiles"), ExactStatistics(picture)
    found, _ = prepared(watershed, picture, RGB, asked, statistics, is_whole=True)
    assert found[0].mean() > 1.8 * found[1].mean() > 3 * found[2].mean()


@given(st.integers(0, 60), st.integers(0, 50), st.floats(0, 100))
def test_tiles_are_prepared_as_parts_of_the_whole(row, column, q):
    rng = np.random.default_rng(1)
    image = rng.gamma(2, 300, (1, 96, 80)).astype(np.uint16)
    method = get_method("watershed").load(None, "cpu")
    asked, statistics = InputParameters(preprocessing="percentiles"), ExactStatistics(image)
    whole, exact = prepared(method, image, ("nucleus",), asked, statistics, is_whole=True)
    tile = (slice(None), slice(row, row + 32), slice(column, column + 24))
    found, known = prepared(method, image[tile], ("nucleus",), asked, statistics, is_whole=False)
    np.testing.assert_array_equal(found, whole[tile])
    assert known.percentile(q, 0) == pytest.approx(exact.percentile(q, 0), abs=0.02)


def test_who_prepares_its_input_gets_it_raw(watershed, image, monkeypatch):
    monkeypatch.setattr(type(watershed), "prepares_input", True)
    asked, statistics = InputParameters(preprocessing="percentiles"), ExactStatistics(image)
    found = prepared(watershed, image, ("nucleus", "other"), asked, statistics, is_whole=True)
    assert found == (image, statistics)


def test_windows_overlap_by_a_quarter(watershed):
    parameters = get_method("watershed").parameters()
    assert tiling_of(watershed, parameters) == watershed.tiling(parameters)
    tiling = tiling_of(watershed, replace(parameters, window=256))
    assert (tiling.size, tiling.size - tiling.overlap) == (256, 192)


@pytest.mark.parametrize("key", ["stardist", "cellpose_unet", "mask_rcnn"])
def test_checkpoints_of_seggal_get_what_they_were_trained_with(key):
    method = get_method(key)
    (known, *_) = [c for c in checkpoints() if c.source == "seggal" and c.method == key]
    found = trained_with(method, known, {})
    assert build(method.parameters, found).preprocessing == "percentiles + CLAHE"
    assert found["window"] == 256
    chosen = {"preprocessing": "none", "window": 512}
    assert trained_with(method, known, chosen) == chosen
    assert trained_with(method, replace(known, source="user"), {}) == {}
    assert trained_with(method, None, {}) == {}


def test_the_worker_prepares_and_the_record_says_so():
    sample = demo_sample()
    how = {"preprocessing": "percentiles + CLAHE"}
    entry = Entry("watershed", parameters=how)
    engine = Engine()
    try:
        found = segment(engine, Request.of(Source.of(sample.image), sample.roles, entry))
    finally:
        engine.release()
    assert found.provenance["parameters"]["preprocessing"] == "percentiles + CLAHE"
    seen = prepare(sample.image, (0,), ExactStatistics(sample.image), "percentiles + CLAHE")
    method = get_method("watershed")
    expected = method.load(None, "cpu").predict(
        seen, sample.roles, method.parameters(), ExactStatistics(seen), lambda *_: None
    )
    np.testing.assert_array_equal(found.instances.to_labels(), expected.to_labels())
    assert len(expected) > 50


@pytest.mark.parametrize("how", ["percentiles", "percentiles + CLAHE"])
def test_normalising_after_cropping_is_that_of_the_window_alone(watershed, image, how):
    """The order of the systematic evaluation (Methods, preprocessing): crop, then normalise."""
    window, whole = image[:, 10:70, 5:61], ExactStatistics(image)
    asked = InputParameters(preprocessing=how, each_window=True)
    found, statistics = prepared(watershed, window, ROLES, asked, whole, is_whole=False)
    expected = prepare(window, (0, 1), ExactStatistics(window), how)
    np.testing.assert_array_equal(found, expected)
    assert statistics.percentile(100, 0) == found[0].max()
    before, _ = prepared(
        watershed, window, ROLES, replace(asked, each_window=False), whole, is_whole=False
    )
    assert np.abs(before - found).max() > 0.01
    if how == "percentiles":
        for channel, raw in zip(found, window, strict=True):
            low, high = np.percentile(raw, (0.1, 99.9))
            np.testing.assert_allclose(channel, ((raw - low) / (high - low)).clip(0, 1), atol=1e-6)


def test_methods_that_prepare_themselves_get_the_windows_statistics(image):
    class Prepares:
        prepares_input = True

    asked, whole = InputParameters(each_window=True), ExactStatistics(image)
    window = image[:, :40, :40]
    same, statistics = prepared(Prepares(), window, ROLES, asked, whole, is_whole=False)
    assert same is window
    assert statistics.percentile(99, 1) == np.percentile(window[1], 99)
