"""Which method and checkpoint suit a kind of image, and which don't."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..checkpoints import Checkpoint, checkpoints
from ..checkpoints.base import Modality
from ..checkpoints.facets import modality_of
from ..data.kind import TITLES, Kind, KindName
from ..data.sample import RGB, Role, Target
from ..errors import InputError, NotInstalled
from .base import Method
from .registry import get_method, methods

CLASSICAL = "watershed"
"""Runs everywhere, where no trained network does."""
MODALITIES: dict[KindName, Modality] = {
    "fluorescence": "fluorescence",
    "composite": "fluorescence",
    "phase_contrast": "phase_contrast",
    "stained_tissue": "histology",
}
"""What checkpoints for a kind of image were trained on; for other kinds there are none."""
_FOR: dict[Modality, str] = {
    "fluorescence": "fluorescence",
    "phase_contrast": "phase contrast",
    "histology": "stained tissue in colour",
}
TARGETS: Mapping[Target, str] = {"nucleus": "nuclei", "whole_cell": "whole cells"}
"""What can be outlined, in the plural."""
SHOW_CELLS = {"whole_cell", "phase", *RGB}
"""Channels in which whole cells are seen."""
MOST_NAMED = 4
"""Checkpoints that a message names."""


@dataclass(frozen=True)
class Proposal:
    """What to run on an image.

    Attributes
    ----------
    method, checkpoint
        Keys; no checkpoint for a method without.
    parameters
        That differ from their defaults.
    reason
        In a sentence.
    """

    method: str
    checkpoint: str | None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


def propose(
    kind: Kind,
    roles: Sequence[Role],
    lacks: Callable[[Method[Any]], Sequence[str]] = Method.missing,
    target: Target | None = None,
) -> Proposal:
    """Propose a method and a checkpoint that are here, and need no download.

    Parameters
    ----------
    kind, roles
        What the image shows, and its channels.
    lacks
        Names the packages that a method lacks.
    target
        What is to be outlined; None for what suits the image best.

    Raises
    ------
    InputError
        If nothing suits the image; it says why.
    NotInstalled
        If what suits it isn't installed.
    """
    looks = f"Looks like {TITLES[kind.name]}"
    if not kind.has_cells:
        why = kind.reasons[0] if kind.reasons else "there is nothing to go by"
        what = (
            f"What the image shows isn't clear ({why})"
            if kind.name == "unsure"
            else f"{looks} ({why})"
        )
        raise InputError(f"{what}: no method is proposed for it. Name one with --method.")
    if target == "whole_cell" and not set(roles) & SHOW_CELLS:
        raise InputError(
            f"{looks}, and {_spoken(roles)} alone doesn't show whole cells: choose a layer that "
            "does as well, or find the nuclei and grow them in Adjust."
        )
    bundled = [
        checkpoint
        for method in methods().values()
        if method.needs_checkpoint
        for checkpoint in fitting(method, roles, kind, target)
        if checkpoint.source == "bundled"
    ]
    suited = [c for c in bundled if modality_of(c) != "any"]
    suited.sort(key=lambda c: c.channels[:1] != tuple(roles[:1]))

    def first_here(found: Sequence[Checkpoint]) -> Proposal | None:
        for checkpoint in found:
            method = get_method(checkpoint.method)
            if not lacks(method):
                reason = f"{looks}: {method.title} with {checkpoint.key}."
                return Proposal(method.key, checkpoint.key, reason=reason)
        return None

    if (found := first_here(suited)) is not None:
        return found
    classical = methods().get(CLASSICAL)
    shown = target is None or roles_target(roles) == target
    if shown and classical and kind.name in (classical.kinds or ()) and not lacks(classical):
        dark = kind.name == "dark_on_bright"
        reason = f"{looks}: {classical.title}{', dark on bright' if dark else ''}."
        if suited:
            better = get_method(suited[0].method)
            reason += f" {better.title} would suit it better: {better.how_to_install()}."
        return Proposal(CLASSICAL, None, {"dark_objects": True} if dark else {}, reason)
    # A network for anything is slower and less exact than one for such images.
    generalists = [c for c in bundled if c not in suited]
    if (found := first_here(generalists)) is not None:
        return found
    suited = suited or generalists
    if suited:
        method = get_method(suited[0].method)
        raise NotInstalled(
            f"{looks}: {method.title} with {suited[0].key} would suit it, and isn't installed "
            f"({method.how_to_install()}). Or name another with --method."
        )
    finds = f" finds {TARGETS[target]} in it" if target is not None else " suits it"
    raise InputError(
        f"{looks}: no bundled checkpoint{finds}. Name a --method and a --checkpoint "
        "(`cellbench checkpoints` lists them)."
    )


def roles_target(roles: Sequence[Role]) -> Target:
    """Return what the first channel shows."""
    return "whole_cell" if roles and roles[0] in ("whole_cell", "phase") else "nucleus"


def fitting(
    method: Method[Any],
    roles: Sequence[Role],
    kind: Kind | None = None,
    target: Target | None = None,
) -> list[Checkpoint]:
    """Return a method's checkpoints that suit an image; the bundled ones first.

    Parameters
    ----------
    method
        One that needs a checkpoint.
    roles
        What the channels show.
    kind
        What the image shows; None where only the roles are known.
    target
        What is to be outlined; None for anything.
    """
    own = [c for c in checkpoints() if c.method == method.key and c.purpose == "segment"]
    wanted = [c for c in own if target is None or outlined(c, roles) == target]
    return [c for c in wanted if c.channels and fits(c, roles, kind)]


def outlined(checkpoint: Checkpoint, roles: Sequence[Role]) -> Target:
    """Return what a checkpoint outlines in an image; a generalist may outline nuclei.

    Parameters
    ----------
    checkpoint
        Of any method.
    roles
        What the channels show.
    """
    only_nuclei = bool(roles) and not set(roles) & SHOW_CELLS
    return "nucleus" if only_nuclei and modality_of(checkpoint) == "any" else checkpoint.target


def fits(checkpoint: Checkpoint, roles: Sequence[Role], kind: Kind | None = None) -> bool:
    """Say whether a checkpoint was trained on such images, and its channels are there.

    What was trained on every kind of image fits all; a user's file, of which nothing is known, too.
    """
    modality = modality_of(checkpoint)
    if not checkpoint.channels or modality == "any":
        return True
    if kind is not None and kind.has_cells and MODALITIES.get(kind.name) != modality:
        return False
    channels = set(checkpoint.channels)
    return channels <= set(roles) and (set(RGB) <= channels) == (set(RGB) <= set(roles))


def mismatch(
    method: Method[Any],
    checkpoint: Checkpoint | None,
    roles: Sequence[Role],
    kind: Kind | None,
    parameters: Mapping[str, Any] | None = None,
) -> str | None:
    """Say in one sentence what a method or a checkpoint isn't made for; None if all is well.

    Parameters
    ----------
    method, checkpoint
        What the user asked for.
    roles, kind
        What the image shows.
    parameters
        Of the method.
    """
    if kind is None:
        return None
    name = checkpoint.key if checkpoint is not None else method.title
    looks = f"this image looks like {TITLES[kind.name]}"
    if kind.name == "unsure":
        reason = f" ({kind.reasons[0]})" if kind.reasons else ""
        return f"What this image shows isn't clear{reason}: check that {name} suits it."
    if not kind.has_cells:
        return f"{name} is for images of cells, and {looks}: look at the result with care."
    warning = ": expect wrong objects."
    if checkpoint is None:
        if method.kinds is not None and kind.name not in method.kinds:
            return f"{name} is for bright objects on dark, and {looks}{warning}"
        dark = str((parameters or {}).get("dark_objects", False)).lower() in ("true", "1", "yes")
        if method.key == CLASSICAL and dark != (kind.name == "dark_on_bright"):
            asked = "dark objects on bright" if dark else "bright objects on dark"
            return f"{name} looks for {asked} (dark_objects), and {looks}{warning}"
        return None
    modality = modality_of(checkpoint)
    if not checkpoint.channels or modality == "any":
        return None
    if MODALITIES.get(kind.name) != modality:
        return f"{name} is for {_FOR[modality]}, and {looks}{warning}"
    if not set(checkpoint.channels) & set(roles):
        return (
            f"{name} is for {_spoken(checkpoint.channels)}, and this image shows "
            f"{_spoken(roles)}{warning}"
        )
    return None


def wanting(method: Method[Any], roles: Sequence[Role], kind: Kind | None) -> str:
    """Say that no bundled checkpoint of a method suits an image, and which other ones do."""
    what = TITLES[kind.name] if kind is not None and kind.has_cells else _spoken(roles)
    target = "nucleus" if tuple(roles) == ("nucleus",) else "whole_cell"
    others = [c for c in fitting(method, roles, kind) if c.source != "bundled"]
    suited = [c.key for c in sorted(others, key=lambda c: c.target != target)]
    more = f" and {len(suited) - MOST_NAMED} more" if len(suited) > MOST_NAMED else ""
    which = (
        f"these suit it: {', '.join(suited[:MOST_NAMED])}{more}"
        if suited
        else "name a file of your own"
    )
    return (
        f"{method.title} has no bundled checkpoint for {what} ({_spoken(roles)}): name one with "
        f"--checkpoint; {which} (`cellbench checkpoints` lists them)."
    )


def _spoken(roles: Sequence[Role]) -> str:
    return ", ".join(role.replace("_", " ") for role in roles)
