"""From flows to masks: Cellpose's own dynamics, on every device."""

from __future__ import annotations

import numpy as np
import torch
from cellpose import dynamics
from numpy.typing import NDArray

MAX_SIZE_FRACTION = 0.4


def flows_to_masks(flows, *, steps, flow_threshold, cellprob_threshold, min_size, device):
    with torch.sparse.check_sparse_tensor_invariants(enable=False):
        m = dynamics.resize_and_compute_masks(flows[:2], flows[2], niter=steps, cellprob_threshold=cellprob_threshold, flow_threshold=flow_threshold, min_size=min_size, max_size_fraction=MAX_SIZE_FRACTION, device=device)
    return m.astype(np.int32)
