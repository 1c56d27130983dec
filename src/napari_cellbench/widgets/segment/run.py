"""A run of the Segment panel: one method on the planes that were asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...data.kind import Kind
from ...engine import Engine, Entry, Progress, Request, Setup, segment
from ...errors import Cancelled
from ..jobs.long_run import LongRun
from ..layers.results import Assembly, Found
from ..layers.source import Input


@dataclass(frozen=True, eq=False)
class SegmentOrder:
    """What the user asked for.

    Attributes
    ----------
    input
        Layers and region.
    entry
        Method, checkpoint, parameters and device.
    index
        Plane to segment; None for all planes.
    link
        Whether objects keep their label from plane to plane.
    kind
        What the image shows; None where that isn't known.
    """

    input: Input
    entry: Entry
    index: tuple[int, ...] | None = None
    link: bool = False
    kind: Kind | None = None


class SegmentRun(LongRun):
    """Segments; returns a `Found`, of the planes that were done where it was cancelled.

    Parameters
    ----------
    engine
        Where to run.
    order
        What to run. Its images are read as they are now, whatever becomes of their layers.

    Raises
    ------
    InputError
        If the layers don't go together.
    """

    def __init__(self, engine: Engine, order: SegmentOrder) -> None:
        super().__init__("cellbench-segment")
        self.status = replace(self.status, text="Starting the worker process…")
        self._engine, self.order = engine, order
        self._sources = [order.input.source(index) for index in order.input.indices(order.index)]
        self._roles, self._image = order.input.roles, order.input.first.name
        self._assembly = Assembly(order.input, order.index)

    def work(self) -> Found:
        """Segment plane by plane."""
        assembly, total = self._assembly, len(self._sources)
        setup = Setup.of(self.order.entry, self._roles, self.order.kind)
        for number, source in enumerate(self._sources):

            def report(of_plane: Progress, number: int = number) -> None:
                which = f"plane {number + 1} of {total}: " if total > 1 else ""
                fraction = (number + of_plane.fraction) / total
                self.tell(Progress(fraction, which + of_plane.message))

            try:
                request = Request(source, self._roles, setup, self._image, self.order.kind)
                found = segment(self._engine, request, report, self.stop)
            except Cancelled:
                if not assembly.started:
                    raise
                break
            assembly.add(found)
        return assembly.found(link=self.order.link)
