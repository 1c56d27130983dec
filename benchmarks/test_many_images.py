"""What `cellbench predict --output-dir` costs beside the method itself.

    pytest benchmarks/test_many_images.py -s

Times the command as a person runs it, start and files included, against a Python loop that calls
the method's predictor on the same images, in memory. They take turns, so that what else the
computer does falls on both.
"""

import statistics
import subprocess
import sys
import time

import numpy as np
import pytest
import tifffile

from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods.registry import get_method

IMAGES, SIDE, ROUNDS = 1000, 256, 3
MOST = 1.3
"""Times the loop."""


@pytest.fixture
def images(tmp_path):
    """Windows of a real image, as arrays and as files."""
    image, rng = np.asarray(demo_sample().image[0]), np.random.default_rng(0)
    places = rng.integers(0, np.subtract(image.shape, SIDE) + 1, (IMAGES, 2))
    arrays = [image[y : y + SIDE, x : x + SIDE] for y, x in places]
    folder = tmp_path / "images"
    folder.mkdir()
    for number, array in enumerate(arrays):
        tifffile.imwrite(folder / f"image{number:04}.tif", array)
    return arrays, folder


@pytest.mark.benchmark(group=f"{IMAGES} images of {SIDE} x {SIDE}, watershed")
@pytest.mark.timeout(1800)
def test_many_small_images(benchmark, images, tmp_path):
    arrays, folder = images
    method = get_method("watershed")
    predictor, parameters = method.load(None, "cpu"), method.parameters()
    loops, commands = [], []

    def loop():
        for array in arrays:
            image = array[None]
            statistics_of = ExactStatistics(image)
            predictor.predict(image, ("nucleus",), parameters, statistics_of, lambda *_: None)

    def command():
        output = tmp_path / f"labels{len(commands)}"
        arguments = ["predict", str(folder), "--method", "watershed", "--output-dir", str(output)]
        subprocess.run(
            [sys.executable, "-m", "napari_cellbench", *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        assert len(list(output.glob("*_labels.tif"))) == IMAGES

    def take_turns():
        for function, seconds in ((loop, loops), (command, commands)):
            started = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - started)

    predictor.predict(
        arrays[0][None], ("nucleus",), parameters, ExactStatistics(arrays[0][None]), lambda *_: None
    )
    benchmark.pedantic(take_turns, rounds=ROUNDS)
    ratio = statistics.median(c / a for c, a in zip(commands, loops, strict=True))
    benchmark.extra_info["ratio"] = ratio
    print(
        f"\n{statistics.median(loops):.1f} s in a loop, {statistics.median(commands):.1f} s by the "
        f"command: {ratio:.2f} times"
    )
    assert ratio < MOST
