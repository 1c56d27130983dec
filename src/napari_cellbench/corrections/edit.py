"""What a tool changes on a plane of labels: one step that can be done and undone exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.source import Region
from ..errors import InputError
from .lookup import Box, box_of_mask, distinct, elsewhere, region_of

Pixels = tuple[NDArray[np.intp], NDArray[np.intp]]


class Outdated(InputError):
    """An edit of labels that were changed since it was made."""


@dataclass(frozen=True, eq=False)
class Edit:
    """A change of the labels in a small region.

    It knows nothing of who holds the labels: an array takes it by `apply`, a layer of napari as one
    step of its undo by ``layer.data_setitem(edit.pixels, edit.values)``.

    Attributes
    ----------
    what
        What was done, as a title for a list of steps.
    region
        Rows and columns, as small as the change allows.
    before, after : (H, W) integer
        The labels of the region, in the dtype of the whole.
    made, gone
        Ids of cells that weren't there before, and that aren't there any more; ascending.
    renamed
        New id of each cell that only got another one. Such cells are neither made nor gone.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[1, 1, 0, 2]])
    >>> edit = Edit.between(labels, (slice(0, 1), slice(1, 4)), np.array([[1, 2, 2]]), "Grow")
    >>> edit.box, edit.size_changes, edit.made
    ((0, 2, 1, 3), {2: 1}, ())
    >>> edit.apply(labels)
    >>> labels
    array([[1, 1, 2, 2]])
    >>> edit.inverse().apply(labels)
    >>> labels
    array([[1, 1, 0, 2]])
    """

    what: str
    region: Region
    before: NDArray[Any]
    after: NDArray[Any]
    made: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()
    renamed: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def between(
        cls, labels: NDArray[Any], region: Region, after: NDArray[Any], what: str, nothing: str = ""
    ) -> Edit:
        """Make an edit of labels as they are and as they shall be.

        Parameters
        ----------
        labels : (Y, X) integer
            The whole plane, as it is.
        region
            Where they may change.
        after : (H, W) integer
            What the region shall be.
        what
            What is done.
        nothing
            What to say if that changes nothing.

        Raises
        ------
        InputError
            If nothing changes.
        """
        inside = box_of_mask(labels[region] != after)
        if inside is None:
            raise InputError(nothing or f"{what}: nothing changes.")
        top, left = region[0].start or 0, region[1].start or 0
        box = (inside[0] + top, inside[1] + left, inside[2] + top, inside[3] + left)
        before = labels[region_of(box)].copy()
        new = after[region_of(inside)].astype(labels.dtype)
        changed = before != new
        lost, gained = set(distinct(before[changed])), set(distinct(new[changed]))
        old_here, new_here = set(distinct(before)), set(distinct(new))
        around = elsewhere(labels, box, sorted((lost - new_here) | (gained - old_here)))
        made = sorted(gained - old_here - around)
        gone = sorted(lost - new_here - around)
        return cls(what, region_of(box), before, new, tuple(made), tuple(gone))

    @property
    def box(self) -> Box:
        """Top, left, bottom and right of the region, the last two exclusive."""
        rows, columns = self.region
        return rows.start, columns.start, rows.stop, columns.stop

    @cached_property
    def pixels(self) -> Pixels:
        """Rows and columns of the pixels that change, in the whole plane."""
        rows, columns = np.nonzero(self.before != self.after)
        return rows + self.region[0].start, columns + self.region[1].start

    @property
    def values(self) -> NDArray[Any]:
        """The new labels of `pixels`."""
        values: NDArray[Any] = self.after[self.before != self.after]
        return values

    @cached_property
    def changed_ids(self) -> tuple[int, ...]:
        """Ids of the cells that gain or lose pixels, ascending; made and gone ones, too."""
        changed = self.before != self.after
        ids = set(distinct(self.before[changed])) | set(distinct(self.after[changed]))
        return tuple(sorted(ids))

    @property
    def size_changes(self) -> dict[int, int]:
        """By how many pixels each of `changed_ids` becomes larger, or smaller where negative."""
        changed = self.before != self.after
        sizes = dict.fromkeys(self.changed_ids, 0)
        for pixels, sign in ((self.before, -1), (self.after, 1)):
            ids, counts = np.unique(pixels[changed], return_counts=True)
            for cell, count in zip(ids.tolist(), counts.tolist(), strict=True):
                if cell:
                    sizes[cell] += sign * count
        return sizes

    def fits(self, labels: NDArray[Any]) -> bool:
        """Return whether the labels of the region are still those that the edit was made of."""
        here = labels[self.region]
        return here.shape == self.before.shape and bool((here == self.before).all())

    def apply(self, labels: NDArray[Any]) -> None:
        """Change the labels in place.

        Raises
        ------
        Outdated, InputError
            See `check`; they stay as they are then.
        """
        self.check(labels)
        labels[self.region] = self.after

    def check(self, labels: NDArray[Any]) -> None:
        """Tell whether the labels can be changed.

        Raises
        ------
        Outdated
            If they were changed in the region since the edit was made.
        InputError
            If their type, converted since, can't hold the new labels.
        """
        if not self.fits(labels):
            raise Outdated(f"{self.what}: the cells there have changed meanwhile. Do it again.")
        if labels.dtype != self.after.dtype and self.after.max() > np.iinfo(labels.dtype).max:
            raise InputError(
                f"{self.what}: labels of {labels.dtype} can't hold cell {self.after.max()}."
            )

    def inverse(self) -> Edit:
        """Return the edit that undoes this one."""
        back = {new: old for old, new in self.renamed.items()}
        what = f"Undo {self.what[:1].lower()}{self.what[1:]}"
        return Edit(what, self.region, self.after, self.before, self.gone, self.made, back)
