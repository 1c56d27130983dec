"""Speed of growing, shrinking and measuring cells beside scikit-image.

pytest benchmarks/test_morphology.py --benchmark-group-by=group

The table gives the ratio to the fastest of each group in parentheses.
"""

import pytest
from skimage.measure import regionprops_table
from skimage.segmentation import expand_labels

from napari_cellbench.morphology import GrowthField, fit_distance, shape_features


@pytest.fixture(scope="module")
def labels(cells):
    return cells((2048, 2048), 5000)


@pytest.mark.benchmark(group="growing by up to 20 pixels, 2048 x 2048, 5000 cells")
def test_field_and_first_tick(benchmark, labels):
    benchmark(lambda: GrowthField(labels, 20).at(20))


@pytest.mark.benchmark(group="growing by up to 20 pixels, 2048 x 2048, 5000 cells")
def test_expand_labels(benchmark, labels):
    benchmark(expand_labels, labels, 20)


@pytest.mark.benchmark(group="a slider's tick, 2048 x 2048, 5000 cells")
@pytest.mark.parametrize("distance", [5.5, -3])
def test_tick(benchmark, labels, distance):
    field = GrowthField(labels, 20)
    benchmark(field.at, distance)


@pytest.mark.benchmark(group="the best of 0-10 pixels, 1024 x 1024, 1000 cells")
def test_fit_distance(benchmark, cells):
    nuclei = cells((1024, 1024), 1000)
    benchmark(fit_distance, [(nuclei, expand_labels(nuclei, 4))])


@pytest.mark.benchmark(group="10000 x 10000, 100000 cells")
@pytest.mark.parametrize("what", ["field of the part in view", "tick of the part in view"])
def test_part_in_view_of_a_large_image(benchmark, cells, what):
    """The widget previews at most 4096 x 4096 pixels and the reach around them."""
    part = cells((10000, 10000), 100_000)[3000 : 3000 + 4136, 3000 : 3000 + 4136]
    field = GrowthField(part, 20)
    if what.startswith("field"):
        benchmark.pedantic(lambda: GrowthField(part, 20).at(5.5), rounds=5, warmup_rounds=1)
    else:
        benchmark(field.at, 5.5)


SHAPES = ("label", "area", "eccentricity", "solidity", "perimeter")


@pytest.mark.benchmark(group="shape of 1000 cells, 1024 x 1024")
def test_shape_features(benchmark, cells):
    benchmark(shape_features, cells((1024, 1024), 1000))


@pytest.mark.benchmark(group="shape of 1000 cells, 1024 x 1024")
def test_regionprops_table(benchmark, cells):
    """The properties of scikit-image that say about the same."""
    benchmark(regionprops_table, cells((1024, 1024), 1000), properties=SHAPES)
