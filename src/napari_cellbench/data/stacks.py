"""Samples of equal shape as stacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .readers import Dataset, Stack
from .sample import RGB, Sample, Target


def stack_of(samples: Sequence[Sample]) -> Stack:
    """Return samples of equal shape and roles behind each other."""
    targets = dict.fromkeys(target for sample in samples for target in sample.truth)
    none = np.zeros(samples[0].shape, np.int32)
    return Stack(
        np.stack([sample.image for sample in samples]),
        samples[0].roles,
        {
            target: np.stack(
                [s.truth[target].to_labels() if target in s.truth else none for s in samples]
            )
            for target in targets
        },
        [sample.group for sample in samples],
        _partial({t: [t in sample.truth for sample in samples] for t in targets}),
    )


def lazy_stack(dataset: Dataset) -> Stack:
    """Return dask arrays, one chunk an image, that read when shown."""
    import dask.array as da

    labelled = [dataset.has_truth(i) for i in range(len(dataset))]
    # Which targets there are, only an image with truth can tell.
    first = dataset[labelled.index(True) if any(labelled) else 0]
    read = lru_cache(maxsize=4)(dataset.read)

    def image(index: int) -> NDArray[Any]:
        sample = read(index)
        # A grey image among those in colour was read as one channel.
        grey = len(sample.roles) == 1 and first.roles == RGB
        pixels = np.repeat(sample.image, len(RGB), axis=0) if grey else sample.image
        if pixels.shape != first.image.shape:
            raise InputError(
                f"{dataset.names[index]} has the shape {pixels.shape}, the stack "
                f"{first.image.shape}: open it alone."
            )
        return pixels

    def labels(index: int, target: Target) -> NDArray[Any]:
        sample = read(index)
        if target not in sample.truth:
            return np.zeros(sample.shape, np.int32)
        return sample.truth[target].to_labels()

    def stacked(
        function: Callable[..., NDArray[Any]], shape: tuple[int, ...], dtype: Any, *arguments: Any
    ) -> Any:
        def block(block_id: tuple[int, ...]) -> NDArray[Any]:
            return function(block_id[0], *arguments)[None]

        return da.map_blocks(
            block,
            chunks=((1,) * len(dataset), *((length,) for length in shape)),
            dtype=dtype,
            meta=np.empty((0,) * (len(shape) + 1), dtype),
            # Named, since dask would make a name of all that the function holds.
            name=f"{function.__name__}-{uuid4().hex}",
        )

    return Stack(
        stacked(image, first.image.shape, first.image.dtype),
        first.roles,
        {target: stacked(labels, first.shape, np.int32, target) for target in first.truth},
        truth_planes=_partial(dict.fromkeys(first.truth, labelled)),
    )


def _partial(planes: Mapping[Target, Sequence[bool]]) -> dict[Target, Sequence[bool]]:
    """Leave out the targets that all images have."""
    return {target: have for target, have in planes.items() if not all(have)}
