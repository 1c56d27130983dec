"""Checks of one prediction: what comes out, twice the same, progress, and stopping."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..data import Instances
from ..engine import Result
from ..engine.client.process import GRACE
from ..errors import Cancelled, CellbenchError
from .bench import Bench, Stopwatch
from .images import discs
from .result import Failed

SOON = 2 * GRACE
"""Seconds after which a method that was told to stop must have stopped."""


def prediction(bench: Bench) -> str:
    """Check that objects have the image's size, numbers from 1 up, and background 0 around."""
    found = bench.usual.instances
    labels = found.to_labels()
    if labels.min() > 0:
        raise Failed("No pixel is background (0), though most of the image is.")
    if found.scores is not None and not np.isfinite(found.scores).all():
        raise Failed("A score isn't finite.")
    if not len(found):
        return "Runs; it finds none of the six discs in the small image."
    gaps = int(found.ids[-1]) - len(found)
    numbered = f"numbered 1 to {found.ids[-1]}" + (f", {gaps} of them unused" if gaps else "")
    return f"{len(found)} objects in the small image of six discs, {numbered}."


def input_kept(bench: Bench) -> str:
    """Check that the image isn't written to: what else is computed from it would be wrong."""
    if bench.seen.input_changed:
        raise Failed("predict writes into the image that it gets: copy it first.")
    return "The image is left as it was."


def determinism(bench: Bench) -> str:
    """Check that the same image gives the same objects, also after another image."""
    before, image = bench.usual, discs(bench.roles)
    for after in ("at once", "after another image"):
        if after != "at once":
            bench.run(discs(bench.roles, seed=1)[:, ::-1], bench.roles)
        again = bench.run(image, bench.roles)
        if difference := _difference(before, again):
            raise Failed(f"The same image again, {after}, gives {difference}: seed what is random.")
    return "The same image gives the same objects, also after another one."


def tiling(bench: Bench) -> str:
    """Check that tiles are larger than what they share."""
    size, overlap = bench.seen.tile_size, bench.seen.tile_overlap
    if size < 1 or not 0 <= overlap < size:
        raise Failed(f"Tiles of {size} pixels that share {overlap}: the overlap must be smaller.")
    return f"Tiles of {size} pixels that share {overlap}."


def progress(bench: Bench) -> str:
    """Check that progress is reported, only rises, and ends at its maximum."""
    steps = bench.seen.steps
    if not steps:
        raise Failed("predict never calls progress: nobody sees how far it is, nor can stop it.")
    for current, maximum in steps:
        if not (maximum > 0 and 0 <= current <= maximum):
            raise Failed(f"Progress is {current:g} of {maximum:g}: it must be from 0 to 1.")
    done = [current / maximum for current, maximum in steps]
    for before, after in pairwise(done):
        if after < before:
            raise Failed(f"Progress falls from {before:.0%} to {after:.0%}.")
    if done[-1] < 1:
        raise Failed(f"Progress ends at {done[-1]:.0%}: report the last step when it is done.")
    return f"{len(steps)} reports, up to 100 %."


def cancel(bench: Bench) -> str:
    """Check that a run ends at once when it is stopped, and leaves the model fit for the next."""
    before, count = bench.usual, len(bench.seen.steps)
    if not count:
        raise Failed("predict never calls progress, through which a run is stopped.")
    image = discs(bench.roles)
    for stop_at in sorted({0, count // 2, count - 1}):
        watch = Stopwatch()
        try:
            bench.run(image, bench.roles, stop_at, watch)
        except Cancelled:
            pass
        except (CellbenchError, Failed) as error:
            raise Failed(
                "A stopped run ends with another error: let Cancelled, which progress raises, "
                f"pass. ({error})"
            ) from error
        else:
            raise Failed(
                "A stopped run goes on to its end: let Cancelled, which progress raises, pass."
            )
        if watch.seconds > SOON:
            raise Failed(f"A stopped run ends {watch.seconds:.1f} s later: it must end at once.")
    if difference := _difference(before, bench.run(image, bench.roles)):
        raise Failed(f"After a stopped run, the same image gives {difference}.")
    return "A stopped run ends at once, and the next gives what it gave before."


def _difference(one: Result, other: Result) -> str:
    """Say how two runs differ; nothing if they don't."""
    a, b = one.instances, other.instances
    if len(a) != len(b):
        return f"{len(b)} objects instead of {len(a)}"
    if not _same(a, b):
        return "objects of other shapes"
    if (a.scores is None) != (b.scores is None):
        return "scores only once"
    if a.scores is not None and not np.allclose(a.scores, b.scores, atol=1e-6):  # type: ignore[arg-type]
        return "other scores"
    return ""


def _same(one: Instances, other: Instances) -> bool:
    if one.masks is not None or other.masks is not None:
        return one.to_masks() == other.to_masks()
    return bool(np.array_equal(one.to_labels(), other.to_labels()))
