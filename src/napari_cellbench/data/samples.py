"""Images to try things on: the small files of ``sample_data`` and a real one of StarDist's."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import napari_cellbench

from ..errors import InputError
from .images import read_image, read_labels
from .instances import Instances
from .layers import LayerData, read_layers, sample_layers
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
    """Return a real image with truth: nuclei of the 2018 Data Science Bowl.

    The ``stardist`` package carries it; that is looked up, and not imported.

    Raises
    ------
    InputError
        If stardist isn't installed.
    """
    spec = find_spec("stardist")
    if spec is None or spec.origin is None:
        raise InputError(
            "The real image comes with StarDist, which isn't installed: "
            'pip install "napari-cellbench[stardist]"'
        )
    images = Path(spec.origin).parent / "data" / "images"
    return replace(
        read_image(images / "img2d.tif"),
        name="dsb2018_nuclei",
        roles=("nucleus",),
        truth={"nucleus": Instances.from_labels(read_labels(images / "mask2d.tif"))},
        group="fluorescence",
    )


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
