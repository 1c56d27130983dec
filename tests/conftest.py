"""What every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from appose import NDArray
from hypothesis import settings

from napari_cellbench.methods.registry import methods

from .left_overs import LeftOvers

ROOT = Path(__file__).parents[1]

# The same cases each time, on every machine, however slow it is. `make thorough` searches at
# random, and further.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("thorough", max_examples=1000, print_blob=True, deadline=None)
settings.load_profile("fixed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Open windows last: torch's triton crashes where a window has loaded LLVM for its GL."""
    items.sort(key=lambda item: "gui" in item.path.parts)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real images and weights, which are not part of the project."""
    folder = Path(os.environ.get("CELLBENCH_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("needs the real images and weights: set CELLBENCH_SHARED to their folder")
    return folder


@pytest.fixture(scope="session")
def six_segmentations() -> dict[str, np.ndarray]:
    """Six segmentations of StarDist's real image, as plain methods make them, and its truth.

    By name; under "image" and "truth" the image and its true labels.
    """
    pytest.importorskip("stardist")
    from scipy.ndimage import distance_transform_edt
    from skimage.feature import peak_local_max
    from skimage.filters import gaussian, threshold_li, threshold_local, threshold_otsu
    from skimage.measure import label
    from skimage.segmentation import expand_labels, watershed

    from napari_cellbench.data.samples import demo_sample

    sample = demo_sample()
    image = sample.image[0]
    smooth = gaussian(image, 1, preserve_range=True)
    made = {"image": image, "truth": sample.truth["nucleus"].labels}
    foregrounds = {
        "Otsu": smooth > threshold_otsu(smooth),
        "Li": smooth > threshold_li(smooth),
        "Local": smooth > threshold_local(smooth, 51),
    }
    for name, foreground in foregrounds.items():
        depth = distance_transform_edt(foreground)
        peaks = peak_local_max(depth, min_distance=7, labels=foreground.astype(int))
        seeds = np.zeros(image.shape, np.int32)
        seeds[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
        made[f"{name} and watershed"] = watershed(-depth, seeds, mask=foreground)
    made["Otsu, touching cells joined"] = label(foregrounds["Otsu"]).astype(np.int32)
    made["Otsu and watershed, grown by 3 px"] = expand_labels(made["Otsu and watershed"], 3)
    made["Li, touching cells joined"] = label(foregrounds["Li"]).astype(np.int32)
    return made


@pytest.fixture(autouse=True, scope="session")
def _no_settings(tmp_path_factory) -> Iterator[None]:
    """Keep the user's settings and results out of the tests, and the tests' out of the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CELLBENCH_CONFIG", str(tmp_path_factory.mktemp("config")))
        patch.setenv("CELLBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("CELLBENCH_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def forget_methods() -> Iterator[None]:
    """Forget methods that a test has installed, once its paths are gone."""
    before = methods()
    yield
    if methods() is not before:
        methods.cache_clear()


# `forget_methods` first: so it ends after `monkeypatch`.
@pytest.fixture(autouse=True)
def own_settings(forget_methods: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test settings, downloads and results of its own."""
    monkeypatch.setenv("CELLBENCH_CONFIG", str(tmp_path / "cellbench-config"))
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path / "cellbench-cache"))
    monkeypatch.setenv("CELLBENCH_DATA", str(tmp_path / "cellbench-data"))
    monkeypatch.delenv("CELLBENCH_MIRROR", raising=False)


@pytest.fixture
def shared_blocks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the blocks of shared memory that this process makes from now on."""
    made: list[str] = []

    class Watched(NDArray):  # type: ignore[misc]
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(self.shm.name)

    monkeypatch.setattr("napari_cellbench.engine.client.memory.NDArray", Watched)
    return made


@pytest.fixture
def nothing_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_blocks: list[str]
) -> Iterator[None]:
    """Fail if a thread, process, shared memory or temporary file is left after the test."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    left_overs = LeftOvers(shared_blocks)
    yield
    left_overs.check()


@pytest.fixture
def with_misbehaving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the ill-behaved method of `engine/misbehaving.py`, here and in worker processes."""
    package = tmp_path / "site" / "misbehaving-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: misbehaving\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(
        "[napari_cellbench.methods]\nmisbehaving = misbehaving:Misbehaving\n"
    )
    paths = [str(Path(__file__).with_name("engine")), str(package.parent)]
    # By the test's own monkeypatch: two would restore the path in the wrong order.
    for path in paths:
        monkeypatch.syspath_prepend(path)
    inherited = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [*paths, inherited])))
    methods.cache_clear()
