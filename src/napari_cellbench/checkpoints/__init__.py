"""Weights: what there is, where it lies, how it gets here."""

from .base import Checkpoint
from .cache import location, resolve
from .catalogue import checkpoints, get_checkpoint
from .hashing import sha256_of

__all__ = ["Checkpoint", "checkpoints", "get_checkpoint", "location", "resolve", "sha256_of"]
