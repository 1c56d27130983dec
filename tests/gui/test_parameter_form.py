import pytest
from qtpy.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox

from napari_cellbench.methods import methods
from napari_cellbench.methods.parameters import build, describe
from napari_cellbench.methods.stardist import StarDistParameters
from napari_cellbench.widgets.parameter_form import ParameterForm


@pytest.mark.parametrize("key", methods())
def test_a_new_form_holds_the_defaults(qtbot, key: str) -> None:
    parameters = methods()[key].parameters
    form = ParameterForm(parameters)
    qtbot.addWidget(form)
    assert build(parameters, form.values()) == parameters()
    assert set(form.values()) == {info.name for info in describe(parameters)}


def test_what_may_be_left_to_the_checkpoint(qtbot) -> None:
    form = ParameterForm(StarDistParameters)
    qtbot.addWidget(form)
    box = next(b for b in form.findChildren(QComboBox) if b.findText("auto") >= 0)
    with qtbot.waitSignal(form.changed):
        box.setCurrentText("no")
    assert form.values()["augment"] is False
    form.set_values({"augment": None, "prob_threshold": 0.3})
    assert box.currentText() == "auto"
    assert form.values()["augment"] is None
    assert form.values()["prob_threshold"] == pytest.approx(0.3)


def test_taking_over_from_the_checkpoint_proposes_a_value(qtbot) -> None:
    form = ParameterForm(StarDistParameters)
    qtbot.addWidget(form)
    automatic = next(b for b in form.findChildren(QCheckBox) if b.text() == "auto")
    spin = automatic.parent().findChild(QDoubleSpinBox)
    assert not spin.isEnabled()
    automatic.setChecked(False)
    assert spin.isEnabled()
    assert form.values()["prob_threshold"] == 0.5
