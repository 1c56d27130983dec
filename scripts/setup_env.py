"""Set up ``.venv`` with everything that the demo and the tests need.

    python3 scripts/setup_env.py

Runs on the machine's own Python, with the standard library only. Does nothing when ``.venv`` is
up to date with ``pyproject.toml`` and ``constraints.txt``. On Linux it also looks for the system
libraries of a napari window, and installs Debian's packages of them where it may.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "cellbench-setup"
PINS = (ROOT / "pyproject.toml", ROOT / "constraints.txt")

# Shared libraries that Qt and OpenGL load, and Debian's packages of them.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
# Without a display, napari opens on a virtual one.
COMMANDS = {"xvfb-run": "xvfb", "xauth": "xauth"}


def main() -> None:
    """Use a Python that is new enough, then do what is still to be done."""
    if sys.version_info[:2] < OLDEST:
        start_again_with_newer_python()
    if sys.platform.startswith("linux"):
        install_system_packages()
    # Programs in .venv name its place, so that a moved one has to be made anew.
    place, pins = str(VENV), fingerprint()
    done = STAMP.read_text().splitlines() if STAMP.exists() else []
    if done == [place, pins]:
        return
    if done[:1] != [place] or not (BIN / "python").exists():
        create_environment()
    install_packages()
    STAMP.write_text(f"{place}\n{pins}\n")


def start_again_with_newer_python() -> None:
    """Replace this process by the same script on a newer Python, or say what is missing."""
    for minor in range(13, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, __file__])
    sys.exit(
        f"{sys.executable} is Python {platform.python_version()}; napari-cellbench needs 3.11 or "
        "newer. Install one, and name it:\n  make PYTHON=/path/to/python3 demo"
    )


def install_system_packages() -> None:
    """Install Debian's packages that are missing, or exit with their names."""
    missing = missing_packages()
    if not missing:
        return
    can_install = shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0
    if not can_install:
        sys.exit(
            "A napari window needs system packages that are missing here. On Debian and Ubuntu:\n"
            f"  sudo apt-get install {' '.join(missing)}\n"
            "Elsewhere install the packages of the same libraries. Then try again."
        )
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run([*apt, "update", "-qq"], environment)
    run([*apt, "install", "-qq", "-y", "--no-install-recommends", *missing], environment)


def missing_packages() -> list[str]:
    """Name Debian's packages for what can't be found."""
    missing = [package for name, package in LIBRARIES.items() if not can_load(name)]
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        missing += [package for name, package in COMMANDS.items() if not shutil.which(name)]
    if importlib.util.find_spec("ensurepip") is None:
        missing.append(f"python3.{sys.version_info[1]}-venv")
    return missing


def can_load(library: str) -> bool:
    """Tell whether the system's loader finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def fingerprint() -> str:
    """Return a hash of the files that say what is to be installed."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in PINS)).hexdigest()


def create_environment() -> None:
    """Create ``.venv`` with uv in it."""
    print(f"Setting up {VENV}: this takes some minutes and 6 GB.", flush=True)
    run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    pip = [str(BIN / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run([*pip, "install", "-c", "constraints.txt", "uv"])


def install_packages() -> None:
    """Install this project with all extras and tools.

    uv, not pip: pip may be set up to take wheels of torch from elsewhere that don't go with
    torchvision. uv is told to trust the certificates of the system, as pip does.
    """
    environment = {"UV_SYSTEM_CERTS": "1", "UV_HTTP_TIMEOUT": "300", **os.environ}
    environment["VIRTUAL_ENV"] = str(VENV)
    command = [str(BIN / "uv"), "pip", "install", "--python", str(BIN / "python")]
    command += ["-c", "constraints.txt", "--group", "dev", "-e", ".[all]"]
    run(command, environment)


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command in the project's root; exit if it fails."""
    try:
        subprocess.run(command, cwd=str(ROOT), env=environment, check=True)
    except subprocess.CalledProcessError as error:
        sys.exit(f"Failed with status {error.returncode}: {' '.join(command)}")


if __name__ == "__main__":
    main()
