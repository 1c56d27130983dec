"""How quickly the Correct panel answers: from the mouse to the outline, and to the cell.

    xvfb-run -a -s "-screen 0 1600x1000x24" python benchmarks/pointing.py

A real window, real mouse events, MobileSAM in its process; the clock of the wall. The network has
looked at the image before. Hover: the mouse rests on one cell after another; milliseconds until
the outline of that place is on the canvas, and outlines a second while it moves on and on. Click:
milliseconds from the press of the button on a place that was not hovered over, and on one that was,
until the labels have changed. The machine should have nothing else to do.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import napari
import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_cellbench.data.samples import demo_sample
from napari_cellbench.widgets.correct.widget import CorrectWidget
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.docks import open_panel

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
from hand import Hand, Place

CELLS = 30
SECONDS = 6.0
"""For which the mouse moves on and on."""
PATIENCE = 60.0


def main() -> None:
    """Measure and print."""
    sample = demo_sample()
    truth = sample.truth["nucleus"].to_labels()
    viewer = napari.Viewer(show=True)
    viewer.window.resize(1280, 800)
    viewer.add_image(np.asarray(sample.image[0]), name="nuclei")
    # Half of the cells are there: their size is known, as it is after a minute of work.
    ids = np.unique(truth[truth > 0])
    layer = viewer.add_labels(np.where(np.isin(truth, ids[::2]), truth, 0), name="cells")
    widget = open_panel(viewer, CorrectWidget, "Correct")
    widget.form.labels.choose(layer)
    viewer.reset_view()
    wait(500)
    hand = Hand(viewer, layer)
    hand.marker.hide()
    inside = [place for place in map(middle(truth), ids[1::2]) if is_seen(hand, place)][:CELLS]
    widget.form.tools.choose("point")
    answered: list[Place] = []
    widget.prompts.offered.connect(lambda wish, _: answered.append(wish.place))
    for place in inside:
        # Each view that is asked for is looked at.
        hand.move(place, 1)
        until(partial(is_near, answered, place))
    wait(3000)
    shown = [
        timed(partial(hand.move, place, 1), partial(is_near, answered, place), answered)
        for place in reversed(inside[:-1])
    ]
    answered.clear()
    end, number = time.perf_counter() + SECONDS, 0
    while time.perf_counter() < end:
        hand.move(inside[number % len(inside)], 4)
        number += 1
    rate = len(answered) / SECONDS
    hovered, fresh = [], []
    for number, place in enumerate(inside):
        kind = hovered if number % 2 else fresh
        answered.clear()
        if kind is hovered:
            hand.move(place, 1)
            until(partial(is_near, answered, place))
        before = layer.data.copy()
        kind.append(
            timed(
                lambda place=place: QTest.mouseClick(
                    viewer.window._qt_viewer.canvas.native,
                    Qt.MouseButton.LeftButton,
                    Qt.KeyboardModifier.NoModifier,
                    hand.point(place),
                ),
                lambda before=before: not np.array_equal(before, layer.data),
                answered,
            )
        )
        layer.undo()
        wait(50)
    print("| what | median | worst |\n|---|---|---|")
    for title, seconds in (
        ("mouse to outline", shown),
        ("click where the outline is shown, to the layer", hovered),
        ("click elsewhere, to the layer", fresh),
    ):
        print(f"| {title} | {median(seconds) * 1e3:.0f} ms | {max(seconds) * 1e3:.0f} ms |")
    print(f"{rate:.1f} outlines a second while the mouse moves")
    widget.closing()
    viewer.close()


def middle(labels: Any) -> Callable[[int], Place]:
    """Return a function that returns the centre of a cell."""
    return lambda cell: tuple(float(at.mean()) for at in np.nonzero(labels == cell))  # type: ignore[return-value]


def is_seen(hand: Hand, place: Place) -> bool:
    """Whether a place lies well within the canvas."""
    at = hand.point(place)
    size = hand.marker.parentWidget().size()
    return 20 < at.x() < size.width() - 20 and 20 < at.y() < size.height() - 20


def is_near(answered: list[Place], place: Place) -> bool:
    """Whether the last answer is about a place."""
    return (
        bool(answered) and max(abs(answered[-1][0] - place[0]), abs(answered[-1][1] - place[1])) < 1
    )


def timed(work: Callable[[], None], is_so: Callable[[], bool], answered: list[Place]) -> float:
    """Return the seconds from the beginning of some work until something is so."""
    answered.clear()
    start = time.perf_counter()
    work()
    until(is_so)
    return time.perf_counter() - start


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so.

    Raises
    ------
    TimeoutError
        If it isn't after `PATIENCE`.
    """
    end = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError("nothing changed")
        QTest.qWait(1)


if __name__ == "__main__":
    main()
