"""What checkpoints are searched and filtered by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..data import Target
from .base import Checkpoint, Modality

Channels = Literal["nucleus", "whole_cell", "both", "phase", "colour"]
"""What a checkpoint sees: a nuclear stain, a membrane stain, both, one grey image, colours."""

Terms = Literal["open", "non-commercial", "unknown"]
"""What a licence allows, roughly: the licence itself counts."""


def modality_of(checkpoint: Checkpoint) -> Modality:
    """Return the modality: as stated, else what the channels say."""
    if checkpoint.modality is not None:
        return checkpoint.modality
    if "phase" in checkpoint.channels:
        return "phase_contrast"
    if "red" in checkpoint.channels:
        return "histology"
    return "fluorescence"


def channels_of(checkpoint: Checkpoint) -> Channels | None:
    """Return the kind of input; None where nobody said, as for a user's file."""
    roles = set(checkpoint.channels)
    if not roles:
        return None
    if "red" in roles:
        return "colour"
    if "phase" in roles:
        return "phase"
    if {"nucleus", "whole_cell"} <= roles:
        return "both"
    return "nucleus" if "nucleus" in roles else "whole_cell"


def terms_of(checkpoint: Checkpoint) -> Terms:
    """Return what the licence allows."""
    text = checkpoint.licence.lower()
    if "non-commercial" in text or "-nc" in text:
        return "non-commercial"
    return "unknown" if not text or text.startswith("not stated") else "open"


@dataclass(frozen=True)
class Filter:
    """What is asked for; None and empty texts ask for nothing.

    Attributes
    ----------
    text
        Words that must all occur in the key, title, training images, licence or method.
    tissue
        Tissue or cell type that it was trained on alone; "" for any, "*" for several together.
    """

    text: str = ""
    target: Target | None = None
    channels: Channels | None = None
    modality: Modality | None = None
    tissue: str = ""
    method: str | None = None
    terms: Terms | None = None

    def accepts(self, checkpoint: Checkpoint) -> bool:
        """Say whether a checkpoint is what is asked for.

        What is made for any modality takes any channels, too; weights to start training from
        segment nothing yet, so they have neither target nor channels to be asked for.
        """
        if checkpoint.purpose == "start" and (self.target or self.channels):
            return False
        modality = modality_of(checkpoint)
        return (
            self.target in (None, checkpoint.target)
            and (modality == "any" or self.channels in (None, channels_of(checkpoint)))
            and (self.modality is None or modality in (self.modality, "any"))
            and (not self.tissue or self.tissue == (checkpoint.tissue or "*"))
            and self.method in (None, checkpoint.method)
            and self.terms in (None, terms_of(checkpoint))
            and _has_words(checkpoint, self.text)
        )


def tissues(checkpoints: Iterable[Checkpoint]) -> list[str]:
    """Return the tissues and cell types that some checkpoint was trained on alone."""
    return sorted({c.tissue for c in checkpoints if c.tissue})


def _has_words(checkpoint: Checkpoint, text: str) -> bool:
    fields = (
        checkpoint.key,
        checkpoint.title,
        checkpoint.trained_on,
        checkpoint.licence,
        checkpoint.method,
        checkpoint.source,
    )
    there = " ".join(fields).lower()
    return all(word in there for word in text.lower().split())
