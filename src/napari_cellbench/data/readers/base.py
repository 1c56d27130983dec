"""What a reader gives: samples that are read when they are asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

from numpy.typing import NDArray

from ...errors import InputError
from ..images import image_shape, read_image, reading
from ..sample import Role, Sample, Target


@dataclass(frozen=True, eq=False)
class Stack:
    """All images of a data set that lie in one array.

    Attributes
    ----------
    image : (N, C, Y, X) array
    roles
        What each channel shows, C entries.
    truth : (N, Y, X) integer arrays
        Labels by target.
    groups
        Group of each image, where known.
    """

    image: NDArray[Any]
    roles: tuple[Role, ...]
    truth: Mapping[Target, NDArray[Any]] = field(default_factory=dict)
    groups: Sequence[str] = ()


class Dataset(Sequence[Sample], ABC):
    """Samples by position; none is read before it is asked for.

    Attributes
    ----------
    name
        For layers and tables.
    names
        Names of the samples, in order.
    """

    def __init__(self, name: str, names: Sequence[str]) -> None:
        self.name, self.names = name, tuple(names)

    @abstractmethod
    def read(self, index: int) -> Sample:
        """Read one sample; the index is from 0 to N - 1."""

    def shape(self, index: int) -> tuple[int, int, int] | None:
        """Return (C, Y, X) of an image without reading its pixels, where that is possible."""
        return None

    def stack(self) -> Stack | None:
        """Return all images as views of one array, where the format has them so."""
        return None

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Dataset: ...
    def __getitem__(self, index: int | slice) -> Sample | Dataset:
        if isinstance(index, slice):
            return _Part(self, range(len(self))[index])
        return self.read(range(len(self))[index])

    def __iter__(self) -> Iterator[Sample]:
        return (self.read(index) for index in range(len(self)))


class _Part(Dataset):
    """Some samples of another data set."""

    def __init__(self, whole: Dataset, indices: range) -> None:
        super().__init__(whole.name, [whole.names[i] for i in indices])
        self._whole, self._indices = whole, indices

    def read(self, index: int) -> Sample:
        return self._whole.read(self._indices[index])

    def shape(self, index: int) -> tuple[int, int, int] | None:
        return self._whole.shape(self._indices[index])


class ImageFiles(Dataset):
    """One image file a sample.

    Parameters
    ----------
    name, images, names
        Name of the data set, its image files, and their names (the files' stems).
    annotate
        Gets the image, without truth, and its position; returns the finished sample.
    """

    def __init__(
        self,
        name: str,
        images: Sequence[Path],
        annotate: Callable[[Sample, int], Sample],
        names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, names if names is not None else [path.stem for path in images])
        self.images = tuple(images)
        self._annotate = annotate

    def read(self, index: int) -> Sample:
        """Read one image with its truth."""
        return self._annotate(read_image(self.images[index]), index)

    def shape(self, index: int) -> tuple[int, int, int] | None:
        """Return (C, Y, X) from the file's header."""
        return image_shape(self.images[index])


@dataclass(frozen=True)
class Reader:
    """A published format.

    Attributes
    ----------
    key, title
        Name in commands, and name on screen.
    accepts
        Whether a file or folder is of this format, by names above all: no image is opened.
    read
        Open it; raises `InputError` with what is wrong.
    """

    key: str
    title: str
    accepts: Callable[[Path], bool]
    read: Callable[[Path], Dataset]


def list_folder(folder: Path) -> list[Path]:
    """Return what a folder holds in the order of names, hidden files left out.

    Raises
    ------
    InputError
        If the folder can't be read.
    """
    with reading(folder):
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def require(found: Sequence[Any], folder: Path, what: str) -> None:
    """Raise an `InputError` if nothing was found in a folder."""
    if not found:
        raise InputError(f"{folder} holds no {what}.")
