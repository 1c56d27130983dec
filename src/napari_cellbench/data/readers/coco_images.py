"""Where the images of a COCO file lie: their names come from other folders and machines."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PureWindowsPath

from ...errors import InputError
from ..images import reading

_LEVELS = 3
"""LIVECell's annotations lie up to so many folders below the one that holds ``images``."""

_KIND = re.compile(r"(instances|annotations)_")


def find_images(annotations: Path, names: Sequence[str]) -> list[Path]:
    """Find the images that a file of annotations names.

    In this order: as named, from the file's folder or from ``images`` beside it; in LIVECell's
    folders by cell type; in the folder of COCO's split beside ``annotations``; and below any of
    these folders, that file whose path agrees with the name from the end on for the longest.

    Raises
    ------
    InputError
        If any is missing, or could be several files.
    """
    folder = annotations.parent
    images = [_as_named(folder, name) for name in names]
    if None in images:
        with reading(folder):
            below = _Below(_roots(annotations))
            images = [image or below.find(name) for name, image in zip(names, images, strict=True)]
    missing = [name for name, image in zip(names, images, strict=True) if image is None]
    if missing:
        raise InputError(
            f"{len(missing)} of the {len(names)} images of {annotations.name} are missing, such as "
            f"{', '.join(missing[:3])}. Put them beside the file, or in a folder "
            f"'images' in {folder}."
        )
    found = [image for image in images if image is not None]
    _check_distinct(annotations, names, found)
    return found


def _as_named(folder: Path, name: str) -> Path | None:
    # By text: a hundred thousand paths take ten times as long to make as to ask for.
    for below in ("", "images"):
        beside = os.path.join(folder, below, name)  # noqa: PTH118
        if os.path.isfile(beside):  # noqa: PTH113
            return Path(beside)
    parts = _parts(name)
    last = parts[-1] if parts else name
    for path in (
        folder.joinpath(*parts),
        folder.joinpath("images", *parts),
        folder / last.split("_")[0] / last,
    ):
        if path.is_file():
            return path
    return None


def _parts(name: str) -> tuple[str, ...]:
    """Return the parts of a path of whatever system, without drive and root."""
    path = PureWindowsPath(name)
    return tuple(part for part in path.parts if part not in (path.anchor, "..", "."))


def _roots(annotations: Path) -> Iterator[Path]:
    """Return the folders that may hold images, the nearest first."""
    for folder in [annotations.parent, *annotations.parents[1 : _LEVELS + 1]]:
        yield folder / "images"
        yield from sorted(folder.glob("livecell_*_images"))
    # COCO's own: annotations/instances_val2014.json and val2014/*.jpg
    yield annotations.parent.parent / _KIND.sub("", annotations.stem)
    yield annotations.parent / _KIND.sub("", annotations.stem)


class _Below:
    """The files below some folders by name."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._found: dict[str, list[tuple[int, Path]]] = defaultdict(list)
        seen = set()
        for rank, root in enumerate(roots):
            if root in seen:
                continue
            seen.add(root)
            for path in root.rglob("*"):
                self._found[path.name].append((rank, path))

    def find(self, name: str) -> Path | None:
        """Return the file whose path ends most like a name; of equal ones the nearest.

        Raises
        ------
        InputError
            If several in one folder are equally like it.
        """
        parts = _parts(name)
        ranked = defaultdict(list)
        for rank, path in self._found.get(parts[-1], []) if parts else []:
            if path.is_file():
                ranked[-_agreement(path, parts), rank].append(path)
        if not ranked:
            return None
        best = ranked[min(ranked)]
        if len(best) > 1:
            raise InputError(
                f"{name} could be any of {len(best)} files, such as {best[0]} and {best[1]}: "
                "give the folder in 'file_name', or leave one of them there."
            )
        return best[0]


def _agreement(path: Path, parts: tuple[str, ...]) -> int:
    """Return how many parts two paths have in common, from the end on."""
    count = 0
    for own, other in zip(path.parts[::-1], parts[::-1], strict=False):
        if own != other:
            break
        count += 1
    return count


def _check_distinct(annotations: Path, names: Sequence[str], images: Sequence[Path]) -> None:
    """Refuse one file for images of different names."""
    if len(set(images)) == len(images):
        return
    twice = next(path for path, count in Counter(images).items() if count > 1)
    own = [name for name, path in zip(names, images, strict=True) if path == twice]
    if len(set(own)) == 1:
        raise InputError(f"{annotations.name} lists {own[0]} {len(own)} times among its images.")
    raise InputError(
        f"{annotations.name} has {len(own)} images, {own[0]} and {own[1]} among them, of which "
        f"only {twice} is found: put each in its own folder."
    )
