"""What the engine costs beside the method itself.

    pytest benchmarks/test_engine.py -s

`test_overhead` alternates between a run in the worker process and a call of the method in this one,
and prints the median of the differences; `test_stitching` shows what joining tiles takes.
"""

import statistics
import time

import numpy as np
import pytest

from napari_cellbench.checkpoints import checkpoints, resolve
from napari_cellbench.data import Instances
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.source import Source
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.engine import Engine, Job
from napari_cellbench.engine.client.stitching import Stitcher
from napari_cellbench.engine.client.tiling import cut
from napari_cellbench.methods.base import Tiling
from napari_cellbench.methods.registry import get_method

PAIRS = 15


@pytest.fixture(scope="module")
def engine():
    engine = Engine()
    yield engine
    engine.release()


@pytest.mark.parametrize("key", ["watershed", "stardist"])
@pytest.mark.timeout(1800)
def test_overhead(engine, key):
    """At most 5 % or 20 ms of a run on 1024 x 1024 pixels, whichever is more."""
    method, path = get_method(key), None
    if method.needs_checkpoint:
        bundled = [c for c in checkpoints() if c.method == key and c.source == "bundled"]
        if not bundled:
            pytest.skip(f"no bundled checkpoint of {key}")
        path = resolve(bundled[0])
    image = np.tile(demo_sample().image, (1, 2, 2))
    source, job = Source.of(image), Job(key, ("nucleus",), path, device="cpu")
    predictor, parameters = method.load(path, "cpu"), method.parameters()

    def direct():
        return predictor.predict(
            image, job.roles, parameters, ExactStatistics(image), lambda *_: None
        )

    found = engine.run(source, job).instances
    np.testing.assert_array_equal(found.labels, direct().labels)
    alone, beyond = [], []
    for _ in range(PAIRS):
        seconds = timed(direct)
        alone.append(seconds)
        beyond.append(timed(lambda: engine.run(source, job)) - seconds)
    median, overhead = statistics.median(alone), statistics.median(beyond)
    print(
        f"\n{key}: {median * 1e3:.0f} ms alone, the engine adds {overhead * 1e3:.1f} ms"
        f" ({overhead / median:.1%})"
    )
    assert overhead < max(0.05 * median, 0.02)


def timed(function):
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


@pytest.mark.benchmark(group="joining 36 tiles of 5000 x 5000 pixels, 25,000 objects")
@pytest.mark.timeout(1800)
def test_stitching(benchmark, cells):
    truth = cells((5000, 5000), 25000)
    scores = np.random.default_rng(0).random(truth.max() + 1).astype(np.float32)
    tiles = []
    for tile in cut(truth.shape, Tiling(1024, 128)):
        present, labels = np.unique(truth[tile.region], return_inverse=True)
        labels = labels.reshape(truth[tile.region].shape).astype(np.int32)
        tiles.append((tile, Instances.from_labels(labels, scores[present[1:]])))

    def stitch():
        stitcher = Stitcher(truth.shape)
        for tile, found in tiles:
            stitcher.add(tile, found)
        return stitcher.result()

    result = benchmark.pedantic(stitch, rounds=3)
    assert len(result) == len(np.unique(truth)) - 1
    np.testing.assert_array_equal(result.labels > 0, truth > 0)
