"""What a check says of a method."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Status = Literal["passed", "failed", "not applicable"]


@dataclass(frozen=True)
class CheckResult:
    """What one check of `check_method` found.

    Attributes
    ----------
    name
        Of the check; see `napari_cellbench.conformance.CHECKS`.
    status
        "passed", "failed", or "not applicable".
    message
        In a sentence: what was seen, what is wrong and how to mend it, or why the check doesn't
        apply.
    """

    name: str
    status: Status
    message: str

    @property
    def ok(self) -> bool:
        """Whether the check didn't fail."""
        return self.status != "failed"

    def to_dict(self) -> dict[str, str]:
        """Return plain text for JSON."""
        return asdict(self)


class Failed(Exception):
    """Raised within a check: the method doesn't keep its contract; the message says how."""


class NotApplicable(Exception):
    """Raised within a check that can't say anything of this method; the message says why."""
