"""What can be compared without a download."""

from __future__ import annotations

from ..checkpoints import checkpoints
from ..data.sample import RGB, Role
from ..methods import methods
from .entry import Entry


def bundled_entries(roles: tuple[Role, ...]) -> list[tuple[Entry, bool]]:
    """Return entries for the bundled checkpoints and for the methods that need none.

    Parameters
    ----------
    roles
        Of the image's channels; empty without an image.

    Returns
    -------
    list of (Entry, bool)
        With whether it fits the channels; everything does where there is no image.
    """
    plain = [(Entry(key), True) for key, method in methods().items() if not method.needs_checkpoint]
    bundled = [c for c in checkpoints() if c.source == "bundled" and c.purpose == "segment"]
    return [
        *((Entry(c.method, c.key), not roles or _fits(c.channels, roles)) for c in bundled),
        *plain,
    ]


def _fits(channels: tuple[Role, ...], roles: tuple[Role, ...]) -> bool:
    return set(channels) <= set(roles) and (set(RGB) <= set(channels)) == (set(RGB) <= set(roles))
