"""Correct 20 errors in the Correct panel by real mouse events; tell how long each took.

    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/correct_session.py
    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/correct_session.py --film

The truth of a real image is damaged in 20 places, four of each kind; the list of the Review goes
from one to the next, and each is mended with the tool that a person would take. Seconds are those
of the program alone, from the choice of a row until the labels have changed, the camera's way and
the mouse's events included; a person's own thinking comes on top. With ``--film`` the first of
each kind is written to docs/images/correct.gif.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from statistics import median
from typing import Any

import napari
import numpy as np
from qtpy.QtCore import Qt
from scipy.ndimage import binary_erosion
from skimage.measure import find_contours

from hand import Hand, Place
from make_first_minute import Film
from napari_cellbench.corrections.doubts import Doubt
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.scoring import score
from napari_cellbench.widgets.correct.widget import CorrectWidget
from napari_cellbench.widgets.demo import wait
from napari_cellbench.widgets.docks import open_panel
from picture_window import IMAGES

EACH = 4
KINDS = ("missed", "extra", "split", "merged", "outline")
SEED = 0
PATIENCE = 60.0
"""Seconds to wait for a change."""


def main() -> None:
    """Damage, correct, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--film", action="store_true", help="write docs/images/correct.gif")
    asked = parser.parse_args()
    sample = demo_sample()
    truth = sample.truth["nucleus"].to_labels()
    damaged = damage(truth)
    viewer = napari.Viewer(show=True)
    viewer.window.resize(1280, 800)
    record = {"sample": sample.name}
    viewer.add_image(np.asarray(sample.image[0]), name="nuclei")
    about = {"cellbench": record | {"truth": True}}
    viewer.add_labels(truth, name="truth", visible=False, metadata=about)
    layer = viewer.add_labels(
        damaged, name="cells", metadata={"cellbench": record | {"method": "damaged"}}
    )
    widget = open_panel(viewer, CorrectWidget, "Correct")
    widget.form.labels.choose(layer)
    session = Session(viewer, widget, layer, truth, asked.film)
    before = score(truth, np.asarray(layer.data)).to_dict()
    session.run()
    after = score(truth, np.asarray(layer.data)).to_dict()
    print("| error | n | seconds, median | worst |\n|---|---|---|---|")
    for kind, seconds in session.seconds.items():
        print(f"| {kind} | {len(seconds)} | {median(seconds):.2f} | {max(seconds):.2f} |")
    every = [one for seconds in session.seconds.values() for one in seconds]
    print(f"| all | {len(every)} | {median(every):.2f} | {max(every):.2f} |")
    for key in ("mAP", "AP50"):
        print(f"{key} {before[key]:.3f} before, {after[key]:.3f} after")
    print(widget.form.review.progress.text())
    if asked.film:
        session.film.save(IMAGES / "correct.gif")
    widget.closing()
    viewer.close()


def damage(truth: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the truth with errors of each kind, far enough from each other."""
    rng = np.random.default_rng(SEED)
    labels = truth.copy()
    edge = {0, *truth[0], *truth[-1], *truth[:, 0], *truth[:, -1]}
    sizes = np.bincount(truth.ravel())
    ids = [i for i in np.unique(truth) if i not in edge and sizes[i] > 0.5 * np.median(sizes[1:])]
    rng.shuffle(ids)
    pairs = [pair for pair in touching(truth) if not set(pair) & edge]
    rng.shuffle(pairs)
    used: set[int] = set()
    for one, other in pairs:
        if len(used) < 2 * EACH and not used & {one, other}:
            labels[labels == other] = one
            used |= {int(one), int(other)}
    free = [i for i in ids if i not in used]
    for cell in free[:EACH]:
        labels[labels == cell] = 0
    for cell in free[EACH : 2 * EACH]:
        rows, _ = np.nonzero(labels == cell)
        below = np.zeros(labels.shape, bool)
        below[round(float(rows.mean())) :] = True
        labels[(labels == cell) & below] = labels.max() + 1
    for cell in free[2 * EACH : 3 * EACH]:
        mask = labels == cell
        labels[mask & ~binary_erosion(mask, iterations=max(1, round(sizes[cell] ** 0.5 / 5)))] = 0
    ground = np.argwhere(labels == 0)
    added = 0
    while added < EACH:
        row, column = rng.choice(ground)
        box = np.s_[row : row + 14, column : column + 14]
        if labels[box].shape == (14, 14) and not labels[box].any():
            labels[row + 2 : row + 12, column + 2 : column + 12] = labels.max() + 1
            added += 1
    return labels


def touching(labels: np.ndarray[Any, Any]) -> list[tuple[int, int]]:
    """Return pairs of cells that lie side by side."""
    found: set[tuple[int, int]] = set()
    for a, b in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        meet = (a != b) & (a > 0) & (b > 0)
        found |= {(min(p), max(p)) for p in zip(a[meet].tolist(), b[meet].tolist(), strict=True)}
    return sorted(found)


class Session:
    """One error after the other, with the tool that mends it."""

    def __init__(
        self,
        viewer: Any,
        widget: CorrectWidget,
        layer: Any,
        truth: np.ndarray[Any, Any],
        films: bool,
    ) -> None:
        self.widget, self.layer, self.truth = widget, layer, truth
        self.film = Film(viewer)
        self._films, self._filmed, self._beat, self._kind = films, set[str](), 0, ""
        self.hand = Hand(viewer, layer, self._watch)
        self.hand.marker.setVisible(films)
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def run(self) -> None:
        """Look through, and correct until nothing is left."""
        review = self.widget.form.review
        review.look_button.click()
        until(lambda: review.list.count() > 0)
        # The network is there, and has looked at the image, before the clock runs.
        self.widget.form.tools.choose("point")
        wait(500)
        assert review.doubt is not None
        self.hand.move(review.doubt.place)
        until(lambda: self.widget.preview.is_shown)
        while (doubt := review.doubt) is not None:
            self._kind, cells = self._seen(doubt)
            self._show(1200)
            before = np.asarray(self.layer.data).copy()
            start = time.perf_counter()
            self._mend(self._kind, cells)
            until(lambda before=before: not np.array_equal(before, self.layer.data))
            self.seconds[self._kind].append(time.perf_counter() - start)
            self._show(1000)
            self._filmed.add(self._kind)
            if review.doubt == doubt:
                self.hand.press(Qt.Key.Key_Space)

    def _seen(self, doubt: Doubt) -> tuple[str, tuple[int, ...]]:
        """Return what a person sees there: a kind, and the cells that it is about.

        A cell that covers two is told as one that is right and one that is missed if it is right
        enough for the first, and likewise what is in two parts.
        """
        labels, truth = np.asarray(self.layer.data), self.truth
        top, left, bottom, right = doubt.box
        if doubt.kind == "missed":
            true = most(truth[top:bottom, left:right])
            over = most(labels[truth == true])
            covered = np.count_nonzero(labels[truth == true] == over)
            is_in_another = over and covered > np.count_nonzero(truth == true) / 2
            return ("merged", (over,)) if is_in_another else ("missed", (true,))
        if doubt.kind == "extra":
            true = most(truth[labels == doubt.cells[0]])
            others = labels[(truth == true) & (labels != doubt.cells[0])] if true else labels[:0]
            if (other := most(others)) and 4 * np.count_nonzero(others) > others.size:
                return "split", (doubt.cells[0], other)
        return doubt.kind, doubt.cells

    def _mend(self, kind: str, cells: tuple[int, ...]) -> None:
        tools, labels, truth = self.widget.form.tools, np.asarray(self.layer.data), self.truth
        if kind == "missed":
            tools.choose("point")
            place = middle(truth, cells[0])
            self.hand.move(place)
            until(lambda: self.widget.preview.is_shown)
            self._show(900)
            self.hand.click(place)
        elif kind == "extra":
            tools.choose("delete")
            self.hand.click(middle(labels, cells[0]))
        elif kind == "split":
            tools.choose("merge")
            for cell in cells:
                self.hand.click(middle(labels, cell))
        elif kind == "merged":
            tools.choose("split")
            inside = np.where(labels == cells[0], truth, 0)
            ids, counts = np.unique(inside[inside > 0], return_counts=True)
            for cell in ids[np.argsort(-counts)][:2]:
                self.hand.click(middle(inside, int(cell)))
        else:
            tools.choose("choose")
            self.hand.click(middle(labels, cells[0]))
            tools.choose("outline")
            cell = most(truth[labels == cells[0]])
            line = max(find_contours(np.pad(truth == cell, 1), 0.5), key=len) - 1
            self.hand.draw(
                [(float(y), float(x)) for y, x in line[:: max(1, len(line) // 24)]],
                Qt.KeyboardModifier.ShiftModifier,
            )

    def _watch(self) -> None:
        self._beat += 1
        if self._films and self._kind and self._kind not in self._filmed and self._beat % 3 == 0:
            self.film.take(90)

    def _show(self, milliseconds: int) -> None:
        if self._films and self._kind not in self._filmed:
            wait(300)
            self.film.take(milliseconds)


def most(ids: np.ndarray[Any, Any]) -> int:
    """Return the cell of which there are most pixels; 0 for none."""
    return int(np.bincount(ids[ids > 0]).argmax()) if (ids > 0).any() else 0


def middle(labels: np.ndarray[Any, Any], cell: int) -> Place:
    """Return the innermost pixel of a cell."""
    from scipy.ndimage import distance_transform_edt

    inside = distance_transform_edt(np.pad(np.asarray(labels) == cell, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    return float(row), float(column)


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
        wait(5)


if __name__ == "__main__":
    main()
