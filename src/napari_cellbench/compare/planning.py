"""What fits into memory side by side, by what was measured and not by what one might guess."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..files.atomic import replacing
from ..files.locking import locked

MARGIN = 1.25
"""Share of the measured peak that is kept free: samples miss short peaks, and parameters differ."""


@dataclass(frozen=True)
class Need:
    """The memory that a run took, in bytes: resident, and of tensors on the GPU (None: on none)."""

    memory: int
    gpu_memory: int | None = None


@dataclass(frozen=True)
class Running:
    """A run under way: what it may need (None: not known), and its resident size now, in bytes."""

    need: Need | None
    resident: int


def may_start(need: Need | None, running: Sequence[Running], available: int) -> bool:
    """Tell whether a run may start beside others.

    One whose need isn't known runs alone: it is measured. On a GPU one run goes after another,
    since what a framework keeps there beside its tensors can't be seen from outside.

    Parameters
    ----------
    need
        Of the run that waits.
    running
        Those under way, which may not have reached their peak yet.
    available
        Memory that is free now, in bytes.
    """
    if not running:
        return True
    needs = [run.need for run in running]
    if need is None or None in needs:
        return False
    if need.gpu_memory is not None and any(n and n.gpu_memory is not None for n in needs):
        return False
    growth = sum(max(0.0, MARGIN * run.need.memory - run.resident) for run in running if run.need)
    return MARGIN * need.memory + growth <= available


class Peaks:
    """The memory that earlier runs took, remembered in a folder for all processes.

    Parameters
    ----------
    folder
        Of the results; made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "peaks.json"

    def need(self, key: str, pixels: int) -> Need | None:
        """Return what a run will need, by the next larger image of those that were run.

        Parameters
        ----------
        key
            Of `Task.memory_key`.
        pixels
            Of the image.

        Returns
        -------
        Need or None
            The most that any run took, whatever its parameters; None where no image was as large.
        """
        known = self._read().get(key, {})
        larger = [count for count in known if count >= pixels]
        return known[min(larger)] if larger else None

    def note(self, key: str, pixels: int, need: Need) -> None:
        """Remember what a run took, unless an earlier one took more.

        What can't be written is forgotten: the next run measures again.
        """
        before = self._read().get(key, {}).get(pixels)
        if before is not None and before.memory >= need.memory:
            return
        with suppress(OSError, InputError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with locked(self._file.with_suffix(".lock"), waiting=lambda: None):
                peaks = self._read()
                peaks.setdefault(key, {})[pixels] = need
                rows = {
                    key: {str(n): [need.memory, need.gpu_memory] for n, need in known.items()}
                    for key, known in peaks.items()
                }
                with replacing(self._file) as file:
                    file.write(json.dumps(rows, indent=1).encode())

    def _read(self) -> dict[str, dict[int, Need]]:
        """Return needs by key and number of pixels; nothing where the file is damaged."""
        try:
            rows = json.loads(self._file.read_text("utf-8"))
            return {
                key: {
                    int(n): Need(int(memory), None if gpu is None else int(gpu))
                    for n, (memory, gpu) in known.items()
                }
                for key, known in rows.items()
            }
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return {}
