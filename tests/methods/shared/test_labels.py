import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_cellbench.methods.shared.labels import without_small


@given(arrays(np.int32, (6, 8), elements=st.integers(0, 5)), st.integers(0, 12))
def test_small_objects_go_and_the_others_are_numbered_in_their_order(labels, min_size):
    found = without_small(labels, min_size)
    kept = [i for i in range(1, 6) if (labels == i).sum() >= max(1, min_size)]
    for number, i in enumerate(kept, 1):
        np.testing.assert_array_equal(found == number, labels == i)
    assert found.max(initial=0) == len(kept)
