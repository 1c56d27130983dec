"""Widgets in a real napari window, with real worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from qtpy.QtTest import QTest
from skimage.draw import disk

from napari_cellbench.data.samples import demo_sample
from napari_cellbench.widgets import closing
from napari_cellbench.widgets.closing import Closing
from napari_cellbench.widgets.correct.widget import CorrectWidget
from napari_cellbench.widgets.jobs.engines import shared_engine
from napari_cellbench.widgets.segment.widget import SegmentWidget

from . import left_overs
from .hand import Hand

pytest.importorskip("qtpy")


@pytest.fixture(autouse=True)
def _nothing_left(nothing_left: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail if anything of ours is left after a test: objects, threads, processes, files."""
    yield
    if request.node.rep_call.passed:
        # They keep what the fixtures made.
        request.node.funcargs.clear()
        found = left_overs.objects()
        assert not found, f"left behind: {', '.join(found)}"


@pytest.fixture(autouse=True)
def _closed_panels_follow_nothing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail if the last panel of a viewer is closed and something of ours still follows it."""
    found: list[str] = []
    open_, close = Closing.__init__, Closing.__call__

    def opened(self: Any, panel: Any, viewer: Any, how: Any) -> None:
        open_(self, panel, viewer, how)
        self.viewer = viewer

    def closed(self: Any, *arguments: object) -> None:
        was_open = not self.is_closed
        close(self, *arguments)
        if was_open and self.viewer is not None and not closing._OPEN:
            found.extend(left_overs.callbacks(self.viewer))

    monkeypatch.setattr(Closing, "__init__", opened)
    monkeypatch.setattr(Closing, "__call__", closed)
    yield
    assert not found, f"left behind: {', '.join(found)}"


@pytest.fixture
def blobs() -> np.ndarray:
    """Five bright disks of 20 pixels on a dark, noisy background; (128, 128) uint16."""
    rng = np.random.default_rng(0)
    image = rng.normal(100, 5, (128, 128))
    for y, x in [(30, 30), (30, 90), (64, 60), (100, 30), (96, 100)]:
        rows, columns = disk((y, x), 10)
        image[rows, columns] += 200
    return image.astype(np.uint16)


@pytest.fixture
def engine() -> Iterator[Any]:
    """The engine that the widgets share; its process ends with the test."""
    yield shared_engine()
    shared_engine().release()


@pytest.fixture
def make_widget(make_napari_viewer: Any, engine: Any) -> Iterator[Callable[..., SegmentWidget]]:
    """Return a function that opens a viewer with images and the docked widget."""
    made: list[SegmentWidget] = []

    def make(*images: Any, **options: Any) -> SegmentWidget:
        viewer = make_napari_viewer()
        for image in images:
            viewer.add_image(image, **options)
        widget = SegmentWidget(viewer)
        viewer.window.add_dock_widget(widget, name="Segment")
        choose_method(widget, "watershed")
        made.append(widget)
        return widget

    yield make
    for widget in made:
        widget.closing()


def choose_method(widget: SegmentWidget, key: str) -> None:
    """Choose a method as a user does."""
    widget.form.method.setCurrentIndex(widget.form.method.findData(key))


def labels_of(widget: SegmentWidget) -> list[Any]:
    """Return the viewer's labels layers."""
    return [layer for layer in widget.viewer.layers if layer._type_string == "labels"]


@pytest.fixture
def correct(make_napari_viewer):
    """Return a function that opens the panel on an image, with labels or without."""
    made = []

    def open_(image, labels=None, **options):
        viewer = make_napari_viewer(show=True)
        viewer.window._qt_window.resize(1280, 800)
        viewer.add_image(image, name="image")
        if labels is not None:
            viewer.add_labels(labels, name="cells", metadata={"cellbench": {"method": "x"}})
        widget = CorrectWidget(viewer)
        viewer.window.add_dock_widget(widget, name="Correct (CellBench)", tabify=True)
        made.append(widget)
        QTest.qWait(100)
        if labels is None:
            widget.form.new_button.click()
        viewer.reset_view()
        QTest.qWait(100)
        return widget, Hand(widget)

    yield open_
    for widget in made:
        widget.closing()
        widget.prompts.thread_.join(30)


@pytest.fixture
def two_cells():
    """Two touching squares and one apart; (100, 100)."""
    labels = np.zeros((100, 100), np.int32)
    labels[20:40, 20:40], labels[20:40, 40:60], labels[70:90, 70:90] = 1, 2, 3
    return labels


@pytest.fixture
def nuclei():
    sample = demo_sample()
    truth = sample.truth["nucleus"].to_labels()[:200, :200]
    return np.asarray(sample.image[0])[:200, :200], truth
