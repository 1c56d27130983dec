"""Runs methods in a worker process."""

from .client import Engine
from .job import Job, Progress, Result
from .segment import Segmentation, default_checkpoint, segment

__all__ = ["Engine", "Job", "Progress", "Result", "Segmentation", "default_checkpoint", "segment"]
