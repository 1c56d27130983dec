"""What fits into memory side by side, by what was measured and not by what one might guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..files.own import OwnFile

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
        self._file: OwnFile[Mapping[str, Mapping[int, tuple[int, int | None]]]] = OwnFile(
            lambda: folder / "peaks.json",
            dict[str, dict[int, tuple[int, int | None]]],
            {},
            is_setting=False,
        )

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
        known = self._file.read().get(key, {})
        larger = [count for count in known if count >= pixels]
        return Need(*known[min(larger)]) if larger else None

    def note(self, key: str, pixels: int, need: Need) -> None:
        """Remember what a run took, unless an earlier one took more.

        What can't be written is forgotten: the next run measures again.
        """
        before = self._file.read().get(key, {}).get(pixels)
        if before is not None and before[0] >= need.memory:
            return
        row = {pixels: (need.memory, need.gpu_memory)}
        with suppress(InputError):
            self._file.update(lambda peaks: {**peaks, key: {**peaks.get(key, {}), **row}})
