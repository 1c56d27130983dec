"""How fast a person decides, by the recent decisions; breaks don't count."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable

PAUSE = 120.0
"""Seconds without any action that are a break."""
RECENT = 30
"""So many decisions are looked back on."""
SURE_AFTER = 5
"""Decisions after which the pace is believed."""


class Pace:
    """Follows one person's decisions.

    Parameters
    ----------
    seconds
        What earlier decisions took, the last ones of another session.
    clock
        Returns seconds.

    Examples
    --------
    >>> now = iter([0, 2, 4, 6, 1000, 1004, 1006])
    >>> pace = Pace(clock=lambda: next(now))
    >>> for _ in range(7):
    ...     pace.note()
    >>> pace.each
    2.4
    """

    def __init__(
        self, seconds: Iterable[float] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._taken = deque(seconds, RECENT)
        self._last: float | None = None
        self._active = 0.0
        self._paused = False

    def note(self, *, decided: bool = True) -> None:
        """Take note of an action: a decision, or a step on the way to one."""
        now = self._clock()
        if self._last is None or now - self._last > PAUSE:
            # How much of the break belongs to the decision, nobody knows.
            self._paused = True
        else:
            self._active += now - self._last
        self._last = now
        if decided:
            if not self._paused:
                self._taken.append(self._active)
            self._active, self._paused = 0.0, False

    @property
    def each(self) -> float | None:
        """Seconds that a decision takes; None as long as nobody can know."""
        n = len(self._taken)
        return sum(self._taken) / n if n >= SURE_AFTER else None

    @property
    def seconds(self) -> tuple[float, ...]:
        """What the recent decisions took, to go on with another time."""
        return tuple(self._taken)
