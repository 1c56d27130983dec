"""Truth and predictions of many images: which belongs to which, by name."""

from __future__ import annotations

import csv
import io
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..data.ome_zarr import is_zarr
from ..data.truth_files import FORMATS, ObjectFile, read_object_file
from ..errors import InputError
from ..files.inputs import open_input

MARKERS = (
    "_cp_masks",
    "_seg",
    "_labels",
    "_label",
    "_masks",
    "_mask",
    "_truth",
    "_gt",
    "_predictions",
    "_prediction",
    "_pred",
    "_objects",
)
"""What programs add to an image's name for its objects."""
IMAGES = ("_image", "_img")
"""What they add for the image itself."""
SHOWN = 5
"""So many names are listed before "and 7 more"."""


@dataclass(frozen=True, eq=False)
class Side:
    """The truth, or the prediction, of one image.

    Attributes
    ----------
    path
        The file.
    name
        Of the image in a file of several; None for the file's only one.
    """

    path: Path
    name: str | None = None

    def open(self) -> tuple[ObjectFile, str]:
        """Return the file, and the image's name in it."""
        file = read_object_file(self.path)
        if self.name is None and len(file.names) != 1:
            raise InputError(
                f"{self.path.name} holds {len(file.names):,} images, and one is needed."
            )
        return file, self.name if self.name is not None else file.names[0]


@dataclass(frozen=True, eq=False)
class Pair:
    """An image's truth and prediction.

    Attributes
    ----------
    name
        Of the image, without markers and endings.
    group
        Its subfolder, or what was given.
    """

    name: str
    group: str
    truth: Side
    prediction: Side


@dataclass(frozen=True, eq=False)
class Pairing:
    """What belongs together, and what stands alone.

    Attributes
    ----------
    pairs
        By name.
    no_prediction, no_truth
        Images that only one side has.
    notes
        What was chosen, and what is left out.
    """

    pairs: tuple[Pair, ...]
    no_prediction: tuple[str, ...] = ()
    no_truth: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def find_pairs(truth: Path, prediction: Path, groups: Path | None = None) -> Pairing:
    """Pair the images of two folders, or of two files.

    In folders, subfolders included, the objects of an image are the file of its name with a marker
    of `MARKERS`, or without any where there is no other; files whose names end in `IMAGES` are
    images. Two files of one image each belong together whatever their names are.

    Parameters
    ----------
    truth, prediction
        Files of objects, or folders of them.
    groups
        CSV with an image's name and its group in each row; without, subfolders are groups.

    Raises
    ------
    InputError
        If nothing belongs together.
    """
    notes: list[str] = []
    true, found = _sides(truth, notes), _sides(prediction, notes)
    alone: tuple[list[str], list[str]] = ([], [])
    if not is_folder(truth) and not is_folder(prediction) and len(true) == len(found) == 1:
        (name, side), (_, other) = *true.items(), *found.items()
        pairs = [(name, side, other)]
    else:
        pairs, alone = _matched(true, found)
    if not pairs:
        raise InputError(
            f"No names of {truth} and {prediction} belong together: {_listed(map(_last, true))} "
            f"against {_listed(map(_last, found))}. Files of one image must have the same name, "
            f"but for endings such as {', '.join(MARKERS[2:6])}."
        )
    of_group = read_groups(groups) if groups is not None else None
    made = []
    for name, side, other in pairs:
        group = str(PurePosixPath(name).parent) if of_group is None else ""
        if of_group is not None:
            group = group_in(of_group, name)
        made.append(Pair(name, "" if group == "." else group, side, other))
    without = [pair.name for pair in made if of_group is not None and not pair.group]
    if without:
        notes.append(f"{groups.name if groups else ''} has no group for: {_listed(without)}.")
    for names, what in zip(alone, ("prediction", "truth"), strict=True):
        if names:
            notes.append(f"Left out, since they have no {what}: {_listed(names)}.")
    return Pairing(tuple(made), tuple(alone[0]), tuple(alone[1]), tuple(notes))


def is_folder(path: Path) -> bool:
    """Tell whether a path is a folder of files, and not of one OME-Zarr."""
    return path.is_dir() and not is_zarr(path)


def image_name(path: Path | str) -> tuple[str, bool, bool]:
    """Return the image's name that a file's name tells.

    Returns
    -------
    name
        Without ending and marker.
    marked
        Whether it had one of `MARKERS`.
    image
        Whether it is an image by its name.
    """
    name = Path(path).name
    lower = name.lower()
    for ending in (".ome.zarr", ".zarr", ".ome.tiff", ".ome.tif", "_seg.npy", *FORMATS):
        if lower.endswith(ending):
            name = name[: -len(ending)]
            break
    if lower.endswith("_seg.npy"):
        return name, True, False
    for markers, marked in ((MARKERS, True), (IMAGES, False)):
        for marker in markers:
            if name.lower().endswith(marker) and len(name) > len(marker):
                return name[: -len(marker)], marked, not marked
    return name, False, False


def _sides(path: Path, notes: list[str]) -> dict[str, Side]:
    """Return what a file or folder holds, by the image's name with its subfolder."""
    if is_folder(path):
        return _in_folder(path, notes)
    file = read_object_file(path)
    if len(file.names) == 1 and not path.name.lower().endswith(".json"):
        return {image_name(path)[0]: Side(path)}
    if len(file.names) == 1:
        return {image_name(path)[0]: Side(path, file.names[0])}
    found: dict[str, Side] = {}
    for name in file.names:
        inner = PurePosixPath(name)
        found[str(inner.with_name(image_name(inner.name)[0]))] = Side(path, name)
    return found


def _in_folder(folder: Path, notes: list[str]) -> dict[str, Side]:
    candidates: dict[str, list[tuple[int, Path]]] = defaultdict(list)
    for path in _files(folder):
        name, marked, is_image = image_name(path)
        if is_image:
            continue
        parent = PurePosixPath(path.relative_to(folder).parent.as_posix())
        candidates[str(parent / name)].append((0 if marked else 1, path))
    found = {}
    for name, paths in sorted(candidates.items()):
        best = min(rank for rank, _ in paths)
        chosen = sorted(path for rank, path in paths if rank == best)
        if len(chosen) > 1:
            others = ", ".join(path.name for path in chosen[1:])
            notes.append(f"{name} has several files; {chosen[0].name} was taken, not {others}.")
        found[name] = Side(chosen[0])
    if not found:
        raise InputError(f"{folder} holds no files of objects ({', '.join(FORMATS)}).")
    return found


def _files(folder: Path) -> Iterator[Path]:
    for at, folders, files in os.walk(folder):
        here = Path(at)
        folders.sort()
        zarrs = [name for name in folders if is_zarr(here / name)]
        folders[:] = [name for name in folders if name not in zarrs and not name.startswith(".")]
        yield from (here / name for name in zarrs)
        for name in sorted(files):
            if name.lower().endswith(tuple(FORMATS)) and not name.startswith("."):
                yield here / name


def _matched(
    true: dict[str, Side], found: dict[str, Side]
) -> tuple[list[tuple[str, Side, Side]], tuple[list[str], list[str]]]:
    """Match by subfolder and name; what is left by the name alone, where that is unique."""
    pairs: dict[str, str] = {}
    for key in (_key, lambda name: _key(_last(name))):
        left = [name for name in true if name not in pairs]
        taken = set(pairs.values())
        by_key: dict[str, list[str]] = defaultdict(list)
        for name in found:
            if name not in taken:
                by_key[key(name)].append(name)
        own: dict[str, list[str]] = defaultdict(list)
        for name in left:
            own[key(name)].append(name)
        for name in left:
            others = by_key.get(key(name), [])
            if len(others) == 1 and len(own[key(name)]) == 1:
                pairs[name] = others[0]
    return (
        [(name, true[name], found[pairs[name]]) for name in true if name in pairs],
        (
            [name for name in true if name not in pairs],
            [name for name in found if name not in pairs.values()],
        ),
    )


def group_in(groups: Mapping[str, str], name: str) -> str:
    """Return the group of an image, by its name with or without folders; empty where none is given.

    Parameters
    ----------
    groups
        Of `read_groups`.
    name
        Of the image, without markers and endings.
    """
    return groups.get(_key(name), groups.get(_key(_last(name)), ""))


def read_groups(path: Path) -> dict[str, str]:
    """Read a CSV with an image's name and its group in each row; `group_in` looks one up.

    Raises
    ------
    InputError
        If it isn't such a file.
    """
    with open_input(path) as file:
        try:
            rows = list(csv.reader(io.StringIO(file.read().decode("utf-8-sig"))))
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"{path.name} isn't a CSV file: {error}.") from error
    groups: dict[str, str] = {}
    for row in filter(any, rows):
        if len(row) < 2:
            raise InputError(f"{path.name}: each row must have an image's name and its group.")
        posix = PurePosixPath(row[0].strip().replace("\\", "/"))
        groups[_key(str(posix.with_name(image_name(posix.name)[0])))] = row[1].strip()
    return groups


def _key(name: str) -> str:
    return name.casefold()


def _last(name: str) -> str:
    return PurePosixPath(name).name


def _listed(names: Sequence[str] | Iterator[str]) -> str:
    names = list(names)
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
