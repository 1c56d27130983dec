"""Two windows on one folder warn each other; what has ended doesn't count."""

import json
import os
import subprocess
import sys
import time

import psutil
import pytest

from napari_cellbench.corrections.claim import FILE, STALE, Claim, InUse, holder_of
from napari_cellbench.errors import InputError


def keep(claim):
    with claim.held():
        pass


def rewrite(folder, **changes):
    content = json.loads((folder / FILE).read_text())
    (folder / FILE).write_text(json.dumps(content | changes))


def test_the_second_window_is_told(tmp_path):
    first = Claim.on(tmp_path)
    with pytest.raises(InUse, match=rf"this computer \(process {os.getpid()}, since ") as told:
        Claim.on(tmp_path)
    assert told.value.holder == first.holder
    keep(first)
    first.release()
    assert holder_of(tmp_path) is None
    Claim.on(tmp_path).release()


def test_the_first_is_told_when_it_is_taken_over(tmp_path):
    first = Claim.on(tmp_path)
    second = Claim.on(tmp_path, force=True)
    with pytest.raises(InUse, match="Nothing is saved here any more"):
        keep(first)
    first.release()  # not the other's
    keep(second)
    assert holder_of(tmp_path) == second.holder


def test_a_process_that_has_ended(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        Claim.on(tmp_path)
        started = psutil.Process(child.pid).create_time()
        rewrite(tmp_path, pid=child.pid, started=started)
        with pytest.raises(InUse, match=f"process {child.pid}"):
            Claim.on(tmp_path)
        # Its number belongs to a later process.
        rewrite(tmp_path, started=started - 100)
        assert holder_of(tmp_path) is None
        rewrite(tmp_path, started=started)
        child.kill()
        deadline = time.monotonic() + 10
        while holder_of(tmp_path) is not None and time.monotonic() < deadline:
            time.sleep(0.05)
        # It isn't waited for yet.
        assert holder_of(tmp_path) is None
    Claim.on(tmp_path).release()


def test_another_computer_by_its_last_sign_of_life(tmp_path):
    Claim.on(tmp_path)
    rewrite(tmp_path, host="elsewhere")
    with pytest.raises(InUse, match="“elsewhere”"):
        Claim.on(tmp_path)
    old = time.time() - STALE - 1
    os.utime(tmp_path / FILE, (old, old))
    assert holder_of(tmp_path) is None


def test_a_file_that_is_gone_or_damaged(tmp_path):
    claim = Claim.on(tmp_path)
    (tmp_path / FILE).unlink()
    keep(claim)
    assert holder_of(tmp_path) == claim.holder
    (tmp_path / FILE).write_text("{")
    assert holder_of(tmp_path) is None
    keep(claim)
    assert holder_of(tmp_path) == claim.holder


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match="choose another folder"):
        Claim.on(tmp_path / "no")
    claim = Claim.on(tmp_path)
    claim.release()
    claim.release()


def test_nobody_takes_it_over_in_the_middle_of_writing(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_cellbench.corrections.claim.PATIENCE", 0.1)
    first = Claim.on(tmp_path)
    with first.held(), pytest.raises(InputError, match="try again"):
        Claim.on(tmp_path, force=True)
    assert holder_of(tmp_path) == first.holder
