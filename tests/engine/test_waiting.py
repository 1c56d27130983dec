import threading
import time

import pytest

from napari_cellbench.engine.waiting import wait_for
from napari_cellbench.errors import Cancelled


def test_what_a_call_returns_and_raises():
    assert wait_for(lambda: 7, threading.Event()) == 7
    assert wait_for(lambda: None, threading.Event()) is None

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wait_for(fail, threading.Event())


def test_nothing_is_begun_after_a_cancel():
    begun: list[int] = []
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        wait_for(lambda: begun.append(1), cancel)
    assert not begun


def test_a_blocking_call_is_left_alone():
    cancel, goes_on = threading.Event(), threading.Event()
    threading.Timer(0.2, cancel.set).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        wait_for(lambda: goes_on.wait(60), cancel)
    assert time.monotonic() - started < 2
    goes_on.set()
