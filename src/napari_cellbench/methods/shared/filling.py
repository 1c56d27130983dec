"""Puts a file's weights into a network: all of them, or what fits to start training from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from ...errors import CheckpointError
from .keys import KeyReport, compare

N = TypeVar("N", bound=nn.Module)


def fill(network: N, state: Mapping[str, Tensor], path: Path) -> N:
    """Put weights into a network, once it is sure that all fit.

    Parameters
    ----------
    network
        Changed in place.
    state
        Weights by their names in the network.
    path
        Where they are from, for the message.

    Returns
    -------
    nn.Module
        The network, in evaluation mode.

    Raises
    ------
    CheckpointError
        If they don't fit, or are no numbers.
    """
    _check(network, state, path)
    if not all(torch.isfinite(weight).all() for weight in state.values()):
        raise CheckpointError(f"{path.name} has weights that are not numbers (NaN or infinite).")
    network.load_state_dict(dict(state), strict=False)
    return network.eval()


def built(make: Callable[[], N], state: Mapping[str, Tensor], path: Path) -> N:
    """Build a network and `fill` it.

    It is first built without memory: what the shapes of a few weights promise may be far more than
    the file holds.

    Parameters
    ----------
    make
        Builds it with random weights.
    state, path
        As for `fill`.

    Raises
    ------
    CheckpointError
        If the weights don't fit, or are no numbers.
    """
    with torch.device("meta"):
        _check(make(), state, path)
    return fill(make(), state, path)


def start_from(network: nn.Module, state: Mapping[str, Tensor], path: Path) -> KeyReport:
    """Put into a network to train what fits of a file; the rest stays random.

    Parameters
    ----------
    network, state, path
        As for `fill`.

    Returns
    -------
    KeyReport
        What doesn't fit.

    Raises
    ------
    CheckpointError
        If nothing fits.
    """
    own = network.state_dict()
    report = compare(state, own)
    fitting = {
        name: weight
        for name, weight in state.items()
        if name in own and weight.shape == own[name].shape
    }
    if not fitting:
        raise CheckpointError(f"{path.name} has nothing for this network: {report}.")
    network.load_state_dict(fitting, strict=False)
    return report


def _check(network: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    report = compare(state, network.state_dict())
    if not report.fits:
        raise CheckpointError(
            f"{path.name} is of another network: {report}. Choose a checkpoint of this method."
        )
