"""The Score widget: figures of predictions against a truth, which follow every stroke."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QSize, QTimer
from qtpy.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..data.files import replacing
from ..errors import CellbenchError, InputError
from ..scoring.counts import THRESHOLDS
from .layer_box import LayerBox
from .notify import complain, tell
from .score_figures import NO_SCORES, Row, to_csv, to_json, to_markdown
from .score_layers import comparison, is_labels, is_truth, record_of, region_of
from .score_list import ErrorList, summary
from .score_live import Comparison, Failure, Inspection, Result
from .score_map import PALETTES, ErrorMap
from .score_plot import ScorePlot
from .score_table import ScoreTable
from .score_thread import Focus, ScoreThread
from .score_view import Hover, go_to
from .score_watch import LabelsWatch

if TYPE_CHECKING:
    import napari

    from ..data.source import Region
    from .score_live import CellError

REGIONS = {"whole": "Whole image", "visible": "Visible region", "drawn": "Drawn shape"}
SHAPE = "Region to score"
"""Name of the shapes layer that the user draws the region in."""
SETTLED = 150
"""After the view has moved, the visible region is scored once it rests so long, in ms."""
WIDTH = 620
"""Of the panel at first, in pixels of the screen."""


class ScoreWidget(QWidget):
    """Scores labels layers against a truth layer.

    Parameters
    ----------
    viewer
        napari's viewer; napari passes it in by this name.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self.results: dict[Any, Result | Failure] = {}
        self.errors: list[CellError] = []
        self.scorer = ScoreThread()
        self.truth = LayerBox(napari_viewer, is_labels)
        self.region, self.iou, self.palette = QComboBox(), QComboBox(), QComboBox()
        self.table = ScoreTable()
        self.note = QLabel()
        self.plot = ScorePlot()
        self.error_list = ErrorList()
        self.error_title = QLabel()
        self.map_button = QPushButton("Show error map")
        self.markdown_button = QPushButton("Copy Markdown")
        self.csv_button = QPushButton("Copy CSV")
        self.json_button = QPushButton("Save JSON…")
        self.error_map = ErrorMap(napari_viewer)
        self._comparisons: tuple[Comparison, ...] = ()
        self._region: Region | None = None
        self._shapes: Any | None = None
        self._closed = False
        self._watch = LabelsWatch(napari_viewer, self.scorer.edit, self._restart_soon)
        self._hover = Hover(napari_viewer, self._hovered_layer, self.scorer.hover)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._build()
        self._connect()
        self._take_theme()
        self.restart()

    def restart(self) -> None:
        """Compare what is chosen now, from the beginning."""
        if self.truth.layer() is None:
            self.truth.choose(next(filter(is_truth, self.truth.layers()), None))
        truth = self.truth.layer()
        labels = [layer for layer in self.viewer.layers if is_labels(layer)]
        self.table.set_layers([layer for layer in labels if layer is not truth])
        chosen = self.table.ticked_layers() if truth is not None else []
        self._watch.follow([truth, *chosen] if chosen else [])
        self._follow_shapes()
        made: list[Comparison] = []
        self.results = {}
        try:
            self._region = self._chosen_region(truth) if chosen else None
            for layer in chosen:
                self._begin(layer, truth, made)
            self.note.setText("Preparing…" if made else self._advice(labels))
        except InputError as error:
            made = []
            self.note.setText(str(error))
        self._comparisons = tuple(made)
        self.scorer.compare(self._comparisons)
        if not made:
            self._show(self._comparisons, [])
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
        truth, rows = self.truth.layer(), self.rows()
        if truth is None or not rows:
            raise InputError("There is nothing to save: choose a truth and tick a prediction.")
        bounds = self._region and [[part.start, part.stop] for part in self._region]
        where = {"plane": list(self._comparisons[0].truth.leading), "region": bounds}
        with replacing(path) as file:
            file.write(to_json(rows, truth.name, record_of(truth), where).encode())

    def close_score(self) -> None:
        """Stop the thread and follow the viewer no longer: the widget goes."""
        if self._closed:
            return
        self._closed = True
        self.scorer.close()
        self._later.stop()
        self._watch.follow([])
        self._hover.close()
        self.truth.disconnect_layers()
        for event, slot in self._viewer_events():
            event.disconnect(slot)
        if self._shapes is not None:
            self._shapes.events.data.disconnect(self._restart_soon)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Leave room for the image beside the panel, with all columns of the table in view."""
        return QSize(WIDTH, super().sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Close with the dock: napari takes the widget out of it and tells it nothing else."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self.close_score()
        return super().event(event)

    def _begin(self, layer: Any, truth: Any, made: list[Comparison]) -> None:
        try:
            made.append(comparison(self.viewer, truth, layer, self._region))
        except InputError as error:
            self.results[layer] = Failure(layer, str(error))

    def _chosen_region(self, truth: Any) -> Region | None:
        return region_of(self.region.currentData(), truth, self._shapes)

    def _advice(self, labels: list[Any]) -> str:
        if not labels:
            return "Open an image with its ground truth, and segment it."
        if self.truth.layer() is None:
            return "Choose the layer that holds the ground truth."
        if len(labels) == 1:
            return "There is no prediction yet: segment the image, or open labels."
        return "Tick the predictions to score."

    def _show(self, comparisons: tuple[Comparison, ...], results: list[Result | Failure]) -> None:
        """Take results, unless they answer an earlier question."""
        if comparisons is not self._comparisons:
            return
        self.results.update({result.layer: result for result in results})
        self.table.show_results(self.results)
        self._plot()
        if self.results:
            self.note.setText(self._remarks())

    def _remarks(self) -> str:
        lines = [
            f"{layer.name}: {result.message}"
            for layer, result in self.results.items()
            if isinstance(result, Failure)
        ]
        scored = [result for result in self.results.values() if isinstance(result, Result)]
        if scored:
            n = scored[0].score.n_truth
            lines.append(f"The truth has {n:,} cell{'' if n == 1 else 's'}.")
        if any("masks" in record_of(layer) for layer in (self.truth.layer(), *self.results)):
            lines.append("Overlapping cells count as the layer shows them.")
        if any(not result.ranked for result in scored):
            lines.append(f"¹ {NO_SCORES}")
        return "\n".join(lines)

    def _plot(self) -> None:
        results = [one for one in self.results.values() if isinstance(one, Result)]
        coloured = [(result, self.table.colour(result.layer)) for result in results]
        self.plot.show_results(coloured, self.iou.currentData())

    def _look(self, *_: object) -> None:
        """Ask for the errors of the focused prediction."""
        self._plot()
        layer, draw = self.table.focus(), self.map_button.isChecked()
        if not draw:
            self.error_map.hide()
        if all(one.layer is not layer for one in self._comparisons):
            self._show_errors([], "Errors")
            self.error_map.hide()
            return
        self.scorer.look(Focus(layer, self.iou.currentData(), draw))

    def _show_inspection(self, found: Inspection) -> None:
        truth = self.truth.layer()
        is_asked = found.layer is self.table.focus() and found.iou == self.iou.currentData()
        if truth is None or not is_asked or found.layer not in self.viewer.layers:
            return
        title = f"Errors of <b>{found.layer.name}</b> at IoU {found.iou:.2f}: "
        self._show_errors(found.errors, title + summary(found.errors))
        if found.picture is not None and self.map_button.isChecked():
            self.error_map.show(found.picture, truth)

    def _show_errors(self, errors: list[CellError], title: str) -> None:
        self.errors = errors
        self.error_list.show_errors(errors)
        self.error_title.setText(title)

    def _go_to(self, error: CellError) -> None:
        layer = self.table.focus()
        for one in self._comparisons:
            if one.layer is layer:
                go_to(self.viewer, one, error)

    def _hovered_layer(self) -> Any | None:
        return self.truth.layer() if self._comparisons else None

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

    def _plane_moved(self, *_: object) -> None:
        if any(layer.ndim > 2 for layer in (self.truth.layer(), *self.results) if layer):
            self._later.start(0)

    def _view_moved(self, *_: object) -> None:
        if self.region.currentData() == "visible":
            self._later.start(SETTLED)

    def _region_chosen(self, *_: object) -> None:
        """Give the user something to draw in."""
        if self.region.currentData() == "drawn" and SHAPE not in self.viewer.layers:
            shapes = self.viewer.add_shapes(
                name=SHAPE, ndim=2, edge_color="yellow", face_color="transparent", edge_width=2
            )
            shapes.mode = "add_rectangle"
        self.restart()

    def _follow_shapes(self) -> None:
        drawn = SHAPE in self.viewer.layers and self.region.currentData() == "drawn"
        shapes = self.viewer.layers[SHAPE] if drawn else None
        if shapes is not self._shapes:
            if self._shapes is not None:
                self._shapes.events.data.disconnect(self._restart_soon)
            if shapes is not None:
                shapes.events.data.connect(self._restart_soon)
            self._shapes = shapes

    def _map_removed(self, event: Any) -> None:
        """Take note that the user has removed the error map's layer."""
        if event.value is self.error_map.layer:
            self.error_map.layer = None
            self.map_button.setChecked(False)

    def _take_theme(self, *_: object) -> None:
        from napari.utils.theme import get_theme

        theme = get_theme(self.viewer.theme)
        self.plot.set_theme(theme.background.as_hex(), theme.text.as_hex())

    def _viewer_events(self) -> list[tuple[Any, Any]]:
        layers, camera = self.viewer.layers.events, self.viewer.scene.camera.events
        return [
            (layers.inserted, self._restart_soon),
            (layers.removed, self._map_removed),
            (layers.removed, self._restart_soon),
            (layers.reordered, self._restart_soon),
            (self.viewer.dims.events.current_step, self._plane_moved),
            (camera.center, self._view_moved),
            (camera.zoom, self._view_moved),
            (self.viewer.events.theme, self._take_theme),
        ]

    def _connect(self) -> None:
        for event, slot in self._viewer_events():
            event.connect(slot)
        self._later.timeout.connect(self.restart)
        self.truth.chosen.connect(self._restart_soon)
        # The box follows the names of all labels layers.
        self.truth.model().dataChanged.connect(self.table.rename)
        self.region.currentIndexChanged.connect(self._region_chosen)
        self.iou.currentIndexChanged.connect(self._look)
        self.table.ticked.connect(self._restart_soon)
        self.table.focused.connect(self._look)
        self.map_button.toggled.connect(self._look)
        self.palette.currentTextChanged.connect(self.error_map.set_palette)
        self.error_list.chosen.connect(self._go_to)
        self.markdown_button.clicked.connect(self._copy_markdown)
        self.csv_button.clicked.connect(self._copy_csv)
        self.json_button.clicked.connect(self._ask_and_save)
        self.scorer.scored.connect(self._show)
        self.scorer.inspected.connect(self._show_inspection)
        self.scorer.described.connect(self._describe)
        self.scorer.failed.connect(complain)
        self.destroyed.connect(self.scorer.close)

    def _describe(self, text: str) -> None:
        self._hover.describe(text)

    def _build(self) -> None:
        for key, title in REGIONS.items():
            self.region.addItem(title, key)
        for threshold in THRESHOLDS:
            self.iou.addItem(f"IoU {threshold:.2f}", threshold)
        self.iou.setToolTip(
            "Threshold of the error list, the error map and precision against recall"
        )
        self.palette.addItems(list(PALETTES))
        self.palette.setToolTip("Matched outlines, missed cells, false cells")
        self.map_button.setCheckable(True)
        self.map_button.setToolTip(
            "A layer with matched outlines, missed and false cells, which follows your edits"
        )
        self.region.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.note.setWordWrap(True)
        self.note.setStyleSheet("color: gray; font-size: 11px;")
        self.error_title.setWordWrap(True)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Truth", self.truth)
        form.addRow("Region", self.region)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.table)
        layout.addWidget(self.note)
        layout.addLayout(_row(self.markdown_button, self.csv_button, self.json_button))
        layout.addWidget(self.plot)
        layout.addLayout(_row(self.iou, self.map_button, self.palette))
        layout.addWidget(self.error_title)
        layout.addWidget(self.error_list, 1)
        self.setMinimumWidth(420)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return row
