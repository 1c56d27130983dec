"""MEDIAR with a network that is small enough for a test; workers import it too."""

from pathlib import Path

from napari_cellbench.methods.mediar import Mediar

WINDOW = 96
"""Side in pixels of the windows that it sees."""


class SmallMediar(Mediar):
    @property
    def shape(self):
        from napari_cellbench.methods.mediar.network import MediarShape

        return MediarShape((8, 16, 40, 64), (1, 1, 2, 1), (64, 32, 24, 16, 16), 16)


def small_network(seed: int = 0):
    """Draw a network."""
    import torch

    from napari_cellbench.methods.mediar.network import MediarNetwork

    torch.manual_seed(seed)
    return MediarNetwork(SmallMediar().shape).eval()


def small_checkpoint(folder: Path) -> Path:
    """Write random weights, as `train` does."""
    from napari_cellbench.methods.mediar.checkpoint import save_checkpoint
    from napari_cellbench.methods.mediar.settings import InputSettings

    path = folder / "small.safetensors"
    save_checkpoint(path, small_network(), InputSettings((), WINDOW))
    return path
