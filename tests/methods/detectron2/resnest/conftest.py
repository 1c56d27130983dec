"""Files of ResNeSt, as SegGal's lie in the gallery."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from napari_cellbench.methods.detectron2.resnest.proposing import ANCHORS

from ..conftest import Shapes, seeded_state, shapes_of

SEGGAL = "seggal: Cascade Mask R-CNN, ResNeSt-200, modulated deformable convolutions, FPN"
R50 = "Mask R-CNN, ResNeSt-50 FPN, one class, COCO anchors"
SIZES = {"seggal": (4, 9, 17, 31, 64, 127), "r50": (32, 64, 128, 256, 512)}
RATIOS = {"seggal": (0.25, 0.5, 1, 2, 4), "r50": (0.5, 1, 2)}


def anchors(kind: str) -> dict[str, torch.Tensor]:
    """Return the buffers that a file has beside its weights."""
    found = {}
    for number, size in enumerate(SIZES[kind]):
        boxes = []
        for ratio in RATIOS[kind]:
            width = (size**2 / ratio) ** 0.5
            boxes.append((-width / 2, -width * ratio / 2, width / 2, width * ratio / 2))
        found[f"{ANCHORS}{number}"] = torch.tensor(boxes)
    return found


def state_of(shapes: dict[str, Shapes], kind: str) -> dict[str, torch.Tensor]:
    return seeded_state(shapes[kind]) | anchors(kind)


@pytest.fixture(scope="session")
def shapes() -> dict[str, Shapes]:
    """By kind of file."""
    found = shapes_of("resnest")
    return {"seggal": found[SEGGAL], "r50": found[R50]}


@pytest.fixture(scope="session", params=["r50", "seggal"])
def kind(request) -> str:
    return request.param


@pytest.fixture(scope="session")
def file(kind, shapes, tmp_path_factory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("resnest") / "model_final.pth"
    torch.save({"model": state_of(shapes, kind), "iteration": 49_999}, path)
    yield path
    path.unlink()
