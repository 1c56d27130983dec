"""What came of a run, in words: better, worse, or a tie."""

from __future__ import annotations

from .measuring import ENOUGH
from .status import Status

SURE = 0.05
"""p-value below which a difference is more than chance."""


def verdict(status: Status) -> str:
    """Say whether the new checkpoint is better, in sentences; an empty text before that is known.

    Examples
    --------
    >>> from napari_cellbench.training.status import Status
    >>> verdict(Status("finished", before={"F1": 0.5}, after={"F1": 0.7}))
    "F1 is 0.700, and was 0.500. By 0 images it can't be told from chance: 6 or more can tell."
    """
    if status.after is None:
        done = status.state == "finished"
        return "No image was measured on: whether it is better isn't known." if done else ""
    if status.before is None:
        return "It was trained from nothing: there is nothing to compare it with."
    old, new = status.before.get("F1"), status.after.get("F1")
    if old is None or new is None:
        return "F1 isn't defined: the images to measure on have no cells."
    is_same = f"{new:.3f}" == f"{old:.3f}"
    told = f"F1 is {new:.3f}, as before." if is_same else f"F1 is {new:.3f}, and was {old:.3f}."
    count = len(status.images)
    if status.p_value is None:
        images = f"{count} image{'s' * (count != 1)}"
        return f"{told} By {images} it can't be told from chance: {ENOUGH} or more can tell."
    better = sum(image.after > image.before for image in status.images)
    worse = sum(image.after < image.before for image in status.images)
    paired = f"Of {count} images {better} came out better and {worse} worse"
    p_value = f"p = {status.p_value:.2g}"
    if status.p_value >= SURE:
        return f"{told} {paired}: a tie, it may be chance ({p_value})."
    which = "better" if better > worse else "worse"
    return f"{told} {paired}: {which}, and more than chance ({p_value})."


def is_finer(status: Status) -> bool | None:
    """Tell whether the new checkpoint is surely better; None for a tie, or where nobody knows."""
    if status.p_value is None or status.p_value >= SURE:
        return None
    return sum(one.after - one.before for one in status.images) > 0
