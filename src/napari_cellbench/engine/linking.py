"""Giving the objects of neighbouring planes of a stack the same label."""

from __future__ import annotations

import numpy as np

from ..data.instances import Labels


def link_planes(planes: list[Labels], iou: float = 0.25) -> list[Labels]:
    """Relabel planes so that an object keeps its label from plane to plane.

    Each object takes the label of the object of the plane before with which it shares the
    largest intersection over union, best pairs first; without a partner it gets a new label.

    Parameters
    ----------
    planes
        Label images (Y, X) of one size, in order.
    iou
        Smallest intersection over union of partners, in (0, 1].

    Returns
    -------
    list of (Y, X) int32
    """
    linked: list[Labels] = []
    free = 1
    for plane in planes:
        count = int(plane.max(initial=0))
        new = np.zeros(count + 1, np.int32)
        present = np.unique(plane)
        present = present[present > 0]
        if linked:
            _adopt(linked[-1], plane, new, iou)
        orphans = present[new[present] == 0]
        new[orphans] = np.arange(free, free + len(orphans))
        free += len(orphans)
        linked.append(new[plane])
    return linked


def _adopt(before: Labels, plane: Labels, new: Labels, iou: float) -> None:
    """Fill in the labels that objects of `plane` inherit from the plane before."""
    width = int(before.max(initial=0)) + 1
    pairs, overlap = np.unique(plane.astype(np.int64) * width + before, return_counts=True)
    now, then = pairs // width, pairs % width
    area_now = np.bincount(plane.ravel(), minlength=len(new))
    area_then = np.bincount(before.ravel(), minlength=width)
    both = (now > 0) & (then > 0)
    now, then, overlap = now[both], then[both], overlap[both]
    ratio = overlap / (area_now[now] + area_then[then] - overlap)
    taken: set[int] = set()
    for i in np.argsort(-ratio, kind="stable"):
        if ratio[i] < iou:
            break
        if not new[now[i]] and then[i] not in taken:
            new[now[i]] = then[i]
            taken.add(int(then[i]))
