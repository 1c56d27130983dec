"""Which interpreter runs a method, and what its environment has and lacks."""

from .interpreters import how_to_install, interpreter, missing, python_of, set_python

__all__ = ["how_to_install", "interpreter", "missing", "python_of", "set_python"]
