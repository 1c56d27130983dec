"""The answer to what an image shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..sample import RGB, Role

KindName = Literal[
    "fluorescence",
    "phase_contrast",
    "dark_on_bright",
    "stained_tissue",
    "composite",
    "mask",
    "labels",
    "blank",
    "unsure",
]
"""What an image shows:

fluorescence
    Stains that glow: bright on dark, one channel or several.
phase_contrast
    Unstained cells in transmitted light: phase contrast, DIC, brightfield with bright and dark
    edges.
dark_on_bright
    Grey, the objects darker than an even background: stained cells in brightfield, or inverted
    fluorescence. The pixels don't tell which.
stained_tissue
    In colour, stains on white, such as H&E.
composite
    Channels of fluorescence as the colours of one image, such as DAPI in blue.
mask, labels
    No brightness at all: objects against background, or a number for each object.
blank
    Nothing stands out of the noise.
unsure
    None of these for certain.
"""

TITLES: dict[KindName, str] = {
    "fluorescence": "fluorescence",
    "phase_contrast": "phase contrast",
    "dark_on_bright": "dark on bright (brightfield, or inverted fluorescence)",
    "stained_tissue": "stained tissue",
    "composite": "fluorescence channels as colours",
    "mask": "a binary mask",
    "labels": "labels",
    "blank": "an empty image",
    "unsure": "not clear",
}
"""Names on screen."""


@dataclass(frozen=True)
class Kind:
    """What an image shows, how sure that is, and why.

    Attributes
    ----------
    name
        See `KindName`.
    confidence
        From 0 to 1; what names of channels say counts as 1.
    reasons
        In short sentences.
    channels
        Those of the image's channels that carry something of their own, in the order of `roles`:
        one for grey that was saved in colour, blue and green for DAPI and a membrane stain.
    roles
        What each of `channels` shows: a guess, better where channels have names.
    notes
        What was changed by leaving channels out, in sentences.
    """

    name: KindName
    confidence: float
    reasons: tuple[str, ...]
    channels: tuple[int, ...]
    roles: tuple[Role, ...]
    notes: tuple[str, ...] = ()

    @property
    def has_cells(self) -> bool:
        """Whether it is an image that a method can look for cells in."""
        return self.name not in ("mask", "labels", "blank", "unsure")

    def __str__(self) -> str:
        """Say it in a sentence: "Looks like phase contrast (99 %): cells are ..."."""
        reasons = "; ".join(self.reasons)
        if self.name == "unsure":
            return f"What this image shows isn't clear: {reasons}."
        return f"Looks like {TITLES[self.name]} ({self.confidence:.0%}): {reasons}."


def kind_by_roles(roles: tuple[Role, ...], seen: Kind | None) -> Kind | None:
    """Return the kind that follows from roles that a person gave to the channels.

    Parameters
    ----------
    roles
        One a channel.
    seen
        What the pixels look like: it stays where the roles say nothing of it, and where it is the
        background that is bright, which roles don't tell.
    """
    name: KindName
    if roles and set(roles) <= {"phase", "other"} and "phase" in roles:
        name = "phase_contrast"
    elif roles == RGB:
        name = "stained_tissue"
    elif "nucleus" in roles or "whole_cell" in roles:
        if seen is not None and seen.name in ("dark_on_bright", "mask", "labels", "blank"):
            return seen
        name = "fluorescence"
    else:
        return seen
    if seen is not None and seen.name == name:
        return seen
    return Kind(name, 1.0, ("you said so",), tuple(range(len(roles))), roles)
