"""What every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# Ten times as many random cases: pytest tests/scoring --hypothesis-profile=thorough
settings.register_profile("thorough", max_examples=1000)


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


@pytest.fixture(autouse=True, scope="session")
def _no_settings(tmp_path_factory) -> Iterator[None]:
    """Keep the user's settings out of the tests, and the tests' out of the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CELLBENCH_CONFIG", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test settings of its own."""
    monkeypatch.setenv("CELLBENCH_CONFIG", str(tmp_path / "cellbench-config"))
    monkeypatch.delenv("CELLBENCH_MIRROR", raising=False)
