"""A run's folder: whoever has its path can follow, stop and resume it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from ..checkpoints.user import forget_files_in
from ..errors import InputError
from ..files.atomic import replacing
from ..files.locking import locked
from ..files.places import data_root
from ..files.schema import to_json
from .plan import Plan, read_plan
from .status import Status, read_status, write_status

EVENTS = "tensorboard"
"""Folder of what TensorBoard shows."""
CARD = "model-card.md"
"""What comes with the checkpoint, for a person."""
STARTING = 60.0
"""Seconds that a process may take until it holds the folder's lock."""
TAKEN = 5.0
"""Seconds after which another process that holds the lock is more than a look at it."""


class _Held(Exception):
    """Another process holds the lock."""


class Run:
    """A training run.

    Parameters
    ----------
    folder
        With ``run.json`` and ``status.json``; ``metrics.jsonl`` (a row a second or step),
        ``log.txt`` and ``training`` (what the method keeps to go on from) follow.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @classmethod
    def create(cls, folder: Path, plan: Plan) -> Run:
        """Make the folder of a new run.

        Raises
        ------
        InputError
            If the folder isn't empty, or can't be written.
        """
        run = cls(folder)
        if run.folder.exists() and (not run.folder.is_dir() or any(run.folder.iterdir())):
            what = "holds a run" if (run.folder / "run.json").exists() else "isn't empty"
            raise InputError(
                f"{folder} {what}: choose another folder, or go on with that run by "
                f"`cellbench runs resume {folder}`."
            )
        try:
            run.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder} can't be made: {error.strerror or error}.") from error
        run.write(Status("queued", "Starting"))
        # Last: a folder with it is a whole run.
        with replacing(run.folder / "run.json") as file:
            file.write(to_json(plan))
        run.remember()
        return run

    @classmethod
    def open(cls, folder: Path) -> Run:
        """Return the run in a folder.

        Raises
        ------
        InputError
            If there is none.
        """
        if not (folder / "run.json").is_file():
            raise InputError(f"{folder} holds no training run: there is no run.json in it.")
        run = cls(folder)
        run.remember()
        return run

    @property
    def plan(self) -> Plan:
        """What is trained."""
        return read_plan(self.folder / "run.json")

    @property
    def log(self) -> Path:
        """What the process said."""
        return self.folder / "log.txt"

    def status(self) -> Status:
        """Return how it stands; "lost" where nobody holds the lock who should."""
        status = read_status(self.folder / "status.json")
        if status.checkpoint is not None and not Path(status.checkpoint).exists():
            # The folder was moved.
            inside = self.folder / "training" / Path(status.checkpoint).name
            status = replace(status, checkpoint=str(inside) if inside.exists() else None)
        if not status.is_under_way or self.is_alive():
            return status
        starts = status.pid is None and abs(time.time() - status.heartbeat) < STARTING
        if starts:
            return status
        # It may have ended well while we looked.
        status = read_status(self.folder / "status.json")
        if not status.is_under_way:
            return status
        return replace(
            status,
            state="lost",
            message="The process is gone: it was killed, or the computer was restarted. "
            "Resume goes on from the last snapshot.",
        )

    def write(self, status: Status) -> None:
        """Write how it stands."""
        write_status(self.folder / "status.json", status)

    def is_alive(self) -> bool:
        """Tell whether a process works on it."""

        def refuse() -> None:
            raise _Held

        try:
            with locked(self.folder / "lock", refuse):
                return False
        except _Held:
            return True
        except OSError:
            # On a disk that can't be written nobody works.
            return False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the process that works on it.

        Raises
        ------
        InputError
            If there is one already.
        """
        deadline = time.monotonic() + TAKEN

        def wait() -> None:
            if time.monotonic() > deadline:
                raise InputError(f"{self.folder} is being trained already, by another process.")

        with locked(self.folder / "lock", wait):
            yield

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether somebody wants it to stop."""
        return (self.folder / "stop").exists()

    def ask_to_stop(self) -> None:
        """Ask the process to save its state and end."""
        (self.folder / "stop").touch()

    def withdraw(self) -> None:
        """Don't ask it to stop any more."""
        (self.folder / "stop").unlink(missing_ok=True)

    def stop(self, grace: float = 60.0) -> Status:
        """Ask the process to stop, and end it if it hasn't after `grace` seconds.

        Returns
        -------
        Status
            How the run stands then; it can be resumed.
        """
        if not self.status().is_under_way:
            return self.status()
        self.ask_to_stop()
        deadline = time.monotonic() + grace
        while (status := self.status()).is_under_way:
            if time.monotonic() > deadline and status.pid is not None:
                with contextlib.suppress(psutil.Error):
                    psutil.Process(status.pid).kill()
                while self.is_alive():
                    time.sleep(0.05)
                message = (
                    f"Ended by force: it hadn't stopped {grace:.0f} seconds after it was asked."
                )
                status = replace(self.status(), state="stopped", message=message)
                self.write(status)
                break
            time.sleep(0.1)
        self.withdraw()
        return status

    def remove(self) -> None:
        """Delete what a run holds, its checkpoint too; what else lies in the folder stays.

        Raises
        ------
        InputError
            If it is being trained, or something can't be deleted.
        """
        if self.is_alive():
            raise InputError(f"{self.folder} is being trained: stop it first.")
        try:
            # The plan first: what is left when this ends too early is no run any more.
            for name in (
                "run.json",
                "status.json",
                "metrics.jsonl",
                "log.txt",
                "stop",
                "lock",
                CARD,
            ):
                (self.folder / name).unlink(missing_ok=True)
            for name in ("training", "trial", "sample", EVENTS):
                if (self.folder / name).exists():
                    shutil.rmtree(self.folder / name)
            # Nobody is to choose what is gone.
            forget_files_in(self.folder / "training")
            if not any(self.folder.iterdir()):
                self.folder.rmdir()
        except OSError as error:
            raise InputError(f"{self.folder} can't be removed: {error.strerror}.") from error

    def metrics(self) -> list[dict[str, Any]]:
        """Return what ``metrics.jsonl`` tells of each step, in the steps' order.

        A run that was killed goes on from its last snapshot: of what is told twice the last counts.
        """
        rows: dict[int, dict[str, Any]] = {}
        with contextlib.suppress(FileNotFoundError):
            for line in (self.folder / "metrics.jsonl").read_text("utf-8").splitlines():
                # The last line of a process that was killed may be cut.
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    row = json.loads(line)
                    rows.setdefault(int(row["step"]), {}).update(row)
        return [rows[step] for step in sorted(rows)]

    def remember(self) -> None:
        """Let `known_runs` find it."""
        name = hashlib.sha256(str(self.folder).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        note = data_root() / "runs" / f"{name}.json"
        if note.exists():
            return
        # A run goes on without.
        with contextlib.suppress(OSError, InputError):
            note.parent.mkdir(parents=True, exist_ok=True)
            with replacing(note) as file:
                file.write(json.dumps({"folder": str(self.folder)}).encode())


def known_runs() -> list[Run]:
    """Return the runs of this user that are still where they were, the newest first."""
    found = []
    for note in (data_root() / "runs").glob("*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            folder = Path(json.loads(note.read_text("utf-8"))["folder"])
            made = (folder / "run.json").stat().st_mtime
            found.append((made, Run(folder)))
    return [run for _, run in sorted(found, key=lambda one: one[0], reverse=True)]
