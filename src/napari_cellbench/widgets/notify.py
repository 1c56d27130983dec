"""Errors and news as napari notifications."""

from __future__ import annotations

import logging

from napari.utils.notifications import show_error, show_info

from ..errors import CellbenchError, EngineError, sentence

log = logging.getLogger("napari_cellbench")


def tell(message: str) -> None:
    """Show something that went well."""
    show_info(message)


def complain(error: BaseException) -> None:
    """Show what went wrong; a worker's traceback goes to the log."""
    if isinstance(error, EngineError) and error.details:
        log.error("%s\n%s", error, error.details)
    elif not isinstance(error, CellbenchError):
        log.error("Unexpected error", exc_info=error)
    show_error(sentence(error))
