"""Progress within a forward pass, which takes seconds on a CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from torch import nn

from ..base import Progress

FINE = 1000
"""Steps into which `share` divides each part."""

_CALLS: WeakKeyDictionary[nn.Module, int] = WeakKeyDictionary()
"""How many layers a network's last pass went through: some are passed several times."""


@contextmanager
def each_layer(network: nn.Module, progress: Progress) -> Iterator[None]:
    """Report one forward pass layer by layer, at each of which it can be cancelled.

    Parameters
    ----------
    network
        Called once inside.
    progress
        Raises to stop; its last report is that all is done.
    """
    layers = [layer for layer in network.modules() if next(layer.children(), None) is None]
    done, total = 0, _CALLS.get(network, len(layers))

    def report(*_: object) -> None:
        nonlocal done
        done += 1
        progress(min(done, total - 1), total)

    hooks = [layer.register_forward_hook(report) for layer in layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
    _CALLS[network] = max(1, done)
    progress(total, total)


def share(progress: Progress, number: int, count: int) -> Progress:
    """Let one of several equal parts of a job report as its share of the whole."""

    def report(current: int, maximum: int) -> None:
        within = round(FINE * current / max(1, maximum))
        progress(number * FINE + within, count * FINE)

    return report
