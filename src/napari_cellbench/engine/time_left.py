"""How long a run will still take, by how far it came since it moved first."""

from __future__ import annotations

import time
from collections.abc import Callable

SURE_AFTER = 2.0
"""Seconds of a run after which its pace is believed."""


class TimeLeft:
    """Follows one run.

    What comes before the first step, such as loading the model, doesn't count.

    Parameters
    ----------
    clock
        Returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun: tuple[float, float] | None = None

    def note(self, fraction: float) -> float | None:
        """Take note of how far the run is; return the seconds left, None where nobody can know.

        Parameters
        ----------
        fraction
            Done, in [0, 1].
        """
        now = self._clock()
        if self._begun is None:
            if fraction > 0:
                self._begun = now, fraction
            return None
        start, first = self._begun
        if fraction <= first or now - start < SURE_AFTER:
            return None
        return (now - start) / (fraction - first) * (1 - fraction)
