"""The group that says from which result cells are taken over."""

from __future__ import annotations

from typing import Any

from ..choices import FormGroup
from ..layers.box import LayerBox
from ..score.layers import is_labels


class TakeBox(FormGroup):
    """Shown while the tool is on.

    Parameters
    ----------
    viewer
        napari's viewer.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__("Take over")
        self.source = LayerBox(viewer, is_labels, "The result whose cells come in by a click")
        self.rows.addRow("From", self.source)
        self.hide()

    def show_for(self, layer: Any) -> None:
        """Propose another result of the same size, unless one is chosen; None hides the box."""
        self.setVisible(layer is not None)
        if layer is None or self.source.layer() not in (None, layer):
            return
        others = [
            one
            for one in self.source.layers()
            if one is not layer and getattr(one.data, "shape", None) == layer.data.shape
        ]
        self.source.choose(others[-1] if others else None)
