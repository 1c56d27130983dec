"""A comparison as one file that can be attached to a paper."""

from .page import Contents, write_report

__all__ = ["Contents", "write_report"]
