"""A method of another package that refuses images above a size."""

from dataclasses import dataclass

import numpy as np

from napari_cellbench.data import Instances
from napari_cellbench.errors import InputError
from napari_cellbench.methods.base import Method, Predictor
from napari_cellbench.methods.parameters import parameter


@dataclass(frozen=True)
class Settings:
    side: int = parameter(300, label="Side", help="The longest side that it takes.")


class PickyPredictor(Predictor[Settings]):
    def predict(self, image, roles, parameters, statistics, progress):
        if max(image.shape) > parameters.side:
            raise InputError("This image is too large for me.")
        labels = np.zeros(image.shape[1:], np.int32)
        labels[2:9, 2:9] = 1
        return Instances.from_labels(labels)


class Picky(Method[Settings]):
    key = "picky"
    title = "Picky"
    family = "Of the tests"
    citation = "Nobody"
    targets = ("nucleus",)
    channels = ("nucleus",)
    parameters = Settings
    needs_checkpoint = False

    def load(self, checkpoint, device):
        return PickyPredictor()
