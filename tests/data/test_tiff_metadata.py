"""Tests of pixel sizes: what is stated, in which unit, and what is none."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_cellbench.data.images import read_image

PIXELS = np.zeros((4, 5), np.uint8)
quiet = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
sizes = st.floats(0.01, 100)
UNITS = {"nm": 1e-3, "µm": 1.0, "mm": 1e3, "cm": 1e4, "Å": 1e-4}


@quiet
@given(y=sizes, x=sizes, unit=st.sampled_from(list(UNITS)))
def test_ome(tmp_path, y, x, unit):
    factor = UNITS[unit]
    metadata = {"axes": "YX"}
    for axis, side in (("X", x), ("Y", y)):
        metadata |= {f"PhysicalSize{axis}": side / factor, f"PhysicalSize{axis}Unit": unit}
    tifffile.imwrite(tmp_path / "a.ome.tif", PIXELS, metadata=metadata)
    assert read_image(tmp_path / "a.ome.tif").pixel_size == pytest.approx((y, x))


@quiet
@given(y=sizes, x=sizes, unit=st.sampled_from(["um", "micron", "\\u00B5m", "nm", "mm", "inch"]))
def test_imagej(tmp_path, y, x, unit):
    factor = {"nm": 1e-3, "mm": 1e3, "inch": 25400}.get(unit, 1)
    options = {"resolution": (factor / x, factor / y), "metadata": {"unit": unit}}
    tifffile.imwrite(tmp_path / "a.tif", PIXELS, imagej=True, **options)
    assert read_image(tmp_path / "a.tif").pixel_size == pytest.approx((y, x), rel=1e-4)


@quiet
@given(y=st.floats(0.01, 4.9), x=st.floats(0.01, 4.9), unit=st.sampled_from(["CENTIMETER", "INCH"]))
def test_resolution_tags_alone(tmp_path, y, x, unit):
    length = {"CENTIMETER": 1e4, "INCH": 25400}[unit]
    options = {"resolution": (length / x, length / y), "resolutionunit": unit}
    tifffile.imwrite(tmp_path / "a.tif", PIXELS, **options)
    sample = read_image(tmp_path / "a.tif")
    assert sample.pixel_size == pytest.approx((y, x), rel=1e-4)
    assert not sample.notes


@pytest.mark.parametrize("dots", [1, 72, 96, 150, 300, 600, 1200, 2400, 4800])
@pytest.mark.parametrize("unit", ["INCH", "CENTIMETER", "NONE"])
def test_a_printers_resolution_is_no_pixel_size(tmp_path, dots, unit):
    dots = dots / 2.54 if unit == "CENTIMETER" else dots
    tifffile.imwrite(tmp_path / "a.tif", PIXELS, resolution=(dots, dots), resolutionunit=unit)
    sample = read_image(tmp_path / "a.tif")
    assert sample.pixel_size is None
    assert not sample.notes


def test_one_side_stands_for_both_and_unknown_units_for_none(tmp_path):
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, PIXELS, metadata={"axes": "YX", "PhysicalSizeX": 0.5})
    assert read_image(path).pixel_size == (0.5, 0.5)
    unknown = {"PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "pixel"}
    tifffile.imwrite(path, PIXELS, metadata={"axes": "YX", **unknown})
    assert read_image(path).pixel_size is None
    imagej = {"resolution": (2, 2), "metadata": {"unit": "pixel"}}
    tifffile.imwrite(tmp_path / "b.tif", PIXELS, imagej=True, **imagej)
    assert read_image(tmp_path / "b.tif").pixel_size is None


@pytest.mark.parametrize("size", [-0.5, 0.0, 1e-12, 1e12, float("nan"), float("inf")])
def test_nonsense_is_unknown_with_a_note(tmp_path, size):
    path = tmp_path / "a.ome.tif"
    metadata = {"axes": "YX", "PhysicalSizeX": size, "PhysicalSizeY": size}
    tifffile.imwrite(path, PIXELS, metadata=metadata)
    sample = read_image(path)
    assert sample.pixel_size is None
    assert f"a pixel can't be {size} µm wide; its size counts as unknown" in sample.notes[0]
    np.testing.assert_array_equal(sample.image[0], PIXELS)


def test_turned_pixels_have_their_sides_turned(tmp_path):
    tifffile.imwrite(
        tmp_path / "a.tif",
        PIXELS,
        resolution=(1e4, 2e4),
        resolutionunit="CENTIMETER",
        extratags=[(274, "H", 1, 6, True)],
    )
    assert read_image(tmp_path / "a.tif").pixel_size == (1.0, 0.5)
