"""Images to try things on: the small files of ``sample_data``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import napari_cellbench

from ..errors import InputError
from .layers import read_layers, sample_layers
from .object_layers import LayerData
from .readers import read_samples
from .sample import Sample


def sample_folder() -> Path:
    """Return the folder of sample files: in the package, or at the root of a checkout.

    Raises
    ------
    InputError
        If this installation came without them.
    """
    package = Path(napari_cellbench.__file__).parent
    for folder in (package / "sample_data", package.parents[1] / "sample_data"):
        if folder.is_dir():
            return folder
    raise InputError("This installation has no sample files: install napari-cellbench again.")


def demo_sample() -> Sample:
    """Return a real image with truth: nuclei of the 2018 Data Science Bowl (BBBC038, CC0).

    Raises
    ------
    InputError
        If this installation came without its sample files.
    """
    (sample,) = read_samples(sample_folder() / "nuclei")
    return replace(sample, name="dsb2018_nuclei", roles=("nucleus",), group="fluorescence")


def open_demo() -> list[LayerData]:
    """Open `demo_sample` in napari."""
    return sample_layers(demo_sample())


def open_tissuenet() -> list[LayerData]:
    """Open the sample in TissueNet's format in napari."""
    return read_layers(str(sample_folder() / "tissuenet_v1.1_sample.npz"))


def open_livecell() -> list[LayerData]:
    """Open the sample in LIVECell's format in napari."""
    return read_layers(str(sample_folder() / "livecell" / "livecell_coco_sample.json"))


def open_dsb2018() -> list[LayerData]:
    """Open the sample in the Data Science Bowl's format in napari."""
    return read_layers(str(sample_folder() / "stage1_sample"))
