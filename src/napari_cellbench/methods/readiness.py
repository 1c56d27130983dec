"""What stands between a method and a result on an image: nothing, a download, another choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..checkpoints import checkpoints, size_text, stored
from ..data.kind import TITLES, Kind
from ..data.sample import Role, Target
from .base import Method
from .proposal import TARGETS, fitting

OFFLINE = "works offline"


@dataclass(frozen=True)
class Readiness:
    """Whether a method can be started on an image, and what it takes.

    Attributes
    ----------
    text
        In a few words: "works offline", "needs a download of 26 MB".
    fits
        Whether it is made for such images, or has a checkpoint that is; True where nothing is
        known of the image.
    """

    text: str
    fits: bool = True


def readiness(
    method: Method[Any],
    roles: Sequence[Role] = (),
    kind: Kind | None = None,
    target: Target | None = None,
) -> Readiness:
    """Say what a method takes to run on an image.

    Parameters
    ----------
    method
        Of the registry.
    roles, kind
        What the image shows; left out where there is none.
    target
        What is to be outlined; None for anything.
    """
    if kind is not None and not kind.has_cells:
        kind = None
    if target is not None and target not in method.targets:
        return Readiness(f"doesn't find {TARGETS[target]}", fits=False)
    if not method.needs_checkpoint:
        if kind is not None and method.kinds is not None and kind.name not in method.kinds:
            return Readiness(f"not made for {TITLES[kind.name]}", fits=False)
        return Readiness(OFFLINE)
    every = [c for c in checkpoints() if c.method == method.key and c.purpose == "segment"]
    suited = fitting(method, roles, kind, target) if kind is not None else every
    if not every:
        return Readiness("needs a checkpoint file of yours")
    if not suited:
        assert kind is not None
        what = f"{TARGETS[target]} in " if target is not None else ""
        return Readiness(f"no checkpoint for {what}{TITLES[kind.name]}", fits=False)
    if any(stored(c).installed for c in suited):
        return Readiness(OFFLINE)
    sizes = [c.size for c in suited if c.size]
    return Readiness("needs a download" + (f" of {size_text(min(sizes))}" if sizes else ""))
