"""What the guests have in common: their pins, their checkpoint, and the release they are for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import CheckpointError, NotInstalled
from ..base import Method
from ..environment import Environment

PINS = Path(__file__).parent / "pins"
SAFETENSORS = "safetensors==0.8.0"
"""By which weights are read safely, before a package sees them."""
GB = 1_000_000_000


def environment(
    key: str, *packages: str, download: float, size: float, pythons: Sequence[str]
) -> Environment:
    """Describe the environment of a guest, whose pins are in the file of its key.

    Parameters
    ----------
    key
        Of the method.
    packages
        What to install besides what every guest needs.
    download, size
        In GB, as measured on Linux, where torch comes with CUDA; see `Environment`.
    pythons
        See `Environment`.
    """
    return Environment(
        packages=(*packages, SAFETENSORS),
        pins=PINS / f"{key}.txt",
        pythons=tuple(pythons),
        download=round(download * GB),
        size=round(size * GB),
    )


def needed(method: Method[Any], checkpoint: Path | None) -> Path:
    """Return the checkpoint.

    Raises
    ------
    CheckpointError
        If there is none.
    """
    if checkpoint is None:
        raise CheckpointError(f"{method.title} needs a checkpoint: choose a file.")
    return checkpoint


def check_release(method: Method[Any], package: str, release: str) -> None:
    """Make sure that a package is of the release that a method is written for.

    Parameters
    ----------
    method
        The method.
    package
        Name of the distribution.
    release
        Beginning of its version, such as "3".

    Raises
    ------
    NotInstalled
        If it is another one.
    """
    from importlib.metadata import version

    found = version(package)
    if found != release and not found.startswith(f"{release}."):
        raise NotInstalled(
            f"{method.title} needs {package} {release}, and its environment has {package} {found}: "
            f"run  {method.how_to_install()}"
        )
