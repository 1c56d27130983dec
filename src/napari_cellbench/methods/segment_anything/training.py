"""Teaches SAM's mask decoder cells: clicks, boxes and corrections as a person would give them.

The encoder stays as it is: it is most of the network, and what it sees of a view is reckoned once.
Losses are those of Kirillov et al. 2023, appendix A: focal and Dice, 20 to 1, of the best of the
masks for a prompt that leaves doubt, and the squared error of the expected IoU.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as nnf
from segment_anything.modeling import Sam
from torch import Tensor, nn

from ...errors import InputError
from ..shared.teaching import Pupil, open_run
from ..shared.weights import read_state_dict, write_half
from . import SegmentAnything
from .decoder import NOTHING
from .network import load_sam
from .prompter import Prompter
from .seen_views import SeenViews
from .simulated import Asked, Simulated, correct, draw
from .windows import FINER, GRID

if TYPE_CHECKING:
    import numpy as np

    from ..shared.truth import Truth
    from ..training import Lesson

LEARNING_RATE = 1e-4
CELLS = 4
"""Cells of a view that are asked about in a step."""
FOCAL = 20.0
"""Weight of the focal loss; Dice has 1."""


class CellDecoder(nn.Module):
    """The part of SAM that is taught: its mask decoder, with the prompt encoder as it is."""

    def __init__(self, network: Sam) -> None:
        super().__init__()
        self.prompt_encoder = network.prompt_encoder.requires_grad_(False)
        self.mask_decoder = network.mask_decoder.requires_grad_(True)

    def forward(self, features: Tensor, asked: Asked) -> tuple[Tensor, Tensor]:
        """Predict masks in the windows of what is asked.

        Parameters
        ----------
        features : (V, 256, 64, 64) float32
            Of each view.
        asked
            N prompts.

        Returns
        -------
        logits : (N, 4, 4 * side, 4 * side)
        iou : (N, 4)
        """
        head = self.mask_decoder
        points = None if asked.points is None else (asked.points, asked.positive)
        sparse, dense = self.prompt_encoder(points=points, boxes=asked.boxes, masks=asked.logits)
        own = torch.cat([head.iou_token.weight, head.mask_tokens.weight])
        tokens = torch.cat([own.expand(len(sparse), -1, -1), sparse], 1)
        places = features[asked.view] + dense
        positions = self.prompt_encoder.get_dense_pe().expand_as(places)
        tokens, places = head.transformer(places, positions, tokens)
        grid = places.transpose(1, 2).unflatten(2, (GRID, GRID))
        side = asked.side
        near = [grid[i, :, y : y + side, x : x + side] for i, (y, x) in enumerate(asked.corners)]
        finer = head.output_upscaling(torch.stack(near))
        hyper = [mlp(tokens[:, 1 + i]) for i, mlp in enumerate(head.output_hypernetworks_mlps)]
        masks = torch.einsum("nkc,ncyx->nkyx", torch.stack(hyper, 1), finer)
        return masks, head.iou_prediction_head(tokens[:, 0])


class SamTask:
    """Prompts of cells in views that are drawn at random.

    Parameters
    ----------
    views
        Of the training images.
    batch
        Cells in a step.
    """

    memory_format = torch.contiguous_format

    def __init__(self, views: SeenViews, batch: int) -> None:
        self.views, self.size = views, batch

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, Simulated]:
        """Return the features of views (V, 256, 64, 64), and what is asked about their cells."""
        several = max(1, self.size // CELLS)
        chosen = [self.views[int(rng.integers(len(self.views)))] for _ in range(several)]
        features = torch.stack([torch.from_numpy(view.features).float() for view in chosen])
        return features, draw(rng, chosen, min(self.size, CELLS))

    def step(self, network: nn.Module, batch: tuple[Tensor, Simulated], device: str) -> Tensor:
        """Return the loss."""
        features, simulated = batch[0].to(device), batch[1].to(device)
        asked = simulated.asked
        if simulated.corrects:
            with torch.no_grad():
                logits, iou = network(features, asked)
            asked = correct(simulated, _whole(logits, iou, asked))
        logits, iou = network(features, asked)
        return loss(logits, iou, simulated.truth, certain=asked.certain)


def loss(logits: Tensor, iou: Tensor, truth: Tensor, *, certain: bool) -> Tensor:
    """Return the mean loss of some prompts.

    Parameters
    ----------
    logits : (N, 4, H, W)
    iou : (N, 4)
        What the network expects.
    truth : (N, H, W) float
        Share of each pixel that belongs to the cell.
    certain
        Whether the prompts leave no doubt: the first mask is meant, else the best of the others.
    """
    wanted = slice(0, 1) if certain else slice(1, None)
    logits, iou = logits[:, wanted], iou[:, wanted]
    truth = truth[:, None].expand_as(logits)
    share = logits.sigmoid()
    crossed = nnf.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    # How far it is from the truth: that is 1 - p of what is true.
    focal = (crossed * (share - truth).abs() ** 2).mean((2, 3))
    both = (share * truth).sum((2, 3))
    dice = 1 - (2 * both + 1) / (share.sum((2, 3)) + truth.sum((2, 3)) + 1)
    masks = (FOCAL * focal + dice).min(1).values
    inside, true = logits > 0, truth > 0.5
    union = (inside | true).sum((2, 3)).clamp(min=1)
    found = (inside & true).sum((2, 3)) / union
    return (masks + (iou - found).square().mean(1)).mean()


def pupil(lesson: Lesson, truth: Truth) -> Pupil[CellDecoder]:
    """Prepare a mask decoder; see `TaughtMethod.pupil`. Patches are views that suit the cells."""
    start, settings = lesson.start, lesson.settings
    if start is None:
        raise InputError(
            "Segment Anything isn't trained from nothing: choose a checkpoint to start from, such "
            "as mobile-sam."
        )
    network = load_sam(start)
    # What is seen of the views is kept in its folder.
    open_run(SegmentAnything.key, lesson)
    prompter, folder = Prompter(network, lesson.device), lesson.run / "views"
    views = SeenViews(lesson.samples, truth.labels, prompter, folder, settings.seed)
    task = SamTask(views, settings.batch)
    save = partial(save_checkpoint, start=start)
    return Pupil(CellDecoder(network), task, LEARNING_RATE, save)


def save_checkpoint(path: Path, decoder: CellDecoder, start: Path) -> None:
    """Write the start's weights with those of a decoder, under the published names."""
    state, _ = read_state_dict(start)
    taught: dict[str, Any] = decoder.mask_decoder.state_dict(prefix="mask_decoder.")
    write_half(path, {**state, **taught}, {"method": SegmentAnything.key})


def _whole(logits: Tensor, iou: Tensor, asked: Asked) -> Tensor:
    """Return the mask of highest expected IoU of each prompt in its view, (N, 1, 256, 256)."""
    best = iou[:, 1:].argmax(1) + 1
    whole = logits.new_full((len(logits), 1, FINER * GRID, FINER * GRID), NOTHING)
    side = FINER * asked.side
    for i, (y, x) in enumerate(asked.corners):
        rows, columns = (slice(FINER * a, FINER * a + side) for a in (y, x))
        whole[i, 0, rows, columns] = logits[i, best[i]]
    return whole
