import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the mediar extra")

from napari_cellbench.data.statistics import ExactStatistics  # noqa: E402
from napari_cellbench.errors import Cancelled  # noqa: E402
from napari_cellbench.methods.mediar import MediarParameters  # noqa: E402
from napari_cellbench.methods.mediar.flows import FLOW_SCALE, labels_to_flows  # noqa: E402
from napari_cellbench.methods.mediar.predictor import MediarPredictor, labels_of  # noqa: E402
from napari_cellbench.methods.mediar.settings import InputSettings  # noqa: E402

from .small import WINDOW, small_network  # noqa: E402
from .test_flows import discs  # noqa: E402


def silent(*_):
    """Report to nobody."""


@pytest.fixture(scope="module")
def predictor():
    return MediarPredictor([small_network()], InputSettings((), WINDOW), "cpu")


@pytest.fixture(scope="module")
def seen():
    return np.random.default_rng(0).random((3, 70, 130), np.float32)


def test_windows_smaller_than_the_image_and_larger(predictor, seen):
    for part in (seen, seen[:, :20, :30]):
        found = predictor.maps(part, False, 0.6, silent)
        assert found.shape == part.shape
        assert np.isfinite(found).all()


def test_mirror_images_see_the_same(predictor, seen):
    """Whatever the network: the answer to a mirror image is the mirror image of the answer."""
    found = predictor.maps(seen, True, 0.6, silent)
    assert np.abs(found - predictor.maps(seen, False, 0.6, silent)).max() > 1e-3
    alone = MediarPredictor(predictor.networks, predictor.settings, "cpu")
    b = alone.maps(seen, False, 0.6, silent)
    h = alone.maps(seen[:, :, ::-1], False, 0.6, silent)[:, :, ::-1]
    v = alone.maps(seen[:, ::-1], False, 0.6, silent)[:, ::-1]
    expected = np.stack(
        [(b[0] + h[0] - v[0]) / 3, (b[1] - h[1] + v[1]) / 3, (b[2] + h[2] + v[2]) / 3]
    )
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_members_are_averaged(predictor, seen):
    other = MediarPredictor([small_network(1)], predictor.settings, "cpu")
    both = MediarPredictor([small_network(), small_network(1)], predictor.settings, "cpu")
    expected = sum(one.maps(seen, False, 0.3, silent) for one in (predictor, other)) / 2
    np.testing.assert_allclose(both.maps(seen, False, 0.3, silent), expected, atol=1e-5)


def test_progress_rises_to_its_end_and_can_be_cancelled(predictor, seen):
    told = []
    predictor.maps(seen, True, 0.6, lambda current, maximum: told.append(current / maximum))
    assert told == sorted(told)
    assert told[0] < 0.1
    assert told[-1] == 1

    def cancel(*_):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        predictor.maps(seen, True, 0.6, cancel)


def maps_of(labels, logit=4.0):
    flows = FLOW_SCALE * labels_to_flows(labels)
    return np.concatenate([flows, np.where(labels > 0, logit, -logit)[None]]).astype(np.float32)


def test_cells_come_from_the_maps():
    labels = discs()
    found = labels_of(maps_of(labels), MediarParameters())
    np.testing.assert_array_equal(found > 0, labels > 0)
    assert found.max() == 3


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"foreground_threshold": 0.99}, 0),
        ({"min_size": 400}, 2),
        ({"min_size": 1300}, 0),
        ({"niter": 2}, 0),
    ],
)
def test_each_parameter_can_drop_cells(parameters, count):
    assert labels_of(maps_of(discs()), MediarParameters(**parameters)).max() == count


def test_small_holes_and_specks_are_put_right():
    labels = discs()
    maps = maps_of(labels)
    maps[2, 28:31, 28:31], maps[2, 2:5, 2:5] = -4, 4
    found = labels_of(maps, MediarParameters())
    np.testing.assert_array_equal(found > 0, labels > 0)
    kept = labels_of(maps, MediarParameters(min_size=0))
    assert not kept[28:31, 28:31].any()


class Known(MediarPredictor):
    """Answers with the maps of known cells."""

    def maps(self, x, flips, overlap, progress):
        return maps_of(discs())


def test_edges_that_training_left_out_are_given_back():
    image = np.random.default_rng(0).integers(0, 99, (1, 80, 100))
    statistics = ExactStatistics(image)

    def area(edge, **parameters):
        predictor = Known([], InputSettings((), WINDOW, edge), "cpu")
        values = MediarParameters(**parameters)
        found = predictor.predict(image, ("phase",), values, statistics, silent)
        return int((found.to_labels() > 0).sum())

    assert area(0) == (discs() > 0).sum()
    assert area(1) > area(0)
    assert area(1, growth=0) == area(0)
    assert area(0, growth=1) == area(1)


def test_nothing_to_see_is_no_cells(predictor):
    image = np.full((1, 40, 50), 9, np.uint8)
    found = predictor.predict(image, ("phase",), MediarParameters(), ExactStatistics(image), silent)
    assert found.shape == (40, 50)
    assert not found.to_labels().any()
