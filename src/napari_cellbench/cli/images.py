"""The images that a command is given: files, folders, patterns, stacks, OME-Zarr, data sets."""

from __future__ import annotations

import glob
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .terminal import warn

if TYPE_CHECKING:
    from ..data.readers import Dataset

SHOWN = 5
"""So many names are listed before "and 7 more"."""
_UNSAFE = re.compile(r"[^\w .+-]")


@dataclass(frozen=True, eq=False)
class Item:
    """One image: a plane, or the planes of a stack.

    Attributes
    ----------
    path
        Its file or folder; a data set's where it has none of its own.
    name
        For outputs, without an ending; unlike all others' of the command.
    open
        Opens it as a data set, a plane a sample.
    """

    path: Path
    name: str
    open: Callable[[], Dataset]


def find_items(given: Sequence[str], series: int | None, axes: str | None) -> list[Item]:
    """Find the images that names stand for, each once, in the order of the names.

    Parameters
    ----------
    given
        Files, folders, data sets, or patterns such as ``plate/*.tif``; ``**`` for all subfolders.
    series, axes
        As for `read_image`.

    Raises
    ------
    InputError
        If there is no such file, nothing fits a pattern, or a folder holds no images.
    """
    found: dict[tuple[Path, str], Item] = {}
    for name in given:
        for path in _matching(name):
            for item in _items(path, series, axes):
                found.setdefault((item.path.resolve(), item.name), item)
    return _named_apart(list(found.values()))


def _matching(name: str) -> list[Path]:
    if not name:
        raise InputError("The name of an image is empty.")
    path = Path(name)
    try:
        is_there = path.exists()
    except (OSError, ValueError):
        is_there = False
    if is_there or not glob.has_magic(name):
        return [path]
    matching = [Path(one) for one in sorted(glob.glob(name, recursive=True))]  # noqa: PTH207
    if not matching:
        raise InputError(f"Nothing fits the pattern {name}.")
    return [one for one in _without_labels(matching) if not _is_in_zarr(one)]


def _items(path: Path, series: int | None, axes: str | None) -> Iterator[Item]:
    from ..data.readers import detect, pairs, read_samples
    from ..data.readers.base import list_folder
    from ..data.readers.planes import is_image

    path = path.absolute()
    # The content of a file counts, not its name's ending.
    if is_image(path) or (path.is_file() and detect(path) is None):
        yield _file(path, series, axes)
        return
    # Pairs of images and labels are images like any others here: their truth isn't needed.
    if not path.is_dir() or detect(path) not in (None, pairs.READER):
        yield from _samples(read_samples(path), path)
        return
    files = [file for file in list_folder(path) if is_image(file)]
    if not files:
        raise InputError(f"{path} holds no images.")
    for file in _without_labels(files):
        yield _file(file, series, axes)


def _samples(of: Dataset, path: Path) -> Iterator[Item]:
    files = getattr(of, "images", None)
    for i, name in enumerate(of.names):
        # Names come from the file, and must not lead out of the folder of outputs.
        safe = "/".join(_UNSAFE.sub("_", part).strip(". ") or "_" for part in (of.name, name))
        yield Item(Path(files[i]) if files else path, safe, partial(_part, of, i))


def _part(of: Dataset, index: int) -> Dataset:
    return of[index : index + 1]


def _file(path: Path, series: int | None, axes: str | None) -> Item:
    from ..data.readers.planes import open_planes
    from ..scoring.pairs import image_name

    name, marked, _ = image_name(path)
    return Item(path, path.stem if marked else name, lambda: open_planes(path, series, axes))


def _without_labels(files: Sequence[Path]) -> list[Path]:
    """Leave out what are the labels of another of the files by their names."""
    from ..scoring.pairs import image_name

    about = {file: image_name(file) for file in files}
    images = {(file.parent, name) for file, (name, marked, _) in about.items() if not marked}
    labels = {
        file: None
        for file, (name, marked, _) in about.items()
        if marked and (file.parent, name) in images
    }
    if labels:
        more = f" and {len(labels) - SHOWN:,} more" if len(labels) > SHOWN else ""
        names = ", ".join(file.name for file in list(labels)[:SHOWN])
        warn(f"note: Left out, since they are labels by their names: {names}{more}.")
    return [file for file in files if file not in labels]


def _is_in_zarr(path: Path) -> bool:
    return any(parent.suffix == ".zarr" for parent in path.parents)


def _named_apart(items: list[Item]) -> list[Item]:
    """Give images of the same name their folders' names too, as many as are needed."""
    for count in range(1, max((len(item.path.parts) for item in items), default=1)):
        often = Counter(item.name.casefold() for item in items)
        if len(often) == len(items):
            return items
        folders = ["/".join(item.path.parts[1:-1][-count:]) for item in items]
        items = [
            replace(item, name=f"{folder}/{Path(item.name).name}")
            if often[item.name.casefold()] > 1 and folder
            else item
            for item, folder in zip(items, folders, strict=True)
        ]
    often = Counter(item.name.casefold() for item in items)
    return [
        replace(item, name=f"{item.name}_{item.path.suffix[1:]}")
        if often[item.name.casefold()] > 1
        else item
        for item in items
    ]
