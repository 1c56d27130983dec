from importlib.metadata import entry_points
from pathlib import Path

import pytest

from napari_cellbench.errors import InputError
from napari_cellbench.methods.parameters import build
from napari_cellbench.methods.registry import GROUP
from napari_cellbench.methods.stardist import StarDist, StarDistParameters


def test_is_found_by_its_entry_point() -> None:
    assert entry_points(group=GROUP)[StarDist.key].load() is StarDist


def test_parameters_come_from_text() -> None:
    values = {"prob_threshold": "0.3", "nms_threshold": "auto", "scale": "2"}
    assert build(StarDistParameters, values) == StarDistParameters(prob_threshold=0.3, scale=2)
    with pytest.raises(InputError, match=r"scale must be between 0.1 and 10"):
        build(StarDistParameters, {"scale": "0"})


def test_patterns_find_the_official_zip(references: Path) -> None:
    name = next(references.glob("*.zip")).name
    assert any(Path(name).match(pattern) for pattern in StarDist.file_patterns)
