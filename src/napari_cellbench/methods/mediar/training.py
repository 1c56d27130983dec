"""Trains MEDIAR on annotated images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from ..shared.augment import Augmentation
from ..shared.channels import roles_to_learn
from ..shared.filling import start_from
from ..shared.patches import Patches, in_half, seen_by, stacked
from ..shared.teaching import Pupil
from .cells import brightened, without_edges
from .checkpoint import read, save_checkpoint
from .flows import FLOW_SCALE, labels_to_flows
from .inputs import network_input
from .members import members_of
from .network import MULTIPLE, MediarNetwork, MediarShape
from .settings import InputSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..shared.truth import Truth
    from ..training import Lesson

NEW, OF_ENCODER, FURTHER = 5e-4, 5e-5, 2e-5
"""Largest learning rates: of random weights; where an encoder knows images, as in MEDIAR's
pretraining; and where the whole network knows cells, as in its fine-tuning."""
ZOOM = (0.25, 1.5)
"""As MEDIAR's: for half of the patches."""
EDGE = 1
"""Pixels that a new network doesn't see of its cells' edges."""
SMALLEST = 2 * MULTIPLE
"""Side of a patch, in pixels: of one pixel of the coarsest map there is nothing to normalise by."""
FLOW_SHARE = 0.5
"""Weight of the flows' squared error beside the cross-entropy of the cells."""


class MediarTask(Patches):
    """Draws batches of patches with their flows, and measures the loss.

    Parameters
    ----------
    images, labels, patch, batch
        As for `Patches`; three channels.
    edge
        Whether the edges of cells are left out.
    """

    def __init__(
        self,
        images: Sequence[NDArray[np.float32]],
        labels: Sequence[NDArray[np.uint16]],
        patch: int,
        batch: int,
        edge: bool,
    ) -> None:
        super().__init__(images, labels, patch, batch, Augmentation(scale=ZOOM))
        self.edge = edge

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Return images, flows (y, x), cells and the mask of pixels that count."""
        return stacked(self._example(rng) for _ in range(self.size))

    def _example(self, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
        view, seen, valid = self.draw(rng)
        view = brightened(rng, view, seen)
        if self.edge:
            seen = without_edges(seen)
        cells, counts = (one[None].astype(np.float32) for one in (seen > 0, valid))
        return view, labels_to_flows(seen), cells, counts

    def step(self, network: nn.Module, batch: tuple[Tensor, ...], device: str) -> Tensor:
        """Return the loss of both heads."""
        images, flows, cells, valid = (tensor.to(device) for tensor in batch)
        with in_half(device):
            output = network(images.to(memory_format=self.memory_format))
        entropy, error = losses(output.float(), flows, cells, valid)
        return entropy + FLOW_SHARE * error


def losses(output: Tensor, flows: Tensor, cells: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    """Return the cross-entropy of the cells, and the squared error of the flows.

    Parameters
    ----------
    output : (N, 3, Y, X) float
        Of the network.
    flows : (N, 2, Y, X) float
        Of length 1 in cells.
    cells, valid : (N, 1, Y, X) float
        1 in cells, and where the image reaches; else 0.

    Returns
    -------
    entropy, error
        Means over the pixels where the image reaches.
    """
    share = valid / valid.mean().clamp(min=1e-6)
    entropy = F.binary_cross_entropy_with_logits(output[:, 2:], cells, reduction="none")
    error = (output[:, :2] - FLOW_SCALE * flows).square()
    return (entropy * share).mean(), (error * share).mean()


def pupil(
    shape: MediarShape,
    lesson: Lesson,
    truth: Truth,
) -> Pupil[MediarNetwork]:
    """Prepare a network; see `TaughtMethod.pupil`.

    A new one learns cells without their outermost pixel, as MEDIAR's pretraining does, which keeps
    cells apart that touch; its checkpoint says so, and predictions get the pixel back. One that
    starts from a checkpoint (of an ensemble the first) goes on as that was trained.
    """
    samples, target, start = lesson.samples, lesson.target, lesson.start
    patch = max(SMALLEST, -(-lesson.settings.patch // MULTIPLE) * MULTIPLE)
    inputs, content = InputSettings(roles_to_learn(samples, target), patch, EDGE), None
    rate = NEW
    if start is not None:
        content = read(*next(members_of(start)))
        shape, knows_cells = shape_to_learn(content.state, shape)
        rate = FURTHER if knows_cells else OF_ENCODER
        if knows_cells:
            known = content.settings or InputSettings()
            inputs = replace(known, roles=inputs.roles, window=patch)
    images = seen_by(
        samples, lambda image, roles, known: network_input(image, roles, known, inputs.roles)
    )
    network = draw_weights(MediarNetwork(shape))
    task = MediarTask(images, truth.labels, patch, lesson.settings.batch, edge=inputs.edge > 0)
    unfit = None
    if start is not None and content is not None:
        unfit = start_from(network, content.state, start)
    return Pupil(network, task, rate, partial(save_checkpoint, settings=inputs), unfit)


def shape_to_learn(state: Mapping[str, Tensor], new: MediarShape) -> tuple[MediarShape, bool]:
    """Return the shape that a file's weights fit, and whether they are a whole network's.

    Parameters
    ----------
    state
        Weights by their names in our network: of a whole one, or of an encoder.
    new
        Shape of what the file lacks.
    """
    with suppress(ValueError):
        return MediarShape.of(state), True
    with suppress(ValueError):
        return MediarShape.of_encoder(state, new), False
    return new, False


def draw_weights(network: MediarNetwork) -> MediarNetwork:
    """Draw new weights: normal and narrow for linear layers, by the number of outputs for others.

    Source: Xie et al. 2021, SegFormer.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            nn.init.trunc_normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.Conv2d):
            outputs = layer.weight[0, 0].numel() * layer.out_channels / layer.groups
            nn.init.normal_(layer.weight, std=(2 / outputs) ** 0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return network
