"""How long and how carefully it learns; what else can be set, folded away."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from ...errors import InputError
from ...methods.parameters import build
from ...methods.training import TrainingSettings
from ...training.plan import kept_often
from ..choices import DEVICES, FormGroup, choice_box
from ..folded import folded
from ..folder_field import FolderField
from ..method.parameter_form import ParameterForm
from .learn_group import show_row

LENGTHS: dict[float, str] = {
    10: "A coffee: about 10 min",
    60: "About an hour",
    480: "A night: about 8 h",
    0: "By steps, under Advanced",
}
"""Minutes; 0 leaves it to the number of steps."""
GENTLE = 5e-5
"""Learning rate: about a tenth of what most methods take."""
MOST = 75
"""Per cent of old images at most."""


@dataclass(frozen=True)
class How:
    """What the group says.

    Attributes
    ----------
    minutes, share, replay, validation, settings, device
        See `napari_cellbench.training.plan.Plan`.
    """

    minutes: float | None
    share: float
    replay: Path | None
    validation: Path | None
    settings: TrainingSettings
    device: str


class HowGroup(FormGroup):
    """Length, care, and all settings.

    Signals
    -------
    changed
        Something was set.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__("How it learns")
        self.length = choice_box(LENGTHS, "How long it trains; it can be stopped and resumed")
        self.share = QSlider(Qt.Orientation.Horizontal)
        self.share.setRange(0, MOST // 5)
        self.share.setPageStep(1)
        self.share.setToolTip(
            "Share of old images that it keeps seeing: the more, the less it forgets"
        )
        self.share.setAccessibleName("Share of old images")
        self.percent = QLabel()
        self.percent.setMinimumWidth(self.percent.fontMetrics().horizontalAdvance("75 %"))
        self.old = FolderField("Data set that isn’t to be forgotten", "What it knew before")
        self.gentle = QCheckBox("Gently: small steps")
        self.gentle.setToolTip(
            f"Learning rate {GENTLE:.5f}: changes less, forgets less, and needs longer"
        )
        self.validation = FolderField(
            "Data set that is only measured on", "Left empty: a fifth of them"
        )
        self.device = choice_box(DEVICES, "Automatic takes a GPU where there is one")
        self.settings = ParameterForm(TrainingSettings, fold=False)
        self._build()
        self._show_share()
        self._connect()

    def how(self) -> How:
        """Return what is set.

        Raises
        ------
        InputError
            If a folder is wanting, or a number can't be used.
        """
        share, minutes = self.share.value() * 5 / 100, self.length.currentData()
        old = self.old.folder() if share else None
        if share and old is None:
            raise InputError("Choose the data set that isn't to be forgotten, or old images: 0 %.")
        settings = kept_often(build(TrainingSettings, self.settings.values()))
        return How(
            minutes=float(minutes) if minutes else None,
            share=share,
            replay=old,
            validation=self.validation.folder(),
            settings=settings,
            device=self.device.currentData(),
        )

    def choose_steps(self, steps: int) -> None:
        """Train so many steps."""
        self.length.setCurrentIndex(self.length.findData(0))
        self.settings.set_values({"steps": steps})

    def _show_share(self, *_: object) -> None:
        share = self.share.value() * 5
        self.percent.setText(f"{share} %")
        show_row(self, self.old, share > 0)

    def _be_gentle(self, on: bool) -> None:
        self.settings.set_values({"learning_rate": GENTLE if on else None})

    def _open_steps(self, *_: object) -> None:
        if not self.length.currentData():
            self.advanced.expand(animate=False)

    def _connect(self) -> None:
        self.share.valueChanged.connect(self._show_share)
        self.gentle.toggled.connect(self._be_gentle)
        self.length.currentIndexChanged.connect(self._open_steps)
        for signal in (
            self.length.currentIndexChanged,
            self.share.valueChanged,
            self.old.changed,
            self.validation.changed,
            self.device.currentIndexChanged,
            self.settings.changed,
        ):
            signal.connect(lambda *_: self.changed.emit())

    def _build(self) -> None:
        slider = QHBoxLayout()
        slider.addWidget(self.share, 1)
        slider.addWidget(self.percent)
        self.rows.addRow("How long", self.length)
        self.rows.addRow("Old images", slider)
        self.rows.addRow("From", self.old)
        self.rows.addRow(self.gentle)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow("Measure on", self.validation)
        form.addRow("Device", self.device)
        column.addLayout(form)
        column.addWidget(self.settings)
        self.advanced = folded("Advanced", "All settings of a training run", page)
        self.rows.addRow(self.advanced)
