"""The contract of a segmentation method. Nothing here knows a framework."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from numpy.typing import NDArray

from ..data import Instances, Role, Target
from ..data.statistics import Statistics

P = TypeVar("P")


class Progress(Protocol):
    """Tells how far a prediction is; raises `Cancelled` when the user wants it to stop."""

    def __call__(self, current: int, maximum: int) -> None:
        """Report `current` of `maximum` steps."""


@dataclass(frozen=True)
class Tiling:
    """How a large image is cut for a predictor.

    Attributes
    ----------
    size
        Side of a tile in pixels, its overlap included; smaller images are not cut.
    overlap
        Pixels that neighbouring tiles share: more than the largest object.
    """

    size: int = 2048
    overlap: int = 256


class Predictor(ABC, Generic[P]):
    """A loaded model, in the worker process."""

    @abstractmethod
    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: P,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image, or one tile of it.

        Parameters
        ----------
        image : (C, Y, X) array
            Raw intensities, finite, of any real dtype in native byte order.
        roles
            What each channel shows, C entries.
        parameters
            An instance of the method's parameters dataclass.
        statistics
            Percentiles of the whole image, of which `image` may be a tile.
        progress
            To be called now and then, so that the user can follow and cancel.

        Raises
        ------
        InputError
            If the channels are not what the model takes.
        """

    def tiling(self, parameters: P) -> Tiling:
        """Say how to cut an image that is larger than a tile."""
        return Tiling()


class Method(ABC, Generic[P]):
    """A segmentation method: what the GUI, the command line and the docs know of it.

    A method announces itself by an entry point of the group ``napari_cellbench.methods`` that
    names a subclass. The module that holds it imports no framework; `load` does.

    Attributes
    ----------
    key, title, family
        Name in commands and files, name on screen, and kind of method.
    citation, url
        Whom to cite, and where the method is described.
    targets
        What it can segment.
    channels
        Roles of channels that it can use.
    parameters
        Dataclass of `parameter` fields.
    requires
        Modules that it imports.
    extra
        Extra of this package that installs them.
    needs_checkpoint
        Whether `load` takes a checkpoint.
    file_patterns
        File names of the user's own checkpoints, for a file dialogue.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    family: ClassVar[str]
    citation: ClassVar[str]
    url: ClassVar[str] = ""
    targets: ClassVar[tuple[Target, ...]]
    channels: ClassVar[tuple[Role, ...]]
    parameters: type[P]
    requires: ClassVar[tuple[str, ...]] = ()
    extra: ClassVar[str] = ""
    needs_checkpoint: ClassVar[bool] = True
    file_patterns: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def load(self, checkpoint: Path | None, device: str) -> Predictor[P]:
        """Load a model. Called in the worker process only.

        Parameters
        ----------
        checkpoint
            File or folder; None where the method needs none.
        device
            "cpu", "cuda", "cuda:1", "mps".

        Raises
        ------
        CheckpointError
            If the file is damaged, of another method, or would run code.
        """

    def missing(self) -> tuple[str, ...]:
        """Name the required modules that are not installed here."""
        return tuple(name for name in self.requires if find_spec(name) is None)

    def how_to_install(self) -> str:
        """Return the command that installs what is missing."""
        return f'pip install "napari-cellbench[{self.extra}]"' if self.extra else ""
