"""What a method needs on this computer: to be installed, a GPU, a licence to use it."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ..checkpoints import checkpoints, size_text
from ..checkpoints.facets import terms_of
from ..methods import Method
from ..methods.base import Gpu
from .environments import how_to_install, missing

Installed = Literal["installed", "one click", "not installed"]
"""Whether a method can run here; "one click" makes an environment for it."""
Research = Literal["method", "weights", ""]
"""What may be used for research only: the method, or all the weights that are published for it."""


@dataclass(frozen=True)
class Needs:
    """What stands between a method and its first result on this computer.

    Attributes
    ----------
    installed
        Whether its packages are here.
    command
        What installs them; empty where they are here.
    size
        Bytes that the environment takes which one click makes; 0 where none is to be made.
    gpu
        What it is without a GPU.
    has_gpu
        Whether this computer has one.
    research
        What of it may be used for research only.
    """

    installed: Installed
    command: str
    size: int
    gpu: Gpu
    has_gpu: bool
    research: Research

    @property
    def can_run(self) -> bool:
        """Whether it runs here as things are."""
        return self.installed == "installed" and (self.has_gpu or self.gpu != "needed")

    @property
    def to_install(self) -> str:
        """What is to be done to install it, in a few words."""
        if self.installed != "one click":
            return self.installed
        return "one click to install" + (f", {size_text(self.size)}" if self.size else "")

    @property
    def cautions(self) -> tuple[str, ...]:
        """What to know before it is used, each in a few words; nothing that is well anyway."""
        slow = {"not needed": "", "slow without": "slow without a GPU", "needed": "needs a GPU"}
        terms = {"": "", "method": "for research only", "weights": "weights for research only"}
        found = ("" if self.has_gpu else slow[self.gpu], terms[self.research])
        return tuple(text for text in found if text)


def needs(method: Method[Any]) -> Needs:
    """Find out what a method needs on this computer; imports no framework."""
    installed: Installed = "installed"
    command, size = "", 0
    if missing(method):
        installed, command = "not installed", how_to_install(method)
        environment = method.environment
        if environment is not None and not environment.by_hand:
            installed, size = "one click", environment.size
    return Needs(installed, command, size, method.gpu, has_gpu(), _research(method))


@cache
def has_gpu() -> bool:
    """Tell whether the computer has a GPU that torch may compute on: of NVIDIA, AMD or Apple.

    Without torch, which takes seconds to import: whether its build can use it is not known here.
    """
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    drivers = (Path("/proc/driver/nvidia/gpus"), Path("/dev/kfd"))
    return shutil.which("nvidia-smi") is not None or any(driver.exists() for driver in drivers)


def _research(method: Method[Any]) -> Research:
    if method.research_only:
        return "method"
    terms = [
        terms_of(checkpoint)
        for checkpoint in checkpoints()
        if checkpoint.method == method.key
        and checkpoint.purpose == "segment"
        and checkpoint.source != "user"
    ]
    return "weights" if terms and set(terms) == {"non-commercial"} else ""
