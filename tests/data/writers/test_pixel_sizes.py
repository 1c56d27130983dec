"""No pixel size keeps a result from being written."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_cellbench.data.writers import TIFF, WRITERS, write_labels


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(size=st.none() | st.floats() | st.sampled_from([0, -1, 1e-12, 1e12, 10**400, 2**31]))
@pytest.mark.parametrize("ending", [*TIFF, *WRITERS])
def test_any_size(tmp_path, labels, ending, size):
    assert write_labels(tmp_path / f"a{ending}", labels, pixel_size=size).stat().st_size
