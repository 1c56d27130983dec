"""What SAM keeps of an image, and its files. Nothing here knows a framework."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...prompting.views import View

FORMAT = 2
"""Of files of embeddings."""


@dataclass(frozen=True)
class Embedding:
    """What the network sees in a view of an image: slow to make, quick to ask.

    Attributes
    ----------
    features : (256, 64, 64) float16
        From SAM's image encoder. Half precision changes no mask that one could see, and takes half
        the memory.
    view
        What was embedded.
    image_shape
        Rows and columns of the whole image.
    photograph : (height, width) uint8
        The view in grey, for judging outlines.
    """

    features: NDArray[np.float16]
    view: View
    image_shape: tuple[int, int]
    photograph: NDArray[np.uint8]

    def save(self, file: BinaryIO) -> None:
        """Write it to an open file (npz, without pickles)."""
        view = self.view
        np.savez(
            file,
            format=np.array(FORMAT),
            features=self.features,
            place=np.array((view.y, view.x, view.height, view.width), np.int64),
            image_shape=np.array(self.image_shape, np.int64),
            photograph=self.photograph,
        )

    @classmethod
    def load(cls, path: Path) -> Embedding:
        """Read a file that `save` wrote. No file can run code.

        Raises
        ------
        InputError
            If it isn't such a file, or is damaged.
        """
        try:
            # An open file: numpy leaves a damaged one open.
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                found = {name: file[name] for name in file.files}
            whole = int(found["format"]) == FORMAT
            place = [int(value) for value in found["place"]]
            view = View(*place)
            rows, columns = (int(side) for side in found["image_shape"])
            embedding = cls(found["features"], view, (rows, columns), found["photograph"])
        except (OSError, ValueError, TypeError, LookupError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"{path.name} is no embedding of an image, or is damaged.") from error
        features, grey = embedding.features, embedding.photograph
        whole &= features.dtype == np.float16 and features.shape == (256, 64, 64)
        whole &= grey.dtype == np.uint8 and grey.shape == (view.height, view.width)
        whole &= min(view.y, view.x) >= 0 and min(view.height, view.width) > 0
        whole &= view.y + view.height <= rows and view.x + view.width <= columns
        if not whole or not np.isfinite(features).all():
            raise InputError(f"{path.name} is no embedding that this version reads.")
        return embedding
