"""How results are described in few words."""

from __future__ import annotations

from ...compare import State
from ...data.record import record_of
from .results import Item


def state_text(item: Item | None) -> str:
    """Say how far a result is, in a few words; nothing where there is none."""
    if item is None:
        return ""
    status = item.status
    if status.state is State.RUNNING:
        return f"{status.fraction:.0%}" if status.fraction else "starting"
    if status.outcome is None or item.layer is None:
        return str(status.state)
    number = record_of(item.layer)["n_objects"]
    cells = f"{number:,} cell{'' if number == 1 else 's'}"
    how = "from cache" if status.outcome.cached else f"{status.outcome.seconds:.1f} s"
    return f"{cells} · {how}"
