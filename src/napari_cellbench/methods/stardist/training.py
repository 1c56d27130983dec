"""Trains StarDist on annotated images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...data.sample import RGB
from ..shared.patches import seen_by
from ..shared.teaching import Pupil
from .checkpoint import load_checkpoint, save_checkpoint
from .inputs import network_input
from .network import StarDistNet
from .settings import Normalization, Search, StarDistConfig, Thresholds
from .targets import StarDistTask

if TYPE_CHECKING:
    from ...data import Role
    from ..shared.truth import Truth
    from ..training import Lesson

LEARNING_RATE = 5e-4


def pupil(lesson: Lesson, truth: Truth) -> Pupil[StarDistNet]:
    """Prepare a network; see `TaughtMethod.pupil`. A checkpoint keeps its settings."""
    if lesson.start is not None:
        network, thresholds, normalization, search = load_checkpoint(lesson.start)
    else:
        wanted = _channels(lesson.samples[0].roles)
        network = StarDistNet(StarDistConfig(n_channel_in=wanted))
        thresholds, normalization = Thresholds(), Normalization(joint=wanted == 3)
        search = Search(border=0)
    wanted = network.config.n_channel_in
    images = seen_by(
        lesson.samples,
        lambda image, roles, known: network_input(image, roles, known, wanted, normalization),
    )
    multiple = max(network.config.multiple)
    patch = -(-lesson.settings.patch // multiple) * multiple
    task = StarDistTask(images, truth.labels, network.config, patch, lesson.settings.batch)

    def save(path: Path, learnt: StarDistNet) -> None:
        save_checkpoint(path, learnt, thresholds, normalization, search)

    return Pupil(network, task, LEARNING_RATE, save)


def _channels(roles: Sequence[Role]) -> int:
    """Count what a new network is to see: colours, two stains, or one channel."""
    if set(RGB) <= set(roles):
        return 3
    return 2 if {"nucleus", "whole_cell"} <= set(roles) else 1
