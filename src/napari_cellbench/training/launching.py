"""Starting the process that trains: on its own, whoever started it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace

from ..children import computing
from ..errors import InputError
from .run import Run

MODULE = "napari_cellbench.training.worker"


def launch(run: Run) -> None:
    """Start, or go on with, a run in a process that ends with nobody.

    Parameters
    ----------
    run
        That no process works on.

    Raises
    ------
    InputError
        If it is finished, or a process works on it.
    """
    status = run.status()
    if status.state == "finished":
        raise InputError(f"{run.folder} is finished: {status.checkpoint} is its checkpoint.")
    if run.is_alive():
        raise InputError(f"{run.folder} is being trained already: follow it, or stop it first.")
    run.withdraw()
    run.write(replace(status, state="queued", message="Starting", pid=None, heartbeat=time.time()))
    # Its own session, so that no terminal's end and no Ctrl-C reaches it.
    apart = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS}  # type: ignore[attr-defined]
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    with run.log.open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", MODULE, str(run.folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=computing(),
            **apart,
        )
    # Whoever started it takes note of its end, or it would stay in the system's list.
    threading.Thread(target=child.wait, name="wait-for-training", daemon=True).start()
