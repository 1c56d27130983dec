"""What several tests of data use."""

import pytest

from napari_cellbench.data.samples import demo_sample


@pytest.fixture(scope="module")
def nuclei():
    """A real image with its truth."""
    pytest.importorskip("stardist")
    return demo_sample()
