"""Cell segmentation workbench for napari: methods, scores and benchmarks behind one contract.

`read`, `segment` and `score` are the jobs from Python; they are imported when first asked for.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import read, score, segment
    from .data import Instances, Sample
    from .data.readers import Dataset
    from .engine import Engine, Segmentation
    from .scoring import Score
else:
    _HOMES = {
        **dict.fromkeys(("read", "score", "segment"), "api"),
        **dict.fromkeys(("Instances", "Sample"), "data"),
        **dict.fromkeys(("Engine", "Segmentation"), "engine"),
        "Dataset": "data.readers",
        "Score": "scoring",
    }

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)


try:
    __version__ = version("napari-cellbench")
except PackageNotFoundError:
    __version__ = "0.0.0"

__all__ = [
    "Dataset",
    "Engine",
    "Instances",
    "Sample",
    "Score",
    "Segmentation",
    "read",
    "score",
    "segment",
]
