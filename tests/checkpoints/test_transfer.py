"""Downloads in threads, against a server on this machine."""

import threading
import time

import pytest

from napari_cellbench.checkpoints import location, stored
from napari_cellbench.checkpoints.transfer import Transfer, TransferState

from .conftest import CONTENT


class Watched(Transfer):
    """A transfer that keeps what it reports."""

    def __init__(self, checkpoint):
        self.seen = []
        super().__init__(checkpoint, self.seen.append)

    def reaches(self, state: TransferState) -> bool:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.seen and self.seen[-1].state is state:
                return True
            time.sleep(0.01)
        return False

    def has_bytes(self) -> bool:
        deadline = time.monotonic() + 30
        while not any(status.done for status in self.seen) and time.monotonic() < deadline:
            time.sleep(0.01)
        return any(status.done for status in self.seen)


@pytest.fixture
def slow(site):
    """A server that stops after a third of the file until its gate opens."""
    site.gate = threading.Event()
    site.before_gate = 1_000_000
    yield site
    site.gate.set()


def test_done(site):
    transfer = Watched(site.checkpoint())
    transfer.start()
    assert transfer.reaches(TransferState.DONE)
    assert transfer.seen[-1].done == len(CONTENT)
    assert location(transfer.checkpoint).read_bytes() == CONTENT


def pause_in_the_middle(site) -> Watched:
    transfer = Watched(site.checkpoint())
    transfer.start()
    assert transfer.has_bytes()
    transfer.pause()
    site.gate.set()
    assert transfer.reaches(TransferState.PAUSED)
    return transfer


def test_paused_and_resumed(slow):
    transfer = pause_in_the_middle(slow)
    have = transfer.seen[-1].done
    assert 0 < have < len(CONTENT)
    assert stored(transfer.checkpoint).unfinished
    transfer.start()
    assert transfer.reaches(TransferState.DONE)
    assert location(transfer.checkpoint).read_bytes() == CONTENT
    assert slow.ranges == ["", f"bytes={have}-"]


def test_resumed_by_another_program(slow):
    """What was paused is found again after this program's end."""
    checkpoint = pause_in_the_middle(slow).checkpoint
    other = Watched(checkpoint)
    other.start()
    assert other.reaches(TransferState.DONE)
    assert slow.ranges[1].startswith("bytes=")


def test_resumed_while_it_still_pauses(slow):
    transfer = Watched(slow.checkpoint())
    transfer.start()
    assert transfer.has_bytes()
    transfer.pause()
    transfer.start()
    slow.gate.set()
    assert transfer.reaches(TransferState.DONE)
    assert location(transfer.checkpoint).read_bytes() == CONTENT


def test_cancelled_leaves_nothing(slow, cache):
    transfer = Watched(slow.checkpoint())
    transfer.start()
    assert transfer.has_bytes()
    transfer.cancel()
    slow.gate.set()
    assert transfer.reaches(TransferState.CANCELLED)
    assert [file.suffix for file in cache.iterdir()] == [".lock"]


def test_cancelled_while_paused(slow, cache):
    transfer = pause_in_the_middle(slow)
    transfer.cancel()
    assert transfer.reaches(TransferState.CANCELLED)
    assert [file.suffix for file in cache.iterdir()] == [".lock"]


def test_failed_and_tried_again(site):
    transfer = Watched(site.checkpoint())
    address = site.content
    site.content = b"another file"
    transfer.start()
    assert transfer.reaches(TransferState.FAILED)
    assert "has 12 bytes instead of 3000000" in transfer.seen[-1].error
    site.content = address
    transfer.start()
    assert transfer.reaches(TransferState.DONE)
