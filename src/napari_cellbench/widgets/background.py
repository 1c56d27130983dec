"""Short jobs beside the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from napari.qt.threading import create_worker
from qtpy.QtCore import QObject, Signal

from .notify import complain

T = TypeVar("T")


class _Delivery(QObject):
    done = Signal(object)

    def take(self, result: Any) -> None:
        if isinstance(result, Exception):
            complain(result)
        else:
            self.done.emit(result)


def in_background(work: Callable[[], T], done: Callable[[T], None]) -> None:
    """Run a job in a thread and hand over what it returns; an error is shown to the user.

    Parameters
    ----------
    work
        Called in the thread.
    done
        Called with its result in napari's thread; not called if it is a widget's method and the
        widget is gone.
    """
    worker = create_worker(_caught, work, _start_thread=False)
    delivery = _Delivery()
    delivery.done.connect(done)
    # In a function that holds the delivery until then.
    worker.returned.connect(lambda result: delivery.take(result))
    worker.start()


def _caught(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:
        # Returned, since napari shows what is raised in a thread a second time.
        return error
