"""What a run has trained, as a checkpoint of the user's own."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ..checkpoints import Checkpoint, add_user_checkpoint
from ..data import Role, Target
from ..data.readers import read_samples
from ..data.roles import with_roles
from ..errors import CellbenchError, InputError
from ..methods.proposal import roles_target
from .plan import Plan
from .run import Run


def adopt(run: Run) -> Checkpoint:
    """Put a run's checkpoint on the user's list, under the name of the run's folder.

    Raises
    ------
    InputError
        If it has none yet, or the list can't be written.
    """
    plan, status = run.plan, run.status()
    if status.checkpoint is None:
        raise InputError(f"{run.folder} has no checkpoint yet: wait until it is finished.")
    target, roles = _learnt(plan)
    start = plan.checkpoint() if plan.start is not None else None
    return add_user_checkpoint(
        Path(status.checkpoint),
        plan.method,
        title=run.folder.name,
        target=target,
        channels=roles,
        trained_on=plan.train.name if start is None else f"{start.title}, then {plan.train.name}",
        modality=start.modality if start is not None else None,
    )


def _learnt(plan: Plan) -> tuple[Target, tuple[Role, ...]]:
    """Return what a plan's images have annotated, and show, as far as that is still known."""
    target: Target | None = plan.target
    roles: tuple[Role, ...] = ()
    with suppress(CellbenchError):
        first = next((one for one in read_samples(plan.train) if one.truth), None)
        if first is not None:
            known = (one for one in plan.trainable().targets if one in first.truth)
            target, roles = target or next(known, None), with_roles(first, plan.roles).roles
    if target is None:
        # The data set is gone: what it started from found the same.
        with suppress(CellbenchError):
            target = start.target if (start := plan.checkpoint()) is not None else None
    return target or roles_target(roles), roles
