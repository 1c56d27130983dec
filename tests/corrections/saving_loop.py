"""Edits and saves in processes that are killed.

For each line on stdin, the name of a folder, a child is forked, whose number is printed. It goes on
with what is in the folder, and appends the number of each save that is complete to the file
"completed" beside it.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from napari_cellbench.corrections.autosave import Autosave
from napari_cellbench.corrections.journal import Journal, Snapshot
from napari_cellbench.corrections.review import CellState, Review
from napari_cellbench.corrections.saved import Work, numbers_in
from napari_cellbench.corrections.unfinished import forget

SHAPE = (256, 256)


def state_at(k: int) -> tuple[dict[tuple[int, ...], np.ndarray], Snapshot]:
    """Return labels and review after `k` steps: of two planes, one changes each time."""
    rng = np.random.default_rng(k)
    plane = np.repeat(rng.integers(1, 99, (SHAPE[0], 8)), 32, axis=1).astype(np.uint16)
    plane[0, 0] = k
    review = Review()
    review.meet([1, 2, k + 10])
    review.mark(k + 10, CellState.RIGHT)
    journal = Journal()
    journal.note(f"Step {k}")
    return {(k % 2,): plane}, Snapshot.of(review, journal)


def run(folder: Path) -> None:
    if numbers_in(folder):
        autosave, found = Autosave.go_on(folder)
        k = int(found.save.review.history[0].what.split()[1])
    else:
        autosave, k = Autosave.begin(folder, Work("cells")), 0
    done = os.open(folder.with_name("completed"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while True:
        k += 1
        autosave.write(*state_at(k))
        os.write(done, f"{k}\n".encode())


def main() -> None:
    # What is imported late, is imported before the first is forked.
    with tempfile.TemporaryDirectory() as folder:
        Autosave.begin(Path(folder), Work("first")).write(*state_at(1))
    forget(Path(folder))
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                run(Path(line.strip()))
            finally:
                os._exit(1)
        print(child, flush=True)
        # Killed by the test.
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
