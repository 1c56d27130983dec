"""What can be compared without a download."""

from __future__ import annotations

from ..checkpoints import checkpoints
from ..checkpoints.facets import modality_of
from ..data.kind import Kind
from ..data.sample import Role
from ..engine import Entry
from ..methods import methods
from ..methods.proposal import CLASSICAL, fits, mismatch


def bundled_entries(roles: tuple[Role, ...], kind: Kind | None = None) -> list[tuple[Entry, bool]]:
    """Return entries for the bundled checkpoints and for the methods that need none.

    Parameters
    ----------
    roles
        Of the image's channels; empty without an image.
    kind
        What the image shows, where that is known.

    Returns
    -------
    list of (Entry, bool)
        With whether it suits the image; what is for any kind only where nothing more special
        does.
    """
    plain = []
    for key, method in methods().items():
        if not method.needs_checkpoint:
            dark = kind is not None and kind.name == "dark_on_bright" and key == CLASSICAL
            parameters = {"dark_objects": True} if dark else {}
            unfit = (
                kind is not None
                and kind.has_cells
                and mismatch(method, None, roles, kind, parameters)
            )
            plain.append((Entry(key, parameters=parameters), not unfit))
    bundled = [c for c in checkpoints() if c.source == "bundled" and c.purpose == "segment"]
    suits = {c.key: not roles or fits(c, roles, kind) for c in bundled}
    special = any(suits[c.key] for c in bundled if modality_of(c) != "any")
    # Where a network was trained on such images, one for anything only takes long.
    return [
        *(
            (Entry(c.method, c.key), suits[c.key] and not (special and modality_of(c) == "any"))
            for c in bundled
        ),
        *plain,
    ]
