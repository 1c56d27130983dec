"""What the other modules take from MMDetection, imported once the operators are in place."""

from __future__ import annotations

import warnings

from . import operators

with warnings.catch_warnings():
    # mmengine compiles functions with torch.jit; mmdet has escape sequences that Python warns of,
    # and imports from where mmcv had things before.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", ImportWarning)
    operators.install()
    import mmdet.models
    from mmcv.cnn.rfsearch import RFSearchHook
    from mmdet.models.backbones.swin import swin_converter
    from mmdet.registry import MODELS
    from mmdet.structures import DetDataSample
    from mmdet.structures.mask import BitmapMasks
    from mmengine.config import Config, ConfigDict
    from mmengine.logging import MMLogger
    from mmengine.registry import DefaultScope
    from mmengine.structures import InstanceData

__all__ = [
    "MODELS",
    "BitmapMasks",
    "Config",
    "ConfigDict",
    "DefaultScope",
    "DetDataSample",
    "InstanceData",
    "MMLogger",
    "RFSearchHook",
    "mmdet",
    "swin_converter",
]
