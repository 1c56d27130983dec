"""Methods of detectron2 with networks that are small enough for a test; workers import them too."""

from pathlib import Path
from types import MappingProxyType

from napari_cellbench.methods.detectron2 import CenterMask2, ResNeSt
from napari_cellbench.methods.detectron2.method import Detectron2Method


class SmallCenterMask2(CenterMask2):
    shape = MappingProxyType(
        {
            "backbone": {
                "blocks": (1, 1, 2, 1),
                "stem": (8, 8, 16),
                "inside": (8, 8, 16, 16),
                "out": (16, 24, 32, 40),
            },
            "features": 16,
            "hidden": 24,
        }
    )


class SmallResNeSt(ResNeSt):
    shape = MappingProxyType(
        {
            "backbone": {
                "blocks": (1, 1, 1, 1),
                "stem": (8, 8, 16),
                "widths": (8, 8, 16, 16),
                "out": (16, 24, 32, 40),
                "deformable": (4,),
            },
            "features": 16,
            "hidden": 24,
            "stages": 3,
            "mask_depth": 2,
        }
    )


KINDS: tuple[type[Detectron2Method], ...] = (SmallCenterMask2, SmallResNeSt)


def small_checkpoint(kind: type[Detectron2Method], folder: Path) -> Path:
    """Write random weights of one of these."""
    import torch

    from napari_cellbench.methods.detectron2.checkpoint import save_checkpoint
    from napari_cellbench.methods.detectron2.settings import InputSettings

    torch.manual_seed(0)
    path = folder / "small.safetensors"
    settings = InputSettings.fresh(kind.order, (), 1.0, 96)
    save_checkpoint(path, kind().design().new(), kind.key, settings)
    return path
