"""Intensity percentiles of an image, also of one that is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

SAMPLE = 2**22
"""Floating-point images beyond this many pixels are sampled on a regular lattice."""


class Statistics(Protocol):
    """What a method may ask of the whole image while it sees one tile."""

    def percentile(self, q: float, channel: int | None = None) -> float:
        """Return the q-th percentile (0..100) of a channel, or of all channels together."""

    def percentiles(
        self, q: NDArray[np.float64], channel: int | None = None
    ) -> NDArray[np.float64]:
        """Return several percentiles at once."""


class ExactStatistics:
    """Statistics of an array in memory, computed when asked.

    Parameters
    ----------
    image : (C, Y, X) array
    """

    def __init__(self, image: NDArray[Any]) -> None:
        self._image = image

    def percentile(self, q: float, channel: int | None = None) -> float:
        """Return the q-th percentile of the finite values; 0 where there are none."""
        return float(self.percentiles(np.array([q], np.float64), channel)[0])

    def percentiles(
        self, q: NDArray[np.float64], channel: int | None = None
    ) -> NDArray[np.float64]:
        """Return several percentiles of the finite values; 0 where there are none."""
        values = self._image if channel is None else self._image[channel]
        if values.dtype.kind == "f":
            values = values[np.isfinite(values)]
        if not values.size:
            return np.zeros(len(q))
        if values.dtype.kind == "i":
            # NumPy interpolates in the values' own type, and their difference may not fit into it.
            values = values.astype(np.float64)
        return np.asarray(np.percentile(values, q), np.float64)


class Histogram:
    """Statistics gathered tile by tile: exact for integers of up to 16 bits.

    Wider types are sampled, at most `SAMPLE` values a channel.

    Attributes
    ----------
    values : (C,) list of float64 arrays
        The distinct values of each channel, ascending.
    counts : (C,) list of int64 arrays
        How often each occurs.
    """

    def __init__(self, values: list[NDArray[np.float64]], counts: list[NDArray[np.int64]]) -> None:
        self.values, self.counts = values, counts

    @classmethod
    def gather(cls, tiles: Iterable[NDArray[Any]], pixels: int) -> Histogram:
        """Count values.

        Parameters
        ----------
        tiles
            (C, Y, X) pieces that cover the image once.
        pixels
            Height times width of the image, which decides how densely floats are sampled.
        """
        step = max(1, int(np.ceil(np.sqrt(pixels / SAMPLE))))
        found: list[list[tuple[NDArray[Any], NDArray[np.int64]]]] = []
        for tile in tiles:
            found = found or [[] for _ in tile]
            exact = tile.dtype.kind in "iub" and tile.dtype.itemsize <= 2
            for channel, plane in zip(found, tile, strict=True):
                seen = plane if exact else plane[::step, ::step]
                channel.append(_count(seen[np.isfinite(seen)]))
                if len(channel) > 16:
                    channel[:] = [_merge(channel)]
        merged = [_merge(channel) for channel in found]
        return cls([v.astype(np.float64) for v, _ in merged], [c for _, c in merged])

    def percentile(self, q: float, channel: int | None = None) -> float:
        """Return the q-th percentile, interpolated as `numpy.percentile` does."""
        return float(self.percentiles(np.array([q], np.float64), channel)[0])

    def percentiles(
        self, q: NDArray[np.float64], channel: int | None = None
    ) -> NDArray[np.float64]:
        """Return several percentiles, interpolated as `numpy.percentile` does."""
        if channel is None:
            values, counts = _merge(list(zip(self.values, self.counts, strict=True)))
        else:
            values, counts = self.values[channel], self.counts[channel]
        total = int(counts.sum())
        if not total:
            return np.zeros(len(q))
        position = q / 100 * (total - 1)
        ends = np.cumsum(counts)
        low = values[np.searchsorted(ends, np.floor(position).astype(np.int64), side="right")]
        high = values[np.searchsorted(ends, np.ceil(position).astype(np.int64), side="right")]
        between: NDArray[np.float64] = low + (high - low) * (position - np.floor(position))
        return between


class Quantiles:
    """A table of percentiles: small enough to be sent, exact where it has an entry.

    Parameters
    ----------
    table : (1 + C, len(Quantiles.AT)) float64
        Percentiles of all channels together, then of each.
    """

    AT = np.unique([0, 0.1, 0.2, 0.5, *range(1, 100), 99.5, 99.8, 99.9, 100]).astype(np.float64)

    def __init__(self, table: NDArray[np.float64]) -> None:
        self.table = table

    @classmethod
    def of(cls, statistics: Statistics, channels: int) -> Quantiles:
        """Ask other statistics for all entries."""
        which = (None, *range(channels))
        return cls(np.stack([statistics.percentiles(cls.AT, channel) for channel in which]))

    def percentile(self, q: float, channel: int | None = None) -> float:
        """Return the q-th percentile; between two entries, interpolated."""
        return float(self.percentiles(np.array([q], np.float64), channel)[0])

    def percentiles(
        self, q: NDArray[np.float64], channel: int | None = None
    ) -> NDArray[np.float64]:
        """Return several percentiles."""
        row = self.table[0 if channel is None else channel + 1]
        return np.asarray(np.interp(q, self.AT, row), np.float64)


def _count(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    if values.dtype.kind == "u" and values.dtype.itemsize <= 2:
        counts = np.bincount(values)
        present = np.flatnonzero(counts)
        return present, counts[present].astype(np.int64)
    distinct, counts = np.unique(values, return_counts=True)
    return distinct, counts.astype(np.int64)


def _merge(
    parts: list[tuple[NDArray[Any], NDArray[np.int64]]],
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    if len(parts) == 1:
        return parts[0]
    values = np.concatenate([v for v, _ in parts])
    counts = np.concatenate([c for _, c in parts])
    distinct, where = np.unique(values, return_inverse=True)
    total = np.bincount(where, weights=counts, minlength=len(distinct))
    return distinct, total.astype(np.int64)
