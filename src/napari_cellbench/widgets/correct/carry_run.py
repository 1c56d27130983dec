"""Looking for the chosen cells on the next planes: in the background, one plane after another."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Signal

from ...corrections.carry import carry
from ...corrections.contrast import RING, contrast
from ...corrections.drawing import Mask
from ...corrections.lookup import box_of_mask, region_of, widened
from ...data.source import Source
from ...engine import Progress, Setup
from ...engine.client.asking import Asker
from ...prompting.expectation import from_labels
from ...prompting.prompts import Prompt
from ..jobs.long_run import LongRun


@dataclass(frozen=True, eq=False)
class CarryOrder:
    """What is to be carried, and how far.

    Attributes
    ----------
    cells
        Their ids.
    planes
        Labels, (Y, X) integer, of the planes in reach, by their numbers; views, which are read in
        the thread.
    sources
        The images on them.
    roles
        What each channel of the images shows.
    setup
        The network.
    start, step, limit, n_planes
        See `carry`.
    """

    cells: Sequence[int]
    planes: Mapping[int, NDArray[Any]]
    sources: Mapping[int, Source]
    roles: tuple[str, ...]
    setup: Setup
    start: int
    step: int
    limit: int
    n_planes: int


class CarryRun(LongRun):
    """Proposes cells plane by plane; what was proposed before it is stopped is kept.

    Parameters
    ----------
    order
        What to look for.

    Signals
    -------
    proposed(run, proposal)
        This run, and a `Proposal`.
    """

    proposed = Signal(object, object)

    def __init__(self, order: CarryOrder) -> None:
        super().__init__("cellbench-carry")
        self._order = order

    def work(self) -> None:
        """Ask the network about one plane after another."""
        order = self._order
        usual = from_labels(order.planes[order.start])
        with Asker(order.setup, order.roles, self.stop) as asker:

            def predict(prompt: Prompt, plane: int) -> NDArray[np.bool_]:
                labels = order.planes[plane]
                offers = asker.ask(order.sources[plane], prompt, labels, usual)
                mask = np.zeros(labels.shape, bool)
                if offers:
                    mask[offers[0].slices] = offers[0].mask
                return mask

            def stands_out(mask: Mask, plane: int) -> NDArray[np.float64]:
                return _contrast(order.sources[plane], mask)

            found = carry(
                order.planes.__getitem__,
                order.start,
                order.cells,
                predict,
                order.n_planes,
                step=order.step,
                limit=order.limit,
                contrast=stands_out,
                stop=self.stop.is_set,
            )
            asker.open(self.tell)
            self._tell_of(order.start + order.step)
            for proposal in found:
                # Qt itself may be gone when the program ends.
                with contextlib.suppress(RuntimeError):
                    self.proposed.emit(self, proposal)
                self._tell_of(proposal.plane + order.step)

    def _tell_of(self, plane: int) -> None:
        order = self._order
        if plane in order.planes:
            done = (abs(plane - order.start) - 1) / (len(order.planes) - 1)
            self.tell(Progress(done, f"Looking at plane {plane}"))


def _contrast(source: Source, mask: Mask) -> NDArray[np.float64]:
    """Return a cell's contrast; only what is around it is read."""
    box = box_of_mask(mask)
    assert box is not None
    region = region_of(widened(box, RING, mask.shape))
    return contrast(source.read(region), mask[region])
