"""A method in an environment of its own, whose packages are as small as can be."""

import sys
from dataclasses import dataclass
from pathlib import Path

from napari_cellbench.data import Instances
from napari_cellbench.methods import Environment, Method, Predictor, parameter

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@dataclass(frozen=True)
class StripesParameters:
    number: int = parameter(3, label="Number", help="Of stripes.", low=0, high=10)


class StripesPredictor(Predictor[StripesParameters]):
    def predict(self, image, roles, parameters, statistics, progress):
        from stripes_framework import draw

        return Instances.from_labels(draw(image.shape[1:], parameters.number))


class Stripes(Method[StripesParameters]):
    key, title, family, citation = "stripes", "Stripes", "toy", "nobody"
    targets, channels = ("nucleus",), ("nucleus",)
    parameters = StripesParameters
    requires = ("stripes_framework",)
    environment = Environment(("stripes-framework==1.0",), pythons=(HERE,))
    needs_checkpoint = False

    def load(self, checkpoint, device):
        return StripesPredictor()


def stripes(*packages: str, pins: Path | None = None, requires=("stripes_framework",), **more):
    """Return the method with another environment."""
    environment = Environment(packages, pins, **{"pythons": (HERE,), **more})
    kind = type("Other", (Stripes,), {"environment": environment, "requires": requires})
    return kind()
