"""Necks, on shapes whose necks are known."""

import numpy as np
import pytest
from scipy import ndimage as ndi

from napari_cellbench.methods.watershed.split import split_at_necks


def discs(scale, distance):
    """Two discs of radius 10, their centres some pixels apart; all `scale` times as large."""
    y, x = np.indices((40 * scale, 60 * scale)) / scale
    return (np.hypot(y - 20, x - 18) < 10) | (np.hypot(y - 20, x - 18 - distance) < 10)


def count(labels):
    return len(np.unique(labels[labels > 0]))


@pytest.mark.parametrize("scale", [1, 4, 10])
def test_two_discs_at_any_size(scale):
    """The pass between the discs is as high as half their common chord."""
    half_chord = np.sqrt(10**2 - 6**2) / 10
    assert count(split_at_necks(discs(scale, 12), half_chord + 0.1, 0.5 * scale)) == 2
    assert count(split_at_necks(discs(scale, 12), half_chord - 0.1, 0.5 * scale)) == 1


def test_parts_meet_in_the_middle():
    labels = split_at_necks(discs(2, 16), 0.9, 1)
    assert (labels[:, :51] != labels[40, 69]).all()
    assert (labels[:, 53:] != labels[40, 36]).all()
    np.testing.assert_array_equal(labels > 0, discs(2, 16))


def test_objects_without_necks_stay_whole():
    y, x = np.indices((80, 80))
    ellipse = (y - 40) ** 2 / 30**2 + (x - 40) ** 2 / 15**2 < 1
    assert count(split_at_necks(ellipse, 0.95, 1)) == 1


def test_a_chain_is_cut_at_each_neck():
    y, x = np.indices((30, 140))
    chain = np.logical_or.reduce([np.hypot(y - 15, x - c) < 10 for c in range(15, 130, 17)])
    assert count(split_at_necks(chain, 0.8, 1)) == 7
    assert count(split_at_necks(chain, 0.1, 1)) == 1


@pytest.mark.parametrize("value", [False, True])
def test_nothing_and_all(value):
    assert count(split_at_necks(np.full((9, 7), value), 0.95, 1)) == value


def test_no_label_joins_what_is_apart():
    mask = np.random.default_rng(0).random((200, 200)) < 0.5
    labels = split_at_necks(mask, 0, 1)
    regions, _ = ndi.label(mask)
    pairs = np.unique(np.stack([labels[labels > 0], regions[labels > 0]]), axis=1)
    assert pairs.shape[1] == count(labels) > 100
