"""The masks of cellpose 3.1.1.2, recorded by tests/references/make_cellpose3.py."""

from pathlib import Path

import numpy as np
import pytest

from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.methods.cellpose_unet import CellposeUNetMethod, CellposeUNetParameters
from napari_cellbench.methods.cellpose_unet.channels import network_input

RECORDS = Path(__file__).parents[2] / "references" / "cellpose3"
WEIGHTS = ("cellpose_cyto_2020_torch", "toxo_pv_lumen.CP_model")


@pytest.fixture(scope="module", params=WEIGHTS)
def weights(request, shared):
    return request.param, CellposeUNetMethod().load(shared / "weights" / request.param, "cpu")


def _ignore(current, maximum):
    pass


@pytest.mark.parametrize("setting", ["none", "given", "estimated"])
@pytest.mark.parametrize("name", ["nuclei", "tissue", "phase", "histology", "small"])
def test_masks_are_those_of_cellpose_3(weights, name, setting):
    key, predictor = weights
    with np.load(RECORDS / f"{name}.npz") as record:
        image, roles = record["image"], tuple(map(str, record["roles"]))
        expected, given = record[f"{key}:{setting}"], float(record["given"])
    parameters = CellposeUNetParameters(
        diameter=given if setting == "given" else None, estimate_diameter=setting == "estimated"
    )
    found = predictor.predict(image, roles, parameters, ExactStatistics(image), _ignore)
    np.testing.assert_array_equal(found.to_labels(), expected)


def test_the_network_gives_the_flows_of_cellpose_3(weights):
    key, predictor = weights
    with np.load(RECORDS / "small.npz") as record:
        image, expected = record["image"], record[f"{key}:flows"]
    x = network_input(image, ("phase",), ExactStatistics(image), 2)
    flows = predictor.run_network(x, predictor.diam_mean / predictor.diam_labels, _ignore)
    np.testing.assert_allclose(flows, expected, atol=2e-4)


def test_the_records_hold_cells():
    counts = []
    for path in RECORDS.glob("*.npz"):
        with np.load(path) as record:
            counts += [
                int(record[key].max()) for key in record if ":" in key and "flows" not in key
            ]
    assert len(counts) == 30
    assert sum(counts) > 200
