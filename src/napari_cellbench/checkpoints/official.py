"""The checkpoints that StarDist's and Cellpose's authors publish.

Addresses and hashes: StarDist's are those that stardist 0.9.2 registers. Cellpose's addresses are
those of cellpose 3.1.1 and 4.2.1; only Hugging Face publishes hashes of the files.
"""

from __future__ import annotations

from ..data import Role, Target
from .base import Checkpoint

_RGB: tuple[Role, ...] = ("red", "green", "blue")
_CELL: tuple[Role, ...] = ("whole_cell", "nucleus")
_LICENCE = "BSD-3-Clause"
_NON_COMMERCIAL = "BSD-3-Clause; trained on images for non-commercial use (CC-BY-NC)"


def official() -> tuple[Checkpoint, ...]:
    """Return the published checkpoints, StarDist's first."""
    return (*_STARDIST, *_CELLPOSE, *_CELLPOSE_SAM)


def _stardist(
    name: str, title: str, channels: tuple[Role, ...], trained_on: str, sha256: str
) -> Checkpoint:
    return Checkpoint(
        key=f"stardist-{name}",
        method="stardist",
        title=title,
        source="official",
        target="nucleus",
        channels=channels,
        trained_on=trained_on,
        url=f"https://github.com/stardist/stardist-models/releases/download/v0.1/python_{name}.zip",
        sha256=sha256,
    )


_STARDIST = (
    _stardist(
        "2D_versatile_fluo",
        "Versatile, fluorescent nuclei",
        ("nucleus",),
        "A subset of the 2018 Data Science Bowl",
        "4ad678d0758eed6e55625f1b5ae30771e59adb79f1239e09b9772eac8846c3dd",
    ),
    _stardist(
        "2D_versatile_he",
        "Versatile, H&E nuclei",
        _RGB,
        "MoNuSeg 2018 and TNBC (Naylor et al. 2018)",
        "f1696ef0631bd7e1c0e5c0d3017e2b4c6a95e284c6aab9c22fc2f08317817b28",
    ),
    _stardist(
        "2D_paper_dsb2018",
        "Data Science Bowl 2018, of the StarDist paper",
        ("nucleus",),
        "A subset of the 2018 Data Science Bowl",
        "4c11cf68512341d9e8ce3d1278c64ceb8ac400582739f85fcab079a2e82840d2",
    ),
    _stardist(
        "2D_demo",
        "Demonstration",
        ("nucleus",),
        "A subset of the 2018 Data Science Bowl",
        "a1efaebd7103db6236655bf158b6e21cf5b38d58ec77a509802244a89a260fa4",
    ),
)


def _cellpose(
    name: str,
    title: str,
    channels: tuple[Role, ...],
    trained_on: str,
    *,
    file: str = "",
    target: Target = "whole_cell",
    licence: str = _NON_COMMERCIAL,
) -> Checkpoint:
    return Checkpoint(
        key=f"cellpose-{name}",
        method="cellpose_unet",
        title=title,
        source="official",
        target=target,
        channels=channels,
        trained_on=trained_on,
        licence=licence,
        url=f"https://www.cellpose.org/models/{file or name}",
    )


_CELLPOSE = (
    _cellpose(
        "cyto3",
        "cyto3, generalist",
        _CELL,
        "The data sets of the Cellpose 3 paper, cells and nuclei",
    ),
    _cellpose(
        "cyto2", "cyto2", _CELL, "Cellpose's images and those of its users", file="cyto2torch_0"
    ),
    _cellpose("cyto", "cyto", _CELL, "Cellpose's images", file="cytotorch_0"),
    _cellpose(
        "nuclei",
        "nuclei",
        ("nucleus",),
        "Cellpose's images of nuclei",
        file="nucleitorch_0",
        target="nucleus",
    ),
    _cellpose("tissuenet_cp3", "TissueNet", _CELL, "TissueNet"),
    _cellpose("livecell_cp3", "LIVECell", ("phase",), "LIVECell"),
    _cellpose("yeast_PhC_cp3", "Yeast, phase contrast", ("phase",), "YeaZ", licence=_LICENCE),
    _cellpose("yeast_BF_cp3", "Yeast, bright field", ("phase",), "YeaZ", licence=_LICENCE),
    _cellpose("bact_phase_cp3", "Bacteria, phase contrast", ("phase",), "Omnipose"),
    _cellpose("bact_fluor_cp3", "Bacteria, fluorescence", ("whole_cell",), "Omnipose"),
    _cellpose(
        "deepbacs_cp3",
        "Bacteria, bright field and fluorescence",
        ("phase",),
        "DeepBacs",
        licence=_LICENCE,
    ),
)


def _cellpose_sam(name: str, title: str, sha256: str, size: int) -> Checkpoint:
    return Checkpoint(
        key=f"cellpose-{name}",
        method="cellpose_sam",
        title=title,
        source="official",
        target="whole_cell",
        channels=_CELL,
        trained_on="The data sets of the Cellpose-SAM paper, cells and nuclei",
        licence=_NON_COMMERCIAL,
        url=f"https://huggingface.co/mouseland/cellpose-sam/resolve/main/{name}",
        sha256=sha256,
        size=size,
    )


_CELLPOSE_SAM = (
    _cellpose_sam(
        "cpsam_v2",
        "Cellpose-SAM, second version",
        "0f1cc3f7ecdd8a037a57c6c48d9d8921391be4cbce3fa9f13c3e3a2e1253c667",
        1_233_586_851,
    ),
    _cellpose_sam(
        "cpsam",
        "Cellpose-SAM",
        "e1440429eb384f95afe32bcba6510f90d518eaedc917ede549bed6804004abe2",
        1_233_587_898,
    ),
)
