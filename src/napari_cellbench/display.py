"""A virtual display for machines without one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from .errors import CellbenchError

SCREEN = "1600x1000x24"


def needs_virtual_display() -> bool:
    """Tell whether a window can't be opened here: Linux without X11 or Wayland."""
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform.startswith("linux") and not has_display


def under_xvfb(command: Sequence[str]) -> list[str]:
    """Return the command that runs another one on a virtual display of its own."""
    return ["xvfb-run", "-a", "-s", f"-screen 0 {SCREEN}", *command]


def run_under_xvfb(arguments: Sequence[str]) -> None:
    """Run `cellbench` with these arguments on a virtual display.

    Raises
    ------
    CellbenchError
        If Xvfb isn't installed, or the command fails.
    """
    if shutil.which("xvfb-run") is None:
        raise CellbenchError(
            "There is no display. Install Xvfb (Debian: apt-get install xvfb xauth), or run this "
            "on a desktop."
        )
    command = [sys.executable, "-m", "napari_cellbench.cli", *arguments]
    status = subprocess.run(under_xvfb(command), check=False).returncode
    if status:
        raise CellbenchError(f"The command failed on the virtual display (status {status}).")
