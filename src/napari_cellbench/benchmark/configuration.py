"""How a cluster is started: a YAML file that names a batch system, and what its jobs ask for.

.. code-block:: yaml

    kind: slurm        # or pbs, lsf; local for processes of this computer
    jobs: 8            # batch jobs, each with its workers
    options:           # of dask_jobqueue's SLURMCluster, PBSCluster or LSFCluster
      queue: gpu
      cores: 4
      memory: 32GB
      walltime: "08:00:00"
      job_extra_directives: ["--gres=gpu:1"]
      worker_extra_args: ["--resources", "GPU=1"]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from ..errors import InputError, NotInstalled, sentence
from ..files.inputs import open_input
from ..files.schema import SchemaError, typed

Kind = Literal["slurm", "pbs", "lsf", "local"]
CLASSES = {"slurm": "SLURMCluster", "pbs": "PBSCluster", "lsf": "LSFCluster"}


@dataclass(frozen=True)
class Configuration:
    """A cluster that is to be started.

    Attributes
    ----------
    kind
        Batch system.
    jobs
        Batch jobs; for "local" processes.
    options
        Passed on to Dask's class.
    """

    kind: Kind
    jobs: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)


def read_configuration(file: Path) -> Configuration:
    """Read a file of a cluster.

    Raises
    ------
    InputError
        If it is none.
    """
    import yaml

    with open_input(file) as opened:
        content = opened.read(2**20)
    try:
        found: Configuration = typed(yaml.safe_load(content), Configuration)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is no YAML: {error}.") from error
    except SchemaError as error:
        kinds = ", ".join(get_args(Kind))
        raise InputError(
            f"{file} describes no cluster: {error}. `kind` is one of {kinds}."
        ) from error
    if found.jobs < 1:
        raise InputError(f"{file}: `jobs` must be 1 or more, not {found.jobs}.")
    return found


def make_cluster(found: Configuration) -> Any:
    """Return Dask's cluster, without workers yet.

    Raises
    ------
    InputError
        If Dask doesn't take the options.
    NotInstalled
        If it isn't installed.
    """
    try:
        if found.kind == "local":
            import distributed

            options = {"threads_per_worker": 1, "n_workers": 0, "dashboard_address": None}
            return distributed.LocalCluster(**{**options, **found.options})
        import dask_jobqueue

        return getattr(dask_jobqueue, CLASSES[found.kind])(**found.options)
    except ImportError as error:
        raise NotInstalled(
            'Clusters need more packages: pip install "napari-cellbench[cluster]"'
        ) from error
    except (TypeError, ValueError, RuntimeError, OSError) as error:
        raise InputError(sentence(error, f"A {found.kind} cluster can't be started")) from error


@contextmanager
def start_cluster(file: Path) -> Iterator[Any]:
    """Start a cluster; its batch jobs end with the block."""
    found = read_configuration(file)
    with make_cluster(found) as cluster:
        if found.kind == "local":
            cluster.scale(n=found.jobs)
        else:
            cluster.scale(jobs=found.jobs)
        yield cluster
