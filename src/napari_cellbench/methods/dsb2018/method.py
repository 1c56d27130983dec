"""What the winners of the bowl have in common; no framework is imported before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from ...data import Role, Target
from ..deepcell.method import DeepCellParameters
from ..parameters import parameter
from ..shared.taught import TaughtMethod


@dataclass(frozen=True)
class BowlParameters(DeepCellParameters):
    """Of every winner."""

    preprocessing: str = parameter(
        "checkpoint",
        label="Preprocessing",
        help="checkpoint: as it was trained; the winners' own took images of 8 bits as they are, "
        "and others are brought to that by minimum and maximum. Percentiles: 0.1 and 99.9 % become "
        "black and white. CLAHE evens out contrast. None: the image as it is.",
        choices=(
            "checkpoint",
            "percentiles",
            "percentiles + CLAHE",
            "minimum and maximum",
            "none",
        ),
        advanced=True,
    )


P = TypeVar("P", bound=BowlParameters)


class BowlMethod(TaughtMethod[P]):
    """A winner of the Data Science Bowl 2018."""

    group = "Winners of the Data Science Bowl 2018"
    citation = (
        "Caicedo et al.: Nucleus segmentation across imaging experiments: the 2018 Data Science "
        "Bowl. Nature Methods 2019."
    )
    url = "https://doi.org/10.1038/s41592-019-0612-7"
    targets: ClassVar[tuple[Target, ...]] = ("nucleus", "whole_cell")
    channels: ClassVar[tuple[Role, ...]] = (
        "nucleus",
        "whole_cell",
        "phase",
        "red",
        "green",
        "blue",
    )
    requires: ClassVar[tuple[str, ...]] = ("h5py", "safetensors", "torch", "torchvision")
    extra = "deepcell"
    shape: ClassVar[Mapping[str, Any]] = {}
    """Of a new network, where it differs from the published one."""
