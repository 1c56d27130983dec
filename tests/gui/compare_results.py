"""Results of a real image for the tabs of the Compare widget."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_cellbench.compare import State, Status
from napari_cellbench.widgets.compare.results import Item, Results

TIMEOUT = 20_000


def add_results(
    viewer: Any, results: Results, labels: dict[str, np.ndarray], **options: Any
) -> None:
    """Add labels layers, and take them in as results."""
    for name, image in labels.items():
        layer = viewer.add_labels(image.copy(), name=name, **options)
        results.add(Item(name, layer=layer, status=Status(State.DONE)))


def segmentations(six_segmentations: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Leave image and truth out."""
    return {k: v for k, v in six_segmentations.items() if k not in ("image", "truth")}


def names_of(viewer: Any) -> list[str]:
    return [layer.name for layer in viewer.layers]
