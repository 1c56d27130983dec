"""The metrics once more as TensorBoard reads them, where its package is installed."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

COUNTED = ("loss", "learning_rate", "memory")


class Events:
    """Writes event files; does nothing without the package.

    Parameters
    ----------
    folder
        Made at the first row.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: Any = None

    def add(self, row: Mapping[str, Any]) -> None:
        """Write the figures of a row of the metrics."""
        if find_spec("tensorboard") is None:
            return
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        if self._writer is None:
            self._writer = EventFileWriter(str(self._folder))
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in figures(row)]
        event = Event(wall_time=time.time(), step=row["step"], summary=Summary(value=values))
        self._writer.add_event(event)
        # A run may be killed at any moment.
        self._writer.flush()

    def close(self) -> None:
        """End the file."""
        if self._writer is not None:
            self._writer.close()


def figures(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the finite figures of a row, with their names."""
    for name in COUNTED:
        if name in row and math.isfinite(row[name]):
            yield f"training/{name}", float(row[name])
    for what in ("validation", "replay"):
        for name, value in row.get(what, {}).items():
            # On few images while the run trains, on all of them before and after.
            which = "some" if row["when"] == "training" else "all"
            yield f"{what} ({which} images)/{name}", float(value)
