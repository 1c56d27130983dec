"""Which method for my images? The guidelines of Wang et al. (Figures 4d and 6), applied.

The ranking is the published one; nothing is measured here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..data import Target
from .base import Checkpoint, Modality
from .catalogue import checkpoints
from .evaluation import (
    CELLS,
    CELLS_DUAL,
    FAIR,
    FAST,
    GOOD,
    NUCLEI,
    NUCLEI_DUAL,
    PHASE,
    SLOW,
    Experiment,
    Published,
    published,
    recommended,
    trained_on_one_tissue,
)
from .facets import modality_of

Stains = Literal["nucleus", "whole_cell", "both"]
"""Channels that fluorescence images have."""

TRANSFERABLE: dict[Experiment, tuple[str, ...]] = {
    NUCLEI_DUAL: ("Breast",),
    NUCLEI: ("Breast",),
    CELLS_DUAL: ("Breast",),
    CELLS: ("Breast",),
    PHASE: ("MCF7", "BT-474"),
}
"""Training tissues and cell types that serve others well (text on Figure 4)."""

TOO_FEW = ("Lung", "Spleen")
"""Tissues with so few training images that the models trained on them alone fail (Figure 4a)."""


@dataclass(frozen=True)
class Question:
    """What the user said.

    Attributes
    ----------
    modality
        "any" for images of another kind than the three.
    stains
        Of fluorescence images; not looked at for others.
    tissue
        Tissue or cell type; empty if not said.
    hours
        Most hours that training may take; None if it doesn't matter or nothing is to be trained.
    trains
        Whether anything is to be trained: if not, the hours say nothing.
    """

    modality: Modality
    target: Target
    stains: Stains = "both"
    tissue: str = ""
    hours: float | None = None
    trains: bool = True


@dataclass(frozen=True)
class Recommendation:
    """A checkpoint, and why."""

    checkpoint: Checkpoint
    name: str
    reasons: tuple[str, ...]
    in_guideline: bool = False


@dataclass(frozen=True)
class Advice:
    """An answer.

    Attributes
    ----------
    ranked
        Methods, the first choice first.
    others
        Checkpoints that fit the tissue or the kind of image, beside those of the ranking.
    notes
        What else to know, in sentences.
    """

    ranked: tuple[Recommendation, ...]
    others: tuple[Recommendation, ...]
    notes: tuple[str, ...]


def advise(question: Question, is_here: Callable[[Checkpoint], bool] = lambda _: True) -> Advice:
    """Rank the methods for some images.

    First come the methods that Figure 6 recommends for the task, then the others, both in the
    order of overall performance; those that take longer to train than there is time come last, and
    behind them what isn't here.

    Parameters
    ----------
    question
        What the user said.
    is_here
        Tells whether the method of a checkpoint can be run.
    """
    task, notes = _task(question)
    if task is None:
        return Advice((), _made_for(question), notes)
    guideline = {entry.method for entry in recommended(task)}
    entries = sorted(
        published(task),
        key=lambda e: (
            not is_here(e.checkpoint),
            _too_slow(e, question.hours),
            e.method not in guideline,
            e.overall,
        ),
    )
    ranked = tuple(
        Recommendation(e.checkpoint, e.name, _reasons(e, task, question), e.method in guideline)
        for e in entries
    )
    others, about_tissue = _by_tissue(task, question.tissue)
    return Advice(ranked, others, (*notes, *about_tissue))


def _task(question: Question) -> tuple[Experiment | None, tuple[str, ...]]:
    """Return the experiment that comes closest, and what to know about it."""
    if question.modality == "phase_contrast":
        if question.target == "whole_cell":
            return PHASE, ()
        return None, (
            "The evaluation has no nuclei in unstained images. If you can, stain them, or segment "
            "whole cells.",
        )
    if question.modality != "fluorescence":
        return None, (
            "The evaluation compares fluorescence and phase contrast only. What follows was made "
            "for such images or for all kinds: compare on some of yours with the Score widget.",
        )
    tasks = {
        ("nucleus", "both"): (NUCLEI_DUAL, ()),
        ("nucleus", "nucleus"): (NUCLEI, ()),
        ("whole_cell", "both"): (CELLS_DUAL, ()),
        ("whole_cell", "whole_cell"): (
            CELLS,
            (
                "With a nuclear stain beside it most methods segment cells far better: Cellpose "
                "0.70 instead of 0.17, CenterMask2 0.79 instead of 0.30. Record one if you can.",
            ),
        ),
        ("whole_cell", "nucleus"): (
            NUCLEI,
            (
                "No method finds whole cells in a nuclear stain. Segment the nuclei and grow them "
                "with the Adjust widget; the best distance differs from tissue to tissue.",
            ),
        ),
        ("nucleus", "whole_cell"): (
            CELLS,
            (
                "Without a nuclear stain, segment whole cells and shrink them with the Adjust "
                "widget: in the paper one pixel was best in most cases, and gained little.",
            ),
        ),
    }
    return tasks[question.target, question.stains]


def _reasons(entry: Published, task: Experiment, question: Question) -> tuple[str, ...]:
    accurate = 1 + sum(other.accuracy > entry.accuracy for other in published(task))
    of = len(published(task))
    accuracy, usability = _light(entry.accuracy), _light(entry.usability)
    reasons = [
        f"Overall no. {entry.overall} of {of}",
        f"accuracy {entry.accuracy:.2f} ({accuracy}), no. {accurate} on this task",
        f"usability {entry.usability:.2f} ({usability})",
    ]
    if not question.trains:
        return tuple(reasons)
    if not entry.hours:
        reasons.append("not trained in the paper")
    elif _too_slow(entry, question.hours):
        reasons.append(f"{entry.hours:.0f} h to train: more than your {question.hours:.0f} h")
    else:
        pace = "fast" if entry.hours <= FAST else "medium" if entry.hours <= SLOW else "slow"
        reasons.append(f"{entry.hours:.0f} h to train ({pace})")
    return tuple(reasons)


def _light(figure: float) -> str:
    return "good" if figure >= GOOD else "fair" if figure >= FAIR else "poor"


def _too_slow(entry: Published, hours: float | None) -> bool:
    return hours is not None and entry.hours > hours


def _by_tissue(task: Experiment, tissue: str) -> tuple[tuple[Recommendation, ...], tuple[str, ...]]:
    """Return what was trained on the tissue, else on one that serves others well."""
    models = trained_on_one_tissue(task)
    if not tissue:
        return (), ()
    if tissue in models and tissue not in TOO_FEW:
        why = f"Trained on {tissue} alone: there about as good as the model of all types"
        own = Recommendation(models[tissue], f"Swin-S, {tissue}", (why,))
        return (own,), (
            f"To train for {tissue}, images of {tissue} are enough; with much computing time, "
            "images of many types are better still.",
        )
    names = TRANSFERABLE[task]
    transferable = tuple(
        Recommendation(
            models[name], f"Swin-S, {name}", (f"Trained on {name}, which serves other types well",)
        )
        for name in names
    )
    problem = (
        f"The model trained on {tissue} alone had too few images to learn from."
        if tissue in models
        else f"No model was trained on {tissue} alone."
    )
    return transferable, (
        f"{problem} Take one trained on all types, or on {' or '.join(names)}, which transfer "
        "well: the same holds for images to train with.",
    )


def _made_for(question: Question) -> tuple[Recommendation, ...]:
    """Return what was made for the images though the evaluation has none such."""
    found = []
    for checkpoint in checkpoints():
        modality = modality_of(checkpoint)
        fits = checkpoint.purpose == "segment" and checkpoint.source in ("bundled", "official")
        if fits and modality == question.modality != "any":
            target = "nuclei" if checkpoint.target == "nucleus" else "whole cells"
            found.append((0, checkpoint, f"Made for such images; finds {target}"))
        elif fits and modality == "any":
            found.append((1, checkpoint, f"For images of all kinds: {checkpoint.trained_on}"))
    found.sort(key=lambda row: (row[0], row[1].target != question.target))
    return tuple(Recommendation(c, c.title, (why,)) for _, c, why in found)
