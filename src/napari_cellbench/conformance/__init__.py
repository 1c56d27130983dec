"""Whether a method keeps its contract: for who writes one, and for our own tests."""

from .check import CHECKS, check_method
from .result import CheckResult, Status

__all__ = ["CHECKS", "CheckResult", "Status", "check_method"]
