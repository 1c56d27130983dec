"""The errors that are meant for the person at the keyboard."""

from collections.abc import Iterable
from difflib import get_close_matches


class CellbenchError(Exception):
    """Something that the user can mend; the message says what is wrong and what to do.

    The command line prints it without a traceback, napari shows it as a notification.
    """


class InputError(CellbenchError, ValueError):
    """A file, image, label image or parameter that can't be used as it is."""


class NotInstalled(InputError):
    """A method that is known, and lacks packages; the message says how to install them."""


class CheckpointError(CellbenchError):
    """A checkpoint that can't be found, downloaded, verified or loaded."""


class EngineError(CellbenchError):
    """A run that failed in the worker process; `details` holds the worker's traceback."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class Cancelled(CellbenchError):
    """The user stopped the run."""


class CellbenchWarning(UserWarning):
    """Something that was mended or left out, in a sentence; the work goes on."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question, with a space in front, that names what is spelt alike; or nothing."""
    similar = get_close_matches(name, list(known))
    return f" Did you mean {' or '.join(similar)}?" if similar else ""


def sentence(error: BaseException, what: str = "") -> str:
    """Return what a person reads of an error, of any kind and with any arguments or none.

    Parameters
    ----------
    error
        Those that are meant for the person speak for themselves, others by the name of their kind.
    what
        What failed, to begin with.
    """
    try:
        text = str(error).strip()
    except Exception:
        text = ""
    if isinstance(error, MemoryError):
        text = "There is not enough memory: choose a smaller region, or close other programs."
    elif not isinstance(error, CellbenchError):
        kind = type(error).__name__
        text = f"{kind}: {text}" if text else f"{kind}, for which no reason is given."
    elif not text:
        text = f"{type(error).__name__}, for which no reason is given."
    return f"{what}: {text}" if what else text
