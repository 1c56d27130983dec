"""Which method for my images? A short dialogue with the published ranking."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...checkpoints import Checkpoint, checkpoints
from ...checkpoints.advice import Question, Recommendation, advise
from ...checkpoints.facets import modality_of, tissues
from ...engine.environments import missing
from ...methods import methods
from ..choices import ChoiceBox, button, choice_box
from ..two_lines import SUBTITLE, TwoLines
from . import text as words

CHECKPOINT = int(Qt.ItemDataRole.UserRole) + 1
MODALITIES = words.MODALITIES | {"any": "Other"}
STAINS = {
    "both": "Nuclei, and membrane or cytoplasm",
    "nucleus": "Nuclei only",
    "whole_cell": "Membrane or cytoplasm only",
}
PLANS = {
    "none": "No, I use it as it is",
    "24": "Yes, for a day at most",
    "48": "Yes, for two days at most",
    "any": "Yes, as long as it takes",
}
UNSAID = "Not said"
SOURCE = "Wang et al., A systematic evaluation of computation methods for cell segmentation"


class Advisor(QDialog):
    """Asks what the images are, and answers at once.

    Signals
    -------
    chosen(checkpoint)
        The user wants to see a checkpoint in the gallery.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Which method for my images?")
        self.modality = choice_box(MODALITIES, "How the images were made")
        self.target = choice_box(
            {"whole_cell": "Whole cells", "nucleus": "Nuclei"}, "What is to be outlined"
        )
        self.stains = choice_box(STAINS, "What the channels show")
        self.tissue = ChoiceBox()
        self.tissue.setEditable(True)
        self.tissue.setToolTip("Choose one, or write another")
        self.plan = choice_box(PLANS, "Whether you want to train on images of your own")
        self.notes = QLabel()
        self.notes.setWordWrap(True)
        self.answers = QListWidget()
        self.answers.setAccessibleName("Ranking")
        self.answers.setItemDelegate(TwoLines(self.answers))
        self.answers.itemActivated.connect(self._choose)
        self.answers.currentItemChanged.connect(self._enable)
        self.show_button = button(
            "Show in the gallery", "Choose the checkpoint of this row in the list"
        )
        self.show_button.clicked.connect(self._choose)
        self._build()
        self._offer_tissues()
        for box in (self.modality, self.target, self.stains, self.plan):
            box.currentIndexChanged.connect(self.answer)
        self.modality.currentIndexChanged.connect(self._offer_tissues)
        self.tissue.currentTextChanged.connect(self.answer)
        self.answer()

    def question(self) -> Question:
        """Return what the user said."""
        tissue, plan = self.tissue.currentText().strip(), self.plan.currentData()
        return Question(
            modality=self.modality.currentData(),
            target=self.target.currentData(),
            stains=self.stains.currentData(),
            tissue="" if tissue == UNSAID else tissue,
            hours=float(plan) if plan.isdigit() else None,
            trains=plan != "none",
        )

    def answer(self, *_: object) -> None:
        """Show the ranking for what is said."""
        question = self.question()
        self.stains.setEnabled(question.modality == "fluorescence")
        advice = advise(question, _is_here)
        self.notes.setText("\n".join(advice.notes))
        self.notes.setVisible(bool(advice.notes))
        self.answers.clear()
        every = (*advice.ranked, *advice.others)
        here = [one for one in every if _is_here(one.checkpoint)]
        ranked = [one for one in here if one in advice.ranked]
        self._add("Recommended by the evaluation", [one for one in ranked if one.in_guideline])
        self._add("For your images", [one for one in here if one not in ranked])
        self._add("The other methods of the evaluation", [o for o in ranked if not o.in_guideline])
        self._add("Not in this installation", [one for one in every if one not in here])
        self.answers.setCurrentRow(1)

    def _add(self, heading: str, found: Iterable[Recommendation]) -> None:
        for number, one in enumerate(found):
            if not number:
                item = QListWidgetItem(heading)
                item.setFlags(Qt.ItemFlag.NoItemFlags)
                self.answers.addItem(item)
            item = QListWidgetItem(one.name)
            item.setData(CHECKPOINT, one.checkpoint)
            item.setData(SUBTITLE, " · ".join(one.reasons))
            item.setToolTip("\n".join(one.reasons))
            self.answers.addItem(item)

    def _choose(self, *_: object) -> None:
        item = self.answers.currentItem()
        checkpoint = item.data(CHECKPOINT) if item is not None else None
        if checkpoint is not None:
            self.chosen.emit(checkpoint)

    def _enable(self, item: QListWidgetItem | None, *_: object) -> None:
        self.show_button.setEnabled(item is not None and item.data(CHECKPOINT) is not None)

    def _offer_tissues(self, *_: object) -> None:
        modality = self.modality.currentData()
        known = [c for c in checkpoints() if modality_of(c) == modality]
        blocked = self.tissue.blockSignals(True)
        self.tissue.clear()
        self.tissue.addItems([UNSAID, *tissues(known)])
        self.tissue.blockSignals(blocked)

    def _build(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("My images are", self.modality)
        form.addRow("I want to find", self.target)
        form.addRow("They show", self.stains)
        form.addRow("Tissue or cell type", self.tissue)
        form.addRow("Will you train?", self.plan)
        source = QLabel(f"<i>Ranked by {SOURCE}, Figures 2, 4 and 6.</i>")
        source.setWordWrap(True)
        below = QHBoxLayout()
        below.addWidget(source, 1)
        below.addWidget(self.show_button)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.notes)
        layout.addWidget(self.answers, 1)
        layout.addLayout(below)
        self.resize(800, 680)


def _is_here(checkpoint: Checkpoint) -> bool:
    method = methods().get(checkpoint.method)
    return method is not None and not missing(method)
