"""Asking for the cell at each of many points, in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...corrections.add import NoRoom
from ...corrections.tools import add_mask
from ...data.source import Source
from ...engine import Progress, Setup
from ...engine.client.asking import Asker
from ...engine.client.prompting import Offer
from ...prompting.expectation import LARGEST_SHARE, SMALLEST, from_labels
from ...prompting.prompts import Prompt
from ..jobs.long_run import LongRun
from .plane import Place, pixel_of


@dataclass(frozen=True, eq=False)
class CountOrder:
    """What is asked.

    Attributes
    ----------
    points
        Where a cell is.
    labels : (Y, X) integer
        A copy of the plane.
    source, roles
        Its image, and what each channel shows.
    setup
        The network.
    """

    points: Sequence[Place]
    labels: NDArray[Any]
    source: Source
    roles: tuple[str, ...]
    setup: Setup


class CountRun(LongRun):
    """Returns the `Offer` for each point, or None where there is no cell.

    Parameters
    ----------
    order
        What to ask.
    """

    def __init__(self, order: CountOrder) -> None:
        super().__init__("cellbench-count")
        self._order = order

    def work(self) -> list[Offer | None]:
        """Ask about one point after another; what is found is in the way of the next."""
        order = self._order
        there, usual = order.labels.copy(), from_labels(order.labels)
        found: list[Offer | None] = []
        with Asker(order.setup, order.roles, self.stop) as asker:

            def ask(prompt: Prompt) -> tuple[Offer, ...]:
                return asker.ask(order.source, prompt, there, usual)

            asker.open(self.tell)
            for number, point in enumerate(order.points):
                n = len(order.points)
                self.tell(Progress(number / n, f"Asking about point {number + 1} of {n}"))
                others = [one for one in order.points if pixel_of(one) != pixel_of(point)]
                offer = cell_of(ask, point, others)
                if offer is not None:
                    try:
                        add_mask(there, offer.mask, offer.offset).apply(there)
                    except NoRoom:
                        offer = None
                found.append(offer)
        return found


def cell_of(
    ask: Callable[[Prompt], tuple[Offer, ...]], point: Place, others: Sequence[Place]
) -> Offer | None:
    """Return the likeliest offer that holds this point and none of the others.

    Where all hold others too, it is asked again with those as points beside the cell.
    """
    prompt = Prompt.click(*point)
    offers = [offer for offer in ask(prompt) if _is_cell(offer) and _holds(offer, point)]
    alone = [offer for offer in offers if not any(_holds(offer, one) for one in others)]
    if not offers or alone:
        return alone[0] if alone else None
    for one in others:
        if _holds(offers[0], one):
            prompt = prompt.pointed(*one, False)
    again = (offer for offer in ask(prompt) if _is_cell(offer) and _holds(offer, point))
    return next((one for one in again if not any(_holds(one, other) for other in others)), None)


def _is_cell(offer: Offer) -> bool:
    view, area = offer.looked.view, np.count_nonzero(offer.mask)
    return bool(SMALLEST <= area <= LARGEST_SHARE * view.height * view.width)


def _holds(offer: Offer, place: Place) -> bool:
    row, column = np.subtract(pixel_of(place), offer.offset).tolist()
    height, width = offer.mask.shape
    return 0 <= row < height and 0 <= column < width and bool(offer.mask[row, column])
