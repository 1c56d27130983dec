"""How the weights of a file fit a network: by name and by shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

COUNTER = "num_batches_tracked"
"""Of batch normalisation; older torch had none, and only training reads it."""


@dataclass(frozen=True)
class KeyReport:
    """Names that don't fit, each in alphabetical order.

    Attributes
    ----------
    missing
        Weights of the network that the file lacks.
    unexpected
        Weights of the file that the network lacks.
    reshaped
        Weights of another shape in the file than in the network.
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether every weight has its place."""
        return not (self.missing or self.unexpected or self.reshaped)

    def __str__(self) -> str:
        found = [
            _listed(self.missing, "missing"),
            _listed(self.unexpected, "unexpected"),
            _listed(self.reshaped, "of another shape"),
        ]
        return "; ".join(text for text in found if text) or "every weight fits"


def compare(state: Mapping[str, Tensor], network: Mapping[str, Tensor]) -> KeyReport:
    """Compare a file's weights with a network's ``state_dict()``."""
    return KeyReport(
        tuple(sorted(k for k in network if k not in state and not k.endswith(COUNTER))),
        tuple(sorted(k for k in state if k not in network and not k.endswith(COUNTER))),
        tuple(sorted(k for k in state if k in network and state[k].shape != network[k].shape)),
    )


def _listed(names: Sequence[str], what: str) -> str:
    if not names:
        return ""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{what}: {', '.join(names[:3])}{more}"
