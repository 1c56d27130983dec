"""How the inner loops are compiled. Import it only inside functions: numba takes half a second."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

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
    decorated: F
    try:
        decorated = njit(cache=True, nogil=True)(function)
    except RuntimeError:
        # Neither the package's folder nor the user's cache can be written.
        return njit(nogil=True)(function)  # type: ignore[no-any-return]
    cache = decorated._cache  # type: ignore[attr-defined]
    save = cache.save_overload

    def save_if_possible(*given: Any) -> None:
        # A full disk costs the next process half a second, not this one its result.
        with suppress(OSError):
            save(*given)

    cache.save_overload = save_if_possible
    return decorated
