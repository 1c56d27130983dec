"""The checkpoints that the authors of StarDist, Cellpose, Segment Anything and MEDIAR publish.

Addresses and hashes: StarDist's are those that stardist 0.9.2 registers. Cellpose's addresses are
those of cellpose 3.1.1 and 4.2.1; only Hugging Face publishes hashes of the files. Those of Segment
Anything, MobileSAM and MEDIAR are the addresses on the authors' pages; the hashes and sizes of the
first two are those that other projects pin, in agreement with each other.
"""

from __future__ import annotations

from ..data import Role, Target
from .base import Checkpoint, Modality

_RGB: tuple[Role, ...] = ("red", "green", "blue")
_CELL: tuple[Role, ...] = ("whole_cell", "nucleus")
_LICENCE = "BSD-3-Clause"
_APACHE = "Apache-2.0"
_NON_COMMERCIAL = "BSD-3-Clause; trained on images for non-commercial use (CC-BY-NC)"


def official() -> tuple[Checkpoint, ...]:
    """Return the published checkpoints, StarDist's first."""
    return (*_STARDIST, *_CELLPOSE, *_CELLPOSE_SAM, *_SEGMENT_ANYTHING, _MEDIAR)


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
    modality: Modality | None = None,
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
        modality=modality,
    )


_CELLPOSE = (
    _cellpose(
        "cyto3",
        "cyto3, generalist",
        _CELL,
        "The data sets of the Cellpose 3 paper, cells and nuclei",
        modality="any",
    ),
    _cellpose(
        "cyto2",
        "cyto2",
        _CELL,
        "Cellpose's images and those of its users",
        file="cyto2torch_0",
        modality="any",
    ),
    _cellpose("cyto", "cyto", _CELL, "Cellpose's images", file="cytotorch_0", modality="any"),
    _cellpose(
        "nuclei",
        "nuclei",
        ("nucleus",),
        "Cellpose's images of nuclei",
        file="nucleitorch_0",
        target="nucleus",
        modality="any",
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
        modality="any",
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


def _segment_anything(
    name: str, title: str, url: str, sha256: str, size: int, trained_on: str
) -> Checkpoint:
    return Checkpoint(
        key=f"segment_anything-{name}",
        method="segment_anything",
        title=title,
        source="official",
        target="whole_cell",
        channels=_RGB,
        trained_on=trained_on,
        licence=_APACHE,
        url=url,
        sha256=sha256,
        size=size,
        modality="any",
    )


_SAM = "https://dl.fbaipublicfiles.com/segment_anything/"
_SA_1B = "SA-1B, 11 million photographs"

_SEGMENT_ANYTHING = (
    _segment_anything(
        "vit_b",
        "Segment Anything, ViT-B",
        f"{_SAM}sam_vit_b_01ec64.pth",
        "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
        375_042_383,
        _SA_1B,
    ),
    _segment_anything(
        "vit_l",
        "Segment Anything, ViT-L",
        f"{_SAM}sam_vit_l_0b3195.pth",
        "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
        1_249_524_607,
        _SA_1B,
    ),
    _segment_anything(
        "vit_h",
        "Segment Anything, ViT-H",
        f"{_SAM}sam_vit_h_4b8939.pth",
        "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
        2_564_550_879,
        _SA_1B,
    ),
    _segment_anything(
        "mobile_sam",
        "MobileSAM, TinyViT",
        "https://github.com/ChaoningZhang/MobileSAM/raw/master/weights/mobile_sam.pt",
        "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
        40_728_226,
        "1 % of SA-1B, taught by ViT-H",
    ),
)

_MEDIAR = Checkpoint(
    key="mediar",
    method="mediar",
    title="MEDIAR, two models of the NeurIPS 2022 challenge",
    source="official",
    target="whole_cell",
    channels=_RGB,
    trained_on="The NeurIPS 2022 cell segmentation challenge and four public sets",
    licence=f"MIT; {_NON_COMMERCIAL.partition('; ')[2]}",
    url="https://drive.google.com/drive/folders/1RgMxHIT7WsKNjir3wXSl7BrzlpS05S18",
    modality="any",
)
