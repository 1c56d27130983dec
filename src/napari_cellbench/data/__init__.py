"""Images and truth come in: published formats to `Sample`, results to files."""

from .instances import Instances
from .sample import ROLES, TARGETS, Role, Sample, Target

__all__ = ["ROLES", "TARGETS", "Instances", "Role", "Sample", "Target"]
