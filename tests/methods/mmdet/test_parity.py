"""Against MMDetection 2.28.2, with which SegGal trained: see `references/make_mmdet.py`."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.references.make_mmdet import outputs, weights

from napari_cellbench.methods import get_method
from napari_cellbench.methods.mmdet.checkpoint import load_checkpoint
from napari_cellbench.methods.mmdet.framework import DetDataSample

REFERENCES = Path(__file__).parents[2] / "references" / "mmdet"
KEYS = sorted(file.name.removesuffix(".npz") for file in REFERENCES.glob("*.npz"))

pytestmark = pytest.mark.filterwarnings("ignore:torch.meshgrid:UserWarning")


def test_there_are_references_of_all_ten():
    assert len(KEYS) == 10


@pytest.mark.parametrize("key", KEYS)
def test_weights_load_by_their_old_names_and_give_the_old_outputs(key, tmp_path):
    shapes = json.loads(gzip.decompress((REFERENCES / f"{key}.json.gz").read_bytes()))
    expected = dict(np.load(REFERENCES / f"{key}.npz"))
    method = get_method(key)
    path = tmp_path / "seggal.pth"
    torch.save({"meta": {"CLASSES": ("cell",), "epoch": 50}, "state_dict": weights(shapes)}, path)

    network, settings = load_checkpoint(path, key, method.architecture)

    assert len(settings.mean) == 2
    meta = {"img_shape": (64, 64), "batch_input_shape": (64, 64)}
    # Boxes are not limited here, nor masks drawn: only what weights decide.
    found = outputs(network, [DetDataSample(metainfo=meta)])
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        scale = np.abs(values).max()
        assert scale > 0, name
        np.testing.assert_allclose(found[name], values, atol=1e-4 * scale, err_msg=name)
