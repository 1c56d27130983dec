"""Random labels, and what must hold of every edit."""

import numpy as np
from hypothesis import strategies as st
from scipy.ndimage import label

from napari_cellbench.corrections.edit import Edit
from napari_cellbench.errors import InputError

DTYPES = (np.uint8, np.uint16, np.int32, np.int64)


@st.composite
def scenes(draw, most: int = 20) -> np.ndarray:
    """Blobs with ids that have gaps, some in pieces and with holes."""
    shape = draw(st.tuples(st.integers(1, most), st.integers(1, most)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    coarse = rng.random(tuple(-(-side // 3) for side in shape)) < draw(st.floats(0.2, 0.8))
    fine = np.kron(coarse, np.ones((3, 3), bool))[: shape[0], : shape[1]]
    fine &= rng.random(shape) < draw(st.sampled_from([0.9, 1.0]))
    pieces, n = label(fine)
    ids = np.concatenate([[0], rng.integers(1, 100, n)])
    return ids[pieces].astype(draw(st.sampled_from(DTYPES)))


points = st.tuples(st.floats(-5, 25), st.floats(-5, 25))
lines = st.lists(points, min_size=2, max_size=6)
outlines = st.lists(points, min_size=3, max_size=12)


def unless(message: str, tool, *arguments) -> Edit | None:
    """Return a tool's edit; None where it says that there is nothing to do."""
    try:
        return tool(*arguments)
    except InputError as error:
        if message not in str(error):
            raise
        return None


def check(labels: np.ndarray, edit: Edit) -> np.ndarray:
    """Apply an edit, and check all that it says of itself; return the new labels."""
    before = labels.copy()
    after = labels.copy()
    edit.apply(after)
    np.testing.assert_array_equal(labels, before)
    assert after.dtype == edit.after.dtype == labels.dtype
    changed = after != before
    assert changed.any()
    # The region is as small as it can be.
    rows, columns = np.nonzero(changed)
    assert edit.box == (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
    by_pixels = before.copy()
    by_pixels[edit.pixels] = edit.values
    np.testing.assert_array_equal(by_pixels, after)
    old, new = (set(np.unique(image).tolist()) - {0} for image in (before, after))
    if edit.renamed:
        assert set(edit.renamed) | new - set(edit.renamed.values()) == old
    else:
        assert set(edit.made) == new - old
        assert set(edit.gone) == old - new
    touched = (set(before[changed].tolist()) | set(after[changed].tolist())) - {0}
    assert set(edit.changed_ids) == touched
    for cell, change in edit.size_changes.items():
        assert change == (after == cell).sum() - (before == cell).sum()
    assert not edit.fits(after)
    undone = after.copy()
    edit.inverse().apply(undone)
    np.testing.assert_array_equal(undone, before)
    return after
