"""The Score widget: figures of predictions against a truth, which follow every stroke."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.layers import Image
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QApplication, QFileDialog

from ...data.record import record_of
from ...errors import CellbenchError, InputError
from ...files.outputs import export_text
from ..layers.watch import LabelsWatch
from ..notify import complain, tell
from ..panel import Panel
from ..saving import remember_layers
from .export import Row, to_csv, to_json, to_markdown
from .form import ScoreForm
from .layers import belongs, comparison, is_labels
from .notes import advice, notes
from .thread import ScoreThread
from .types import Comparison, Failure, Result
from .view import Hover

if TYPE_CHECKING:
    import napari


class ScoreWidget(Panel):
    """Scores labels layers against a truth layer.

    Parameters
    ----------
    viewer
        napari's viewer; napari passes it in by this name.
    """

    WIDTH = 660
    """With all columns of the table in view."""

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__(napari_viewer)
        self.results: dict[Any, Result | Failure] = {}
        self.form = ScoreForm(napari_viewer)
        self.scorer = ScoreThread()
        self._asked: tuple[Comparison, ...] = ()
        self._scored: tuple[Comparison, ...] = ()
        self._refused: list[Failure] = []
        self._watch = LabelsWatch(napari_viewer)
        self._hover = Hover(napari_viewer)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self.form.fill(self.content)
        self._connect()
        self.restart()

    def restart(self) -> None:
        """Compare what is chosen now, from the beginning; until then the last figures stay."""
        form = self.form
        form.truth.choose_truth()
        form.target.refresh()
        truth = form.truth.layer()
        labels = [layer for layer in self.viewer.layers if is_labels(layer)]
        self._offer([layer for layer in labels if layer is not truth], truth)
        chosen = form.table.ticked_layers() if truth is not None else []
        self._watch.follow([truth, *chosen] if chosen else [])
        same = bool(self._scored) and self._scored[0].truth_layer is truth
        self.results = {
            layer: one for layer, one in self.results.items() if same and layer in chosen
        }
        form.table.show_results(self.results)
        self._refused, problem = [], ""
        try:
            self._asked = self._comparisons(chosen)
        except InputError as error:
            self._asked, problem = (), str(error)
        self._hover.layer = truth if self._asked else None
        self.scorer.compare(self._asked)
        if self._asked:
            if not self.results:
                form.note.setText("Preparing…")
        else:
            self._show(self._asked, [])
            if problem or not self.results:
                images = [one for one in self.viewer.layers if isinstance(one, Image)]
                form.note.setText(problem or advice(truth, labels, images))
        self._look()

    def rows(self) -> list[Row]:
        """Return what is scored, for export."""
        return [
            Row(layer.name, result.score, result.ranked, record_of(layer))
            for layer, result in self.results.items()
            if isinstance(result, Result)
        ]

    def save(self, path: Path | str) -> None:
        """Write all figures, with their definitions and provenance, as JSON.

        Raises
        ------
        InputError
            If nothing is scored, or the file can't be written.
        """
        rows = self.rows()
        if not rows:
            raise InputError("There is nothing to save: choose a truth and tick a prediction.")
        one = self._scored[0]
        bounds = one.region and [[part.start, part.stop] for part in one.region]
        where = {"plane": list(one.truth.leading or one.prediction.leading), "region": bounds}
        truth = one.truth_layer
        remember_layers()
        export_text(Path(path), to_json(rows, truth.name, record_of(truth), where))

    def close_panel(self) -> None:
        """Stop the thread and follow the viewer no longer."""
        self.scorer.close()
        self._later.stop()
        self._watch.follow([])
        self._hover.close_hover()
        self.form.close_form()
        for event, slot in self._viewer_events():
            event.disconnect(slot)

    def _offer(self, others: list[Any], truth: Any | None) -> None:
        by_target = self.form.target.count() > 1
        fitting = {
            layer for layer in others if truth is None or belongs(layer, truth, by_target=by_target)
        }
        self.form.table.set_layers(others, fitting)

    def _comparisons(self, chosen: list[Any]) -> tuple[Comparison, ...]:
        if not chosen:
            return ()
        truth = self.form.truth.layer()
        region, made = self.form.region.region(truth), []
        selection, split = self.form.selection.selection(), self.form.pieces.sides()
        for layer in chosen:
            try:
                made.append(comparison(self.viewer, truth, layer, region, selection, split))
            except InputError as error:
                self._refused.append(Failure(layer, str(error)))
        return tuple(made)

    def _show(self, comparisons: tuple[Comparison, ...], results: list[Result | Failure]) -> None:
        """Take results, unless they answer an earlier question."""
        if comparisons is not self._asked:
            return
        self._scored = comparisons
        self.results = {one.layer: one for one in [*self._refused, *results]}
        self.form.table.show_results(self.results)
        self.form.enable_export(bool(self.rows()))
        scored = [one for one in results if isinstance(one, Result)]
        self.form.pieces.offer(frozenset().union(*(one.masks for one in scored)))
        self._plot()
        if self.results:
            self.form.note.setText(notes(comparisons, self.results))

    def _plot(self) -> None:
        table, rows = self.form.table, self.results.values()
        coloured = [(one, table.colour(one.layer)) for one in rows if isinstance(one, Result)]
        self.form.plot.show_results(coloured, self.form.review.threshold)

    def _look(self, *_: object) -> None:
        """Ask for the errors of the focused prediction."""
        layer = self.form.table.focus()
        one = next((one for one in self._asked if one.layer is layer), None)
        focus = self.form.review.focus(one)
        if focus is not None:
            self.scorer.look(focus)

    def _copy_markdown(self) -> None:
        QApplication.clipboard().setText(to_markdown(self.rows()))

    def _copy_csv(self) -> None:
        QApplication.clipboard().setText(to_csv(self.rows()))

    def _ask_and_save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save scores", "scores.json", "JSON (*.json)")
        if path:
            try:
                self.save(path)
            except CellbenchError as error:
                complain(error)
            else:
                tell(f"Saved {Path(path).name}.")

    def _restart_soon(self, *_: object) -> None:
        self._later.start(0)

    def _layer_came_or_went(self, event: Any) -> None:
        if is_labels(event.value) or not self._asked:
            self._restart_soon()

    def _plane_moved(self, event: Any = None) -> None:
        if any(one.truth.leading or one.prediction.leading for one in self._asked):
            self._restart_soon()

    def _viewer_events(self) -> list[tuple[Any, Any]]:
        layers = self.viewer.layers.events
        return [
            (layers.inserted, self._layer_came_or_went),
            (layers.removed, self._layer_came_or_went),
            (layers.reordered, self._restart_soon),
            (self.viewer.dims.events.current_step, self._plane_moved),
        ]

    def _connect(self) -> None:
        for event, slot in self._viewer_events():
            event.connect(slot)
        form = self.form
        self._later.timeout.connect(self.restart)
        form.truth.chosen.connect(self._restart_soon)
        # The box follows the names of all labels layers.
        form.truth.model().dataChanged.connect(form.table.rename)
        form.region.changed.connect(self.restart)
        form.selection.changed.connect(self.restart)
        form.pieces.changed.connect(self.restart)
        form.table.ticked.connect(self._restart_soon)
        form.table.focused.connect(self._look)
        form.review.changed.connect(self._look)
        form.review.changed.connect(self._plot)
        form.markdown_button.clicked.connect(self._copy_markdown)
        form.csv_button.clicked.connect(self._copy_csv)
        form.json_button.clicked.connect(self._ask_and_save)
        # Queued: the thread begins when the stroke's event is done, and doesn't compete with it.
        self._watch.edited.connect(self.scorer.edit, Qt.ConnectionType.QueuedConnection)
        self._watch.replaced.connect(self._restart_soon)
        self._hover.asked.connect(self.scorer.hover)
        self.scorer.scored.connect(self._show)
        self.scorer.inspected.connect(form.review.show_inspection)
        self.scorer.described.connect(self._hover.describe)
        self.scorer.failed.connect(complain)
