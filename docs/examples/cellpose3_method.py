"""Cellpose 3, whose package can't be beside Cellpose 4's: it runs in an environment of its own."""

from dataclasses import dataclass

import numpy as np

from napari_cellbench.data import Instances
from napari_cellbench.methods import Method, Predictor, parameter


@dataclass(frozen=True)
class Cellpose3Parameters:
    diameter: float = parameter(30.0, label="Diameter", help="Of a cell.", unit="px", low=1)


class Cellpose3Predictor(Predictor[Cellpose3Parameters]):
    def __init__(self, checkpoint, device):
        import torch
        from cellpose.models import CellposeModel

        self.model = CellposeModel(pretrained_model=str(checkpoint), device=torch.device(device))

    def predict(self, image, roles, parameters, statistics, progress):
        masks, *_ = self.model.eval(image[0], channels=[0, 0], diameter=parameters.diameter)
        return Instances.from_labels(masks.astype(np.int32))


class Cellpose3(Method[Cellpose3Parameters]):
    key, title, family = "cellpose3", "Cellpose 3", "U-Net with flow fields"
    purpose = "Whole cells and nuclei"
    citation = "Stringer et al. 2021, Nature Methods 18: 100"
    targets = ("whole_cell", "nucleus")
    channels = ("whole_cell", "nucleus", "phase")
    parameters = Cellpose3Parameters
    requires = ("torch", "cellpose")

    def load(self, checkpoint, device):
        return Cellpose3Predictor(checkpoint, device)
