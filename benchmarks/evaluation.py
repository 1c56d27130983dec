"""What an evaluation costs beside its method: memory, scoring, overhead of a job, two workers.

    python benchmarks/evaluation.py [--images 10000] [--size 256] [--part memory|cost|workers]

Images are generated: disks on noise, 36 in 256 x 256 pixels. Each part prints a line of JSON.

On two cores shared with other work (load 5 and more): ``cost`` of 100 images: predict 40 to 44 ms,
of these 35 to 37 in the method; score 2.8 ms (5.3 to 5.7 % of a job, done while the next image is
predicted); overhead 15 to 18 ms, of which 13 computing. ``memory`` of 200 images: 0.34 GiB for all
processes. ``workers`` needs two free cores.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SIDE = 40
"""Pixels between the centres of disks."""


def generate(file: Path, count: int, size: int) -> None:
    """Write a TissueNet archive of so many images, image by image: it may be larger than memory."""
    import zipfile

    rng = np.random.default_rng(0)
    ys, xs = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    disks = [ys**2 + xs**2 <= radius**2 for radius in range(8, 16)]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for key, dtype in (("X", np.float32), ("y", np.int32)):
            with archive.open(f"{key}.npy", "w", force_zip64=True) as member:
                header = {"descr": np.dtype(dtype).str, "fortran_order": False}
                header["shape"] = (count, size, size, 2)
                np.lib.format.write_array_header_2_0(member, header)
                seeds = np.random.default_rng(1)
                for _ in range(count):
                    labels = np.zeros((size, size), np.int32)
                    places = range(0, size - SIDE + 1, SIDE)
                    for number, (y, x) in enumerate(((y, x) for y in places for x in places), 1):
                        disk = disks[seeds.integers(len(disks))]
                        labels[y : y + SIDE, x : x + SIDE][disk] = number
                    if key == "y":
                        row = np.stack([labels, labels], -1)
                    else:
                        noise = rng.random((size, size, 2), np.float32)
                        row = (noise * 20 + 150 * (labels > 0)[..., None]).astype(np.float32)
                    member.write(np.ascontiguousarray(row).tobytes())
        groups = np.array([f"tissue {i % 7}" for i in range(count)])
        with archive.open("tissue_list.npy", "w") as member:
            np.lib.format.write_array(member, groups)


def evaluated(data: Path, out: Path, *more: str) -> tuple[float, float]:
    """Run the command; return its seconds, and the peak of all its processes in GiB."""
    shutil.rmtree(out, ignore_errors=True)
    start = time.perf_counter()
    command = [sys.executable, "-m", "napari_cellbench.cli", "evaluate", str(data)]
    command += ["--method", "watershed", "--target", "nucleus", "--output", str(out), *more]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _resident(process.pid))
        time.sleep(0.2)
    if process.returncode:
        sys.exit(f"The evaluation ended with {process.returncode}.")
    return time.perf_counter() - start, peak


def _resident(pid: int) -> float:
    import psutil

    total = 0
    try:
        for one in [(own := psutil.Process(pid)), *own.children(recursive=True)]:
            total += one.memory_info().rss
    except psutil.Error:
        pass
    return total / 2**30


def memory(data: Path, out: Path, count: int) -> None:
    """All images with one process that predicts."""
    from napari_cellbench.benchmark.results import read_results

    seconds, peak = evaluated(data, out, "--workers", "1")
    images, cells = read_results(out)
    assert len(images) == count
    predicting = float(images["seconds"].sum())
    print(
        json.dumps(
            {
                "images": count,
                "cells": len(cells),
                "seconds": round(seconds, 1),
                "predicting": round(predicting, 1),
                "overhead_ms": round(1000 * (seconds - predicting) / count, 2),
                "peak_GiB": round(peak, 2),
                "archive_GiB": round(data.stat().st_size / 2**30, 2),
            }
        )
    )


def cost(data: Path, count: int) -> None:
    """The parts of a job, one after the other in one process."""
    import threading

    from napari_cellbench.benchmark.evaluation import _kept
    from napari_cellbench.benchmark.folder import Header, write_header
    from napari_cellbench.benchmark.jobs import Job, predict, scored
    from napari_cellbench.benchmark.local import Hand
    from napari_cellbench.benchmark.scored import figures_and_cells
    from napari_cellbench.benchmark.store import Store

    parts = ("read", "predict", "score", "keep")
    hand, spent, own = Hand(), dict.fromkeys((*parts, "method"), 0.0), 0.0
    with tempfile.TemporaryDirectory() as out:
        folder = Path(out)
        write_header(folder, Header())
        with Store(folder) as store:
            names = [f"{data.stem}_{i:04d}" for i in range(count)]
            for i, name in enumerate(names):
                job = Job("d", data, None, None, i, name, None, None, "nucleus", "watershed", None)
                begun = time.thread_time()
                times = [time.perf_counter()]
                sample = job.read()
                times.append(time.perf_counter())
                found = predict(job, sample, hand.turn_to(job), threading.Event())
                times.append(time.perf_counter())
                figures_and_cells(sample.truth["nucleus"], found.instances)
                times.append(time.perf_counter())
                done = scored(job, sample, found)
                store.add(_kept(folder, done))
                times.append(time.perf_counter())
                if i < 5:
                    continue
                own += time.thread_time() - begun
                for part, took in zip(parts, np.diff(times), strict=True):
                    spent[part] += took
                spent["method"] += found.provenance["seconds"]
    hand.engine.close()
    # What is kept has been scored twice here.
    spent["keep"] -= spent["score"]
    each = {f"{part}_ms": round(1000 * took / (count - 5), 2) for part, took in spent.items()}
    whole = sum(spent[part] for part in parts)
    share = spent["score"] / whole
    each["overhead_ms"] = round(1000 * (whole - spent["method"]) / (count - 5), 2)
    each["overhead_cpu_ms"] = round(1000 * own / (count - 5), 2)
    print(json.dumps({**each, "score_share": round(share, 4)}))


def workers(data: Path, out: Path, count: int) -> None:
    """One and two workers of Dask, by turns."""
    from distributed import LocalCluster

    ratios = []
    for _ in range(2):
        took = {}
        for number in (1, 2):
            with LocalCluster(
                n_workers=number, threads_per_worker=1, dashboard_address=None
            ) as cluster:
                address = ("--scheduler", cluster.scheduler_address)
                # Once for the workers' engines to start.
                evaluated(data, out, "--limit", "4", *address)
                took[number], _ = evaluated(data, out, *address)
        ratios.append(round(took[1] / took[2], 2))
    print(json.dumps({"images": count, "one_by_two": ratios, "load": os.getloadavg()[0]}))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--part", choices=("memory", "cost", "workers"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder) / "made.npz", Path(folder) / "out"
        generate(data, args.images, args.size)
        if args.part in (None, "memory"):
            memory(data, out, args.images)
        if args.part in (None, "cost"):
            cost(data, min(args.images, 200))
        if args.part in (None, "workers"):
            workers(data, out, args.images)
    print(json.dumps({"own_peak_GiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}))


if __name__ == "__main__":
    main()
