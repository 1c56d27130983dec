import numpy as np
import pytest

from napari_cellbench.data.sample import RGB
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import InputError
from napari_cellbench.methods.mediar.inputs import network_input


def image(channels, seed=0, dtype=np.uint16):
    return np.random.default_rng(seed).integers(1, 4000, (channels, 50, 60)).astype(dtype)


def seen(picture, roles, *more):
    return network_input(picture, roles, ExactStatistics(picture), *more)


def test_one_channel_is_shown_three_times_in_its_range():
    picture = image(1)
    picture[0, :25] = 0
    found = seen(picture, ("phase",))
    signal = picture[picture > 0].astype(float)
    low, high = signal.min(), np.percentile(signal, 99.5)
    expected = ((picture[0] - low) / (high - low)).clip(0, 1)
    assert found.shape == (3, 50, 60)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
    # Bytes, rounded down; percentiles are those of a fine lattice.
    np.testing.assert_allclose(found[0], expected, atol=1 / 255 + 2e-3)
    assert found.min() == 0
    assert found.max() == 1
    levels = found[0] * 255
    np.testing.assert_allclose(levels, levels.round(), atol=1e-4)


def test_zeros_do_not_count():
    picture = image(1)
    padded = np.zeros((1, 500, 60), np.uint16)
    padded[:, :50] = picture
    whole = seen(picture, ("phase",))
    np.testing.assert_allclose(seen(padded, ("phase",))[:, :50], whole, atol=2 / 255)


def test_colours_keep_their_proportions_and_order():
    picture = image(3, dtype=np.uint8)
    picture[1] //= 2
    found = seen(picture, RGB)
    assert found[1].max() < 0.6 < found[0].max()
    turned = seen(picture[::-1], RGB[::-1])
    np.testing.assert_array_equal(found, turned)
    more = np.concatenate([picture, picture[:1]])
    np.testing.assert_allclose(seen(more, (*RGB, "other")), found, atol=2 / 255)


def test_of_several_stains_one_is_shown():
    picture = image(2)
    roles = ("nucleus", "whole_cell")
    np.testing.assert_array_equal(seen(picture, roles), seen(picture[1:], ("whole_cell",)))
    asked = seen(picture, roles, (), "nucleus")
    np.testing.assert_array_equal(asked, seen(picture[:1], ("nucleus",)))
    with pytest.raises(InputError, match="takes phase"):
        seen(picture, roles, (), "phase")
    with pytest.raises(InputError, match="name the channels"):
        seen(picture, ("other", "other"))


def test_a_network_sees_what_it_was_trained_on():
    picture, roles = image(2), ("nucleus", "whole_cell")
    both = seen(picture, roles, roles)
    assert both[0].any()
    assert both[1].any()
    assert not both[2].any()
    np.testing.assert_array_equal(both, seen(picture[::-1], roles[::-1], roles))
    np.testing.assert_array_equal(
        seen(picture, roles, ("nucleus",)), seen(picture[:1], ("nucleus",))
    )
    with pytest.raises(InputError, match="takes nucleus, whole cell"):
        seen(picture[:1], ("nucleus",), roles)


@pytest.mark.parametrize("value", [0, 7])
def test_without_contrast_there_is_nothing_to_see(value):
    assert not seen(np.full((1, 20, 20), value, np.uint8), ("phase",)).any()


def test_extreme_intensities():
    for dtype, extremes in ((np.float32, (-3e38, 3e38)), (np.int64, (-(2**62), 2**62))):
        picture = np.random.default_rng(0).integers(1, 99, (1, 30, 30)).astype(dtype)
        picture[0, 0, :2] = extremes
        found = seen(picture, ("phase",))
        assert np.isfinite(found).all()
        assert found.min() >= 0
        assert found.max() <= 1
