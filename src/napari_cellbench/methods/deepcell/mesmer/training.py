"""Trains Mesmer on annotated images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor, nn

from ...shared.filling import start_from
from ...shared.patches import Patches, in_half, stacked
from ...shared.teaching import Pupil
from ..checkpoint import Content, save_checkpoint
from ..losses import weighted_cross_entropy
from ..settings import InputSettings
from ..targets import inner_distance, pixelwise
from ..training import fresh_settings, mean_where, on_device, prepared_images
from . import Mesmer
from .checkpoint import OFFICIAL, read
from .network import MULTIPLE, PanopticNet, PanopticShape

if TYPE_CHECKING:
    from ....data import Target
    from ...shared.truth import Truth
    from ...training import Lesson

LEARNING_RATE = 1e-3
SHARE = 0.01
"""Weight of the classes' loss beside that of the distances."""


class MesmerTask(Patches):
    """Draws batches of patches with their maps, and measures the loss."""

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Return images, distances, classes and the mask of pixels that count."""
        return stacked(self._example(rng) for _ in range(self.size))

    def _example(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        view, seen, valid = self.draw(rng)
        return view, inner_distance(seen)[None], pixelwise(seen), valid.astype(np.float32)

    def step(self, network: nn.Module, batch: tuple[Tensor, ...], device: str) -> Tensor:
        """Return the squared error of the distances plus a hundredth of the cross-entropy."""
        images, distance, classes, valid = on_device(batch, device)
        with in_half(device):
            found_distance, found_classes = network(images)
        error = mean_where((found_distance - distance)[:, 0] ** 2, valid)
        entropy = mean_where(weighted_cross_entropy(found_classes, classes), valid)
        return error + SHARE * entropy


def pupil(
    shape: Mapping[str, Any],
    lesson: Lesson,
    truth: Truth,
) -> Pupil[PanopticNet]:
    """Prepare a network for one task; see `TaughtMethod.pupil`.

    A checkpoint of as many channels keeps its preparation of images and its window.
    """
    samples, target, start = lesson.samples, lesson.target, lesson.start
    patch = -(-lesson.settings.patch // MULTIPLE) * MULTIPLE
    inputs = fresh_settings(samples, target, patch)
    built, content = PanopticShape(len(inputs.roles), **shape), None
    if start is not None:
        content = of_task(read(start), target)
        told = PanopticShape.of(content.state)
        if told.channels == built.channels:
            known = content.settings or InputSettings(inputs.roles)
            inputs = replace(known, window=patch)
        built = replace(told, channels=built.channels)
    network = PanopticNet(built)
    images = prepared_images(samples, inputs, built.channels)
    task = MesmerTask(images, truth.labels, patch, lesson.settings.batch)
    unfit = None
    if start is not None and content is not None:
        unfit = start_from(network, content.state, start)
    save = partial(save_checkpoint, key=Mesmer.key, settings=inputs, target=target)
    return Pupil(network, task, LEARNING_RATE, save, unfit)


def of_task(content: Content, target: Target) -> Content:
    """Return of the official model's heads the two for a target, under the names of one task."""
    pair = list(OFFICIAL).index(target)
    if f"conv_1_semantic_{2 * pair}.weight" not in content.state:
        return content
    state = {}
    for name, weight in content.state.items():
        layer, dot, kind = name.partition(".")
        stem, _, head = layer.rpartition("_")
        if "semantic" not in layer:
            state[name] = weight
        elif int(head) // 2 == pair:
            state[f"{stem}_{int(head) % 2}{dot}{kind}"] = weight
    return replace(content, state=state)
