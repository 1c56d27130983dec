"""Names of channels as microscopes and people write them."""

import pytest

from napari_cellbench.data.kind.names import role_by_name


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("DAPI", "nucleus"),
        ("Hoechst-33342", "nucleus"),
        ("H2B_mCherry", "nucleus"),
        ("E-cadherin", "whole_cell"),
        ("Na+/K+-ATPase", "whole_cell"),
        ("membrane", "whole_cell"),
        ("Phase", "phase"),
        ("BF", "phase"),
        ("TL DIC", "phase"),
        ("GFP", None),
        ("Channel 1", None),
        ("", None),
    ],
)
def test_role_by_name(name, role):
    assert role_by_name(name) == role
