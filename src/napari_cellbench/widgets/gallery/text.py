"""Words and figures of the gallery."""

from __future__ import annotations

import html
from functools import cache

from ...checkpoints import Checkpoint, Stored, size_text
from ...checkpoints.evaluation import NUCLEI, published
from ...checkpoints.facets import Channels, Terms, modality_of
from ...data import Target
from ...methods import methods

SOURCES = {
    "bundled": "bundled",
    "official": "from the authors",
    "seggal": "SegGal",
    "user": "your own",
}
TARGETS: dict[Target, str] = {"nucleus": "Nuclei", "whole_cell": "Whole cells"}
CHANNELS: dict[Channels, str] = {
    "nucleus": "Nuclear stain",
    "whole_cell": "Membrane stain",
    "both": "Both stains",
    "phase": "Unstained",
    "colour": "Colour",
}
MODALITIES = {
    "fluorescence": "Fluorescence",
    "phase_contrast": "Phase contrast",
    "histology": "Stained tissue (H&E)",
    "any": "All kinds",
}
TERMS: dict[Terms, str] = {
    "open": "Commercial use, too",
    "non-commercial": "Non-commercial",
    "unknown": "Not stated",
}
ROLES = {"nucleus": "nuclear stain", "whole_cell": "membrane or cytoplasm stain"}

ACCURACY = (
    "Accuracy in the systematic evaluation (Wang et al.), 0 to 1:\n"
    "mean of mAP, AP50, AP75, AR50 and AR75"
)
USABILITY = (
    "Usability in the evaluation, 0 to 1:\ncode maintenance, ease of use and hardware support"
)
HOURS = "Hours to train in the evaluation, as if with 50 epochs and batches of 8"


@cache
def method_title(key: str) -> str:
    """Return a method's name on screen, also of one that is not installed."""
    if key in methods():
        return methods()[key].title
    names = {entry.method: entry.name for entry in published(NUCLEI)}
    return names.get(key, key.replace("_", " ").capitalize())


def subtitle(checkpoint: Checkpoint, there: Stored | None) -> str:
    """Return the second line of a row, the most telling first: a narrow list cuts it."""
    size = (there.size if there is not None and there.installed else 0) or checkpoint.size
    method = method_title(checkpoint.method)
    parts = [
        "" if checkpoint.title.startswith(method) or checkpoint.source == "seggal" else method,
        _use(checkpoint),
        SOURCES[checkpoint.source],
        size_text(size) if size else "",
        "" if checkpoint.method in methods() else "not in this version",
    ]
    text = " · ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]


def details(checkpoint: Checkpoint, there: Stored | None, error: str, colour: str) -> str:
    """Return all that is known, as rich text, below what went wrong; links in a colour."""
    rows = {
        "Method": html.escape(method_title(checkpoint.method)),
        "For": html.escape(_use(checkpoint)),
        "Channels": ", ".join(ROLES.get(role, role) for role in checkpoint.channels),
        "Trained on": html.escape(checkpoint.trained_on),
        "Figures": _figures(checkpoint),
        "Licence": html.escape(checkpoint.licence or "not stated"),
        "Verified by": _verification(checkpoint),
        "Address": _link(checkpoint.url, colour),
        "File": html.escape(str(there.path)) if there is not None and there.installed else "",
    }
    if checkpoint.source == "user":
        del rows["Licence"]
    lines = "".join(
        f"<tr><td style='padding-right:10px'><i>{name}</i></td><td>{text}</td></tr>"
        for name, text in rows.items()
        if text
    )
    problem = f"<p><b>The download failed.</b> {html.escape(error)}</p>" if error else ""
    return f"{problem}<b>{html.escape(checkpoint.title)}</b><table>{lines}</table>"


def _use(checkpoint: Checkpoint) -> str:
    if checkpoint.purpose == "start":
        return "to start training from"
    target = TARGETS[checkpoint.target].lower()
    if checkpoint.source == "user" and checkpoint.modality is None:
        return target
    images = MODALITIES[modality_of(checkpoint)]
    return f"{target}, {images[:1].lower()}{images[1:]}"


def _figures(checkpoint: Checkpoint) -> str:
    names = {"scalability_hours": "hours to train"}
    return ", ".join(f"{names.get(k, k)} {v:.3g}" for k, v in checkpoint.figures.items())


def _verification(checkpoint: Checkpoint) -> str:
    if checkpoint.source in ("bundled", "user"):
        return ""
    if checkpoint.sha256:
        return f"SHA-256 {checkpoint.sha256[:16]}…, as published"
    return "SHA-256 of your first download; none is published"


def _link(url: str, colour: str) -> str:
    text = html.escape(url)
    return f"<a href='{text}' style='color:{colour}'>{text}</a>" if url else ""
