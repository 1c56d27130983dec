"""The images of a run: to learn from, to measure on, and not to forget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data import Sample, Target
from ..data.readers import read_samples
from ..data.roles import in_colour, with_channels, with_roles
from ..errors import InputError
from ..methods.replay import with_replay
from .plan import Plan

HELD_BACK = 0.2
"""Share of the images that are measured on where no others are named."""
ENOUGH = 5
"""Images from which some are held back."""
MEASURED = 20
"""Images of the data set that isn't to be forgotten that are measured on at most."""


@dataclass(frozen=True, eq=False)
class Images:
    """What a run learns from.

    Attributes
    ----------
    target
        What is learnt.
    train
        To learn from, with those that are replayed.
    validation
        To measure on; none of them is in `train`.
    replay
        To measure on what isn't to be forgotten; none of them is in `train`.
    notes
        What was decided without being asked.
    new
        What of `train` isn't replayed, each image once.
    """

    target: Target
    train: list[Sample]
    validation: list[Sample]
    replay: list[Sample]
    notes: tuple[str, ...]
    new: list[Sample]


def read_images(plan: Plan, take: Callable[[Sample], Sample] = lambda sample: sample) -> Images:
    """Read all images of a plan.

    Parameters
    ----------
    plan
        What is to be trained.
    take
        Called with each image as it is read; what it returns stands in its place.

    Raises
    ------
    InputError
        If there are none, they can't be read, or their truth or channels don't fit together.
    """
    notes: list[str] = []
    train = _read(plan.train, plan.roles, take)
    target = plan.target or _target(plan, train)
    train = _asked_for(train, plan)
    train = _with_truth(train, target, plan.train, notes)
    if plan.validation is not None:
        validation = _read(plan.validation, plan.roles, take)
        validation = _with_truth(validation, target, plan.validation, notes)
        validation = _asked_for(validation, plan)
    elif any("split" in sample.metadata for sample in train):
        # A set of corrected images says itself.
        validation = [sample for sample in train if sample.metadata["split"] == "val"]
        train = [sample for sample in train if sample.metadata["split"] != "val"]
        if not train:
            raise InputError(f"All images of {plan.train} are only measured on: add more to it.")
    else:
        train, validation = _held_back(train, HELD_BACK, plan.settings.seed)
        if validation:
            held = f"{len(validation)} of {len(train) + len(validation)} images"
            notes.append(f"{held} are held back to measure on; name others with --val.")
        else:
            notes.append(
                f"With fewer than {ENOUGH} images none is held back: whether the new checkpoint "
                "is better isn't measured. Name some with --val."
            )
    _check_channels(train + validation)
    train = _first(train, plan)
    new, remembered = train, list[Sample]()
    if plan.replay is not None and plan.share:
        old = _with_truth(_read(plan.replay, plan.roles, take), target, plan.replay, notes)
        old, remembered = _held_back(old, HELD_BACK, plan.settings.seed)
        train = with_replay(train, old, plan.share, plan.settings.seed)
    return Images(target, train, validation, remembered[:MEASURED], tuple(notes), new)


def _read(
    folder: Path, roles: Sequence[str] | None, take: Callable[[Sample], Sample]
) -> list[Sample]:
    return in_colour([take(with_roles(sample, roles)) for sample in read_samples(folder)])


def _asked_for(samples: Sequence[Sample], plan: Plan) -> list[Sample]:
    """Return the samples of the plan's group, with the channels that it names."""
    found = [sample for sample in samples if plan.group in (None, sample.group)]
    if not found:
        known = ", ".join(sorted({sample.group for sample in samples if sample.group})) or "none"
        raise InputError(f"No image is of the group {plan.group}; the groups are: {known}.")
    if plan.channels is None:
        return found
    return [with_channels(sample, plan.channels) for sample in found]


def _first(samples: list[Sample], plan: Plan) -> list[Sample]:
    """Return as many as the plan wants, always the same ones first."""
    if plan.images is None:
        return samples
    if plan.images > len(samples):
        raise InputError(
            f"There are {len(samples)} images to learn from beside those that are measured on, "
            f"not {plan.images}."
        )
    order = np.random.default_rng(plan.settings.seed).permutation(len(samples))
    return [samples[i] for i in order[: plan.images]]


def _target(plan: Plan, samples: Sequence[Sample]) -> Target:
    known = {target for sample in samples for target in sample.truth}
    targets = [target for target in plan.trainable().targets if target in known]
    if not targets:
        title, kinds = plan.trainable().title, ", ".join(sorted(known)) or "no objects"
        raise InputError(f"{plan.train} has {kinds} annotated, which {title} does not learn.")
    if len(targets) > 1:
        raise InputError(f"{plan.train} has {' and '.join(targets)}: say which with --target.")
    return targets[0]


def _with_truth(
    samples: Sequence[Sample], target: Target, folder: Path, notes: list[str]
) -> list[Sample]:
    kept = [sample for sample in samples if target in sample.truth]
    if not kept:
        raise InputError(f"No image of {folder} has annotated {target.replace('_', ' ')}.")
    if left := len(samples) - len(kept):
        notes.append(f"{left} of {len(samples)} images of {folder.name} have no truth: left out.")
    return kept


def _held_back(samples: list[Sample], share: float, seed: int) -> tuple[list[Sample], list[Sample]]:
    """Part images at random, by whole images."""
    if len(samples) < ENOUGH:
        return samples, []
    order = np.random.default_rng(seed).permutation(len(samples))
    held = set(order[: max(1, round(share * len(samples)))].tolist())
    rest = [sample for i, sample in enumerate(samples) if i not in held]
    return rest, [samples[i] for i in sorted(held)]


def _check_channels(samples: Sequence[Sample]) -> None:
    first = samples[0]
    for sample in samples:
        if sample.roles != first.roles:
            raise InputError(
                f"{first.name} shows {', '.join(first.roles)}, and {sample.name} "
                f"{', '.join(sample.roles)}: train on images of the same channels, or say what "
                "they show with --roles."
            )
