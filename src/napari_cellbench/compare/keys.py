"""What a cached result is found by: all that it follows from, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

from ..data import Role
from ..data.source import Source
from ..methods.base import Method

FORMAT = 1
"""Of the keys; another number forgets all results."""
TILE = 2048
"""Side of the pieces that an image is read in, in pixels."""


def image_digest(source: Source, check: Callable[[], None] = lambda: None) -> str:
    """Return the SHA-256 of an image's pixels, in lower-case hexadecimal.

    The image is read tile by tile. Its values as they are stored count, and their type; not where
    they come from, nor what lies outside the source's region.

    Parameters
    ----------
    source
        One plane.
    check
        Called before each tile; may raise to stop.
    """
    height, width = source.shape
    top, left = (0, 0) if source.region is None else (edge.start for edge in source.region)
    digest = hashlib.sha256(json.dumps([height, width, len(source.planes)]).encode())
    for plane in source.planes:
        digest.update(plane.dtype.str.encode())
        for y, x in product(range(0, height, TILE), range(0, width, TILE)):
            check()
            rows = slice(top + y, top + min(y + TILE, height))
            columns = slice(left + x, left + min(x + TILE, width))
            # `tobytes` is of C order, and `astype` of this computer's byte order.
            digest.update(plane.read((rows, columns)).astype(plane.dtype, copy=False).tobytes())
    return digest.hexdigest()


def device_kind(method: Method[Any], device: str) -> str:
    """Return the part of a device's name that results depend on.

    "auto" is a kind of its own: what it stands for is known only once a worker has looked, and
    stays the same on one computer. Methods without torch know no device.
    """
    return device.partition(":")[0] if "torch" in method.requires else "cpu"


def result_key(
    image: str,
    roles: Sequence[Role],
    method: str,
    sha256: str,
    parameters: Mapping[str, Any],
    device: str,
    versions: Mapping[str, str],
) -> str:
    """Return the key of a result: lower-case hexadecimal.

    Parameters
    ----------
    image
        Of `image_digest`.
    roles
        What each channel shows.
    method
        Key of the method.
    sha256
        Of the checkpoint; empty for a method without.
    parameters
        All of them, with the defaults filled in.
    device
        Of `device_kind`.
    versions
        Of Python and the packages, as in the provenance.
    """
    parts = [FORMAT, image, list(roles), method, sha256, parameters, device, versions]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
