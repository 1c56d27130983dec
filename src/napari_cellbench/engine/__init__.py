"""Runs methods in a worker process.

Names are imported when first asked for: worker processes import this package too, in environments
that need not have what only the asking process uses (psutil).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import Engine
    from .job import Job, Progress, Result
    from .segmentation import Segmentation, default_checkpoint, segment
else:
    _HOMES = {"Engine": "client", "Job": "job", "Progress": "job", "Result": "job"}

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOMES.get(name, 'segmentation')}", __name__), name)


__all__ = ["Engine", "Job", "Progress", "Result", "Segmentation", "default_checkpoint", "segment"]
