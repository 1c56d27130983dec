"""What the methods of DeepCell have in common; no framework is imported before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from ...data import Role, Target
from ..parameters import parameter
from ..preparation import InputParameters
from ..shared.taught import TaughtMethod

PREPROCESSINGS = (
    "checkpoint",
    "as Mesmer",
    "percentiles + CLAHE",
    "percentiles",
    "minimum and maximum",
    "none",
)


@dataclass(frozen=True)
class DeepCellParameters(InputParameters):
    """Of every method of DeepCell."""

    preprocessing: str = parameter(
        "checkpoint",
        label="Preprocessing",
        help="checkpoint: as it was trained; of SegGal's, phase contrast by minimum and maximum, "
        "all else as Mesmer: the 99.9 % of the pixels above 0 become white, then CLAHE evens out "
        "contrast. Percentiles: 0.1 and 99.9 % become black and white. None: the image as it is.",
        choices=PREPROCESSINGS,
        advanced=True,
    )
    channel: str = parameter(
        "auto",
        label="Channel",
        help="What to show a network of one channel; auto: what it was trained on where that is "
        "known, else the first of nucleus, whole cell and phase that the image has.",
        choices=("auto", "nucleus", "whole_cell", "phase"),
        advanced=True,
    )


P = TypeVar("P", bound=DeepCellParameters)


class DeepCellMethod(TaughtMethod[P]):
    """A network of DeepCell."""

    group = "Networks of DeepCell"
    targets: ClassVar[tuple[Target, ...]] = ("nucleus", "whole_cell")
    channels: ClassVar[tuple[Role, ...]] = (
        "nucleus",
        "whole_cell",
        "phase",
        "red",
        "green",
        "blue",
    )
    requires: ClassVar[tuple[str, ...]] = ("h5py", "safetensors", "torch")
    extra = "deepcell"
    file_patterns: ClassVar[tuple[str, ...]] = ("*.h5", "*.safetensors")
    seggal: ClassVar[Mapping[str, Any] | None] = {"window": 256}
