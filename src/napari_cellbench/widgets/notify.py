"""Errors and news as napari notifications."""

from __future__ import annotations

import logging

from napari.utils.notifications import show_error, show_info

from ..errors import CellbenchError, EngineError

log = logging.getLogger("napari_cellbench")


def tell(message: str) -> None:
    """Show something that went well."""
    show_info(message)


def complain(error: Exception) -> None:
    """Show what went wrong; a worker's traceback goes to the log."""
    if isinstance(error, EngineError) and error.details:
        log.error("%s\n%s", error, error.details)
    elif not isinstance(error, CellbenchError):
        log.error("Unexpected error", exc_info=error)
    name = "" if isinstance(error, CellbenchError) else f"{type(error).__name__}: "
    show_error(f"{name}{error}")
