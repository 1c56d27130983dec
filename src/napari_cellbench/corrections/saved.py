"""What a folder of corrections holds, and how it is read.

A save is a file ``state-NUMBER.json`` that names the label images that belong to it, one a plane,
with their checksums. The images are there before it is, so a save is whole or not there at all. The
two latest are kept: one that a power cut has damaged leaves the one before it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files.inputs import open_input, size_of
from ..files.limits import check_size
from ..files.schema import SchemaError, read_json, typed
from .claim import Claim, holder_of
from .doubts import At
from .journal import Snapshot

VERSION = 1
"""Of the format; a higher one is refused."""

STATE = re.compile(r"state-(\d{8})\.json")
LABELS = re.compile(r"labels(-\d+)*-\d{8}\.tif")


@dataclass(frozen=True)
class Work:
    """What is corrected.

    Attributes
    ----------
    name
        Of the labels, as the person knows them.
    image
        Name of the image.
    source
        File or folder that the labels came from; empty where there is none.
    shape, dtype
        Of all labels, with the axes in front of the plane.
    record
        What is noted about the layer (`data.record`).
    """

    name: str
    image: str = ""
    source: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = "int32"
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PlaneFile:
    """The label image of a plane: its file, and what must be in it."""

    at: tuple[int, ...]
    file: str
    dtype: str
    shape: tuple[int, int]
    checksum: int


@dataclass(frozen=True)
class Save:
    """One save, as its file says.

    Attributes
    ----------
    version
        Of the format.
    number
        Counted from 1; higher ones are later.
    time
        When, in ISO 8601 and UTC.
    work
        What is corrected.
    planes
        The planes that were changed, and their files.
    review
        States and history.
    finished
        Whether the person is done.
    """

    version: int
    number: int
    time: str
    work: Work
    planes: tuple[PlaneFile, ...] = ()
    review: Snapshot = field(default_factory=Snapshot)
    finished: bool = False

    @property
    def clock(self) -> str:
        """When it was made, as a person says it."""
        return f"{datetime.fromisoformat(self.time).astimezone():%H:%M on %d %B}"


@dataclass(frozen=True, eq=False)
class Recovered:
    """What can be gone on with.

    Attributes
    ----------
    folder
        Where it was.
    save
        The latest that is whole.
    planes
        Labels (Y, X) of the planes that were changed.
    notes
        What was lost, in sentences.
    """

    folder: Path
    save: Save
    planes: Mapping[At, NDArray[Any]]
    notes: tuple[str, ...] = ()


def recover(folder: Path, claim: Claim | None = None) -> Recovered:
    """Read the latest save of a folder that is whole.

    Parameters
    ----------
    folder
        Of an `Autosave`. Where no save in it is whole, and no window works on it, it is renamed;
        nothing is deleted.
    claim
        That of the window that asks.

    Raises
    ------
    InputError
        If there is none, it can't be read, or a newer version made it.
    """
    numbers = numbers_in(folder)
    if not numbers:
        raise InputError(f"There are no corrections in {folder}.")
    problems: list[str] = []
    for number in numbers:
        try:
            save = read_save(folder, number)
            planes = {one.at: _read_plane(folder, one) for one in save.planes}
        except SchemaError as error:
            problems.append(str(error))
            continue
        said = f"The last save was damaged; this is the one of {save.clock}."
        return Recovered(folder, save, planes, (said,) if problems else ())
    raise InputError(
        f"The corrections in {folder} are damaged ({problems[0]}). {_set_aside(folder, claim)}"
    )


def numbers_in(folder: Path) -> list[int]:
    """Return the numbers of the saves in a folder, the latest first.

    Raises
    ------
    InputError
        If the folder can't be read.
    """
    try:
        names = [path.name for path in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise InputError(f"{folder} can't be read: {error.strerror or error}.") from error
    found = (STATE.fullmatch(name) for name in names)
    return sorted((int(match[1]) for match in found if match), reverse=True)


def read_save(folder: Path, number: int) -> Save:
    """Read one save, without its label images.

    Raises
    ------
    SchemaError
        If it is damaged.
    InputError
        If it can't be read, or a newer version made it.
    """
    try:
        content = read_json(folder / state_name(number))
    except InputError as error:
        raise _told_apart(error) from error
    version = content.get("version") if isinstance(content, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise InputError(
            f"The corrections in {folder} were made by a newer version of napari-cellbench: "
            "update it to go on with them."
        )
    found: Save = typed(content, Save)
    return found


def state_name(number: int) -> str:
    """Return the name of a save's file."""
    return f"state-{number:08}.json"


def labels_name(at: At, number: int) -> str:
    """Return the name of a label image's file."""
    return f"labels{''.join(f'-{i}' for i in at)}-{number:08}.tif"


def checksum_of(labels: NDArray[Any]) -> int:
    """Return the checksum of a plane's labels."""
    return zlib.crc32(np.ascontiguousarray(labels).view(np.uint8).data)


def _read_plane(folder: Path, plane: PlaneFile) -> NDArray[Any]:
    import tifffile

    if not LABELS.fullmatch(plane.file):
        raise SchemaError(f"{plane.file!r} is no name of labels")
    try:
        dtype = np.dtype(plane.dtype)
        if dtype.kind not in "iu" or min(plane.shape) < 0:
            raise SchemaError(f"{plane.file} is of no labels")
        with open_input(folder / plane.file) as file:
            n_bytes = int(np.prod(plane.shape, dtype=object)) * dtype.itemsize
            check_size(n_bytes, plane.file, size_of(file))
            labels = tifffile.imread(file)
    except (SchemaError, MemoryError):
        raise
    except InputError as error:
        raise _told_apart(error) from error
    except Exception as error:
        # Whatever a damaged file makes of tifffile.
        raise SchemaError(f"{plane.file} can't be read") from error
    labels = labels.reshape(plane.shape) if labels.size == np.prod(plane.shape) else labels
    if labels.shape != plane.shape or labels.dtype != dtype:
        raise SchemaError(f"{plane.file} is of another size or type")
    if checksum_of(labels) != plane.checksum:
        raise SchemaError(f"{plane.file} was changed or damaged")
    found: NDArray[Any] = labels
    return found


def _told_apart(error: InputError) -> InputError | SchemaError:
    """Return a damage for what is missing or empty, and the error itself for what is refused."""
    cause = error.__cause__
    if isinstance(cause, OSError) and not isinstance(cause, FileNotFoundError):
        return error
    return SchemaError(str(error).rstrip("."))


def _set_aside(folder: Path, claim: Claim | None) -> str:
    """Rename a folder that is of no use; say what became of it."""
    holder = holder_of(folder)
    if holder is not None and (claim is None or holder != claim.holder):
        return "Another window works on them: see there."
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    aside = folder.with_name(f"{folder.name}.damaged-{stamp}")
    try:
        folder.rename(aside)
    except OSError:
        return "All files are left as they are."
    return f"They were set aside as {aside.name}, with all files."
