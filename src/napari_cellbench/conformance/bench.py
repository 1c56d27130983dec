"""A method on the bench: how the checks run it, through the engine that everything else uses."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..checkpoints import Checkpoint, checkpoints, resolve
from ..data import Role
from ..data.sample import RGB
from ..data.source import Source
from ..engine import Engine, Job, Progress, Result
from ..engine.environments import how_to_install, missing, python_of
from ..engine.examination import Examination, Examine
from ..engine.request import choose_checkpoint
from ..errors import Cancelled, CellbenchError, EngineError, InputError
from ..methods.base import Method
from ..methods.home import Home, home_of
from ..methods.preparation import trained_with
from ..methods.registry import methods
from .images import discs
from .result import Failed, NotApplicable


@dataclass(frozen=True, eq=False)
class Bench:
    """A method, with what it is run with.

    Attributes
    ----------
    method
        The method.
    engine
        Where it runs; keeps the loaded model from check to check.
    asked
        Key or path of a checkpoint; None for a bundled one.
    parameters
        Values by name; what is left out keeps its default.
    device
        "auto", "cpu", "cuda", "cuda:1", "mps".
    python
        Interpreter of another environment; None for the one that the user set, else this one.
    refusals
        Every error for the user that the method raised so far, by what it was asked for.
    """

    method: Method[Any]
    engine: Engine
    asked: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"
    python: Path | None = None
    refusals: dict[str, CellbenchError] = field(default_factory=dict)

    @cached_property
    def home(self) -> Home | None:
        """Where the class lies; None if an entry point announces it."""
        known = methods().get(self.method.key)
        return None if type(known) is type(self.method) else home_of(self.method)

    @cached_property
    def interpreter(self) -> Path | None:
        """Interpreter that the method runs in; None for this one."""
        return self.python or python_of(self.method.key)

    @cached_property
    def checkpoint(self) -> Checkpoint | None:
        """What the method is run with; None for a method without.

        Raises
        ------
        NotApplicable
            If there is none.
        InputError, CheckpointError
            If the one that was asked for isn't the method's.
        """
        method, asked = self.method, self.asked
        if method.needs_checkpoint and asked is None:
            own = [c for c in checkpoints() if c.method == method.key and c.purpose == "segment"]
            asked = next((c.key for c in own if c.source == "bundled"), None)
            if asked is None:
                raise NotApplicable("It needs a checkpoint to run: name one.")
        return choose_checkpoint(method, asked, ())

    @cached_property
    def weights(self) -> Path | None:
        """The checkpoint's file or folder, downloaded if need be."""
        return None if self.checkpoint is None else resolve(self.checkpoint)

    def check_installed(self) -> None:
        """Raise `NotApplicable` if the method lacks packages."""
        if self.interpreter is None and missing(self.method):
            lacking = ", ".join(missing(self.method))
            raise NotApplicable(f"It needs {lacking}: run  {how_to_install(self.method)}")

    @cached_property
    def layouts(self) -> tuple[tuple[Role, ...], ...]:
        """Channels that the method should take by what it and the checkpoint declare."""
        named = self.checkpoint.channels if self.checkpoint is not None else ()
        return tuple(dict.fromkeys(([named] if named else []) + self._declared()))

    def _declared(self) -> list[tuple[Role, ...]]:
        """Return channels that go together by what the method alone declares."""
        declared = self.method.channels
        found: list[tuple[Role, ...]] = [(role,) for role in declared if role not in RGB]
        if {"nucleus", "whole_cell"} <= set(declared):
            found.append(("nucleus", "whole_cell"))
        if set(RGB) <= set(declared):
            found.append(RGB)
        return found or [declared]

    @cached_property
    def _first(self) -> tuple[tuple[Role, ...], Result]:
        said = ""
        for roles in self.layouts:
            try:
                return roles, self.run(discs(roles), roles)
            except InputError as error:
                said = said or str(error)
        raise Failed(f"It takes none of the channels that it declares: {said}")

    @property
    def roles(self) -> tuple[Role, ...]:
        """Channels of the usual image: the first of `layouts` that the method takes.

        Raises
        ------
        Failed
            If it takes none, or fails.
        """
        return self._first[0]

    @property
    def usual(self) -> Result:
        """What the method finds in the usual image."""
        return self._first[1]

    @property
    def seen(self) -> Examination:
        """What the worker saw of the usual image's prediction."""
        seen = self.usual.examination
        assert seen is not None
        return seen

    def run(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        stop_at: int | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> Result:
        """Run the method once; see `Engine.run`.

        Parameters
        ----------
        image : (C, Y, X) array
        roles
            What each channel shows.
        stop_at
            See `Examine`.
        progress
            Called with how far it is.

        Raises
        ------
        InputError, CheckpointError
            What the method says for the user to mend; noted in `refusals`.
        Cancelled
            If it was stopped.
        Failed
            If the method failed.
        """
        self.check_installed()
        values = trained_with(self.method, self.checkpoint, self.parameters)
        job = self._job(tuple(roles), self.weights, values, stop_at)
        shape = " x ".join(map(str, image.shape))
        with self._noting(f"{image.dtype} image of {shape} ({', '.join(roles)})"):
            return self.engine.run(Source.of(image), job, progress)

    def load(self, weights: Path | None, name: str) -> Result:
        """Have the method load a file, and run it on the usual image if it does."""
        self.check_installed()
        try:
            # What the method doesn't take would pass for a file that it refuses.
            roles = self.roles
        except (Failed, NotApplicable, CellbenchError):
            roles = self._declared()[0]
        job = self._job(roles, weights, self.parameters, None)
        with self._noting(name):
            return self.engine.run(Source.of(discs(roles)), job)

    def _job(
        self,
        roles: tuple[Role, ...],
        weights: Path | None,
        values: Mapping[str, Any],
        stop_at: int | None,
    ) -> Job:
        examine = Examine(self.home, stop_at)
        key, python = self.method.key, self.interpreter
        return Job(key, roles, weights, values, self.device, python, examine)

    @contextmanager
    def _noting(self, what: str) -> Iterator[None]:
        try:
            yield
        except Cancelled:
            raise
        except EngineError as error:
            raise Failed(f"{what}: {error}") from error
        except CellbenchError as error:
            self.refusals[what] = error
            raise


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder that is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="cellbench-check-") as made:
        yield Path(made).resolve()


class Stopwatch:
    """Notes when the last report of progress came."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, _: Progress) -> None:
        """Take a report."""
        self._last = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the last report."""
        return time.monotonic() - self._last
