"""The contract of a segmentation method. Nothing here knows a framework."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from numpy.typing import NDArray

from ..data import Instances, Role, Target
from ..data.kind import KindName
from ..data.statistics import Statistics
from ..errors import CheckpointError, InputError
from .environment import Environment
from .training import Lesson

P = TypeVar("P")

Gpu = Literal["not needed", "slow without", "needed"]
"""What a method is without a GPU."""


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


@dataclass(frozen=True)
class Evaluation:
    """How the systematic evaluation (the paper behind SegGal) trained a method.

    Attributes
    ----------
    epochs, batch, gpus
        Passes over the training images, None where it counted steps; images in a batch; and
        graphics cards, 0 where unknown.
    tasks
        What it was trained and scored on.
    steps
        Batches that it learnt from, where it counted these.
    """

    epochs: int | None
    batch: int
    gpus: int
    tasks: tuple[str, ...] = (
        "nuclei, two channels",
        "nuclei, one channel",
        "whole cells, two channels",
        "whole cells, one channel",
        "LIVECell",
    )
    steps: int | None = None


class Predictor(ABC, Generic[P]):
    """A loaded model, in the worker process.

    Attributes
    ----------
    prepares_input
        Whether `predict` itself does what `InputParameters` ask for.
    """

    prepares_input: ClassVar[bool] = False

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
    group, purpose
        Heading that it stands under in lists, and in a few words what it is for.
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
    environment
        Environment of its own that it runs in, where its packages don't go with others; None for
        a method of napari's environment.
    gpu
        Whether it takes minutes for an image without a GPU, or doesn't run at all.
    research_only
        Whether the licence of what it runs allows research only; checkpoints have their own.
    needs_checkpoint
        Whether `load` takes a checkpoint.
    kinds
        Kinds of image that it is made for, where no checkpoint tells; None: any.
    weights
        Patterns of the names of tensors that all its weights have (or of files, in a model's
        folder): by these a file is recognised. "a|b" is either of two.
    file_patterns
        File names of the user's own checkpoints, for a file dialogue.
    trainable
        Whether `train` works.
    evaluation
        How the systematic evaluation trained it, where it did.
    seggal
        Parameters that its checkpoints of that evaluation were trained with; None: those of most.
        A function tells the value by the checkpoint.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    family: ClassVar[str]
    group: ClassVar[str] = "Other methods"
    purpose: ClassVar[str] = ""
    citation: ClassVar[str]
    url: ClassVar[str] = ""
    targets: ClassVar[tuple[Target, ...]]
    channels: ClassVar[tuple[Role, ...]]
    parameters: type[P]
    requires: ClassVar[tuple[str, ...]] = ()
    extra: ClassVar[str] = ""
    environment: ClassVar[Environment | None] = None
    gpu: ClassVar[Gpu] = "not needed"
    research_only: ClassVar[bool] = False
    needs_checkpoint: ClassVar[bool] = True
    kinds: ClassVar[tuple[KindName, ...] | None] = None
    weights: ClassVar[tuple[str, ...]] = ()
    file_patterns: ClassVar[tuple[str, ...]] = ()
    trainable: ClassVar[bool] = False
    evaluation: ClassVar[Evaluation | None] = None
    seggal: ClassVar[Mapping[str, Any] | None] = None

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

    def train(self, lesson: Lesson) -> Path:
        """Train a model, or go on with a run that was stopped. Called in a worker process only.

        Parameters
        ----------
        lesson
            What to learn, from which images, and in which folder.

        Returns
        -------
        Path
            The checkpoint, which `load` opens.

        Raises
        ------
        InputError
            If the method can't be trained, the images don't fit it, or the folder is another run's.
        CheckpointError
            If the start checkpoint has nothing for this method.
        """
        raise InputError(f"{self.title} can't be trained.")

    def automatic(self, checkpoint: Path) -> Mapping[str, float]:
        """Tell the values that parameters have with a checkpoint where they are None.

        Called in the window's process: it reads what the file says, and imports no framework.

        Returns
        -------
        mapping
            By the parameter's name; what isn't known before the model is loaded is left out.
        """
        return {}

    def needed(self, checkpoint: Path | None, choose: str = "choose one or a file") -> Path:
        """Return the checkpoint that `load` was given.

        Parameters
        ----------
        checkpoint
            File or folder.
        choose
            What to do where there is none.

        Raises
        ------
        CheckpointError
            If there is none.
        """
        if checkpoint is None:
            raise CheckpointError(f"{self.title} needs a checkpoint: {choose}.")
        return checkpoint

    def missing(self) -> tuple[str, ...]:
        """Name the required modules that are not installed here."""
        return tuple(name for name in self.requires if find_spec(name) is None)

    def how_to_install(self) -> str:
        """Return the command that installs what is missing."""
        if self.environment is not None:
            return self.environment.how_to_make(self.key)
        return f'pip install "napari-cellbench[{self.extra}]"' if self.extra else ""
