"""A method of one's own: what is brighter than a level is an object."""

from dataclasses import dataclass

from napari_cellbench.data import Instances
from napari_cellbench.methods import Method, Predictor, parameter


@dataclass(frozen=True)
class ThresholdParameters:
    level: float = parameter(
        0.5, label="Level", help="Between the dimmest pixel and the brightest.", low=0, high=1
    )


class ThresholdPredictor(Predictor[ThresholdParameters]):
    def predict(self, image, roles, parameters, statistics, progress):
        from scipy.ndimage import label

        low, high = statistics.percentile(0, 0), statistics.percentile(100, 0)
        labels, _ = label(image[0] > low + parameters.level * (high - low))
        progress(1, 1)
        return Instances.from_labels(labels)


class Threshold(Method[ThresholdParameters]):
    key = "threshold"
    title = "Threshold"
    family = "classical"
    purpose = "What is brighter than its surroundings"
    citation = "None needed"
    targets = ("nucleus",)
    channels = ("nucleus", "other")
    parameters = ThresholdParameters
    needs_checkpoint = False

    def load(self, checkpoint, device):
        return ThresholdPredictor()
