"""The worker processes of the queue."""

from __future__ import annotations

import psutil

from ..engine import Engine
from .task import Task

Model = tuple[object, ...]


class Worker:
    """A worker process for one model at a time.

    Another method, checkpoint, device or interpreter gets a process of its own, so that the peak
    memory of an entry holds nothing of the entries before it but what the allocator kept of runs of
    the same model.
    """

    def __init__(self) -> None:
        self.engine = Engine()
        self.model: Model | None = None

    def turn_to(self, task: Task) -> None:
        """End the process if it holds another model."""
        if self.model != task.model:
            self.engine.release()
        self.model = task.model

    def end(self) -> None:
        """End the process; a run under way fails. A later run starts a new one."""
        self.engine.release()
        self.model = None

    @property
    def resident(self) -> int:
        """Resident size of the process now, in bytes; 0 without one."""
        pid = self.engine.pid
        try:
            return int(psutil.Process(pid).memory_info().rss) if pid is not None else 0
        except psutil.Error:
            return 0
