"""A method whose package goes into an environment of its own."""

from dataclasses import dataclass

from napari_cellbench.data import Instances
from napari_cellbench.methods import Environment, Method, Predictor, parameter


@dataclass(frozen=True)
class StripesParameters:
    number: int = parameter(3, label="Number", help="Of stripes.", low=0, high=10)


class StripesPredictor(Predictor[StripesParameters]):
    def predict(self, image, roles, parameters, statistics, progress):
        from stripes_framework import draw

        return Instances.from_labels(draw(image.shape[1:], parameters.number))


class Stripes(Method[StripesParameters]):
    key, title, family = "stripes", "Stripes", "Lines"
    purpose, citation = "Draws stripes", "nobody"
    targets, channels = ("nucleus",), ("nucleus",)
    parameters = StripesParameters
    requires = ("stripes_framework",)
    environment = Environment(
        packages=("stripes-framework==1.0",),
        pythons=("3.11", "3.12", "3.13"),
        download=1_000_000,
        size=5_000_000,
    )
    needs_checkpoint = False

    def load(self, checkpoint, device):
        return StripesPredictor()
