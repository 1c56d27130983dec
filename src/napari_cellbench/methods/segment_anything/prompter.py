"""Asking a SAM network about places: embeddings of views, and masks of prompts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from segment_anything.modeling import Sam
from segment_anything.utils.transforms import ResizeLongestSide
from torch import Tensor

from ...data import Role
from ...data.statistics import Statistics
from ...prompting.prompts import Candidate, Origin, Prompt
from ...prompting.views import View
from .decoder import ImageTokens, MaskDecoder
from .embedding import Embedding
from .enlarging import SIDE, candidate, input_shape
from .inputs import to_photograph
from .network import before_layers
from .windows import Window, goes_on, window_around

DOUBTFUL = slice(1, None)
"""SAM's three masks for a prompt that may mean a part, a whole, or more."""
CERTAIN = slice(0, 1)
"""The mask for a prompt that leaves no doubt: a box, or several points."""
EVERY = slice(None)


class Prompter:
    """A SAM or MobileSAM network that is asked about places of an image.

    Parameters
    ----------
    network
        Moved to the device.
    device
        As torch names it.
    """

    def __init__(self, network: Sam, device: str = "cpu") -> None:
        self.network = network.to(device).eval()
        self.device = torch.device(device)
        self._decoder = MaskDecoder(self.network)
        self._resize = ResizeLongestSide(SIDE)
        # Of the embedding that was asked last: the next prompt is mostly about the same.
        self._prepared: tuple[NDArray[np.float16], ImageTokens] | None = None

    def embed(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        statistics: Statistics,
        view: View | None = None,
    ) -> Embedding:
        """Look at a view of an image: about a second for MobileSAM on two cores.

        Parameters
        ----------
        image : (C, Y, X) array
            Raw intensities; only the view of it is read.
        roles
            What each channel shows.
        statistics
            Percentiles of the whole image.
        view
            What to look at; None for all of it.

        Raises
        ------
        InputError
            If there are more than three channels.
        """
        shape = int(image.shape[1]), int(image.shape[2])
        view = View(0, 0, *shape) if view is None else view
        photograph = to_photograph(
            np.asarray(image[(slice(None), *view.slices)]), roles, statistics
        )
        return self.embed_photograph(photograph, view, shape)

    def embed_photograph(
        self,
        photograph: NDArray[np.uint8],
        view: View,
        image_shape: tuple[int, int],
        pause: Callable[[], None] | None = None,
    ) -> Embedding:
        """Look at a view of an image as a (height, width, 3) photograph; see `to_photograph`.

        `pause`, if given, is called before each layer of the network; it may raise to stop.
        """
        square = self._resize.apply_image(photograph).transpose(2, 0, 1)
        pixels = torch.as_tensor(np.ascontiguousarray(square)).to(self.device)
        with before_layers(self.network, pause or (lambda: None)), torch.inference_mode():
            features = self.network.image_encoder(self.network.preprocess(pixels[None].float()))[0]
        grey = photograph.mean(2).round().astype(np.uint8)
        return Embedding(features.half().cpu().numpy(), view, image_shape, grey)

    def ask(
        self,
        embedding: Embedding,
        prompt: Prompt,
        wanted: slice = DOUBTFUL,
        reach: float | None = None,
    ) -> tuple[Candidate, ...]:
        """Return SAM's masks for a prompt, unranked, in its own order.

        Parameters
        ----------
        embedding
            Of a view that holds the prompt.
        prompt
            What is pointed at.
        wanted
            Which of the four masks.
        reach
            Distance from the prompt to which masks are followed, in pixels: half the time for a
            cell's size. What goes on beyond it is marked as `unfinished`. None for the whole view.
        """
        origin: Origin = "point"
        if prompt.box is not None:
            origin = "size" if len(prompt.points) else "box"
        if prompt.logits is not None:
            origin = "refined"
        view = embedding.view
        window = None if reach is None else window_around(prompt, view, reach)
        logits, iou = self.decode(embedding, [prompt], wanted, window)
        return tuple(
            replace(
                candidate(low, float(expected), view, origin), unfinished=goes_on(low, window, view)
            )
            for low, expected in zip(logits[0], iou[0], strict=True)
        )

    def decode(
        self,
        embedding: Embedding,
        prompts: Sequence[Prompt],
        wanted: slice = DOUBTFUL,
        window: Window | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return what the decoder says of prompts that have as many points each, in a window.

        Returns
        -------
        logits : (N, M, 256, 256) float32
        iou : (N, M) float32
        """
        if self._prepared is None or self._prepared[0] is not embedding.features:
            features = torch.as_tensor(embedding.features).to(self.device).float()
            self._prepared = embedding.features, self._decoder.prepare(features)
        tokens = self._prepared[1]
        with torch.inference_mode():
            sparse, dense = self._encode(embedding.view, prompts)
            windows = None if window is None else [window] * len(prompts)
            logits, iou = self._decoder.decode(tokens, sparse, dense, windows, wanted)
        return logits.cpu().numpy(), iou.cpu().numpy()

    def _encode(self, view: View, prompts: Sequence[Prompt]) -> tuple[Tensor, Tensor | None]:
        """Encode points and boxes, and masks if there are any."""
        height, width = input_shape(view.height, view.width)
        scale = np.array([height / view.height, width / view.width])
        start = np.array([view.y, view.x])

        def place(at: Any) -> Tensor:
            # SAM has x before y.
            placed = ((np.asarray(at, np.float64) - start) * scale)[..., ::-1].copy()
            return torch.as_tensor(placed, dtype=torch.float32, device=self.device)

        points = boxes = masks = None
        if len(prompts[0].points):
            kinds = torch.as_tensor(np.stack([p.positive for p in prompts]).astype(np.int64))
            points = place(np.stack([p.points for p in prompts])), kinds.to(self.device)
        if prompts[0].box is not None:
            corners = np.array([p.box for p in prompts], np.float64).reshape(-1, 2, 2)
            boxes = place(corners).reshape(-1, 4)
        if prompts[0].logits is not None:
            known = np.stack([p.logits for p in prompts if p.logits is not None])
            masks = torch.as_tensor(known[:, None], dtype=torch.float32, device=self.device)
        sparse, dense = self.network.prompt_encoder(points=points, boxes=boxes, masks=masks)
        return sparse, None if masks is None else dense
