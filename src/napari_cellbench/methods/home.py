"""Where the class of a method lies that no entry point announces (yet)."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ..errors import InputError
from .base import Method


@dataclass(frozen=True)
class Home:
    """How another process finds the class of a method.

    Attributes
    ----------
    name
        "package.module:Class".
    folder
        To import from, where the process doesn't have the package; empty for none.
    """

    name: str
    folder: str = ""

    def load(self) -> Method[Any]:
        """Return the method.

        Raises
        ------
        InputError
            If there is no such module or class, or it is no method.
        """
        module, colon, path = self.name.partition(":")
        if not (module and colon and path):
            raise InputError(f"Write MODULE:CLASS, not {self.name!r}.")
        if self.folder and self.folder not in sys.path:
            # Last: what the process has itself wins over what lies beside the package.
            sys.path.append(self.folder)
        try:
            found: Any = import_module(module)
            for part in path.split("."):
                found = getattr(found, part)
            made = found()
        except Exception as error:
            raise InputError(
                f"The method {self.name} can't be loaded: {type(error).__name__}: {error}."
            ) from error
        if not isinstance(made, Method):
            raise InputError(f"{self.name} is no napari_cellbench.methods.Method.")
        return made


def home_of(method: Method[Any]) -> Home:
    """Return how another process finds a method's class.

    Raises
    ------
    InputError
        If it can't: the class is in a function, a notebook or the program's own script.
    """
    kind = type(method)
    root = sys.modules.get(kind.__module__.partition(".")[0])
    places = [*getattr(root, "__path__", ()), getattr(root, "__file__", None) or ""]
    if "<locals>" in kind.__qualname__ or kind.__module__ == "__main__" or not places[0]:
        raise InputError(
            f"{kind.__qualname__} can't be found by a worker process: put the class into a module "
            "of its own, outside of any function."
        )
    folder = places[0].replace("\\", "/").rpartition("/")[0]
    return Home(f"{kind.__module__}:{kind.__qualname__}", folder)
