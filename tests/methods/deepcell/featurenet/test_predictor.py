import numpy as np
import pytest

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import InputError
from napari_cellbench.methods import get_method
from napari_cellbench.methods.deepcell.featurenet import FeatureNetParameters
from napari_cellbench.methods.deepcell.featurenet.predictor import label_cells


def maps():
    """Foreground of two touching squares, whose interiors an edge of two pixels divides."""
    foreground, interior = np.zeros((40, 60)), np.zeros((40, 60))
    foreground[5:35, 5:55] = 0.95
    interior[6:34, 6:29] = interior[6:34, 31:54] = 0.6
    return foreground, interior


def test_cells_are_pieces_of_interior():
    labels = label_cells(*maps(), FeatureNetParameters())
    assert labels.max() == 2
    assert (labels > 0).sum() == 2 * 28 * 23


def test_growth_fills_the_foreground_and_no_more():
    foreground, interior = maps()
    labels = label_cells(foreground, interior, FeatureNetParameters(growth=2))
    np.testing.assert_array_equal(labels > 0, foreground > 0)
    assert labels[20, 29] == labels[20, 10] != labels[20, 30]


@pytest.mark.parametrize(
    "parameters",
    [{"foreground_threshold": 0.96}, {"interior_threshold": 0.65}, {"min_size": 28 * 23 + 1}],
)
def test_each_threshold_can_drop_all(parameters):
    assert not label_cells(*maps(), FeatureNetParameters(**parameters)).any()


def test_takes_the_channels_that_it_was_trained_on(folders):
    predictor = get_method("featurenet").load(folders[2], "cpu")
    image = np.random.default_rng(0).integers(0, 255, (2, 40, 50)).astype(np.uint8)
    parameters = FeatureNetParameters(
        foreground_threshold=0.4, interior_threshold=0.2225, min_size=0
    )

    def objects(roles, picture):
        found = predictor.predict(
            picture, roles, parameters, ExactStatistics(picture), lambda *_: None
        )
        return found.to_labels()

    first = objects(("nucleus", "whole_cell"), image)
    assert first.any()
    np.testing.assert_array_equal(first, objects(("whole_cell", "nucleus"), image[::-1]))
    with pytest.raises(InputError, match="takes nucleus, whole cell"):
        objects(("nucleus",), image[:1])
