"""Files of objects, whatever program wrote them: as truth, or as a prediction to score."""

from .base import Annotated, ObjectFile
from .reading import FORMATS, read_instances, read_object_file, read_pair

__all__ = [
    "FORMATS",
    "Annotated",
    "ObjectFile",
    "read_instances",
    "read_object_file",
    "read_pair",
]
