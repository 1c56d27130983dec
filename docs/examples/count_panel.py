"""A panel of one's own: how many cells a labels layer holds, also while it is painted on."""

import numpy as np
from qtpy.QtWidgets import QLabel, QVBoxLayout

from napari_cellbench.data.ids import count_pixels
from napari_cellbench.errors import sentence
from napari_cellbench.widgets.jobs.latest import LatestJob
from napari_cellbench.widgets.layers.box import LayerBox
from napari_cellbench.widgets.layers.watch import LabelsWatch
from napari_cellbench.widgets.panel import Panel


class CountPanel(Panel):
    def __init__(self, napari_viewer):
        super().__init__(napari_viewer)
        self.layer = LayerBox(napari_viewer, lambda layer: layer._type_string == "labels")
        self.answer = QLabel()
        self.job, self.watch = LatestJob(), LabelsWatch(napari_viewer)
        layout = QVBoxLayout(self.content)
        layout.addWidget(self.layer)
        layout.addWidget(self.answer)
        layout.addStretch()
        self.layer.chosen.connect(self.choose)
        self.watch.edited.connect(self.count)
        self.watch.replaced.connect(self.count)
        self.job.delivered.connect(self.show_count)
        self.job.failed.connect(self.fail)
        self.choose()

    def choose(self):
        layer = self.layer.layer()
        self.watch.follow([] if layer is None else [layer])
        self.count()

    def count(self, *_):
        layer = self.layer.layer()
        if layer is None:
            self.job.drop()
            self.answer.setText("Choose a labels layer.")
            return
        data = layer.data
        self.job.submit(lambda report: report(len(count_pixels(np.asarray(data))[0])))

    def show_count(self, count):
        self.answer.setText(f"Cells: {count:,}")

    def fail(self, error):
        self.answer.setText(sentence(error))

    def close_panel(self):
        self.job.stop()
        self.watch.follow([])
        self.layer.disconnect_layers()
