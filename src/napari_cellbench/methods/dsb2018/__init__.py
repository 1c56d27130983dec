"""The three winners of the Data Science Bowl 2018, written anew from their descriptions."""

from .first import FirstPlace
from .second import SecondPlace
from .third import ThirdPlace

__all__ = ["FirstPlace", "SecondPlace", "ThirdPlace"]
