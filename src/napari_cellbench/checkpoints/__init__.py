"""Weights: what there is, where it lies, how it gets here."""

from .base import Checkpoint
from .cache import location, resolve
from .catalogue import checkpoints, get_checkpoint
from .hashing import sha256_of
from .storage import Stored, adopt, delete, disk_use, size_text, stored
from .user import add_user_checkpoint, forget_user_checkpoint

__all__ = [
    "Checkpoint",
    "Stored",
    "add_user_checkpoint",
    "adopt",
    "checkpoints",
    "delete",
    "disk_use",
    "forget_user_checkpoint",
    "get_checkpoint",
    "location",
    "resolve",
    "sha256_of",
    "size_text",
    "stored",
]
