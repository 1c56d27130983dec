"""Our own files: settings, and what programs remember for each other.

They are read through a type. One that is damaged is set aside and told of once, and the defaults
hold; it never keeps a program from starting. One process at a time changes a file.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from ..errors import CellbenchWarning, InputError
from .atomic import replacing
from .locking import locked
from .schema import SchemaError, read_json, to_json, typed

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds to wait for another process that changes the file."""

Signature = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class OwnFile(Generic[T]):
    """A JSON file of ours.

    Attributes
    ----------
    path
        Returns where it is; the folder is made with the first change.
    kind
        Type of the content, for `schema.typed`. What is read is shared: don't change it.
    empty
        What holds where there is no file.
    is_setting
        Whether a person made it, who is told when it is damaged. Else it is begun anew.
    """

    path: Callable[[], Path]
    kind: Any
    empty: T
    is_setting: bool = True
    _known: dict[Path, tuple[Signature, T]] = field(default_factory=dict)
    _told: set[tuple[Path, Signature | None]] = field(default_factory=set)

    def read(self) -> T:
        """Return the content; `empty` where there is no file or it is damaged."""
        return self._read(alone=False)

    def update(self, change: Callable[[T], T]) -> T:
        """Change the content while no other process does.

        Parameters
        ----------
        change
            Returns the new content from the one that is there.

        Raises
        ------
        InputError
            If it can't be written.
        """
        with _alone(self.path()) as path:
            changed = change(self._read(alone=True))
            with replacing(path) as file:
                file.write(to_json(changed))
        return changed

    def _read(self, *, alone: bool) -> T:
        """Return the content; `alone` says that the lock is held, to change the file."""
        path, signature = self.path(), None
        try:
            signature = _signature(path)
            known = self._known.get(path)
            if known is None or known[0] != signature:
                known = self._known[path] = (signature, self._parse(path))
            return known[1]
        except (FileNotFoundError, NotADirectoryError):
            # Or it is gone since.
            return self.empty
        except OSError as error:
            said = f"can't be read ({error.strerror or error})"
            if alone:
                # What nobody can read must not be replaced.
                raise InputError(f"{path} {said}: see to its permissions.") from error
            self._tell(path, signature, said)
        except SchemaError as error:
            assert signature is not None
            self._set_aside(path, signature, str(error), alone)
        return self.empty

    def _parse(self, path: Path) -> T:
        try:
            found: T = typed(read_json(path), self.kind)
        except InputError as error:
            if isinstance(error.__cause__, OSError):
                raise error.__cause__ from error
            raise SchemaError("it is no ordinary file, or empty, or too large") from error
        return found

    def _set_aside(self, path: Path, signature: Signature, reason: str, alone: bool) -> None:
        """Rename a damaged file; `alone` says that the lock is held already."""
        if not self.is_setting:
            return
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        aside = path.with_name(f"{path.name}.damaged-{stamp}")
        said = f"is damaged ({reason}), and can't be set aside; the defaults hold"
        with suppress(OSError, InputError), nullcontext() if alone else _alone(path):
            # Another process may have been faster.
            if _signature(path) != signature:
                return
            path.rename(aside)
            said = f"is damaged ({reason}); it was set aside as {aside.name}, and the defaults hold"
        self._tell(path, signature, said)

    def _tell(self, path: Path, signature: Signature | None, said: str) -> None:
        if self.is_setting and (path, signature) not in self._told:
            self._told.add((path, signature))
            warnings.warn(f"{path} {said}.", CellbenchWarning, stacklevel=4)


@contextmanager
def _alone(path: Path) -> Iterator[Path]:
    """Hold the lock of a file, whose folder is made."""
    end = time.monotonic() + PATIENCE

    def waiting() -> None:
        if time.monotonic() > end:
            raise InputError(f"{path} is being changed by another program: try again.")

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path.with_suffix(".lock"), waiting):
            yield path
    except OSError as error:
        raise InputError(
            f"{path} can't be written ({error.strerror or error}): see to its folder, or set "
            "CELLBENCH_CONFIG to another one."
        ) from error


def _signature(path: Path) -> Signature:
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode
