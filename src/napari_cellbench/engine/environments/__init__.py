"""Which interpreter runs a method, what its environment has and lacks, and making it."""

from .interpreters import (
    chosen_python,
    how_to_install,
    interpreter,
    missing,
    missing_here,
    python_of,
    set_python,
)

__all__ = [
    "chosen_python",
    "how_to_install",
    "interpreter",
    "missing",
    "missing_here",
    "python_of",
    "set_python",
]
