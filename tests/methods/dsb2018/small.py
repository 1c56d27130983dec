"""The bowl's winners with networks that are small enough for a test; workers import them too."""

from pathlib import Path
from types import MappingProxyType

from napari_cellbench.methods import Method
from napari_cellbench.methods.dsb2018 import FirstPlace


class SmallFirst(FirstPlace):
    shape = MappingProxyType({"width": 8, "blocks": (1, 1, 1, 1)})


def small_checkpoint(kind: type[Method], folder: Path) -> Path:
    """Write random weights of one of these."""
    import torch

    from napari_cellbench.methods.deepcell.checkpoint import save_checkpoint
    from napari_cellbench.methods.deepcell.settings import InputSettings

    torch.manual_seed(0)
    path = folder / "small.safetensors"
    settings = InputSettings((), "percentiles", 96)
    save_checkpoint(path, _network(kind), kind.key, settings)
    return path


def _network(kind: type[Method]):
    from napari_cellbench.methods.dsb2018.first.unet import UNet, UNetShape

    return UNet(UNetShape(**kind.shape))
