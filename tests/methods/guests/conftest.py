"""An engine whose workers run in other environments."""

from collections.abc import Iterator

import pytest

from napari_cellbench.engine import Engine


@pytest.fixture
def engine(nothing_left) -> Iterator[Engine]:
    """Return an engine; its processes end with the test."""
    with Engine() as engine:
        yield engine
