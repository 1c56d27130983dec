"""Data sets as an evaluation goes through them: image by image, each with a name and a group."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path

from ..data import Instances, Sample, Target
from ..data.readers import Dataset, detect, read_samples
from ..errors import InputError
from ..scoring.pairs import group_in, image_name, read_groups

OWN = ("group", "tissue", "cell_type")
"""What ``--group-by`` calls the group that a data set itself names."""
FOLDER = "folder"
"""What it calls the subfolder."""
SEPARATOR = " / "
"""Between the names of two groupings, such as tissue and platform."""
OPEN = 4
"""Data sets that a process keeps open at once."""


class Images:
    """The images of a data set, or of the data sets in a folder's subfolders.

    Parameters
    ----------
    path
        Whatever the readers know, or a folder whose subfolders they know.
    group_by
        Names, with commas between: ``group``, ``folder``, or a key of the samples' metadata such
        as ``platform``. None for the group that the data set names, else the subfolder.
    truth_by
        A further annotator whose labels count as the truth; None for the first.

    Raises
    ------
    InputError
        If nothing is known there.
    """

    def __init__(
        self, path: Path, group_by: str | None = None, truth_by: str | None = None
    ) -> None:
        self._path, self._truth_by = path, truth_by
        self._group_by = tuple(name.strip() for name in group_by.split(",")) if group_by else ()
        self._parts = _parts(path)
        self._places = [
            (part, index)
            for part, (_, images) in enumerate(self._parts)
            for index in range(len(images))
        ]

    def __len__(self) -> int:
        return len(self._places)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Their names, each another."""
        found = []
        for part, index in self._places:
            folder, images = self._parts[part]
            found.append(f"{folder}/{images.names[index]}" if folder else images.names[index])
        return _distinct(found)

    def has_truth(self, index: int) -> bool:
        """Tell whether an image has any truth, without reading it."""
        part, at = self._places[index]
        return self._parts[part][1].has_truth(at)

    def read(self, index: int) -> Sample:
        """Read an image, with its name and group here.

        Raises
        ------
        InputError
            If it can't be read, or a grouping or annotator isn't there.
        """
        part, at = self._places[index]
        folder, images = self._parts[part]
        sample = images[at]
        group = SEPARATOR.join(self._group(sample, folder, name) for name in self._group_by)
        if not self._group_by:
            group = sample.group or folder
        sample = replace(sample, name=self.names[index], group=group)
        return sample if self._truth_by is None else _annotated_by(sample, self._truth_by)

    def _group(self, sample: Sample, folder: str, by: str) -> str:
        if by in OWN:
            return sample.group
        if by == FOLDER:
            return folder
        if by not in sample.metadata:
            known = [key for key, value in sample.metadata.items() if isinstance(value, str)]
            raise InputError(
                f"{self._path} can't be grouped by {by!r}: its images tell "
                f"{', '.join(('group', FOLDER, *known))}."
            )
        return str(sample.metadata[by])


@lru_cache(maxsize=OPEN)
def open_images(path: Path, group_by: str | None = None, truth_by: str | None = None) -> Images:
    """Return the images of a data set, which this process keeps open; see `Images`."""
    return Images(path, group_by, truth_by)


def groups_of(file: Path, names: Sequence[str]) -> Mapping[str, str]:
    """Read a CSV of groups; return that of each image that has one.

    Parameters
    ----------
    file
        An image's name and its group in each row.
    names
        Of the images.

    Raises
    ------
    InputError
        If it is no such file, or names none of the images.
    """
    known = read_groups(file)
    found = {name: group_in(known, _plain(name)) for name in names}
    found = {name: group for name, group in found.items() if group}
    if not found:
        raise InputError(
            f"{file.name} names none of the images, such as {', '.join(names[:3])}: each row must "
            "have an image's name and its group."
        )
    return found


def names_of(paths: Sequence[Path], known: Mapping[Path, str]) -> dict[Path, str]:
    """Name data sets by their files or folders; by as much of their paths as tells them apart.

    Parameters
    ----------
    paths
        Whole ones.
    known
        Names that some have already; they keep them.
    """
    names = {path: known[path] for path in paths if path in known}
    taken = set(known.values())
    for path in paths:
        others = [other for other in paths if other != path and other not in known]
        for count in range(1, len(path.parts) + 1):
            name = _last(path, count)
            if name not in taken and all(_last(other, count) != name for other in others):
                break
        names.setdefault(path, name)
        taken.add(names[path])
    return names


def _last(path: Path, count: int) -> str:
    parts = path.with_suffix("").parts if path.suffix and not path.is_dir() else path.parts
    return "/".join(part for part in parts[-count:] if part != os.sep)


def _plain(name: str) -> str:
    folder, _, last = name.rpartition("/")
    own = image_name(last)[0]
    return f"{folder}/{own}" if folder else own


def _parts(path: Path) -> list[tuple[str, Dataset]]:
    if not path.is_dir() or detect(path) is not None:
        return [("", read_samples(path).streamed())]
    found = []
    for at, folders, _ in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(at)
        if here != path and detect(here) is not None:
            # What lies below belongs to it.
            folders.clear()
            found.append((here.relative_to(path).as_posix(), read_samples(here).streamed()))
    if not found:
        raise InputError(
            f"{path} holds no data set that is known here, nor do its subfolders: TissueNet, "
            "LIVECell or other COCO, Data Science Bowl, corrected images, or pairs of "
            "NAME_image.tif and NAME_labels.tif."
        )
    return found


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    counts, taken = Counter[str](), set(names)
    out = []
    for name in names:
        counts[name] += 1
        new = name
        while counts[name] > 1 and (new := f"{name} ({counts[name]})") in taken:
            counts[name] += 1
        taken.add(new)
        out.append(new)
    return tuple(out)


def _annotated_by(sample: Sample, who: str) -> Sample:
    further = {
        key.removeprefix("labels_"): value
        for key, value in sample.metadata.items()
        if key.startswith("labels_") and isinstance(value, Instances)
    }
    if who not in further:
        known = ", ".join(further) or "nobody"
        raise InputError(f"{sample.name} has no labels by {who}; further ones are by {known}.")
    truth: dict[Target, Instances] = {next(iter(sample.truth), "whole_cell"): further[who]}
    return replace(sample, truth=truth)
