"""Who works on a folder of corrections: two windows on one warn each other."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..errors import InputError
from ..files.atomic import replacing
from ..files.locking import locked
from ..files.schema import SchemaError, read_json, to_json, typed

FILE = "in-use.json"
LOCK = ".lock"
STALE = 600.0
"""Seconds without a sign of life after which another computer's window is taken for closed."""
PATIENCE = 5.0
"""Seconds to wait for another process that looks at the same file."""
CLOCK = 2.0
"""Seconds by which the start of one process may be told differently."""


@dataclass(frozen=True)
class Holder:
    """The window that works on a folder.

    Attributes
    ----------
    host, pid, started
        Its computer and process, and when that was started: numbers are used again.
    session
        A random name of the window.
    since
        When it began, in seconds since 1970.
    """

    host: str
    pid: int
    started: float
    session: str
    since: float

    def describe(self) -> str:
        """Say who it is."""
        begun = datetime.fromtimestamp(self.since).astimezone()
        where = "this computer" if self.host == socket.gethostname() else f"“{self.host}”"
        return f"a window on {where} (process {self.pid}, since {begun:%H:%M on %d %B})"


class InUse(InputError):
    """A folder that another window works on; `holder` says which."""

    def __init__(self, message: str, holder: Holder) -> None:
        super().__init__(message)
        self.holder = holder


class Claim:
    """The right to write into a folder; make it with `Claim.on`."""

    def __init__(self, folder: Path, holder: Holder) -> None:
        self.folder, self.holder = folder, holder

    @classmethod
    def on(cls, folder: Path, *, force: bool = False) -> Claim:
        """Claim a folder.

        Parameters
        ----------
        folder
            An existing one.
        force
            Whether to take it from another window, which then writes no more.

        Raises
        ------
        InUse
            If another window works on it.
        InputError
            If it can't be written to.
        """
        host = socket.gethostname()
        holder = Holder(
            host, os.getpid(), _started(os.getpid()) or 0.0, secrets.token_hex(8), time.time()
        )
        with _alone(folder):
            other = holder_of(folder)
            if other is not None and not force:
                raise InUse(
                    f"These corrections are open in {other.describe()}. Go on there, or take them "
                    "over here: then that window saves no more.",
                    other,
                )
            _write(folder, holder)
        return cls(folder, holder)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Give a sign of life, and let no other window take the folder over meanwhile.

        Raises
        ------
        InUse
            If another window has taken the folder over.
        InputError
            If it can't be written to.
        """
        with _alone(self.folder):
            found = _read(self.folder)
            if found is not None and found.session != self.holder.session:
                raise InUse(
                    f"Nothing is saved here any more: {found.describe()} has taken these "
                    "corrections over. Save this layer under another name to keep what is in it.",
                    found,
                )
            if found is None:
                _write(self.folder, self.holder)
            else:
                os.utime(self.folder / FILE)
            yield

    def release(self) -> None:
        """Give the folder back; without effect where another window has taken it over."""
        with suppress(InputError, OSError), _alone(self.folder):
            found = _read(self.folder)
            if found is not None and found.session == self.holder.session:
                (self.folder / FILE).unlink()


def holder_of(folder: Path) -> Holder | None:
    """Return the window that works on a folder; None where there is none, or it has ended."""
    holder = _read(folder)
    if holder is None:
        return None
    if holder.host == socket.gethostname():
        started = _started(holder.pid)
        # A process of which nobody tells when it was started (NaN) may be the one.
        same = started is not None and not abs(started - holder.started) > CLOCK
        return holder if same else None
    with suppress(OSError):
        if time.time() - (folder / FILE).stat().st_mtime < STALE:
            return holder
    return None


def _started(pid: int) -> float | None:
    """Return when a process was started, in seconds since 1970; None where it has ended."""
    import psutil

    try:
        process = psutil.Process(pid)
        # Killed, and not yet waited for.
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.NoSuchProcess:
        return None
    except psutil.Error:
        # Another user's, of which nothing more is told: it is there.
        return float("nan")


def _read(folder: Path) -> Holder | None:
    try:
        found: Holder = typed(read_json(folder / FILE), Holder)
    except (InputError, SchemaError):
        return None
    return found


def _write(folder: Path, holder: Holder) -> None:
    with replacing(folder / FILE, follow=False) as file:
        file.write(to_json(holder))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    end = time.monotonic() + PATIENCE

    def waiting() -> None:
        if time.monotonic() > end:
            raise InputError(f"{folder} is being opened by another program: try again.")

    try:
        with locked(folder / LOCK, waiting):
            yield
    except OSError as error:
        raise InputError(
            f"Nothing can be saved in {folder} ({error.strerror or error}): choose another folder."
        ) from error
