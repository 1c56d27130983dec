"""Run the tests that open windows and all others at once, each in a process of its own.

    python scripts/run_tests.py --durations=20
    python scripts/run_tests.py tests/engine -k cancel

Arguments are pytest's. Where they name files or folders, one process runs these. On Linux without
a display each process gets a virtual one of its own: windows take the pointer from each other.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from napari_cellbench.display import needs_virtual_display, under_xvfb

ROOT = Path(__file__).resolve().parents[1]
WINDOWS = "tests/gui"
NOTHING_RAN = 5
"""pytest's exit status where no test was chosen, as `-k` does for one of the two."""


def main(arguments: list[str]) -> int:
    """Run them; return the worse exit status."""
    # Both compute at once: a thread that waits actively would keep the other's from a core.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    pytest = [sys.executable, "-m", "pytest"]
    if needs_virtual_display():
        pytest = under_xvfb(pytest)
    pytest += arguments
    if any((ROOT / argument.partition("::")[0]).exists() for argument in arguments):
        return subprocess.run(pytest, cwd=ROOT, check=False).returncode
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen(
            [*pytest, WINDOWS], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        ) as windows:
            try:
                others = subprocess.run([*pytest, "tests", f"--ignore={WINDOWS}"], cwd=ROOT)
            except BaseException:
                windows.terminate()
                raise
        output.seek(0)
        print(output.read().decode(errors="replace"), flush=True)
    statuses = {others.returncode, windows.returncode}
    return max(statuses - {NOTHING_RAN}, default=NOTHING_RAN)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
