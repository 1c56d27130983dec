"""Memory replay: images that a checkpoint knows, mixed into those that it is to learn.

A network that goes on learning from a few new images forgets what it could before. It forgets less
if it keeps seeing images of the old kind. All methods draw each image of a list as often as any
other: so a share of the list is a share of each batch, whatever the method.

Source: Lee et al. 2022, MEDIAR, NeurIPS Cell Segmentation Challenge, which replays public images.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from ..data import Sample
from ..errors import InputError

T = TypeVar("T")

REPEATS = 10
"""Times that each new image is in the list at most, or once more: methods prepare each entry."""


def with_replay(
    samples: Sequence[Sample], replay: Sequence[Sample], share: float, seed: int = 0
) -> list[Sample]:
    """Mix images of another data set into those to train on.

    Parameters
    ----------
    samples
        What is to be learnt; all of them are in the list.
    replay
        What is to be remembered: of the same channels, with truth of the same target. As many
        different ones are taken as fit `share` and `REPEATS`, at random.
    share
        Of `replay` in the list, from 0 to below 1.
    seed
        Start of the random numbers: the same seed gives the same list.

    Returns
    -------
    list of Sample
        For `Method.train`. Images stand in it several times where the share asks for it.

    Raises
    ------
    InputError
        If the share is no such number, there is nothing to replay, or the channels differ.
    """
    if not 0 <= share < 1:
        raise InputError(f"The share to replay is from 0 to below 1, not {share}.")
    if not share or not samples:
        return list(samples)
    if not replay:
        raise InputError("There are no images to replay: name a data set, or a share of 0.")
    for other in replay:
        if other.roles != samples[0].roles:
            raise InputError(
                f"{other.name}, which is to be replayed, shows {', '.join(other.roles)}, and "
                f"{samples[0].name} {', '.join(samples[0].roles)}: replay images of the same "
                "channels."
            )
    rng = np.random.default_rng(seed)
    ratio = share / (1 - share)
    most = max(1, int(REPEATS * len(samples) * ratio))
    chosen = _drawn(replay, min(len(replay), most), rng)
    new = max(len(samples), round(len(chosen) / ratio))
    return _drawn(samples, new, rng) + _drawn(chosen, max(1, round(new * ratio)), rng)


def _drawn(items: Sequence[T], count: int, rng: np.random.Generator) -> list[T]:
    """Return items, each as often as any other or once more."""
    times, rest = divmod(count, len(items))
    more = sorted(rng.permutation(len(items))[:rest].tolist())
    return list(items) * times + [items[i] for i in more]
