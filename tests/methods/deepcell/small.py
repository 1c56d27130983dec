"""DeepCell's methods with networks that are small enough for a test; workers import them too."""

from pathlib import Path
from types import MappingProxyType

from napari_cellbench.methods import Method
from napari_cellbench.methods.deepcell.featurenet import FeatureNet, FeatureNetWidths
from napari_cellbench.methods.deepcell.mesmer import Mesmer
from napari_cellbench.methods.deepcell.retinamask import RetinaMask


class SmallFeatureNet(FeatureNet):
    widths = FeatureNetWidths(filters=8, dense=16)


class SmallMesmer(Mesmer):
    shape = MappingProxyType(
        {"width": 8, "blocks": (1, 1, 1, 1), "pyramid": 16, "upsample": 8, "dense": 16}
    )


class SmallRetinaMask(RetinaMask):
    shape = MappingProxyType({"width": 8, "blocks": (1, 1, 1, 1), "features": 16})


def small_checkpoint(kind: type[Method], folder: Path) -> Path:
    """Write random weights of one of these, for one channel."""
    import torch

    from napari_cellbench.methods.deepcell.checkpoint import save_checkpoint
    from napari_cellbench.methods.deepcell.featurenet.network import FeatureNetNetwork
    from napari_cellbench.methods.deepcell.mesmer.network import PanopticNet, PanopticShape
    from napari_cellbench.methods.deepcell.retinamask.anchors import AnchorDesign
    from napari_cellbench.methods.deepcell.retinamask.network import RetinaMaskNet
    from napari_cellbench.methods.deepcell.retinamask.training import new_shape
    from napari_cellbench.methods.deepcell.settings import InputSettings

    torch.manual_seed(0)
    if issubclass(kind, FeatureNet):
        network = FeatureNetNetwork(1, kind.widths.filters, kind.widths.dense)
    elif issubclass(kind, Mesmer):
        network = PanopticNet(PanopticShape(1, **kind.shape))
    else:
        network = RetinaMaskNet(new_shape(AnchorDesign((1, 2), (1.0,)), 1, kind.shape))
    path = folder / "small.safetensors"
    save_checkpoint(path, network, kind.key, InputSettings((), "percentiles", 96))
    return path
