"""Peak memory of a process, seen from outside."""

import subprocess
import sys
import threading
import time

import pytest

from napari_cellbench.engine.client.peak import INTERVAL, PeakMemory

BLOCK = 150_000_000
TAKE = f"block = b'x' * {BLOCK}; print(1, flush=True); input(); del block; print(2, flush=True)"
WAIT = "; input()"
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def start(*arguments):
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", *arguments], stdin=pipe, stdout=pipe, text=True, bufsize=1
    )


@pytest.mark.parametrize("command", [(TAKE + WAIT,), (PARENT, TAKE + WAIT)])
def test_what_was_taken_and_given_back(command):
    """By the process itself, and by one that it started."""
    with start(*command) as process:
        peak = PeakMemory(process.pid)
        assert peak.largest is None
        assert process.stdout.readline() == "1\n"
        peak.sample()
        held = peak.largest
        assert BLOCK < held < 2 * BLOCK
        process.stdin.write("\n")
        assert process.stdout.readline() == "2\n"
        time.sleep(INTERVAL)
        peak.sample()
        assert peak.largest == held
        peak.restart()
        peak.sample()
        assert peak.largest < held - 0.9 * BLOCK
        process.stdin.write("\n")


def test_death_does_no_harm():
    with start("input()") as process:
        peak = PeakMemory(process.pid)
        peak.sample()
        seen = peak.largest
        process.kill()
        process.wait()
        threads = threading.active_count()
        time.sleep(INTERVAL)
        peak.sample()
        assert peak.largest == seen > 0
        peak.restart()
        peak.sample()
        assert peak.largest is None
        assert threading.active_count() == threads
