"""The Train panel in a real napari window, with real processes that train."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QMessageBox

from napari_cellbench.checkpoints import add_user_checkpoint
from napari_cellbench.checkpoints.user import user_checkpoints
from napari_cellbench.corrections.collection import CorrectionSet
from napari_cellbench.corrections.known_sets import remember_set
from napari_cellbench.data import Instances, Sample
from napari_cellbench.data.record import record_of
from napari_cellbench.methods import methods
from napari_cellbench.methods.training import TrainingSettings
from napari_cellbench.training.plan import Plan
from napari_cellbench.training.run import Run, known_runs
from napari_cellbench.training.status import ImageFigures, Status
from napari_cellbench.widgets.docks import find_panel, open_panel
from napari_cellbench.widgets.panel import NARROWEST, dock_of
from napari_cellbench.widgets.segment.widget import SegmentWidget
from napari_cellbench.widgets.train.how_group import GENTLE
from napari_cellbench.widgets.train.start_group import NOTHING
from napari_cellbench.widgets.train.widget import TrainWidget

from ..training.conftest import needs_torch
from .training import damaged_weights, piece, write_pair
from .walk import cut_off, too_wide, unexplained

TIMEOUT = 200_000


@pytest.fixture
def make_train(make_napari_viewer, engine):
    """Return a function that opens the panel as napari's menu does, in a new viewer."""
    made = []

    def make(viewer=None) -> TrainWidget:
        viewer = viewer or make_napari_viewer()
        _, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", "Train")
        made.append(widget)
        return widget

    yield make
    for widget in made:
        widget.closing()


@pytest.fixture
def pairs(tmp_path):
    folder = tmp_path / "pairs"
    for number in range(2):
        write_pair(folder, f"{number}", *piece(0, 128 * number))
    return folder


@pytest.fixture
def corrected(tmp_path):
    """A correction set of one image, used last."""
    image, labels = piece(0, 0)
    made = CorrectionSet(tmp_path / "my set")
    truth = {"nucleus": Instances.from_labels(labels)}
    made.add(Sample("a", image[None], ("nucleus",), truth), "nucleus")
    remember_set(made.folder)
    return made.folder


def settled(qtbot, widget, text):
    """Wait until the panel says what its form comes to."""
    qtbot.waitUntil(lambda: text in widget.new.prospect.text(), timeout=TIMEOUT)


def notifications():
    return "\n".join(str(one.message) for one in notification_manager.records)


def choose(box, text):
    """Choose an entry of a box by the keyboard, as a person does."""
    QTest.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.count()):
        if text in box.currentText():
            return
        QTest.keyClick(box, Qt.Key.Key_Down)
    raise AssertionError(f"{text} can't be chosen")


def test_only_what_can_be_trained_is_offered(make_train):
    widget = make_train()
    box = widget.new.start.method
    offered = {box.itemData(i) for i in range(box.count()) if box.itemData(i)}
    assert offered == {key for key, method in methods().items() if method.trainable}


def test_without_images_it_says_what_to_do(qtbot, make_train):
    widget = make_train()
    settled(qtbot, widget, "Choose a correction set")
    assert not widget.new.start_button.isEnabled()
    choose(widget.new.learn.source, "A data set")
    settled(qtbot, widget, "Choose the folder of a data set")
    choose(widget.new.learn.source, "Open layers")
    settled(qtbot, widget, "Tick the labels")


def test_the_last_set_is_proposed_and_what_speaks_against_it(
    qtbot, make_train, corrected, tmp_path
):
    widget = make_train()
    new = widget.new
    assert new.learn.path() == corrected
    settled(qtbot, widget, "1 image with")
    text = new.prospect.text()
    assert "are few to learn from" in text
    assert "no image to measure on" in text
    assert "measured when it starts" in text
    assert new.start_button.isEnabled()
    assert "my set" in new.keep.line.text()
    other = tmp_path / "other"
    CorrectionSet(other).begin()
    remember_set(other)
    new.learn.refresh()
    assert new.learn.path() == corrected, "what is chosen stays so"
    widget.train_on(other)
    assert new.learn.path() == other
    plan = new.order().plan(corrected)
    assert (plan.minutes, plan.start, plan.share) == (10, "stardist-nuclei-fluo", 0)


def test_what_is_set_is_in_the_plan(qtbot, make_train, pairs):
    widget = make_train()
    new = widget.new
    new.learn.choose_folder(pairs)
    choose(new.start.checkpoint, NOTHING)
    choose(new.how.length, "A night")
    assert not new.how.old.isVisibleTo(new.how)
    new.how.share.setFocus()
    QTest.keyClick(new.how.share, Qt.Key.Key_Right)
    assert new.how.percent.text() == "5 %"
    settled(qtbot, widget, "Choose the data set that isn't to be forgotten")
    new.how.old.show_folder(pairs)
    QTest.keyClick(new.how.gentle, Qt.Key.Key_Space)
    new.how.settings.set_values({"batch": 3})
    new.how.validation.show_folder(pairs)
    settled(qtbot, widget, "2 images with")
    plan = new.order().plan(pairs)
    assert (plan.start, plan.minutes, plan.share) == (None, 480, 0.05)
    assert (plan.replay, plan.validation) == (pairs, pairs)
    assert plan.settings.batch == 3
    assert plan.settings.learning_rate == pytest.approx(GENTLE)
    choose(new.how.length, "By steps")
    assert new.order().plan(pairs).minutes is None
    assert new.how.advanced.isExpanded()


def test_open_layers_are_learnt_from_as_they_lie_on_images(qtbot, make_train, tmp_path):
    widget = make_train()
    viewer = widget.viewer
    image, labels = piece(0, 0)
    viewer.add_image(image, name="a")
    viewer.add_labels(labels, name="cells")
    viewer.add_labels(np.zeros((9, 9), np.int32), name="elsewhere")
    pairs = widget.new.learn.pairs
    qtbot.waitUntil(lambda: pairs.count() == 2)
    assert [layer.name for layer in pairs.ticked()] == ["cells"]
    choose(widget.new.learn.source, "Open layers")
    settled(qtbot, widget, f"1 image with {len(np.unique(labels)) - 1} nuclei")
    (plane,) = widget.new.order().data
    np.testing.assert_array_equal(plane.sample().image[0], image)
    assert not list((tmp_path / "temporary").iterdir()), "the look left files"


def test_images_that_cannot_be_learnt_from_are_refused(qtbot, make_train, tmp_path):
    widget = make_train()
    (tmp_path / "empty").mkdir()
    widget.new.learn.choose_folder(tmp_path / "empty")
    settled(qtbot, widget, "no format that is known")
    assert not widget.new.start_button.isEnabled()


@pytest.fixture
def finished(tmp_path, corrected):
    """A run that is finished, as its files say."""
    plan = Plan("stardist", corrected, start="stardist-nuclei-fluo", settings=TrainingSettings())
    run = Run.create(tmp_path / "runs" / "mine", plan)
    (run.folder / "training").mkdir()
    file = damaged_weights(run.folder / "training" / "checkpoint.safetensors")
    rows = '{"step": 1, "loss": 2.0}\n{"step": 9, "loss": 1.0}\n'
    (run.folder / "metrics.jsonl").write_text(rows)
    images = tuple(ImageFigures(f"i{n}", 0.5, 0.6 + n / 100) for n in range(8))
    (run.folder / "log.txt").write_text("it was trained\n")
    status = Status(
        "finished",
        step=9,
        steps=9,
        checkpoint=str(file),
        before={"F1": 0.5, "AP50": 0.4, "mAP": 0.3},
        after={"F1": 0.63, "AP50": 0.5, "mAP": 0.3},
        images=images,
        p_value=0.0078,
        notes=("A note.",),
    )
    run.write(status)
    return run


def shown(qtbot, widget, run):
    """Wait until a run is shown."""
    widget.tabs.setCurrentWidget(widget.runs)
    qtbot.waitUntil(lambda: widget.runs.last.chosen is not None, timeout=TIMEOUT)
    assert widget.runs.last.chosen.run.folder == run.folder
    return widget.runs.view


def test_a_run_is_found_again_with_figures_in_words(qtbot, make_train, finished):
    widget = make_train()
    view = shown(qtbot, widget, finished)
    assert widget.runs.list.item(0).text() == "mine"
    assert "Of 8 images 8 came out better and 0 worse" in view.verdict.text()
    assert "more than chance (p = 0.0078)" in view.verdict.text()
    cells = [[view.table.item(r, c).text() for c in range(4)] for r in range(view.table.rowCount())]
    assert cells[0] == ["F1", "0.500", "0.630", "+0.130"]
    assert cells[2] == ["mAP", "0.300", "0.300", "0"]
    assert cells[3] == ["F1, i7", "0.500", "0.670", "+0.170"], "what changed most comes first"
    assert view.notes.text() == "A note."
    assert view.log.toPlainText() == "it was trained\n"
    xs, ys = view.curves._loss.getData()
    assert (list(xs), list(ys)) == ([1, 9], [2.0, 1.0])
    assert not view.buttons["resume"].isEnabled()
    assert not view.buttons["sample"].isEnabled()


def test_the_old_and_the_new_checkpoint_are_a_click_apart(qtbot, make_train, finished):
    widget = make_train()
    view = shown(qtbot, widget, finished)
    view.buttons["new"].click()
    segment = find_panel(widget.viewer, SegmentWidget)
    assert segment.form.checkpoint.checkpoint().title == "mine"
    assert [one.title for one in user_checkpoints()] == ["mine"]
    assert user_checkpoints()[0].target == "nucleus"
    view.buttons["old"].click()
    assert segment.form.checkpoint.checkpoint().key == "stardist-nuclei-fluo"
    segment.closing()


def answer(which):
    """Answer the next question."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        box.button(which).click()

    QTimer.singleShot(300, press)


def test_a_run_is_removed_once_that_is_confirmed(qtbot, make_train, finished):
    widget = make_train()
    view = shown(qtbot, widget, finished)
    view.buttons["new"].click()
    answer(QMessageBox.StandardButton.No)
    view.buttons["remove"].click()
    assert finished.folder.exists()
    answer(QMessageBox.StandardButton.Yes)
    widget.runs.list.setFocus()
    QTest.keyClick(widget.runs.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: widget.runs.list.count() == 0, timeout=TIMEOUT)
    assert not finished.folder.exists()
    assert user_checkpoints() == [], "nobody can choose what is gone"
    assert not widget.runs.view.isVisibleTo(widget.runs)
    find_panel(widget.viewer, SegmentWidget).closing()


def test_the_end_of_a_run_is_told(qtbot, make_train, finished):
    status = finished.status()
    with finished.held():
        finished.write(replace(status, state="running", message="Training", seconds_left=61.0))
        widget = make_train()
        view = shown(qtbot, widget, finished)
        assert "1 min left" in view.message.text()
        assert widget.tabs.tabText(1) == "Runs (1)"
        assert not view.buttons["remove"].isEnabled()
        finished.write(status)
        expected = "mine is trained. F1 is 0.630, and was 0.500."
        qtbot.waitUntil(lambda: expected in notifications(), timeout=TIMEOUT)
    assert widget.tabs.tabText(1) == "Runs"


def write_sample(run, step, image, truth, prediction):
    place = run.folder / "sample"
    place.mkdir(exist_ok=True)
    for name, data in (("image", image[None]), ("truth", truth), ("prediction", prediction)):
        tifffile.imwrite(place / f"{name}.tif", data)
    (place / "sample.json").write_text(f'{{"name": "well", "step": {step}, "F1": 0.25}}')


def test_a_sample_is_shown_and_renewed(qtbot, make_train, finished):
    image, labels = piece(0, 0)
    truth = labels.astype(np.uint16)
    write_sample(finished, 3, image, truth, np.zeros_like(truth))
    widget = make_train()
    view = shown(qtbot, widget, finished)
    assert view.buttons["sample"].isEnabled()
    view.buttons["sample"].click()
    layers = widget.viewer.layers
    qtbot.waitUntil(lambda: len(layers) == 3, timeout=TIMEOUT)
    assert [one.name for one in layers] == [
        "well · channel 1",
        "well · truth",
        "well · step 3, F1 0.25",
    ]
    np.testing.assert_array_equal(layers["well · truth"].data, truth)
    assert record_of(layers["well · truth"])["truth"]
    write_sample(finished, 6, image, truth, truth)
    qtbot.waitUntil(lambda: "well · step 6, F1 0.25" in layers, timeout=TIMEOUT)
    assert len(layers) == 3
    np.testing.assert_array_equal(layers["well · step 6, F1 0.25"].data, truth)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_is_cut_off_in_a_narrow_dock(
    qtbot, make_train, make_napari_viewer, finished, theme
):
    viewer = make_napari_viewer(show=True)
    viewer.theme = theme
    viewer.window._qt_window.resize(1280, 800)
    widget = make_train(viewer)
    view = shown(qtbot, widget, finished)
    qtbot.waitUntil(lambda: view.isVisible(), timeout=TIMEOUT)
    dock = dock_of(widget)
    viewer.window._qt_window.resizeDocks([dock], [NARROWEST], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: dock.width() <= NARROWEST + 10)
    found = []
    for tab in (widget.runs, widget.new):
        widget.tabs.setCurrentWidget(tab)
        for source in ("set", "layers", "folder"):
            box = widget.new.learn.source
            box.setCurrentIndex(box.findData(source))
            widget.new.how.share.setValue(3)
            widget.new.how.advanced.expand(animate=False)
            qtbot.wait(200)
            found += [*too_wide(widget), *cut_off(widget), *unexplained(widget)]
    assert not found, "\n".join(found)


def test_a_damaged_run_hides_no_other(qtbot, make_train, finished, tmp_path):
    other = Run.create(tmp_path / "runs" / "other", finished.plan)
    (other.folder / "status.json").write_text("nonsense")
    widget = make_train()
    shown(qtbot, widget, finished)
    assert widget.runs.list.count() == 1


@needs_torch
def test_a_run_is_stopped_and_resumed_and_queued(qtbot, make_train, pairs):
    """Real processes: the second one waits for the device."""
    widget = make_train()
    new, runs = widget.new, widget.runs
    new.learn.choose_folder(pairs)
    new.how.choose_steps(100_000)
    new.how.settings.set_values({"batch": 1, "patch": 64, "snapshot": 2})
    choose(new.how.device, "CPU")
    choose(new.start.checkpoint, NOTHING)
    for count in (1, 2):
        widget.tabs.setCurrentWidget(new)
        settled(qtbot, widget, "2 images with")
        qtbot.waitUntil(new.start_button.isEnabled, timeout=TIMEOUT)
        new.start_button.click()
        qtbot.waitUntil(lambda count=count: len(known_runs()) == count, timeout=TIMEOUT)
        qtbot.waitUntil(lambda: widget.tabs.currentWidget() is runs, timeout=TIMEOUT)
        qtbot.waitUntil(lambda count=count: runs.list.count() == count, timeout=TIMEOUT)
        if count == 1:
            qtbot.waitUntil(lambda: runs.last.curves.steps != (), timeout=TIMEOUT)
            assert "%" in runs.view.message.text()
    second, first = known_runs()
    qtbot.waitUntil(lambda: second.status().message == "Waiting for the device", timeout=TIMEOUT)
    assert runs.list.folder() == second.folder
    runs.view.buttons["stop"].click()
    qtbot.waitUntil(lambda: second.status().state == "stopped", timeout=TIMEOUT)
    runs.list.choose(first.folder)
    qtbot.waitUntil(lambda: runs.last.chosen.run.folder == first.folder, timeout=TIMEOUT)
    runs.view.buttons["stop"].click()
    resume = runs.view.buttons["resume"]
    qtbot.waitUntil(resume.isEnabled, timeout=TIMEOUT)
    reached = first.status().step
    assert reached >= 2
    resume.click()
    qtbot.waitUntil(lambda: first.status().step > reached, timeout=TIMEOUT)
    runs.view.buttons["stop"].click()
    qtbot.waitUntil(lambda: first.status().state == "stopped", timeout=TIMEOUT)
    qtbot.waitUntil(lambda: not runs._busy, timeout=TIMEOUT)


@needs_torch
def test_the_loop(qtbot, make_napari_viewer, make_train, tmp_path):
    """Segment, correct, collect, train, close napari; find the run, use it, and be better."""
    from napari_cellbench.scoring import score
    from napari_cellbench.widgets.correct.widget import CorrectWidget

    from .hand import Hand, centre

    image, truth = piece(0, 0, 128, 256)
    held = tmp_path / "held back"
    write_pair(held, "h", *piece(128, 0))
    file = damaged_weights(tmp_path / "bad.safetensors")
    bad = add_user_checkpoint(file, "stardist", target="nucleus", channels=("nucleus",))

    def segment(viewer):
        widget = find_panel(viewer, SegmentWidget)
        before = len(viewer.layers)
        widget.runs.run_button.click()
        qtbot.waitUntil(lambda: len(viewer.layers) > before, timeout=TIMEOUT)
        qtbot.waitUntil(lambda: widget.current_run is None, timeout=TIMEOUT)
        return viewer.layers[-1]

    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1280, 800)
    viewer.add_image(image, name="image")
    _, panel = viewer.window.add_plugin_dock_widget("napari-cellbench", "Segment")
    panel.form.method.choose("stardist")
    panel.form.checkpoint.choose(bad)
    result = segment(viewer)
    first = score(truth, result.data).f1[0]

    # An expert has outlined the cells: they are taken over, one by one.
    viewer.add_labels(truth, name="expert", visible=False)
    correct = open_panel(viewer, CorrectWidget, "Correct")
    correct.form.labels.choose(result)
    viewer.reset_view()
    QTest.qWait(200)
    hand = Hand(correct)
    hand.press(Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    correct.form.take.source.choose(viewer.layers["expert"])
    cells = np.unique(truth[truth > 0])
    for cell in cells:
        hand.click(*centre(truth, cell))
    assert len(np.unique(result.data)) - 1 > 0.9 * len(cells)
    collection = tmp_path / "collection"
    correct.set_button.use(collection)
    with qtbot.waitSignal(correct.set_button.added, timeout=TIMEOUT):
        correct.set_button.whole_action.trigger()
    assert "is in the set collection" in notifications()

    correct.set_button.train_action.trigger()
    train = find_panel(viewer, TrainWidget)
    new = train.new
    assert new.learn.path() == collection
    new.start.method.choose("stardist")
    new.start.checkpoint.choose(bad)
    new.how.choose_steps(40)
    few = {"batch": 1, "patch": 96, "learning_rate": 2e-3}
    new.how.settings.set_values(few)
    choose(new.how.device, "CPU")
    new.how.validation.show_folder(held)
    settled(qtbot, train, "1 image with")
    qtbot.waitUntil(new.start_button.isEnabled, timeout=TIMEOUT)
    new.start_button.click()
    qtbot.waitUntil(lambda: len(known_runs()) == 1, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: train.tabs.currentWidget() is train.runs, timeout=TIMEOUT)
    for one in (train, correct, panel):
        one.closing()
    correct.prompts.thread_.join(30)
    viewer.close()

    viewer = make_napari_viewer(show=True)
    viewer.add_image(image, name="image")
    train = make_train(viewer)
    (run,) = known_runs()
    qtbot.waitUntil(lambda: train.runs.list.folder() == run.folder, timeout=TIMEOUT)
    end = time.monotonic() + TIMEOUT / 1000
    while run.status().is_under_way:
        assert time.monotonic() < end, run.log.read_text()
        QTest.qWait(100)
    view = train.runs.view
    qtbot.waitUntil(view.buttons["new"].isEnabled, timeout=TIMEOUT)
    status = run.status()
    assert status.after["F1"] > status.before["F1"]
    view.buttons["new"].click()
    again = find_panel(viewer, SegmentWidget)
    assert again.form.checkpoint.checkpoint().title == run.folder.name
    last = score(truth, segment(viewer).data).f1[0]
    assert last > first + 0.3, (first, last)
    again.closing()
