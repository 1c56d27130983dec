"""Offers corrections that were begun and aren't finished."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGroupBox, QLabel, QVBoxLayout

from ...corrections.unfinished import Unfinished
from ..choices import button, row_of


class OffersBox(QGroupBox):
    """Shows one after the other; hidden where there are none.

    Signals
    -------
    wanted(offer)
        An `Unfinished` is to be gone on with; one of another window is taken over.
    postponed(offer), forgotten(offer)
        It isn't to be offered now, or not any more.
    """

    wanted = Signal(object)
    postponed = Signal(object)
    forgotten = Signal(object)

    def __init__(self) -> None:
        super().__init__("Not finished")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.go_on_button = button("Go on", "Open these corrections where they were left")
        self.later_button = button("Not now", "Offer them again at the next start")
        self.forget_button = button("Forget", "Offer them no more; the files stay in their folder")
        self.offers: list[Unfinished] = []
        column = QVBoxLayout(self)
        column.addWidget(self.text)
        column.addLayout(row_of(self.go_on_button, self.later_button, self.forget_button))
        for one, signal in (
            (self.go_on_button, self.wanted),
            (self.later_button, self.postponed),
            (self.forget_button, self.forgotten),
        ):
            one.clicked.connect(lambda *_, signal=signal: signal.emit(self.offers[0]))
        self.show_offers([])

    def show_offers(self, offers: Sequence[Unfinished]) -> None:
        """Show the first of these, and how many there are."""
        self.offers = list(offers)
        self.setVisible(bool(offers))
        if not offers:
            return
        first = offers[0]
        text = f"{first.describe()}."
        if first.holder is not None:
            text += f" Open in {first.holder.describe()}: go on there, or take it over here."
        if len(offers) > 1:
            text += f" {len(offers) - 1:,} more."
        self.text.setText(text)
        self.text.setToolTip(str(first.folder))
        self.go_on_button.setText("Take over here" if first.holder is not None else "Go on")
        self.forget_button.setVisible(first.holder is None)
