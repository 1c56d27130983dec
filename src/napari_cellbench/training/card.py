"""What comes with a trained checkpoint: where it is from, what it learnt from, how good it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from .. import __version__
from ..files.atomic import replacing
from .plan import Plan
from .run import CARD, Run
from .status import Status

NAMES = {"F1": "F1 (IoU 0.5)", "AP50": "AP50", "mAP": "mAP"}


def write_card(run: Run, plan: Plan, status: Status) -> None:
    """Write the card into the folder of a run that has its checkpoint."""
    with replacing(run.folder / CARD) as file:
        file.write(card(plan, status).encode())


def card(plan: Plan, status: Status) -> str:
    """Return the model card of a run's checkpoint, in Markdown."""
    parts = [
        f"# {Path(status.checkpoint or '').name}",
        f"Trained by napari-cellbench {__version__} on {time.strftime('%Y-%m-%d')}.",
        "## Where it is from",
        *_parentage(plan),
        "## What it learnt from",
        *_data(plan),
        "## How",
        *_settings(plan, status),
        "## How good it is",
        *_figures(status),
    ]
    if status.notes:
        parts += ["## Notes", "\n".join(f"- {note}" for note in status.notes)]
    return "\n\n".join(parts) + "\n"


def _parentage(plan: Plan) -> list[str]:
    start, title = plan.checkpoint(), plan.trainable().title
    if start is None:
        return [f"{title}, from random weights.", "No other checkpoint's licence applies."]
    licence = start.licence or "unknown: ask whoever made it before you pass this checkpoint on"
    return [
        f"{title}, going on from {start.title} (`{start.key}`).",
        f"Licence of that checkpoint: {licence}. What is derived from it is bound by it.",
    ]


def _data(plan: Plan) -> list[str]:
    held = plan.validation or "images of the same folder that were held back"
    lines = [f"- Learnt from: {plan.train}", f"- Measured on: {held}"]
    if plan.target is not None:
        lines.append(f"- Target: {plan.target.replace('_', ' ')}")
    if plan.replay is not None:
        lines.append(f"- Not to be forgotten: {plan.replay}, {plan.share:.0%} of what was seen")
    # Whose images they are is for their owner to say.
    return ["\n".join(lines), "Licence of the images: to be filled in by whoever passes it on."]


def _settings(plan: Plan, status: Status) -> list[str]:
    told = {**asdict(plan.settings), "steps": status.steps, "batch": status.batch}
    told = {**told, "device": status.device}
    return ["\n".join(f"- {name.replace('_', ' ')}: {value}" for name, value in told.items())]


def _figures(status: Status) -> list[str]:
    if status.after is None:
        return ["Not measured: there were no validation images."]
    images = int(status.after.get("images", 0))
    lines = ["| | Before | After |", "| --- | --- | --- |"]
    lines += _rows("", status.before, status.after)
    if status.replay_after is not None:
        lines += _rows(", not to be forgotten", status.replay_before, status.replay_after)
    text = f"On {images} validation image{'s' if images != 1 else ''}."
    if status.p_value is not None:
        text += f" Difference of the images' F1: p = {status.p_value:.3g} (Wilcoxon, two-sided)."
    return ["\n".join(lines), text]


def _rows(which: str, before: Mapping[str, float] | None, after: Mapping[str, float]) -> list[str]:
    def shown(figures: Mapping[str, float] | None, name: str) -> str:
        return f"{figures[name]:.3f}" if figures and name in figures else ""

    return [
        f"| {title}{which} | {shown(before, name)} | {shown(after, name)} |"
        for name, title in NAMES.items()
    ]
