"""Checks of what a method does with images of other types, sizes, contents and channels."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from .bench import Bench
from .images import agreement, discs
from .result import Failed

DTYPES = ("int16", "uint16", "int32", "uint32", "float32", "float64")
"""Types of number that a worker hands to a method, besides uint8."""
ALIKE = 0.9
"""Smallest intersection over union of what is found in the same values of two types."""
SIZES = ((37, 61), (1, 1), (1, 50), (9, 2))
"""Heights and widths in pixels; an image smaller than 16 pixels may be refused."""
SMALL = 16
LEVELS = (np.uint8(0), np.uint8(200), np.uint16(65535), np.float32(0.5))
"""Intensities of images of nothing."""


def dtypes(bench: Bench) -> str:
    """Check that the type of number doesn't matter: the same values give the same objects."""
    image, before = discs(bench.roles), bench.usual.instances.to_labels()
    for dtype in DTYPES:
        found = bench.run(image.astype(dtype), bench.roles).instances.to_labels()
        if (alike := agreement(before, found)) < ALIKE:
            raise Failed(
                f"The same values as {dtype} give other objects than as uint8 (IoU {alike:.2f}): "
                "convert the image before you compute with it."
            )
    for other in (image.astype(np.uint16) * 250, image.astype(np.float32) / 255):
        bench.run(other, bench.roles)
    return f"uint8, {', '.join(DTYPES)}; values up to 60,000, and from 0 to 1."


def constant(bench: Bench) -> str:
    """Check that an image of one intensity has no objects."""
    channels = len(bench.roles)
    for level in LEVELS:
        image = np.full((channels, 64, 80), level)
        found = bench.run(image, bench.roles).instances
        if len(found):
            raise Failed(
                f"It finds {len(found)} objects in an image that is {level} ({level.dtype}) "
                "everywhere: look whether there is any contrast."
            )
    return "No objects where there is nothing to see."


def sizes(bench: Bench) -> str:
    """Check that images of any size give objects of that size; tiny ones may be refused."""
    refused = 0
    for shape in SIZES:
        try:
            bench.run(discs(bench.roles, shape), bench.roles)
        except InputError as error:
            if min(shape) >= SMALL:
                raise Failed(f"An image of {shape} pixels is refused: {error}") from error
            refused += 1
    told = " x ".join(map(str, SIZES[0]))
    return f"{told} pixels, and tiny ones" + (f"; {refused} of those refused." if refused else ".")


def channels(bench: Bench) -> str:
    """Check that the declared channels work, and that others are refused with a sentence."""
    checkpoint, taken, refused = bench.checkpoint, [], []
    named = checkpoint.channels if checkpoint is not None else ()
    for roles in dict.fromkeys((*bench.layouts, (*bench.roles, "other"))):
        try:
            bench.run(discs(roles), roles)
        except InputError as error:
            if checkpoint is None and set(roles) <= set(bench.method.channels) and len(roles) == 1:
                raise Failed(f"It declares {roles[0]}, and refuses it: {error}") from error
            if named and roles == named:
                told = ", ".join(roles)
                raise Failed(f"{checkpoint.key} is listed for {told}: {error}") from error  # type: ignore[union-attr]
            refused.append(roles)
        else:
            taken.append(roles)
    told = "; ".join(", ".join(roles) for roles in taken)
    return f"Takes {told}" + (f"; refuses {len(refused)} others." if refused else ".")
