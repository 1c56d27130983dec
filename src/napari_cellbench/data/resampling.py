"""Images and objects in other sizes: blurred, in larger pixels, resized."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .instances import Instances
from .rle import pixels

Float = NDArray[np.floating[Any]]
"""A (C, Y, X) image."""


def gaussian_blur(image: Float, sigma: tuple[float, float]) -> Float:
    """Blur each channel with a Gaussian of these standard deviations in pixels, (y, x)."""
    from scipy.ndimage import gaussian_filter

    blurred: Float = gaussian_filter(image, (0, *sigma), mode="reflect")
    return blurred


def coarsen(image: Float, factors: tuple[float, float]) -> Float:
    """Take larger pixels, and interpolate back to the image's size.

    The image is blurred with a standard deviation of half the factor, sampled, and enlarged with
    linear interpolation. The paper resizes images first, so that cells have a diameter of 30
    pixels; here a factor counts in the image's own pixels.

    Parameters
    ----------
    image : (C, Y, X)
    factors
        Along y and x; 1 leaves an axis as it is.
    """
    height, width = image.shape[1:]
    sigma = tuple(factor / 2 if factor > 1 else 0.0 for factor in factors)
    blurred = gaussian_blur(image, (sigma[0], sigma[1]))
    small = max(1, round(height / factors[0])), max(1, round(width / factors[1]))
    return _interpolate(_interpolate(blurred, small), (height, width))


def resize(image: Float, shape: tuple[int, int]) -> Float:
    """Resize each channel with linear interpolation, blurred before where it shrinks."""
    height, width = image.shape[1:]
    # As in skimage: the standard deviation with which aliasing is weak and edges stay.
    sigma = max(0.0, (height / shape[0] - 1) / 2), max(0.0, (width / shape[1] - 1) / 2)
    return _interpolate(gaussian_blur(image, sigma), shape)


def resize_objects(instances: Instances, shape: tuple[int, int]) -> Instances:
    """Resize objects with nearest neighbour; those that lose their last pixel are gone.

    Parameters
    ----------
    instances
        Labels keep their ids; masks stay masks, and scores go with their objects.
    shape
        Height and width that they shall have.
    """
    ys, xs = (
        ((np.arange(new) + 0.5) * (old / new)).astype(int)
        for new, old in zip(shape, instances.shape, strict=True)
    )
    if instances.labels is not None:
        labels = instances.labels[np.ix_(ys, xs)]
        kept = np.isin(instances.ids, labels)
        scores = None if instances.scores is None else instances.scores[kept]
        return Instances.from_labels(labels, scores)
    from pycocotools import mask as coco_mask

    # One by one: thousands of masks of a large image don't fit into memory.
    masks, kept = [], np.zeros(len(instances), bool)
    for i, mask in enumerate(instances.to_masks()):
        dense = np.zeros(instances.shape, np.uint8)
        dense[pixels(mask)] = 1
        resized = dense[np.ix_(ys, xs)]
        kept[i] = resized.any()
        if kept[i]:
            masks.append(coco_mask.encode(np.asfortranarray(resized)))
    scores = None if instances.scores is None else instances.scores[kept]
    return Instances.from_masks(masks, shape, scores)


def _interpolate(image: Float, shape: tuple[int, int]) -> Float:
    from skimage.transform import resize as skimage_resize

    resized: Float = np.stack(
        [
            skimage_resize(channel, shape, order=1, mode="edge", anti_aliasing=False, clip=False)
            for channel in image
        ]
    )
    return resized
