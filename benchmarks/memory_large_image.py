"""Peak memory of a run on an image that is never in memory as a whole.

    python benchmarks/memory_large_image.py --size 10000 --method watershed
    python benchmarks/memory_large_image.py --size 10000 --method stardist

The image is StarDist's example, repeated to the size, as uint16 in a Zarr file on the disk. Memory
is the resident set, sampled every 50 ms, of this process, which stands for napari's, and of the
worker. Blocks that both share count twice.
"""

import argparse
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import zarr

from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.source import Plane, Source
from napari_cellbench.engine import Engine, Entry, Progress, Request, segment

CHUNK = 1024


def write_image(folder: Path, size: int) -> zarr.Array:
    """Repeat the example on the disk."""
    example = demo_sample().image[0].astype(np.uint16)
    chunk = np.tile(example, (CHUNK // example.shape[0], CHUNK // example.shape[1]))
    image = zarr.create_array(folder, shape=(size, size), chunks=(CHUNK, CHUNK), dtype="uint16")
    for top in range(0, size, CHUNK):
        for left in range(0, size, CHUNK):
            image[top : top + CHUNK, left : left + CHUNK] = chunk[: size - top, : size - left]
    return image


class Memory(threading.Thread):
    """Samples the resident sets of this process and of the worker, in bytes."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(daemon=True)
        self.engine = engine
        self.client = self.worker = self.sum = 0

    def run(self) -> None:
        while True:
            client, worker = resident(None), 0
            if self.engine.pid is not None:
                worker = resident(self.engine.pid)
            self.client = max(self.client, client)
            self.worker = max(self.worker, worker)
            self.sum = max(self.sum, client + worker)
            time.sleep(0.05)


def resident(pid: int | None) -> int:
    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.NoSuchProcess:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=10000, help="side of the image in pixels")
    parser.add_argument("--method", default="watershed")
    parser.add_argument("--checkpoint", help="key or path; by default the bundled one that fits")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args()
    last = 0.0

    def report(progress: Progress) -> None:
        nonlocal last
        if time.monotonic() - last > 10:
            last = time.monotonic()
            print(f"{progress.fraction:6.1%}  {progress.message}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        source = Source((Plane(write_image(Path(folder) / "image.zarr", arguments.size)),))
        engine = Engine()
        idle = resident(None)
        memory = Memory(engine)
        memory.start()
        try:
            parameters = dict(pair.split("=", 1) for pair in arguments.param)
            entry = Entry(arguments.method, arguments.checkpoint, parameters, "cpu")
            found = segment(engine, Request.of(source, ("nucleus",), entry), report)
        finally:
            engine.release()
    record = found.provenance
    print(f"{arguments.method}, {arguments.size} x {arguments.size} uint16, {record['device']}")
    print(f"objects   {record['n_objects']:>10}")
    print(f"tiles     {record['tiles']:>10}")
    print(f"seconds   {record['seconds']:>10.0f}")
    for name, value in [
        ("input", arguments.size**2 * 2),
        ("before", idle),
        ("client", memory.client),
        ("worker", memory.worker),
        ("sum", memory.sum),
    ]:
        print(f"{name:<9} {value / 1e9:>10.2f} GB")


if __name__ == "__main__":
    main()
