"""How far uv is, from what it says."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...checkpoints import size_text
from ..job import Progress

_DOWNLOADING = re.compile(r"\s*Downloading (\S+) \(([\d.]+)\s*([KMG]i?B|B)\)")
_DOWNLOADED = re.compile(r"\s*Downloaded (\S+)")
_UNITS = {"B": 1, "K": 2**10, "M": 2**20, "G": 2**30}
_SHARES = {"Resolved": 0.05, "Prepared": 0.9, "Installed": 0.98}
"""How far the work is once uv has said so."""


class Steps:
    """Tells from what uv says how far it is; to be called with each line.

    Parameters
    ----------
    report
        Told the fraction that is done, and what is going on.
    """

    def __init__(self, report: Callable[[Progress], None]) -> None:
        self._report, self._fraction = report, 0.02
        self._sizes: dict[str, float] = {}
        self._fetched: set[str] = set()

    def __call__(self, line: str) -> None:
        """Take note of a line."""
        if found := _DOWNLOADING.match(line):
            self._sizes[found[1]] = float(found[2]) * _UNITS[found[3][0]]
        elif found := _DOWNLOADED.match(line):
            self._fetched.add(found[1])
        elif (share := _SHARES.get(line.partition(" ")[0])) is not None:
            self._fraction = share
            self._report(Progress(share, line))
            return
        else:
            return
        self._report(Progress(self._share(), self._text()))

    def _share(self) -> float:
        start, end = _SHARES["Resolved"], _SHARES["Prepared"]
        total, fetched = sum(self._sizes.values()), self._fetched_bytes()
        # What else will be fetched is known bit by bit: the bar never goes back.
        self._fraction = max(self._fraction, start + (end - start) * fetched / max(1.0, total))
        return self._fraction

    def _text(self) -> str:
        under_way = sorted(set(self._sizes) - self._fetched, key=self._sizes.__getitem__)[::-1]
        done, total = self._fetched_bytes(), sum(self._sizes.values())
        names = ", ".join(under_way[:2]) + (
            f" and {len(under_way) - 2} more" * (len(under_way) > 2)
        )
        amount = f"{size_text(int(done))} of {size_text(int(total))}"
        return f"Fetching {names} ({amount})" if names else f"Unpacking ({amount})"

    def _fetched_bytes(self) -> float:
        return sum(self._sizes.get(name, 0.0) for name in self._fetched)
