"""The three winners of the Data Science Bowl 2018, written anew from their descriptions."""

from .first import FirstPlace

__all__ = ["FirstPlace"]
