"""How many corrected cells are enough: runs that learn from more and more of the same images.

After Figure 4 of Pachitariu, Rariden & Stringer 2025, Cellpose-SAM, bioRxiv 2025.04.28.651001.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import CellbenchError, InputError
from .launching import launch
from .outlook import look_ahead
from .plan import Plan
from .run import Run


@dataclass(frozen=True)
class Amount:
    """What came of learning from some of the images.

    Attributes
    ----------
    images, cells
        To learn from; 0 for the checkpoint to start from.
    figures
        AP50, F1 (at IoU 0.5) and mAP on the images that are measured on, the same for all.
    checkpoint
        What was trained.
    """

    images: int
    cells: int
    figures: dict[str, float]
    checkpoint: str | None


def amounts(
    plan: Plan, folder: Path, counts: Sequence[int], follow: Callable[[Run], None]
) -> Iterator[Amount]:
    """Train a run for each number of images, the fewest first; what is finished isn't done again.

    Parameters
    ----------
    plan
        That was checked.
    folder
        Gets a folder for each run.
    counts
        Numbers of images; those of a smaller number are among those of a larger one.
    follow
        Waits for the end of a run that was launched.

    Raises
    ------
    InputError
        If there are fewer images, none is measured on, or a folder holds another run.
    CellbenchError
        If a run didn't end well; the next call goes on with it.
    """
    parts = [replace(plan, images=count) for count in sorted(set(counts))]
    looks = [look_ahead(part) for part in parts]
    if not looks[0].validation:
        raise InputError("No image is measured on: name some with --val.")
    for part, look in zip(parts, looks, strict=True):
        run = _run(folder / f"images-{part.images:03d}", part)
        if run.status().state != "finished":
            if not run.is_alive():
                launch(run)
            follow(run)
        status = run.status()
        if status.state != "finished":
            raise CellbenchError(f"{run.folder}: {status.state}: {status.message}")
        if part is parts[0] and status.before is not None:
            yield Amount(0, 0, status.before, plan.start)
        yield Amount(look.images, look.cells, status.after or {}, status.checkpoint)


def _run(folder: Path, plan: Plan) -> Run:
    if not (folder / "run.json").exists():
        return Run.create(folder, plan)
    run = Run.open(folder)
    if run.plan != plan:
        raise InputError(f"{folder} holds another run: choose another folder.")
    return run
