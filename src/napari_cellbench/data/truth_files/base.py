"""What a file of objects holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from ..instances import Instances


@dataclass(frozen=True, eq=False)
class Annotated:
    """The objects of one image.

    Attributes
    ----------
    instances
        Label image or masks, with confidences where the file has them.
    crowds
        Regions of many objects that are not outlined one by one.
    areas
        Size in pixels of each object as the file states it; None where it states none.
    notes
        What was guessed, chosen or left out, in sentences.
    """

    instances: Instances
    crowds: Instances | None = None
    areas: tuple[float, ...] | None = None
    notes: tuple[str, ...] = ()


class ObjectFile(ABC):
    """The objects of a file, which may not say how large their image is."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Names of the images; of one image, if the file names none, the file's own."""

    @abstractmethod
    def shape(self, name: str) -> tuple[int, int] | None:
        """Return height and width of an image; None where the file doesn't say."""

    @abstractmethod
    def least_shape(self, name: str) -> tuple[int, int]:
        """Return the smallest height and width that hold all objects."""

    @abstractmethod
    def read(self, name: str, shape: tuple[int, int] | None = None) -> Annotated:
        """Return the objects of an image.

        Parameters
        ----------
        name
            Of the image.
        shape
            Height and width, where the file doesn't say; the least by default.

        Raises
        ------
        InputError
            If the file is damaged.
        """


class OneImage(ObjectFile):
    """Objects that are read already."""

    def __init__(self, name: str, annotated: Annotated) -> None:
        self._name = name
        self._annotated = annotated

    @property
    def names(self) -> tuple[str, ...]:
        """The file's own name."""
        return (self._name,)

    def shape(self, name: str) -> tuple[int, int] | None:
        """Return height and width."""
        return self._annotated.instances.shape

    def least_shape(self, name: str) -> tuple[int, int]:
        """Return height and width."""
        return self._annotated.instances.shape

    def read(self, name: str, shape: tuple[int, int] | None = None) -> Annotated:
        """Return the objects."""
        return self._annotated
