"""The bowl's winners with networks that are small enough for a test; workers import them too."""

from pathlib import Path
from types import MappingProxyType

from napari_cellbench.methods import Method
from napari_cellbench.methods.dsb2018 import FirstPlace, SecondPlace, ThirdPlace


class SmallFirst(FirstPlace):
    shape = MappingProxyType({"width": 8, "blocks": (1, 1, 1, 1)})


class SmallSecond(SecondPlace):
    shape = MappingProxyType({"width": 8, "blocks": (1, 1, 1, 1), "features": 16})


class SmallThird(ThirdPlace):
    shape = MappingProxyType(
        {"width": 8, "blocks": (1, 1, 1, 1), "features": 24, "proposing": 24, "dense": 32}
    )


def small_checkpoint(kind: type[Method], folder: Path) -> Path:
    """Write random weights of one of these."""
    import torch

    from napari_cellbench.methods.deepcell.checkpoint import save_checkpoint
    from napari_cellbench.methods.deepcell.settings import InputSettings

    torch.manual_seed(0)
    path = folder / "small.safetensors"
    settings = InputSettings((), "percentiles", 96)
    # As large as it is: only the third winner enlarges.
    save_checkpoint(path, _network(kind), kind.key, settings, short_side="1")
    return path


def _network(kind: type[Method]):
    from napari_cellbench.methods.dsb2018.first.unet import UNet, UNetShape
    from napari_cellbench.methods.dsb2018.second.checkpoint import new_shape
    from napari_cellbench.methods.dsb2018.second.network import SecondNet
    from napari_cellbench.methods.dsb2018.third import checkpoint as third
    from napari_cellbench.methods.dsb2018.third.network import ThirdNet

    if issubclass(kind, ThirdPlace):
        return ThirdNet(third.new_shape(kind.shape))
    if issubclass(kind, SecondPlace):
        return SecondNet(new_shape(kind.shape))
    return UNet(UNetShape(**kind.shape))
