"""Evaluations on Dask's workers, of which some die and some hang."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from napari_cellbench.benchmark.asked import Asked
from napari_cellbench.benchmark.cluster import Cluster
from napari_cellbench.benchmark.configuration import make_cluster, read_configuration
from napari_cellbench.benchmark.evaluation import evaluate
from napari_cellbench.benchmark.results import read_results
from napari_cellbench.errors import EngineError, InputError

distributed = pytest.importorskip("distributed")
pytestmark = [
    # Dask's own sockets and loops, when its processes are killed.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]
WATERSHED = ("watershed",)


@pytest.fixture
def workers():
    """Three worker processes on this computer."""
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster


def pids(cluster):
    with distributed.Client(cluster, set_as_default=False) as client:
        return client.run(os.getpid)


def checked(out, count):
    images, cells = read_results(out)
    assert sorted(images["image"]) == [f"{i:03d}" for i in range(count)]
    assert images["state"].unique().to_list() == ["done"]
    assert cells["label"].drop_nulls().len() == 5 * count


@pytest.mark.skipif(sys.platform == "win32", reason="workers are stopped by a signal")
def test_a_worker_that_dies_and_one_that_hangs_lose_nothing(make, tmp_path, workers):
    data, out = make(count=60), tmp_path / "out"
    # What is compiled at first use takes longer than the limit on a computer that is busy.
    warm = Cluster(workers.scheduler_address)
    evaluate(Asked((data,), WATERSHED, images=6, anywhere=True), tmp_path / "warm", warm.run)
    dies, hangs = list(pids(workers).values())[:2]
    done = []

    def note(one):
        done.append(one.job.image)
        if len(done) == 10:
            os.kill(dies, signal.SIGKILL)
            os.kill(hangs, signal.SIGSTOP)

    try:
        cluster = Cluster(workers.scheduler_address, grace=8)
        failures = evaluate(
            Asked((data,), WATERSHED, time_limit=30, anywhere=True), out, cluster.run, done=note
        )
    finally:
        os.kill(hangs, signal.SIGCONT)
    assert failures == 0
    assert max(Counter(done).values()) == 1
    assert len(done) == 60
    checked(out, 60)


def test_what_takes_too_long_everywhere_has_failed(make, tmp_path, workers):
    data, out = make(count=2), tmp_path / "out"
    cluster = Cluster(workers.scheduler_address)
    asked = Asked((data,), WATERSHED, time_limit=1e-4, anywhere=True)
    assert evaluate(asked, out, cluster.run) == 2
    assert all(read_results(out)[0]["error"].str.contains("--time-limit"))


def scheduler_of(folder):
    """Start a scheduler and a worker as programs, as people do."""
    file = folder / "scheduler.json"
    own = ["--no-dashboard", "--scheduler-file", str(file)]
    programs = [
        [sys.executable, "-m", "distributed.cli.dask_scheduler", *own, "--port", "0"],
        [sys.executable, "-m", "distributed.cli.dask_worker", *own, "--nthreads", "1"],
    ]
    programs[0] += ["--host", "127.0.0.1"]
    programs[1] += ["--resources", "GPU=1"]
    scheduler, worker = (subprocess.Popen(one, stderr=subprocess.DEVNULL) for one in programs)
    return scheduler, worker, file


def test_a_scheduler_that_vanishes_is_told_and_the_rest_can_be_done(make, tmp_path):
    data, out = make(count=30), tmp_path / "out"
    scheduler, worker, file = scheduler_of(tmp_path)
    try:
        end = time.monotonic() + 60
        while not file.exists() and time.monotonic() < end:
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        done = []

        def note(one):
            done.append(one.job.image)
            if len(done) == 5:
                scheduler.kill()

        asked = Asked((data,), WATERSHED, anywhere=True)
        with pytest.raises(EngineError, match=r"scheduler is gone.*same command"):
            evaluate(asked, out, Cluster(address, gone=5).run, done=note)
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()
    assert sorted(read_results(out)[0]["image"]) == sorted(done)
    with pytest.raises(InputError, match=r"No scheduler answers"):
        evaluate(asked, out, Cluster(address).run)
    from napari_cellbench.benchmark.local import run_here

    evaluate(asked, out, run_here)
    checked(out, 30)


def test_a_cluster_of_a_file(make, tmp_path):
    data, out = make(count=3), tmp_path / "out"
    file = tmp_path / "cluster.yaml"
    file.write_text("kind: local\njobs: 1\n")
    evaluate(Asked((data,), WATERSHED, anywhere=True), out, Cluster(None, file).run)
    checked(out, 3)


@pytest.mark.parametrize(
    ("kind", "directives"),
    [
        ("slurm", ("#SBATCH -p gpu", "#SBATCH -t 01:00:00", "#SBATCH --gres=gpu:1")),
        ("pbs", ("#PBS -q gpu", "#PBS -l walltime=01:00:00")),
        ("lsf", ("#BSUB -q gpu", "#BSUB -W 01:00")),
    ],
)
def test_batch_systems_are_asked_for_what_the_file_says(tmp_path, kind, directives):
    pytest.importorskip("dask_jobqueue")
    options = [
        "queue: gpu",
        "cores: 2",
        "memory: 8GB",
        f"walltime: '{'01:00' if kind == 'lsf' else '01:00:00'}'",
        "interface: lo",
        "scheduler_options: {dashboard_address: ':0'}",
        "worker_extra_args: ['--resources', 'GPU=1']",
    ]
    if kind == "slurm":
        options.append("job_extra_directives: ['--gres=gpu:1']")
    file = tmp_path / "cluster.yaml"
    file.write_text(f"kind: {kind}\noptions:\n" + "".join(f"  {line}\n" for line in options))
    with make_cluster(read_configuration(file)) as cluster:
        script = cluster.job_script()
    for line in (*directives, "--resources GPU=1"):
        assert line in script


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: condor", "`kind` is one of slurm, pbs, lsf, local"),
        ("kind: [", "is no YAML"),
        ("kind: local\njobs: 0", "1 or more"),
        ("jobs: 3", "describes no cluster"),
    ],
)
def test_files_that_describe_no_cluster_are_refused(tmp_path: Path, text, said):
    file = tmp_path / "cluster.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        read_configuration(file)


def test_options_that_dask_does_not_take_are_told(tmp_path):
    pytest.importorskip("dask_jobqueue")
    file = tmp_path / "cluster.yaml"
    file.write_text("kind: slurm\noptions: {queue: gpu}\n")
    with pytest.raises(InputError, match="can't be started"):
        make_cluster(read_configuration(file))
