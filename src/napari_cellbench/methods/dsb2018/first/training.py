"""Trains a network of the first winner's on annotated images, then trees on what it finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ...deepcell.checkpoint import save_checkpoint
from ...deepcell.training import on_device
from ...shared.filling import start_from
from ...shared.patches import Patches, in_half, stacked
from ...shared.teaching import Pupil
from ..inputs import fresh_settings, original_settings, prepared_images
from . import FirstParameters, FirstPlace
from .borders import body_and_border
from .checkpoint import WINDOW, member_with, read, told_answers
from .features import Surroundings, described
from .members import SOFTMAX_UNET, Answers, Member, network_for
from .predictor import FirstPredictor
from .ranking import families, fitted, overlaps
from .trees import Forest
from .unet import MULTIPLE, UNet, UNetShape

if TYPE_CHECKING:
    from ...deepcell.settings import InputSettings
    from ...shared.truth import Truth
    from ...training import Lesson

LEARNING_RATE = 5e-4
"""The winners' 5e-5 was for networks that had learnt from ImageNet."""
ENTROPY, DICE = 0.6, 0.2
"""Weights of the cross-entropy, and of the dice losses of body and border."""
SMOOTH = 1e-3
LARGEST = 1024
"""Side in pixels of the part of each image that trees learn from."""


class FirstTask(Patches):
    """Draws batches of patches with bodies and borders, and measures the loss.

    Parameters
    ----------
    images, labels, patch, batch
        As for `Patches`.
    answers
        What those of the network mean.
    """

    def __init__(
        self,
        images: Sequence[NDArray[np.float32]],
        labels: Sequence[NDArray[np.uint16]],
        patch: int,
        batch: int,
        answers: Answers,
    ) -> None:
        super().__init__(images, labels, patch, batch)
        self.answers = answers

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Return images, bodies with borders beside them, and the mask of pixels that count."""
        return stacked(self._example(rng) for _ in range(self.size))

    def _example(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        view, seen, valid = self.draw(rng)
        body, border = body_and_border(seen.astype(np.int32))
        maps = np.stack([seen > 0 if self.answers.is_full else body, border])
        return view, maps.astype(np.float32), valid[None].astype(np.float32)

    def step(self, network: nn.Module, batch: tuple[Tensor, ...], device: str) -> Tensor:
        """Return 0.6 of the cross-entropy plus 0.2 of each dice loss."""
        images, truth, valid = on_device(batch, device)
        with in_half(device):
            logits = network(images)
        return losses(logits.float(), truth, valid, self.answers)


def losses(logits: Tensor, truth: Tensor, valid: Tensor, answers: Answers) -> Tensor:
    """Return the loss of a batch.

    Parameters
    ----------
    logits : (N, K, Y, X)
    truth : (N, 2, Y, X)
        Body and border, 0 or 1.
    valid : (N, 1, Y, X)
        1 where a pixel counts.
    answers
        What the logits mean.
    """
    places = [answers.body, answers.border]
    if answers.is_softmax:
        (ground,) = set(range(logits.shape[1])) - set(places)
        classes = torch.full_like(truth[:, 0], ground, dtype=torch.long)
        for place, of_class in zip(places, truth.unbind(1), strict=True):
            classes[of_class > 0] = place
        entropy = F.cross_entropy(logits, classes, reduction="none")[:, None]
    else:
        asked = logits[:, places]
        found = F.binary_cross_entropy_with_logits(asked, truth, reduction="none")
        entropy = found.sum(1, keepdim=True)
    mean = (entropy * valid).sum() / valid.sum().clamp(min=1)
    probabilities = logits.softmax(1) if answers.is_softmax else logits.sigmoid()
    found = probabilities[:, places] * valid
    truth = truth * valid
    shared, sums = (found * truth).sum((2, 3)), (found + truth).sum((2, 3))
    dice = 1 - (2 * shared + SMOOTH) / (sums + SMOOTH)
    return ENTROPY * mean + DICE * dice.mean(0).sum()


def pupil(
    shape: Mapping[str, Any],
    lesson: Lesson,
    truth: Truth,
) -> Pupil[UNet]:
    """Prepare a network; see `TaughtMethod.pupil`.

    A checkpoint keeps its kind of network, and its batch normalisation what it knows.
    """
    samples, target, start = lesson.samples, lesson.target, lesson.start
    patch = -(-lesson.settings.patch // MULTIPLE) * MULTIPLE
    # Larger than what is learnt from: the network looks at each place alike.
    window = max(patch, WINDOW)
    inputs, content = fresh_settings(samples, target, window), None
    member = Member(UNet(UNetShape(**shape)), SOFTMAX_UNET)
    if start is not None:
        content = read(start)
        member = member_with(network_for(content.state), content, start)
        inputs = content.settings or original_settings(window)
    images = prepared_images(samples, inputs)
    task = FirstTask(images, truth.labels, patch, lesson.settings.batch, member.answers)
    unfit = None
    if start is not None and content is not None:
        unfit = start_from(member.network, content.state, start)
        member.network.has_frozen_norms = True

    def save(path: Path, learnt: UNet) -> None:
        told = {"answers": told_answers(member.answers)}
        trained = Member(learnt, member.answers)
        forest = _trees(trained, inputs, images, truth.labels, lesson.settings.seed, lesson.device)
        if forest is not None:
            told["trees"] = forest.to_json()
        save_checkpoint(path, learnt, FirstPlace.key, inputs, **told)

    return Pupil(member.network, task, LEARNING_RATE, save, unfit)


def _trees(
    member: Member,
    inputs: InputSettings,
    images: Sequence[NDArray[np.float32]],
    labels: Sequence[NDArray[np.uint16]],
    seed: int,
    device: str,
) -> Forest | None:
    """Fit trees to what the trained network finds in its training images."""
    predictor = FirstPredictor([member], inputs, None, device)
    parameters, examples = FirstParameters(split="never"), []
    for image, truth in zip(images, labels, strict=True):
        seen = np.ascontiguousarray(image[:LARGEST, :LARGEST].transpose(2, 0, 1))
        maps = predictor.maps(seen, parameters, lambda *_: None)
        found, _ = predictor.ranked(maps, parameters)
        everything = [one for family in families(found, *maps) for one in family.members]
        if everything:
            around = Surroundings.of(found, maps[0])
            of_truth = truth[:LARGEST, :LARGEST].astype(np.int64)
            examples.append((described(everything, around), overlaps(everything, of_truth)))
    return fitted(examples, seed)
