"""Random segmentations that overlap in every way, for hypothesis."""

import numpy as np
from hypothesis import strategies as st

SHAPE = (7, 9)


@st.composite
def boxes(draw: st.DrawFn) -> np.ndarray:
    """A label image of up to five rectangles with labels that aren't consecutive."""
    labels = np.zeros(SHAPE, np.int32)
    for label in draw(st.lists(st.integers(1, 40), max_size=5, unique=True)):
        y, x = draw(st.integers(0, 6)), draw(st.integers(0, 8))
        labels[y : y + draw(st.integers(1, 4)), x : x + draw(st.integers(1, 4))] = label
    return labels


several = st.lists(boxes(), min_size=2, max_size=4)
thresholds = st.sampled_from([0.1, 0.3, 0.5, 0.55, 0.8, 1.0])


def cells_of(segmentations) -> list[tuple[int, int, frozenset[int]]]:
    """Return (segmentation, label, pixels) of every cell."""
    return [
        (i, int(label), frozenset(np.flatnonzero(labels == label).tolist()))
        for i, labels in enumerate(segmentations)
        for label in np.unique(labels[labels > 0])
    ]


def iou(a: frozenset[int], b: frozenset[int]) -> float:
    return len(a & b) / len(a | b)
