"""Finds methods, ours and other packages', by entry point."""

from __future__ import annotations

import warnings
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from ..errors import InputError, did_you_mean
from .base import Method

GROUP = "napari_cellbench.methods"


@cache
def methods() -> dict[str, Method[Any]]:
    """Return every method by key, in the order of their titles.

    An entry point that can't be loaded is left out with a warning: a broken plugin of another
    package must not take this one down.
    """
    found: list[Method[Any]] = []
    for entry in entry_points(group=GROUP):
        try:
            found.append(entry.load()())
        except Exception as error:
            warnings.warn(f"The method {entry.value} can't be loaded: {error}", stacklevel=2)
    return {method.key: method for method in sorted(found, key=lambda m: m.title.casefold())}


def get_method(key: str) -> Method[Any]:
    """Return a method.

    Raises
    ------
    InputError
        If there is none of that key.
    """
    if key not in methods():
        known = ", ".join(methods())
        raise InputError(f"No method {key!r}; there are: {known}.{did_you_mean(key, methods())}")
    return methods()[key]
