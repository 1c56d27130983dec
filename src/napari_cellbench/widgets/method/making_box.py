"""Making the environment that a method needs: a button, how far it is, and what came of it."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QWidget

from ...checkpoints import size_text
from ...durations import spoken
from ...engine.environments import missing
from ...engine.environments.made import Record
from ...engine.environments.making import create, what_it_takes
from ...errors import sentence
from ...methods import Method
from ..jobs.long_run import LongRun
from ..jobs.run_bar import RunBar
from ..notify import complain


class MakingRun(LongRun):
    """Makes the environment of a method; returns its `Record`.

    Parameters
    ----------
    method
        Whose environment to make.
    """

    def __init__(self, method: Method[Any]) -> None:
        super().__init__("cellbench-environment")
        self.method = method

    def work(self) -> Record:
        """Make it, in the thread."""
        return create(self.method, self.tell, self.stop)


class MakingBox(RunBar):
    """Offers to make the environment of the method that is chosen, where that needs one.

    Signals
    -------
    made
        An environment has been made: its method can run now.
    """

    made = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Create the environment",
            "Fetch the packages of this method, with uv, into an environment of its own",
            "Stop; what was fetched is kept for the next try",
        )
        self.setParent(parent)
        self._method: Method[Any] | None = None
        self.asked.connect(self.make)
        self.hide()

    def show_method(self, method: Method[Any]) -> None:
        """Offer it for a method, unless one is being made: that is shown until it has ended."""
        self._method = method
        if self.run is not None:
            return
        environment = method.environment
        can_be_made = environment is not None and not environment.by_hand
        self.setVisible(can_be_made and bool(missing(method)))
        if environment is not None:
            self.say(what_it_takes(environment))

    def make(self) -> None:
        """Make the environment of the method that is shown."""
        if self.run is not None or self._method is None:
            return
        run = MakingRun(self._method)
        self.follow(run)
        run.returned.connect(self._take)
        run.failed.connect(self._fail)
        run.ended.connect(self._end)
        run.start()

    def close_run(self) -> None:
        """Stop what is being made: its panel is gone."""
        if self.run is not None:
            self.run.close()

    def _take(self, record: Record) -> None:
        assert self.run is not None
        title, size = self.run.method.title, size_text(record.size)
        self.say(f"{title} has its environment: {size}, made in {spoken(record.seconds)}.")

    def _fail(self, error: Exception) -> None:
        self.say(sentence(error))
        complain(error)

    def _end(self) -> None:
        told = self.status.text()
        if self._method is not None and self._method.environment is not None:
            self.show_method(self._method)
            self.say(told)
        self.made.emit()
