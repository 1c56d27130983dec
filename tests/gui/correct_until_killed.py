"""Corrects cells in napari until it is killed; goes on where it was when it is started again.

python correct_until_killed.py FOLDER [CELLS]

With CELLS, it is closed as soon as there are so many, and never saves in between.

The folder holds ``cells.tif``. Each step draws a cell, as `square_of` says, or decides on one. A
line of ``steps.txt`` is the number of cells after each, or "beat" every `EVERY` seconds, as far as
the computer is fast enough; ``offer.json`` and ``labels.npy`` are what was offered at the start,
and what came back.
"""

import json
import sys
from pathlib import Path

import napari
import numpy as np
from qtpy.QtCore import Qt, QTimer
from qtpy.QtTest import QTest

from napari_cellbench.corrections.review import CellState
from napari_cellbench.widgets.correct import saving

EVERY = 1
"""Seconds between saves, so that the test need not wait."""
SIDE, PITCH, PER_ROW = 4, 6, 40


def square_of(cell: int) -> tuple[slice, slice]:
    """Return rows and columns of a cell."""
    row, column = divmod(cell, PER_ROW)
    top, left = PITCH * row + 1, PITCH * column + 1
    return slice(top, top + SIDE), slice(left, left + SIDE)


def main(folder: Path, most: int) -> None:
    saving.EVERY = 3600 if most else EVERY
    viewer = napari.Viewer(show=True)
    viewer.add_image(np.zeros((240, 240), np.uint8), name="image", scale=(2, 2))
    viewer.open(folder / "cells.tif", plugin="napari", layer_type="labels", name="cells")
    # All cells are worth a look.
    truth = {"cellbench": {"truth": True}}
    viewer.add_labels(np.zeros((240, 240), np.int32), name="truth", metadata=truth)
    _, widget = viewer.window.add_plugin_dock_widget("napari-cellbench", "Correct")
    labels = next(layer for layer in widget.form.labels.layers() if layer.name == "cells")
    widget.form.labels.choose(labels)
    offers, review = widget.saving.offering.box, widget.form.review

    def begin() -> None:
        """Go on with what is offered, if there should be something."""
        if (folder / "steps.txt").exists():
            if not offers.isVisible():
                return
            text = offers.text.text()
            QTest.mouseClick(offers.go_on_button, Qt.MouseButton.LeftButton)
            beginning.stop()
            going_on.timeout.connect(lambda: go_on(text))
            going_on.start(50)
        else:
            beginning.stop()
            work()

    def go_on(text: str) -> None:
        layer = widget.form.labels.layer()
        if layer is None or layer.name == "cells":
            return
        going_on.stop()
        np.save(folder / "labels.npy", layer.data)
        states = {
            cell: state.value for (_, cell), state in widget.saving.session.review.states.items()
        }
        seen = {"text": text, "scale": list(layer.scale), "states": states, "name": layer.name}
        (folder / "offer.json").write_text(json.dumps(seen))
        work()

    def work() -> None:
        stepping.start(30)
        beating.start(EVERY * 1000)

    def step() -> None:
        layer = widget.form.labels.layer()
        cell = int(layer.data.max()) + 1
        if cell == 4:
            review.look_button.click()
        if cell % 9 == 0 and review.doubt is not None:
            review.decide(CellState.RIGHT)
        widget.form.tools.choose("outline")
        rows, columns = square_of(cell)
        top, bottom, left, right = (
            rows.start - 0.5,
            rows.stop - 0.5,
            columns.start - 0.5,
            columns.stop - 0.5,
        )
        corners = [(top, left), (top, right), (bottom, right), (bottom, left)]
        widget.work.drawn([layer.data_to_world(one) for one in corners], frozenset())
        write(str(int(layer.data.max())))
        if cell == most:
            stepping.stop()
            viewer.close()

    def write(line: str) -> None:
        with (folder / "steps.txt").open("a") as file:
            file.write(f"{line}\n")

    beginning, going_on, stepping, beating = QTimer(), QTimer(), QTimer(), QTimer()
    beating.timeout.connect(lambda: write("beat"))
    stepping.timeout.connect(step)
    beginning.timeout.connect(begin)
    beginning.start(50)
    napari.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 0)
