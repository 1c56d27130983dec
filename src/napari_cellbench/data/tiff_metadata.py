"""What TIFF files say of pixel sizes and channels: OME, ImageJ, and the tags alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from .units import PixelSize

SMALLEST_PRINTED = 5.0
"""Micrometres: pixels from here on are a printer's or a scanner's resolution (5080 dpi).

Programs that know no size write 72, 96 or 300 dots an inch into the resolution tags.
"""

# Both of Unicode's letters mu are in use, and ImageJ writes one of them as an escape.
_MICROMETRES = {
    **dict.fromkeys(("micron", "microns", "micrometer", "micrometre", "um", "µm", "μm"), 1.0),
    "\\u00b5m": 1.0,
    "pm": 1e-6,
    "å": 1e-4,
    "nm": 1e-3,
    "mm": 1e3,
    "cm": 1e4,
    "m": 1e6,
    "inch": 25400.0,
    "in": 25400.0,
}
_TAG_UNITS = {2: 25400.0, 3: 1e4}
"""Inch and centimetre, as the tag ResolutionUnit numbers them."""


def pixel_size(
    tiff: Any, series: int, page: Any, name: str
) -> tuple[PixelSize | None, tuple[str, ...]]:
    """Return the pixel's size as the file states it, be it possible or not, and notes.

    Parameters
    ----------
    tiff
        tifffile's file.
    series, page
        Number of the image in it, and one of its pages.
    name
        Of the file, for notes.
    """
    try:
        return _stated_size(tiff, series, page), ()
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        return None, (f"The pixel size in {name} can't be read ({error}): it counts as unknown.",)


def channel_names(tiff: Any, series: int, count: int) -> tuple[str, ...]:
    """Return the names that the file gives to its channels; none unless one to each."""
    try:
        names = [str(name).strip() for name in _stated_names(tiff, series, count)]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return ()
    return tuple(names) if len(names) == count and any(names) else ()


def strange_files(ome: str | None, folder: Path) -> list[str]:
    """Return the names of files that OME metadata lead to and that a folder doesn't hold.

    Parameters
    ----------
    ome
        The metadata, if any. What names the file itself, maybe by its name of old, leads nowhere.
    folder
        Where the file lies.
    """
    if not ome:
        return []
    try:
        root = ElementTree.fromstring(ome)
    except ElementTree.ParseError:
        return []
    named = {
        name
        for one in root.iter()
        if (name := one.get("FileName")) and (one.text or "").strip() != root.get("UUID")
    }
    return sorted(n for n in named if Path(n).name != n or not (folder / n).is_file())


def _stated_size(tiff: Any, series: int, page: Any) -> PixelSize | None:
    if tiff.is_ome:
        pixels = _ome_pixels(tiff, series)
        x, y = (_ome_length(pixels, axis) for axis in "XY")
        if x is None and y is None:
            return None
        return PixelSize((x if y is None else y) or 0.0, (y if x is None else x) or 0.0)
    tags = [page.tags.get(f"{axis}Resolution") for axis in "YX"]
    if None in tags:
        return None
    # A resolution is pixels by units.
    y, x = (units / count if count else 0.0 for count, units in (tag.value for tag in tags))
    if tiff.is_imagej:
        unit = str((tiff.imagej_metadata or {}).get("unit", "")).lower()
        factor = _MICROMETRES.get(unit)
        return None if factor is None else PixelSize(y * factor, x * factor)
    factor = _TAG_UNITS.get(int(page.tags.valueof("ResolutionUnit", default=2)), 0.0)
    known = 0 < y * factor < SMALLEST_PRINTED and 0 < x * factor < SMALLEST_PRINTED
    return PixelSize(y * factor, x * factor) if known else None


def _stated_names(tiff: Any, series: int, count: int) -> list[Any]:
    if tiff.is_ome:
        found = _ome_pixels(tiff, series).get("Channel", [])
        channels = found if isinstance(found, list) else [found]
        return [channel.get("Name", "") for channel in channels]
    if tiff.is_imagej:
        labels = (tiff.imagej_metadata or {}).get("Labels", [])
        return [_slice_name(label) for label in labels]
    pages = [page for page in tiff.series[series].pages if page is not None]
    for metadata in tiff.shaped_metadata or ():
        for key in ("channel_names", "channels", "Channels", "Channel"):
            found = metadata.get(key)
            names = found.get("Name") if isinstance(found, dict) else found
            if isinstance(names, list) and len(names) == count:
                return names
    if tiff.is_qpi:
        found = [re.search(r"<(?:Biomarker|Name)>([^<]+)<", page.description) for page in pages]
        return [match[1] if match else "" for match in found]
    return [page.tags.valueof("PageName", default="") for page in pages]


def _ome_pixels(tiff: Any, series: int) -> Any:
    import tifffile

    images = tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]
    listed = images if isinstance(images, list) else [images]
    return listed[min(series, len(listed) - 1)]["Pixels"]


def _ome_length(pixels: Any, axis: str) -> float | None:
    """Return a side of the pixels in micrometres; None if it isn't stated in a known unit."""
    unit = _MICROMETRES.get(str(pixels.get(f"PhysicalSize{axis}Unit", "µm")).lower())
    stated = pixels.get(f"PhysicalSize{axis}")
    return None if stated is None or unit is None else float(stated) * unit


def _slice_name(label: str) -> str:
    """Return what a person called a slice: ``c:1/2 z:3/4 - DAPI`` is DAPI to ImageJ."""
    return re.sub(r"^(?:[czt]:\d+/\d+\s*)+(?:-\s*)?", "", str(label))
