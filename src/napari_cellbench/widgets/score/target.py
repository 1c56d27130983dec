"""The truth: a layer, and where several are open, what it outlines."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Signal

from ...data.record import record_of
from ..choices import ChoiceBox
from ..layers.box import LayerBox
from .layers import is_labels, is_truth

TITLES = {"nucleus": "Nuclei", "whole_cell": "Whole cells"}


class TruthBox(LayerBox):
    """Offers the labels layers; chooses a layer that was read as truth by itself."""

    def __init__(self, viewer: Any) -> None:
        tip = "The layer with the ground truth; another annotator's can be scored"
        super().__init__(viewer, is_labels, tip)

    def choose_truth(self) -> None:
        """Choose the first truth there is, unless something is chosen."""
        if self.layer() is None:
            self.choose(next(filter(is_truth, self.layers()), None))


class TargetBox(ChoiceBox):
    """Chooses among truth layers by what they outline.

    Parameters
    ----------
    truth
        Where the layer is chosen; this box follows it, and the other way round.

    Signals
    -------
    useful(bool)
        Whether there are several targets to choose from.
    """

    useful = Signal(bool)

    def __init__(self, truth: TruthBox) -> None:
        super().__init__()
        self._truth = truth
        self.activated.connect(self._choose)

    def refresh(self) -> None:
        """Offer the targets of the truth layers that belong to the chosen truth's sample."""
        targets = dict.fromkeys(record_of(layer)["target"] for layer in self._candidates())
        if list(targets) != [self.itemData(row) for row in range(self.count())]:
            self.clear()
            for target in targets:
                self.addItem(TITLES.get(target, target), target)
        chosen = self._truth.layer()
        self.setCurrentIndex(self.findData(record_of(chosen).get("target")) if chosen else -1)
        self.useful.emit(len(targets) > 1)

    def _candidates(self) -> list[Any]:
        chosen = self._truth.layer()
        sample = record_of(chosen).get("sample") if chosen is not None else None
        return [
            layer
            for layer in self._truth.layers()
            if is_truth(layer)
            and record_of(layer).get("target")
            and sample in (None, record_of(layer).get("sample"))
        ]

    def _choose(self, *_: object) -> None:
        for layer in self._candidates():
            if record_of(layer)["target"] == self.currentData():
                self._truth.choose(layer)
                return
