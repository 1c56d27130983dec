"""Files of CenterMask2, as SegGal's lie in the gallery."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from ..conftest import Shapes, seeded_state, shapes_of

ONE = "seggal one channel: V-99-eSE, mask IoU head"
LACKING = "seggal two channels: V-99-eSE, no mask IoU head: keys that are absent"
V39 = "V-39-eSE, mask IoU head"


@pytest.fixture(scope="session")
def shapes() -> dict[str, Shapes]:
    """By kind of file."""
    found = shapes_of("centermask2")
    two = {key: shape for key, shape in found[ONE].items() if key not in found[LACKING]}
    return {"one": found[ONE], "two": two, "V-39": found[V39]}


@pytest.fixture(scope="session")
def v39(shapes, tmp_path_factory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("centermask2") / "v39.pth"
    torch.save({"model": seeded_state(shapes["V-39"])}, path)
    yield path
    path.unlink()
