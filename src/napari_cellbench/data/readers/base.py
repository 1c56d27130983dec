"""What a reader gives: samples that are read when they are asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from numpy.typing import NDArray

from ...errors import InputError
from ..images import image_shape, read_image, reading
from ..sample import RGB, Role, Sample, Target


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
    truth_planes
        By target, which images have truth; targets of which all have are left out.
    """

    image: NDArray[Any]
    roles: tuple[Role, ...]
    truth: Mapping[Target, NDArray[Any]] = field(default_factory=dict)
    groups: Sequence[str] = ()
    truth_planes: Mapping[Target, Sequence[bool]] = field(default_factory=dict)


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

    def has_truth(self, index: int) -> bool:
        """Tell whether an image has any truth, without reading it."""
        return True

    def stack(self) -> Stack | None:
        """Return all images as views of one array, where the format has them so."""
        return None

    def streamed(self) -> Dataset:
        """Return the same samples, none of which is kept in memory once it was read.

        Going through them in their order is what costs least.
        """
        return self

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

    def has_truth(self, index: int) -> bool:
        return self._whole.has_truth(self._indices[index])


class ImageFiles(Dataset):
    """One image file a sample.

    Parameters
    ----------
    name, images, names
        Name of the data set, its image files, and their names (see `distinct_names`).
    annotate
        Gets the image, without truth, and its position; returns the finished sample.
    labelled
        Which images have truth; all where it isn't given.
    """

    def __init__(
        self,
        name: str,
        images: Sequence[Path],
        annotate: Callable[[Sample, int], Sample],
        names: Sequence[str] | None = None,
        labelled: Sequence[bool] | None = None,
    ) -> None:
        super().__init__(name, names if names is not None else distinct_names(images))
        self.images = tuple(images)
        self._annotate = annotate
        self._labelled = labelled

    def read(self, index: int) -> Sample:
        """Read one image with its truth."""
        sample = self._annotate(read_image(self.images[index]), index)
        return replace(sample, name=self.names[index])

    def shape(self, index: int) -> tuple[int, int, int] | None:
        """Return (C, Y, X) from the file's header; None where only the pixels tell.

        Of images in colour all channels are read if they are of the first: `lazy_stack` sees to
        the others.
        """
        shape = image_shape(self.images[index])
        return None if shape[0] == len(RGB) and self._is_reduced else shape

    @cached_property
    def _is_reduced(self) -> bool:
        """Whether the first image has fewer channels than its file: it is grey, or a composite."""
        return len(read_image(self.images[0]).roles) != image_shape(self.images[0])[0]

    def has_truth(self, index: int) -> bool:
        """Tell whether there are labels."""
        return self._labelled is None or self._labelled[index]


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


def distinct_names(files: Sequence[Path]) -> list[str]:
    """Name files by their stems; those of equal stems by as much of their paths as is needed."""
    names = [file.stem for file in files]
    for count in range(1, 8):
        often = Counter(names)
        if len(often) == len(names):
            break
        names = [
            "/".join((file.with_suffix("") if count > 1 else file).parts[-count:])
            if often[name] > 1
            else name
            for name, file in zip(names, files, strict=True)
        ]
    return names


def list_folder(folder: Path) -> list[Path]:
    """Return what a folder holds in the order of names, hidden files left out.

    Raises
    ------
    InputError
        If the folder can't be read.
    """
    with reading(folder):
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def find_file(beside: Path, stems: Iterable[str], suffixes: Iterable[str]) -> Path | None:
    """Return the first file of the stems and suffixes, however the suffix is capitalised.

    Parameters
    ----------
    beside
        A path in the same folder.
    stems, suffixes
        In the order of preference; the stems count more.
    """
    suffixes = list(suffixes)
    for stem in stems:
        for suffix in suffixes:
            for spelt in dict.fromkeys((suffix, suffix.upper(), f".{suffix[1:].capitalize()}")):
                path = beside.with_name(stem + spelt)
                if path.is_file():
                    return path
    return None


def require(found: Sequence[Any], folder: Path, what: str) -> None:
    """Raise an `InputError` if nothing was found in a folder."""
    if not found:
        raise InputError(f"{folder} holds no {what}.")
