from dataclasses import asdict, dataclass

import pytest
from qtpy.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox
from superqt import QCollapsible

from napari_cellbench.methods import methods
from napari_cellbench.methods.parameters import build, describe, parameter
from napari_cellbench.methods.stardist import StarDistParameters
from napari_cellbench.methods.training import TrainingSettings
from napari_cellbench.widgets.method.parameter_form import ParameterForm


@pytest.mark.parametrize("key", methods())
def test_a_new_form_holds_the_defaults(qtbot, key: str) -> None:
    parameters = methods()[key].parameters
    form = ParameterForm(parameters)
    qtbot.addWidget(form)
    assert build(parameters, form.values()) == parameters()
    assert set(form.values()) == {info.name for info in describe(parameters)}


@dataclass(frozen=True)
class Optional:
    bright: bool | None = parameter(None, label="Bright", help="")


def test_a_choice_that_may_be_left_to_the_checkpoint(qtbot) -> None:
    form = ParameterForm(Optional)
    qtbot.addWidget(form)
    box = form.findChild(QComboBox)
    assert box.currentText() == "auto"
    with qtbot.waitSignal(form.changed):
        box.setCurrentText("no")
    assert form.values() == {"bright": False}
    form.set_values({"bright": None})
    assert box.currentText() == "auto"
    assert form.values() == {"bright": None}


def test_taking_over_from_the_checkpoint_proposes_a_value(qtbot) -> None:
    form = ParameterForm(StarDistParameters)
    qtbot.addWidget(form)
    automatic = next(b for b in form.findChildren(QCheckBox) if b.text() == "auto")
    spin = automatic.parent().findChild(QDoubleSpinBox)
    assert not spin.isEnabled()
    automatic.setChecked(False)
    assert spin.isEnabled()
    assert form.values()["prob_threshold"] == 0.5


def test_a_number_far_below_one_is_shown_and_kept(qtbot):
    form = ParameterForm(TrainingSettings)
    qtbot.addWidget(form)
    form.set_values({"learning_rate": 5e-5})
    assert form.values()["learning_rate"] == 5e-5


def test_a_form_that_is_folded_itself_folds_nothing(qtbot):
    form = ParameterForm(TrainingSettings, fold=False)
    qtbot.addWidget(form)
    assert not form.findChildren(QCollapsible)
    assert form.values() == asdict(TrainingSettings())
