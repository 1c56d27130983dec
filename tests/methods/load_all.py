"""Loads every file of a folder with one method, in little memory; a script of the tests'.

    python load_all.py METHOD FOLDER

Prints a line of JSON for each: the file's name, the kind of error and its message.
"""

import json
import resource
import signal
import sys
from pathlib import Path

from napari_cellbench.methods import get_method

SPARE = 3 * 2**30
"""Bytes of address space beyond what the method's framework takes."""
SECONDS = 30


def main() -> None:
    method = get_method(sys.argv[1])
    files = sorted(Path(sys.argv[2]).iterdir(), key=lambda path: path.name != "0")
    for path in files:
        # Ends this process, also where it waits for a pipe; a framework may take longer at first.
        signal.alarm(0 if path.name == "0" else SECONDS)
        try:
            method.load(path, "cpu")
            kind, message = "", "was loaded"
        except BaseException as error:
            kind, message = type(error).__name__, str(error)
        signal.alarm(0)
        print(json.dumps({"name": path.name, "kind": kind, "message": message}), flush=True)
        if path.name == "0":
            # The framework is imported: from here on only the files ask for memory.
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            size = pages * resource.getpagesize() + SPARE
            resource.setrlimit(resource.RLIMIT_AS, (size, size))


if __name__ == "__main__":
    main()
