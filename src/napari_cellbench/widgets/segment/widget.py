"""The Segment widget: layers, method, checkpoint, parameters, region and device; run and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ...engine.environments import missing
from ...errors import CellbenchError, InputError
from ...methods import get_method
from ...methods.parameters import build
from ..engines import shared_engine
from ..layer_box import LayerBox
from ..layer_source import Input, current_index, drawn_region, spatial_shape, visible_region
from ..notify import complain
from .checkpoint_box import CheckpointBox
from .method_box import AboutMethod, MethodBox, MethodRow
from .parameter_form import ParameterForm
from .results import Place, add_result
from .run import Order, Outcome, Run

if TYPE_CHECKING:
    import napari

SLOTS = {"nucleus": "Nucleus", "whole_cell": "Whole cell", "rgb": "Phase / RGB"}
"""Roles that the user gives to layers, with their names on screen."""
REGIONS = {"whole": "Whole image", "visible": "Visible region", "drawn": "Drawn rectangle"}
DEVICES = {"auto": "Automatic", "cpu": "CPU", "cuda": "NVIDIA GPU (CUDA)", "mps": "Apple GPU"}
RECTANGLE = "Region to segment"
"""Name of the shapes layer that the user draws the region in."""


class SegmentWidget(QWidget):
    """Runs a method on layers of the viewer.

    Parameters
    ----------
    viewer
        napari's viewer; napari passes it in by this name.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self.engine = shared_engine()
        self.current_run: Run | None = None
        self.layers = {role: LayerBox(napari_viewer, _is_image) for role in SLOTS}
        self.method = MethodBox()
        self.method_row = MethodRow(self.method)
        self.about = AboutMethod()
        self.checkpoint = CheckpointBox()
        self.form: ParameterForm | None = None
        self.region = _choices(REGIONS)
        self.every_plane = QCheckBox("Every plane of the stack")
        self.link = QCheckBox("Link objects from plane to plane")
        self.device = _choices(DEVICES)
        self.run_button = QPushButton("Segment")
        self.cancel_button = QPushButton("Cancel")
        self.release_button = QPushButton("Release memory")
        self.bar = QProgressBar()
        self.status = QLabel()
        self._build()
        self._connect()
        self._show_method()
        self._suggest_layers()
        self._show_idle("Ready.")

    def run(self) -> None:
        """Start a run with what the widget shows."""
        if self.current_run is not None:
            return
        try:
            order = self._order()
        except CellbenchError as error:
            complain(error)
            return
        place = Place.of(order.input)
        run = Run(self.engine, order, self)
        run.progressed.connect(self._show_progress)
        run.succeeded.connect(lambda outcome: self._finish(order, place, outcome))
        run.failed.connect(self._fail)
        run.cancelled.connect(lambda: self._show_idle("Cancelled."))
        run.ended.connect(self._forget)
        self.current_run = run
        self._show_busy()
        run.start()

    def cancel(self) -> None:
        """Stop the run."""
        if self.current_run is not None:
            self.cancel_button.setEnabled(False)
            self.status.setText("Cancelling…")
            self.current_run.cancel()

    def release(self) -> None:
        """End the worker process and give back its memory."""
        self.engine.release()
        self._show_idle("The worker process has ended; its memory is free.")

    def close_run(self) -> None:
        """Stop following the viewer, and whatever runs: the widget goes."""
        for box in self.layers.values():
            box.disconnect_layers()
        if self.current_run is not None:
            self.current_run.cancel()

    def _order(self) -> Order:
        layers = self._chosen()
        first = Input(layers).first
        stack = len(spatial_shape(first)) > 2
        index = current_index(first, self.viewer.dims.point) if stack else ()
        method, form = self.method.method(), self.form
        assert form is not None
        build(method.parameters, form.values())
        checkpoint = self.checkpoint.checkpoint()
        if method.needs_checkpoint and checkpoint is None:
            raise InputError(f"{method.title} needs a checkpoint: choose one or a file.")
        every = stack and self.every_plane.isChecked()
        return Order(
            input=Input(layers, self._region(first)),
            method=method.key,
            checkpoint=checkpoint,
            parameters=form.values(),
            device=self.device.currentData(),
            index=None if every else index,
            link=every and self.link.isChecked(),
        )

    def _chosen(self) -> dict[str, Any]:
        layers = {role: box.layer() for role, box in self.layers.items()}
        return {role: layer for role, layer in layers.items() if layer is not None}

    def _region(self, layer: Any) -> Any:
        kind = self.region.currentData()
        if kind == "visible":
            return visible_region(layer)
        if kind == "drawn":
            drawn = RECTANGLE in self.viewer.layers
            return drawn_region(layer, self.viewer.layers[RECTANGLE] if drawn else None)
        return None

    def _finish(self, order: Order, place: Place, outcome: Outcome) -> None:
        method = get_method(order.method)
        checkpoint = order.checkpoint
        title = method.title + (f" · {_short(checkpoint.title)}" if checkpoint else "")
        record = outcome.provenance
        count = record["n_objects"]
        layer = add_result(self.viewer, place, outcome, title)
        text = f"{count:,} object{'' if count == 1 else 's'} in {record['seconds']:.1f} s"
        gone = order.input.first not in self.viewer.layers
        notes = [f"on {record['device'].upper()}"]
        if outcome.partial:
            notes.append("cancelled: only the planes that were done")
        if gone:
            notes.append("the image was removed in the meantime")
        self._show_idle(f"{text} {', '.join(notes)}.")
        self.status.setToolTip(layer.name)

    def _fail(self, error: Exception) -> None:
        self._show_idle(str(error).splitlines()[0])
        complain(error)

    def _forget(self) -> None:
        if self.current_run is not None:
            self.current_run.deleteLater()
            self.current_run = None
        self.run_button.setEnabled(not missing(self.method.method()))

    def _show_busy(self) -> None:
        self.run_button.setEnabled(False)
        self.cancel_button.setEnabled(True)
        self.release_button.setEnabled(False)
        self.bar.setRange(0, 0)
        self.status.setText("Starting the worker process…")

    def _show_progress(self, fraction: float, message: str) -> None:
        if self.cancel_button.isEnabled():
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(fraction * 1000))
            self.status.setText(f"{message}…")

    def _show_idle(self, message: str) -> None:
        self.cancel_button.setEnabled(False)
        self.bar.setRange(0, 1000)
        self.bar.setValue(0)
        self.status.setText(message)
        self.release_button.setEnabled(self.engine.pid is not None)

    def _show_method(self, *_: object) -> None:
        method = self.method.method()
        self._show_environment()
        self.checkpoint.show_method(method.key)
        form = ParameterForm(method.parameters)
        layout = self._parameters.layout()
        if self.form is not None:
            layout.removeWidget(self.form)
            self.form.setParent(None)
            self.form.deleteLater()
        self.form = form
        layout.addWidget(form)
        self._show_layers()

    def _show_environment(self) -> None:
        method = self.method.method()
        self.about.show_method(method)
        self.run_button.setEnabled(not missing(method) and self.current_run is None)

    def _show_layers(self) -> None:
        chosen = self._chosen()
        stack = any(layer.ndim > 2 for layer in chosen.values())
        self.every_plane.setVisible(stack)
        self.link.setVisible(stack)
        self.link.setEnabled(self.every_plane.isChecked())
        if chosen:
            self.checkpoint.suggest(Input(chosen).roles)

    def _suggest_layers(self, *_: object) -> None:
        """Choose layers by what their metadata say, where nothing is chosen yet."""
        if any(box.layer() is not None for box in self.layers.values()):
            return
        images = self.layers["nucleus"].layers()
        for layer in images:
            role = layer.metadata.get("cellbench", {}).get("role", "")
            slot = "rgb" if layer.rgb or role == "phase" else role
            if slot in self.layers and self.layers[slot].layer() is None:
                self.layers[slot].choose(layer)
        if images and all(box.layer() is None for box in self.layers.values()):
            self.layers["nucleus"].choose(images[0])

    def _prepare_region(self, *_: object) -> None:
        """Give the user something to draw in."""
        if self.region.currentData() == "drawn" and RECTANGLE not in self.viewer.layers:
            shapes = self.viewer.add_shapes(
                name=RECTANGLE, ndim=2, edge_color="yellow", face_color="transparent", edge_width=2
            )
            shapes.mode = "add_rectangle"
            self.status.setText("Draw a rectangle on the image, then press Segment.")

    def _connect(self) -> None:
        for box in self.layers.values():
            box.chosen.connect(self._show_layers)
        # napari fills in a layer's metadata before it tells of the layer, but the boxes of this
        # widget may hear of it later than this.
        later = QTimer(self)
        later.setSingleShot(True)
        later.timeout.connect(self._suggest_layers)
        self.layers["nucleus"].model().rowsInserted.connect(lambda *_: later.start(0))
        self.method.currentIndexChanged.connect(self._show_method)
        self.method_row.moved.connect(self._show_environment)
        self.region.currentIndexChanged.connect(self._prepare_region)
        self.every_plane.toggled.connect(self.link.setEnabled)
        self.run_button.clicked.connect(self.run)
        self.cancel_button.clicked.connect(self.cancel)
        self.release_button.clicked.connect(self.release)

    def _build(self) -> None:
        self.method.choose("stardist")
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.run_button.setDefault(True)
        self.run_button.setMinimumHeight(32)
        self.device.setToolTip("Automatic takes a GPU where there is one")
        self.release_button.setToolTip(
            "End the worker process: its memory, on the GPU too, is free at once"
        )
        images = _group("Image")
        for role, title in SLOTS.items():
            images.layout().addRow(title, self.layers[role])
        what = _group("Method")
        what.layout().addRow("Method", self.method_row)
        what.layout().addRow("Checkpoint", self.checkpoint)
        what.layout().addRow(self.about)
        self._parameters = QGroupBox("Parameters")
        QVBoxLayout(self._parameters)
        where = _group("Where")
        where.layout().addRow("Region", self.region)
        where.layout().addRow(self.every_plane)
        where.layout().addRow(self.link)
        where.layout().addRow("Device", self.device)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 6, 0)
        for group in (images, what, self._parameters, where):
            column.addWidget(group)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        buttons = QHBoxLayout()
        buttons.addWidget(self.run_button, 2)
        buttons.addWidget(self.cancel_button, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll, 1)
        layout.addLayout(buttons)
        layout.addWidget(self.bar)
        layout.addWidget(self.status)
        layout.addWidget(self.release_button)
        self.setMinimumWidth(350)
        self.destroyed.connect(self.close_run)


def _is_image(layer: Any) -> bool:
    return layer._type_string == "image"


def _group(title: str) -> QGroupBox:
    group = QGroupBox(title)
    form = QFormLayout(group)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return group


def _choices(items: dict[str, str]) -> QComboBox:
    box = QComboBox()
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    for key, title in items.items():
        box.addItem(title, key)
    return box


def _short(title: str) -> str:
    return title.removesuffix(" (bundled)")
