"""What a plan comes to before it is started: its images and cells, and what speaks against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..checkpoints import Checkpoint
from ..corrections.lookup import CellTable
from ..data import Instances, Role, Sample, Target
from ..methods.proposal import TARGETS, fits, outlined
from .images import Images, read_images
from .measuring import ENOUGH
from .plan import Plan

FEW_CELLS = 50
"""Below, a checkpoint learns these cells by heart rather than what they have in common."""
FEW_FROM_NOTHING = 1000
"""Below, random weights learn little that is of use."""
LARGE = 0.95
"""Share of the cells that a patch should hold whole."""


@dataclass(frozen=True)
class Outlook:
    """What a plan comes to.

    Attributes
    ----------
    target
        What is learnt.
    roles
        What the channels show.
    images, cells
        To learn from.
    validation, validation_cells
        Images that are only measured on, and their cells.
    replayed
        Images that are replayed.
    largest
        Longest side of nearly all cells to learn from, in pixels; 0 without cells.
    against
        What speaks against it, in sentences.
    notes
        What was decided without being asked, in sentences.
    """

    target: Target
    roles: tuple[Role, ...]
    images: int
    cells: int
    validation: int
    validation_cells: int
    replayed: int
    largest: int
    against: tuple[str, ...]
    notes: tuple[str, ...]


def look_ahead(plan: Plan, look: Callable[[], None] = lambda: None) -> Outlook:
    """Read a plan's images one by one, and tell what they come to.

    Parameters
    ----------
    plan
        That was checked.
    look
        Called before each image; may raise to stop.

    Raises
    ------
    InputError
        See `read_images`.
    """

    def light(sample: Sample) -> Sample:
        look()
        return _counted(sample)

    images = read_images(plan, light)
    learnt = images.new
    # Several entries of an image that is mixed with others are the same object.
    replayed = len({id(sample) for sample in images.train}) - len(learnt)
    sizes = [size for sample in learnt for size in _sizes(sample, images.target)]
    held = sum(len(_sizes(sample, images.target)) for sample in images.validation)
    largest = int(np.quantile(sizes, LARGE)) if sizes else 0
    return Outlook(
        target=images.target,
        roles=learnt[0].roles,
        images=len(learnt),
        cells=len(sizes),
        validation=len(images.validation),
        validation_cells=held,
        replayed=replayed,
        largest=largest,
        against=tuple(_against(plan, images, learnt[0].roles, len(sizes), largest)),
        notes=images.notes,
    )


def in_words(outlook: Outlook) -> str:
    """Return what a plan comes to, in a line."""
    what = TARGETS[outlook.target]
    parts = [
        f"{_count(outlook.images, 'image')} with {outlook.cells:,} {what} to learn from",
        f"{_count(outlook.validation, 'image')} with {outlook.validation_cells:,} to measure on",
    ]
    if outlook.replayed:
        parts.append(f"{_count(outlook.replayed, 'image')} to replay")
    return ", ".join(parts)


def _against(
    plan: Plan,
    images: Images,
    roles: tuple[Role, ...],
    cells: int,
    largest: int,
) -> Iterator[str]:
    what = TARGETS[images.target]
    few = FEW_CELLS if plan.start is not None else FEW_FROM_NOTHING
    if cells < few:
        more = "add more" if plan.start is not None else "start from a checkpoint"
        yield f"{cells:,} {what} are few to learn from ({few:,} or more): {more}."
    if largest > plan.settings.patch:
        yield (
            f"Some {what} are {largest} px across, and a patch shows {plan.settings.patch} px: "
            "choose larger patches."
        )
    if (checkpoint := plan.checkpoint()) is not None:
        yield from _unfit(checkpoint, roles, images.target)
    validation = images.validation
    if not validation:
        yield "There is no image to measure on: whether the training helps will not be known."
    elif len(validation) < ENOUGH:
        yield (
            f"With {_count(len(validation), 'image')} to measure on nobody can "
            "tell a gain from chance."
        )


def _unfit(checkpoint: Checkpoint, roles: tuple[Role, ...], target: Target) -> Iterator[str]:
    if not fits(checkpoint, roles):
        takes, has = (" + ".join(one).replace("_", " ") for one in (checkpoint.channels, roles))
        yield f"{checkpoint.title} takes {takes}, and the images show {has}."
    if checkpoint.channels and outlined(checkpoint, roles) != target:
        yield (
            f"{checkpoint.title} finds {TARGETS[checkpoint.target]}, and the images have "
            f"{TARGETS[target]}: it has much to unlearn."
        )


def _counted(sample: Sample) -> Sample:
    """Return a sample that holds the sizes of its objects, and neither pixels nor objects."""
    sizes = {target: _longest_sides(truth) for target, truth in sample.truth.items()}
    nothing = Instances.from_masks((), sample.shape)
    return replace(
        sample,
        image=np.broadcast_to(np.uint8(0), sample.image.shape),
        truth=dict.fromkeys(sample.truth, nothing),
        metadata={**sample.metadata, "sizes": sizes},
    )


def _longest_sides(truth: Instances) -> list[int]:
    boxes = CellTable.of(truth.to_labels()).boxes
    sides: list[int] = (boxes[:, 2:] - boxes[:, :2]).max(1, initial=0).tolist()
    return sides


def _sizes(sample: Sample, target: Target) -> list[int]:
    found: list[int] = sample.metadata["sizes"][target]
    return found


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
