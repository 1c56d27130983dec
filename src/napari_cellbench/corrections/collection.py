"""Sets of corrected images to learn from: a plain folder, which any program can read."""

from __future__ import annotations

import getpass
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from ..data import Instances, Sample, Target
from ..data.readers.correction_set import (
    MANIFEST,
    Entry,
    Manifest,
    Split,
    image_file,
    labels_file,
    read_manifest,
)
from ..data.writers import write_labels
from ..errors import InputError
from ..files.atomic import replacing
from ..files.locking import locked
from ..files.schema import to_json

VALIDATION = 0.2
"""Share of the images that are only measured on."""

Region = tuple[int, int, int, int]
"""First row, first column, height, width, in pixels."""


class CorrectionSet:
    """A set of corrected images.

    Parameters
    ----------
    folder
        Made at the first image.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The images, in the order in which they came; none where there is no set yet."""
        exists = (self.folder / MANIFEST).is_file()
        return read_manifest(self.folder).images if exists else ()

    def begin(self) -> None:
        """Make the folder of a set without images, unless there is one.

        Raises
        ------
        InputError
            If the folder holds other files or can't be written.
        """
        with self._locked():
            pass

    def add(
        self,
        sample: Sample,
        target: Target,
        *,
        region: Region | None = None,
        split: Split | None = None,
        source: str = "",
        licence: str = "",
    ) -> Entry:
        """Add an image, or a region of it, with its checked labels; the same one is replaced.

        Parameters
        ----------
        sample
            With truth of the target.
        target
            What the labels outline.
        region
            What was checked; None for all of it. Cells that its edge cuts stay as they are cut.
        split
            Where the whole image belongs, with all its regions; None keeps what it is, and gives
            every fifth new image to those that are only measured on.
        source
            Name of the image's file.
        licence
            What may be done with it.

        Returns
        -------
        Entry
            As it stands in the set now.

        Raises
        ------
        InputError
            If there is nothing to learn from it, the region isn't within the image, or the folder
            holds other files or can't be written.
        """
        if target not in sample.truth:
            raise InputError(f"{sample.name} has no labels of a {target.replace('_', ' ')}.")
        rows, columns = _within(region, sample.shape)
        whole = np.ascontiguousarray(sample.image)
        labels = sample.truth[target].to_labels()[rows, columns]
        cells = len(np.unique(labels[labels > 0]))
        digest = _sha256(whole)
        with self._locked():
            entries = list(self.entries)
            kin = [entry for entry in entries if entry.sha256 == digest]
            split = split or (kin[0].split if kin else _next_split(entries))
            old = next((entry for entry in kin if entry.region == region), None)
            entry = Entry(
                name=old.name if old else _free_name(sample.name, region, entries),
                roles=sample.roles,
                target=target,
                split=split,
                sha256=digest,
                cells=cells,
                region=region,
                pixel_size=(*sample.pixel_size,) if sample.pixel_size else None,
                source=source or sample.name,
                added=datetime.now(UTC).isoformat(timespec="seconds"),
                by=_user(),
                licence=licence or (old.licence if old else ""),
            )
            self._write_files(entry, whole[:, rows, columns], labels)
            kept = [
                replace(one, split=split) if one.sha256 == digest else one
                for one in entries
                if one is not old
            ]
            self._write([*kept, entry])
        return entry

    def remove(self, name: str) -> None:
        """Take an image out, and delete its files.

        Raises
        ------
        InputError
            If there is no such image.
        """
        with self._locked():
            entries = self.entries
            if all(entry.name != name for entry in entries):
                known = ", ".join(entry.name for entry in entries) or "none"
                raise InputError(f"{self.folder} has no image {name!r}; there are: {known}.")
            self._write([entry for entry in entries if entry.name != name])
            for file in (image_file(self.folder, name), labels_file(self.folder, name)):
                with suppress(FileNotFoundError):
                    file.unlink()

    def check(self) -> list[str]:
        """Return what is wrong with the set, in sentences; nothing where all is well."""
        problems = []
        for entry in self.entries:
            try:
                image = np.asarray(tifffile.imread(image_file(self.folder, entry.name)))
                labels = np.asarray(tifffile.imread(labels_file(self.folder, entry.name)))
            except (OSError, ValueError, tifffile.TiffFileError) as error:
                problems.append(f"{entry.name}: a file can't be read ({error}).")
                continue
            channels = 1 if image.ndim == 2 else len(image)
            cells = len(np.unique(labels[labels > 0]))
            if channels != len(entry.roles):
                problems.append(
                    f"{entry.name}: {channels} channels, and {len(entry.roles)} are told."
                )
            elif image.shape[-2:] != labels.shape:
                problems.append(f"{entry.name}: the labels are of another size than the image.")
            elif cells != entry.cells:
                problems.append(
                    f"{entry.name}: {cells} cells, and {entry.cells} when it was added: its labels "
                    "were changed since. Add it again."
                )
            elif not cells:
                problems.append(f"{entry.name}: no cells; it teaches only what is background.")
        return problems

    @contextmanager
    def _locked(self) -> Iterator[None]:
        folder = self.folder
        is_new = not (folder / MANIFEST).is_file()
        if is_new and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"{folder} holds other files: choose a folder of its own for the set.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder} can't be made: {error.strerror or error}.") from error
        if is_new:
            self._write([])
        with locked(folder / ".lock", lambda: None):
            yield

    def _write(self, entries: list[Entry]) -> None:
        with replacing(self.folder / MANIFEST) as file:
            file.write(to_json(Manifest(tuple(entries))))

    def _write_files(
        self, entry: Entry, pixels: NDArray[np.generic], labels: NDArray[np.int32]
    ) -> None:
        with replacing(image_file(self.folder, entry.name)) as file:
            plain = pixels[0] if len(pixels) == 1 else pixels
            tifffile.imwrite(file, plain, photometric="minisblack", compression="zlib")
        write_labels(
            labels_file(self.folder, entry.name),
            Instances.from_labels(labels),
            provenance={"image": entry.source, "target": entry.target},
            correction=True,
        )


def _within(region: Region | None, shape: tuple[int, int]) -> tuple[slice, slice]:
    if region is None:
        return slice(None), slice(None)
    y, x, height, width = region
    inside = 0 <= y < y + height <= shape[0] and 0 <= x < x + width <= shape[1]
    if not inside:
        raise InputError(
            f"The region {y} {x} {height} {width} isn't within the image of {shape[0]} x "
            f"{shape[1]} pixels: it is first row, first column, height, width."
        )
    return slice(y, y + height), slice(x, x + width)


def _next_split(entries: list[Entry]) -> Split:
    """Give a new image to the side that has too few, by whole images."""
    by_image = {entry.sha256: entry.split for entry in entries}
    held = sum(split == "val" for split in by_image.values())
    return "val" if round(VALIDATION * (len(by_image) + 1)) > held else "train"


def _free_name(name: str, region: Region | None, entries: list[Entry]) -> str:
    plain = re.sub(r"[^\w.-]+", "-", Path(name).stem).strip(".-") or "image"
    plain = plain[:80] + ("" if region is None else f"-{region[0]}-{region[1]}")
    taken = {entry.name.lower() for entry in entries}
    number, free = 1, plain
    while free.lower() in taken:
        number += 1
        free = f"{plain}-{number}"
    return free


def _sha256(image: NDArray[np.generic]) -> str:
    content = hashlib.sha256(f"{image.dtype.str} {image.shape}".encode())
    content.update(image.data)
    return content.hexdigest()


def _user() -> str:
    # There may be no name for the user's number, as in a container.
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return ""
