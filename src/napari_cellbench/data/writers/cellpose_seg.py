"""Label images as the Cellpose GUI saves and loads them."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from ..instances import Instances


def write(file: BinaryIO, instances: Instances, record: dict[str, Any]) -> None:
    """Write a ``_seg.npy``, which Cellpose finds next to the image of the same name.

    It holds the keys of ``cellpose.io.masks_flows_to_seg``, without flows, and the record as
    ``cellbench``. Like every such file it is a pickle: only ever load those from people you trust.

    Parameters
    ----------
    file
        Where to write.
    instances
        Objects; the masks keep their ids.
    record
        Provenance; ``image`` is the image's name.
    """
    from skimage.segmentation import find_boundaries

    labels = instances.to_labels()
    largest = int(instances.ids[-1]) if len(instances) else 0
    # 65535 is kept free, as Cellpose does.
    masks = labels.astype(np.uint16 if largest < 2**16 - 1 else np.uint32)
    # The border of the image bounds an object, too.
    inner = find_boundaries(np.pad(labels, 1), connectivity=1, mode="inner")[1:-1, 1:-1]
    content = {
        "outlines": np.where(inner, masks, 0),
        "masks": masks,
        "chan_choose": [0, 0],
        "ismanual": np.zeros(len(instances), bool),
        "filename": record["image"],
        # What the GUI sets itself where a file has no flows.
        "flows": [[], [], [], [], [[]]],
        "diameter": np.nan,
        "cellbench": record,
    }
    # numpy pickles an object array: there is no other way to write this format.
    np.save(file, np.array(content, dtype=object), allow_pickle=True)
