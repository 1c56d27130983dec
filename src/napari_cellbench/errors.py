"""The errors that are meant for the person at the keyboard."""


class CellbenchError(Exception):
    """Something that the user can mend; the message says what is wrong and what to do.

    The command line prints it without a traceback, napari shows it as a notification.
    """


class InputError(CellbenchError, ValueError):
    """A file, image, label image or parameter that can't be used as it is."""


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
