"""cellpose 4's own segmentation, with progress, cancel and the whole image's intensities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from cellpose import models, transforms
from numpy.typing import NDArray

from ...data import Instances, Role
from ...data.statistics import Statistics
from ...errors import CheckpointError, InputError
from ..base import Predictor, Progress, Tiling
from ..cellpose_unet.channels import normalised
from ..shared.weights import read_state_dict

if TYPE_CHECKING:
    from . import CellposeSAMParameters

DIAMETER = 30.0
"""To which cells are rescaled where a diameter is given, in pixels."""
PIECE = 256
"""Side in pixels of the pieces that the network sees; its position embedding has that size."""
PIECE_OVERLAP = 0.1
OVERLAP = 256
"""Of tiles, in pixels: twice the largest cells that need no rescaling."""
LARGEST = 4096
"""Side in pixels of the largest rescaled image to hold in memory at once."""


class CellposeSAMPredictor(Predictor["CellposeSAMParameters"]):
    """A Cellpose-SAM model on a device.

    Parameters
    ----------
    checkpoint
        A file that cellpose 4 wrote.
    device
        As torch names it.

    Raises
    ------
    CheckpointError
        If the file is damaged, of another method, or would run code.
    """

    def __init__(self, checkpoint: Path, device: str) -> None:
        self.checkpoint = checkpoint
        self.device = torch.device(device)
        self.model = self._load(bfloat16=self.device.type == "cuda")

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: CellposeSAMParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a tile of up to three channels, whose order does not matter.

        An image without contrast holds no cells.
        """
        if len(image) > 3:
            raise InputError(
                f"Cellpose-SAM takes up to 3 channels, the image has {len(image)}: choose those "
                "that show the cells best."
            )
        self._set_precision(parameters.bfloat16)
        x = np.stack([normalised(image, statistics, [c]) for c in range(len(image))], -1)
        scale = DIAMETER / (parameters.diameter or DIAMETER)
        if min(x.shape[:2]) < max(2, 1 / scale) or not x.any():
            return Instances.from_labels(np.zeros(x.shape[:2], np.int32))
        # A batch of one on the CPU: no slower, and progress comes more often.
        batch = 1 if self.device.type == "cpu" else 8
        batches = -(-_pieces(x.shape[0], x.shape[1], scale) // batch)
        # cellpose builds a sparse tensor, of whose unchecked state torch warns unless told.
        unchecked = torch.sparse.check_sparse_tensor_invariants(enable=False)
        with self._reporting(progress, batches), unchecked:
            masks = self.model.eval(
                x,
                channel_axis=-1,
                normalize=False,
                batch_size=batch,
                diameter=parameters.diameter,
                flow_threshold=parameters.flow_threshold,
                cellprob_threshold=parameters.cellprob_threshold,
                min_size=parameters.min_size,
                niter=parameters.niter,
                tile_overlap=PIECE_OVERLAP,
            )[0]
        return Instances.from_labels(masks.reshape(x.shape[:2]).astype(np.int32))

    def tiling(self, parameters: CellposeSAMParameters) -> Tiling:
        """Let tiles overlap by two diameters, and be at most `LARGEST` when rescaled."""
        if parameters.diameter is None:
            return Tiling(overlap=OVERLAP)
        size = int(np.clip(LARGEST * parameters.diameter / DIAMETER, 256, 2048))
        return Tiling(size, overlap=int(np.clip(np.ceil(2 * parameters.diameter), 64, size // 2)))

    def _set_precision(self, bfloat16: bool | None) -> None:
        """Load the weights again where another precision is asked for than the one held."""
        wanted = self.device.type == "cuda" if bfloat16 is None else bfloat16
        if wanted != (self.model.net.dtype == torch.bfloat16):
            self.model = self._load(bfloat16=wanted)

    def _load(self, *, bfloat16: bool) -> models.CellposeModel:
        # Before cellpose touches the file: a file that would run code ends here.
        state, _ = read_state_dict(self.checkpoint)
        names, name = set(state), self.checkpoint.name
        del state
        if "output.2.weight" in names:
            raise CheckpointError(
                f"{name} is a U-Net checkpoint: choose the method Cellpose (U-Net)."
            )
        if "encoder.cls_token" in names:
            raise CheckpointError(f"{name} is a Cellpose-DINO checkpoint, which can't be run here.")
        if "W2" not in names:
            raise CheckpointError(f"{name} is not a Cellpose-SAM checkpoint.")
        try:
            model = models.CellposeModel(
                pretrained_model=str(self.checkpoint), device=self.device, use_bfloat16=bfloat16
            )
        except Exception as error:  # cellpose raises whatever an odd file leads it into
            raise CheckpointError(f"cellpose can't load {name}: {error}") from error
        missing = sorted(set(model.net.state_dict()) - names)
        if missing:
            raise CheckpointError(
                f"{name} lacks {len(missing)} of the weights of Cellpose-SAM ({missing[0]}, ...)."
            )
        return model

    @contextmanager
    def _reporting(self, progress: Progress, batches: int) -> Iterator[None]:
        """Report before each block of the encoder: a batch is slow on the CPU."""
        blocks = self.model.net.encoder.blocks
        done, total = 0, batches * len(blocks)

        def report(*_: object) -> None:
            nonlocal done
            progress(min(done, total), total)
            done += 1

        hooks = [block.register_forward_pre_hook(report) for block in blocks]
        try:
            yield
            progress(total, total)
        finally:
            for hook in hooks:
                hook.remove()


def _pieces(height: int, width: int, scale: float) -> int:
    """Count the pieces into which cellpose cuts an image."""
    size = int(height * scale), int(width * scale)
    top, bottom, left, right = transforms.get_pad_yx(*size, min_size=(PIECE, PIECE))
    padded = size[0] + top + bottom, size[1] + left + right
    return int(
        np.prod([1 if n <= PIECE else np.ceil((1 + 2 * PIECE_OVERLAP) * n / PIECE) for n in padded])
    )
