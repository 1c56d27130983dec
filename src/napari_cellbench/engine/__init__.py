"""Runs methods in a worker process.

Names are imported when first asked for: worker processes import this package too, in environments
that need not have what only the asking process uses (psutil).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client.engine import Engine
    from .job import Job, Progress, Result
    from .request import Entry, Request, Setup, default_checkpoint
    from .segmentation import Segmentation, segment
else:
    _HOMES = {
        "client.engine": ("Engine",),
        "job": ("Job", "Progress", "Result"),
        "request": ("Entry", "Request", "Setup", "default_checkpoint"),
        "segmentation": ("Segmentation", "segment"),
    }

    def __getattr__(name: str) -> object:
        for module, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f".{module}", __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Engine",
    "Entry",
    "Job",
    "Progress",
    "Request",
    "Result",
    "Segmentation",
    "Setup",
    "default_checkpoint",
    "segment",
]
