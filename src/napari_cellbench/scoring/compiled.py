"""How the inner loops are compiled. Import it only inside functions: numba takes half a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a function with numba at its first call and keep the result on disk.

    It must call no compiled function of another file: numba compiles anew when the function's own
    file has changed, and looks at no other.

    The lock of the interpreter is released while it runs, so that painting goes on. Nothing is
    compiled with ``parallel=True``: numba's default threads must not be entered by two threads at
    once, which a viewer can't promise.
    """
    decorated: F = njit(cache=True, nogil=True)(function)
    return decorated
