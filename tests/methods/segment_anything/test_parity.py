"""MobileSAM by timm's encoder against the authors' own code; see references/make_mobile_sam.py."""

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("segment_anything")
pytest.importorskip("timm")

from segment_anything import SamPredictor  # noqa: E402

from napari_cellbench.methods.segment_anything.generator import MaskGenerator  # noqa: E402
from napari_cellbench.methods.segment_anything.network import load_sam  # noqa: E402

REFERENCE = Path(__file__).parents[2] / "references" / "mobile_sam.npz"


@pytest.fixture(scope="module")
def reference():
    with np.load(REFERENCE) as file:
        return dict(file)


@pytest.fixture(scope="module")
def network(shared):
    """The published weights: no name is left over, or the load would be refused."""
    return load_sam(shared / "weights" / "mobile_sam.pt")


def test_features(network, reference):
    predictor = SamPredictor(network)
    with torch.no_grad():
        predictor.set_image(reference["picture"])
    features = predictor.features[0].numpy()[::4, ::4, ::4]
    np.testing.assert_allclose(features, reference["features"], atol=1e-4)


def test_masks(network, reference):
    options = json.loads(str(reference["options"]))
    wanted = json.loads(str(reference["found"]))
    side = options.pop("points_per_side")
    seen = []
    generator = MaskGenerator(
        network,
        (side, side),
        lambda current, maximum: seen.append((current, maximum)),
        points_per_batch=4,
        **options,
    )
    found = generator.generate(reference["picture"])
    # The encoder and 9 points, 4 at a time, in the image and in each of its 4 crops.
    assert seen == [(i, 20) for i in range(20)]
    assert len(found) == len(wanted) >= 4
    for ours, theirs in zip(found, wanted, strict=True):
        assert ours["segmentation"] == theirs["segmentation"]
        assert ours["crop_box"] == theirs["crop_box"]
        assert ours["point_coords"] == theirs["point_coords"]
        for figure in ("predicted_iou", "stability_score"):
            assert ours[figure] == pytest.approx(theirs[figure], abs=1e-4)
