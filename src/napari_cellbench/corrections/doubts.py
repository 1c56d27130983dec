"""What is most worth a look: one list, whatever the reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from ..errors import InputError
from .lookup import Box, joined

At = tuple[int, ...]
"""Where in a stack a plane is: time point and depth, whatever there is; () for an image."""

Order = Literal["doubt", "size", "place", "id"]
"""The most doubtful first; the largest first; from place to place with short ways; by id."""

KINDS = {
    "missed": "Missed",
    "extra": "Not in the truth",
    "found": "Found by some only",
    "split": "Split",
    "merged": "Merged",
    "mixed": "Divided differently",
    "outline": "Outlined differently",
    "score": "Low score",
    "size": "Odd size",
    "shape": "Odd shape",
    "edge": "At the image’s edge",
    "tile": "At a tile’s edge",
}
"""Kinds of doubts, for a person to choose from; see `Doubt.kind`."""

ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True)
class Doubt:
    """A cell, or a place, that may be wrong.

    Attributes
    ----------
    kind
        Of an error: ``missed``, ``extra``, ``split``, ``merged``, ``outline`` or ``mixed``; where
        results differ: ``found`` by some only, or one of these; of a single result: ``score``,
        ``size``, ``shape``, ``edge`` or ``tile``. Several are joined by "+".
    cells
        Ids in the labels that are corrected; none where a cell is missing.
    box
        Top, left, bottom and right in pixels, the last two exclusive.
    reason
        In words.
    doubt
        How doubtful it is, from 0 to 1.
    size
        Pixels concerned.
    at
        The plane of a stack.
    """

    kind: str
    cells: tuple[int, ...]
    box: Box
    reason: str
    doubt: float
    size: int = 0
    at: At = ()

    @property
    def place(self) -> tuple[float, float]:
        """Row and column of the middle, in pixels."""
        return (self.box[0] + self.box[2] - 1) / 2, (self.box[1] + self.box[3] - 1) / 2

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds, one by one."""
        return tuple(self.kind.split("+"))


def combined(doubts: Iterable[Doubt]) -> list[Doubt]:
    """Make one of all doubts about the same cells.

    It is as if each reason by itself had its chance to be wrong: two of 0.5 make 0.75.

    Examples
    --------
    >>> one = Doubt("size", (3,), (0, 0, 4, 4), "Small", 0.5)
    >>> other = Doubt("shape", (3,), (0, 0, 4, 4), "Ragged", 0.5)
    >>> both, = combined([one, other])
    >>> both.kind, both.reason, both.doubt
    ('size+shape', 'Small; ragged', 0.75)
    """
    groups: dict[object, list[Doubt]] = defaultdict(list)
    for one in doubts:
        # Places without a cell are told apart by where they are.
        groups[one.at, tuple(sorted(one.cells)) or one.box].append(one)
    return [_joined(group) for group in groups.values()]


def ordered(doubts: Iterable[Doubt], order: Order = "doubt") -> list[Doubt]:
    """Return doubts in an order.

    Raises
    ------
    InputError
        If there is no such order.
    """
    found = list(doubts)
    if order not in ORDERS:
        raise InputError(f"The order can be {', '.join(ORDERS)}, not {order}.")
    if order == "place":
        return _on_a_way(found)
    if order == "id":
        return sorted(found, key=lambda one: (one.at, one.cells or (2**31,), one.box))
    if order == "size":
        return sorted(found, key=lambda one: (-one.size, one.at, one.box))
    return sorted(found, key=lambda one: (-one.doubt, -one.size, one.at, one.box))


def chosen(
    doubts: Iterable[Doubt], kinds: Collection[str] | None = None, least: float = 0.0
) -> list[Doubt]:
    """Return the doubts of some kinds, or all, that are doubtful enough."""
    return [
        one
        for one in doubts
        if one.doubt >= least and (kinds is None or not set(kinds).isdisjoint(one.kinds))
    ]


def _joined(group: Sequence[Doubt]) -> Doubt:
    if len(group) == 1:
        return group[0]
    group = sorted(group, key=lambda one: -one.doubt)
    reasons = list(dict.fromkeys(one.reason for one in group))
    words = [reasons[0], *(reason[:1].lower() + reason[1:] for reason in reasons[1:])]
    return replace(
        group[0],
        kind="+".join(dict.fromkeys(kind for one in group for kind in one.kinds)),
        box=joined([one.box for one in group]),
        reason="; ".join(words),
        doubt=float(1 - np.prod([1 - one.doubt for one in group])),
        size=max(one.size for one in group),
    )


def _on_a_way(doubts: list[Doubt]) -> list[Doubt]:
    """Go through each plane in bands, to and fro, so that the camera moves little."""
    if not doubts:
        return []
    places = np.array([one.place for one in doubts])
    low, high = places.min(axis=0), places.max(axis=0)
    # As high as cells are apart on average.
    height = max(1.0, float(np.sqrt(np.prod(high - low + 1) / len(doubts))))
    band = ((places[:, 0] - low[0]) // height).astype(int)
    column = np.where(band % 2, -places[:, 1], places[:, 1])
    way = sorted(range(len(doubts)), key=lambda i: (doubts[i].at, band[i], column[i]))
    return [doubts[i] for i in way]
