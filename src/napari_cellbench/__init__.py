"""Cell segmentation workbench for napari: methods, scores and benchmarks behind one contract."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("napari-cellbench")
except PackageNotFoundError:
    __version__ = "0.0.0"
