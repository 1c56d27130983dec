"""DeepCell's methods with networks that are small enough for a test; workers import them too."""

from types import MappingProxyType

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
