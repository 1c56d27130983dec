"""What the terminal shows while entries are run."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .terminal import say, show

if TYPE_CHECKING:
    from ..compare import Status


@dataclass(eq=False)
class News:
    """Prints how far the entries are; the queue tells it from several threads."""

    names: Sequence[str]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, index: int, status: Status) -> None:
        """Show progress on a terminal, and how each entry ended anywhere."""
        from ..compare import State

        with self.lock:
            if status.state is State.RUNNING:
                show(f"{status.fraction:4.0%} {self.names[index]}: {status.message}")
            elif status.state is not State.WAITING:
                show("")
                say(f"[{index + 1}/{len(self.names)}] {self.names[index]}: {_ending(status)}")


def _ending(status: Status) -> str:
    outcome = status.outcome
    if outcome is None:
        return f"{status.state}: {status.message}"
    count = sum(len(plane.instances) for plane in outcome.planes)
    cached = ", computed before" if outcome.cached else ""
    return f"{count:,} objects in {outcome.seconds:.1f} s{cached}"
