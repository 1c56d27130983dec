"""Methods of detectron2, whose networks were written anew from their published descriptions."""

from .centermask2 import CenterMask2
from .resnest import ResNeSt

__all__ = ["CenterMask2", "ResNeSt"]
