"""Methods whose networks the shared loop trains. No framework is imported before it is used."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..base import Method
from ..training import Lesson

if TYPE_CHECKING:
    from .teaching import Pupil
    from .truth import Truth

P = TypeVar("P")


class TaughtMethod(Method[P]):
    """A method that says what of training is its own; the rest is the same for all of them."""

    trainable = True

    @abstractmethod
    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Prepare what learns: random weights, or those of the start as far as they fit.

        Parameters
        ----------
        lesson
            As for `train`.
        truth
            Of the lesson's images.

        Raises
        ------
        InputError
            If the images don't fit the method.
        CheckpointError
            If the start checkpoint has nothing for this method.
        """

    def train(self, lesson: Lesson) -> Path:
        """Train from random weights or a checkpoint; see `Method.train`."""
        from .teaching import teach

        return teach(self.key, lesson, self.pupil)
