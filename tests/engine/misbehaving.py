"""A method of another package that does all that a method must not do."""

import ctypes
import os
import subprocess
import sys
import time
from dataclasses import dataclass

import numpy as np

from napari_cellbench.data import Instances
from napari_cellbench.methods.base import Method, Predictor
from napari_cellbench.methods.parameters import parameter

GREED = 200_000_000


@dataclass(frozen=True)
class Settings:
    how: str = parameter("well", label="How", help="What goes wrong.")
    seconds: float = parameter(0.0, label="Seconds", help="How long it takes.")


class MisbehavingPredictor(Predictor[Settings]):
    def predict(self, image, roles, parameters, statistics, progress):
        labels = np.zeros(image.shape[1:], np.int32)
        labels[1:3, 1:3] = 1
        getattr(self, parameters.how)(parameters, progress)
        if parameters.how == "overlapping":
            return overlapping_discs(image.shape[1:])
        return Instances.from_labels(labels[1:] if parameters.how == "wrong_shape" else labels)

    def well(self, parameters, progress):
        progress(1, 1)

    overlapping = wrong_shape = well

    def exit(self, parameters, progress):
        os._exit(7)

    def segfault(self, parameters, progress):
        ctypes.string_at(1)

    def fail(self, parameters, progress):
        raise KeyError("the model has no such layer")

    def memory_error(self, parameters, progress):
        raise MemoryError

    def gpu_memory(self, parameters, progress):
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    def greedy(self, parameters, progress):
        """Takes 200 MB and gives them back."""
        block = np.ones(GREED, np.uint8)
        time.sleep(parameters.seconds)
        del block

    def deaf(self, parameters, progress):
        """Neither reports nor asks whether to stop."""
        progress(0, 1)
        time.sleep(parameters.seconds)

    def parent(self, parameters, progress):
        """Starts a process that holds on to standard error, and doesn't wait for it."""
        subprocess.Popen(["sleep", str(parameters.seconds)], stdout=2)
        self.deaf(parameters, progress)

    def slow(self, parameters, progress):
        """Takes its time, but listens."""
        for step in range(100):
            progress(step, 100)
            time.sleep(parameters.seconds / 100)

    def chatter(self, parameters, progress):
        """Prints all over standard output, as Python and as native code do, in odd bytes."""
        sys.stdout.write("no end of line")
        progress(1, 3)
        sys.stdout.write("not \N{GREEK SMALL LETTER MU}\n{\n\n}\n")
        progress(2, 3)
        os.write(1, b'{"task": 1} \xff\xfe ' + 300_000 * b"\xb5")
        os.write(2, 300_000 * b"\xff")
        progress(3, 3)


class Misbehaving(Method[Settings]):
    key = "misbehaving"
    title = "Misbehaving"
    family = "test"
    citation = ""
    targets = ("nucleus",)
    channels = ("nucleus",)
    parameters = Settings
    needs_checkpoint = False

    def load(self, checkpoint, device):
        time.sleep(float(os.environ.get("MISBEHAVING_LOADS", 0)))
        return MisbehavingPredictor()


def overlapping_discs(shape):
    """Two discs that overlap, and one below them, with scores."""
    y, x = np.indices(shape)
    discs = [(20, 20, 9), (20, 28, 9), (22, 24, 3)]
    masks = np.array([(y - v) ** 2 + (x - u) ** 2 < r * r for v, u, r in discs])
    return Instances.from_masks(masks, shape, (0.5, 0.875, 0.125))
