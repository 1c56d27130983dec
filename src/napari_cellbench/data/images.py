"""Plain image files: pixels as (C, Y, X), and what can be told of the channels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CellbenchError, InputError
from ..files.outputs import remember_input
from .instances import Labels, as_labels
from .sample import RGB, Role, Sample
from .statistics import ExactStatistics
from .units import PixelSize, known_pixel_size

TIFF_SUFFIXES = (".tif", ".tiff")
IMAGE_SUFFIXES = (*TIFF_SUFFIXES, ".png", ".bmp", ".jpg", ".jpeg")
MOST_CHANNELS = 16
"""An unnamed axis longer than this is taken for planes or frames, not for channels."""

TRANSMITTED = 0.25
"""Where the median of transmitted light begins, between the darkest and the brightest pixel.

Of the fluorescence images of the 2018 Data Science Bowl none is above 0.13; of Usiigaci's
phase-contrast images none is below 0.36.
"""

# Both of Unicode's letters mu are in use, and ImageJ writes one of them as an escape.
_MICROMETRES = {"micron", "microns", "um", "µm", "μm", "\\u00b5m"}
_TO_MICROMETRES = {"nm": 1e-3, "µm": 1.0, "μm": 1.0, "mm": 1e3}


def read_image(path: Path) -> Sample:
    """Read one 2-D image, its channels and its pixel size.

    Roles are a guess that the caller may know better than: one channel is ``phase`` where the
    background is bright and ``nucleus`` where it is dark, two or three channels are ``nucleus``,
    ``whole_cell`` and ``other``, more are ``other``. Colour images are red, green and blue; alpha
    is dropped.

    Parameters
    ----------
    path
        TIFF, PNG, BMP or JPEG.

    Returns
    -------
    Sample
        Without truth, named after the file, of the file's dtype in native byte order.

    Raises
    ------
    InputError
        If the file is damaged, unreadable, empty, or has planes or frames.
    """
    remember_input(path)
    with reading(path):
        if path.suffix.lower() in TIFF_SUFFIXES:
            pixels, colour, pixel_size = _read_tiff(path)
        else:
            pixels = read_pixels(path)
            axis, colour = _channel_axis(pixels.shape, _axes(pixels.shape), path.name)
            pixels, pixel_size = _move_channels(pixels, axis, colour), None
    if pixels.dtype.kind not in "biuf":
        raise InputError(
            f"{path.name} has {pixels.dtype} pixels; whole or real numbers are needed."
        )
    if not pixels.size:
        raise InputError(f"{path.name} is empty: {pixels.shape[1]} x {pixels.shape[2]} pixels.")
    pixels = native(pixels)
    roles = RGB if colour else guess_roles(pixels)
    return Sample(path.stem, pixels, roles, pixel_size=pixel_size)


def read_labels(path: Path) -> Labels:
    """Read a label image, (Y, X) int32.

    Raises
    ------
    InputError
        If the file is damaged or isn't a label image.
    """
    remember_input(path, labels=True)
    with reading(path):
        if path.suffix.lower() in TIFF_SUFFIXES:
            import tifffile

            pixels = tifffile.imread(path)
        else:
            pixels = read_pixels(path)
        try:
            return as_labels(np.asarray(pixels))
        except InputError as error:
            raise InputError(f"{path.name}: {error}") from None


def read_pixels(path: Path) -> NDArray[Any]:
    """Read a PNG, BMP or JPEG: (Y, X), or (Y, X, S) with colours and their alpha last."""
    import imageio.v3 as iio

    # Named, since imageio would try all its plugins on a damaged file.
    pixels = np.asarray(iio.imread(path, plugin="pillow"))
    return pixels[..., 0] if pixels.shape[2:] == (2,) else pixels


def image_shape(path: Path) -> tuple[int, int, int]:
    """Return the (C, Y, X) of `read_image` from the header alone."""
    with reading(path):
        if path.suffix.lower() in TIFF_SUFFIXES:
            import tifffile

            with tifffile.TiffFile(path) as tiff:
                shape, axes = tiff.series[0].shape, tiff.series[0].axes
        else:
            import imageio.v3 as iio

            shape = iio.improps(path, plugin="pillow").shape
            shape = shape[:2] if shape[2:] == (2,) else shape
            axes = _axes(shape)
        axis, colour = _channel_axis(shape, axes, path.name)
    sides = [length for i, length in enumerate(shape) if i != axis]
    return (3 if colour else 1 if axis is None else shape[axis]), sides[0], sides[1]


def thinned(image: NDArray[Any]) -> NDArray[Any]:
    """Return every k-th row and column of a (C, Y, X) image: at most a million pixels or so."""
    step = max(1, int(np.sqrt(image[0].size / 2**20)))
    return image[:, ::step, ::step]


def native(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array in this machine's byte order; booleans become uint8."""
    dtype = np.dtype(np.uint8) if array.dtype.kind == "b" else array.dtype.newbyteorder("=")
    return array.astype(dtype, copy=False)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong in the block into an `InputError` that names the file."""
    try:
        yield
    except CellbenchError:
        raise
    except PermissionError as error:
        raise InputError(f"No permission to read {path}.") from error
    except FileNotFoundError as error:
        raise InputError(f"There is no file or folder {path}.") from error
    except MemoryError as error:
        raise InputError(f"{path.name} doesn't fit into memory.") from error
    except Exception as error:
        # Decoders of damaged files raise anything: struct.error, zlib.error, SyntaxError, ...
        reason = str(error) or type(error).__name__
        raise InputError(
            f"{path.name} can't be read: {reason}. Is the file complete, and of that format?"
        ) from error


def _read_tiff(path: Path) -> tuple[NDArray[Any], bool, PixelSize | None]:
    import tifffile

    with tifffile.TiffFile(path) as tiff:
        series = tiff.series[0]
        axis, colour = _channel_axis(series.shape, series.axes, path.name)
        pixels = series.asarray()
        pixel_size = _pixel_size(tiff)
    return _move_channels(pixels, axis, colour), colour, pixel_size


def _axes(shape: tuple[int, ...]) -> str:
    """Name the axes of what imageio reads: colours last."""
    return {2: "YX", 3: "YXS"}.get(len(shape), "?" * len(shape))


def _move_channels(pixels: NDArray[Any], axis: int | None, colour: bool) -> NDArray[Any]:
    if axis is None:
        return pixels[None]
    moved = np.moveaxis(pixels, axis, 0)
    # The fourth colour is alpha.
    return moved[:3] if colour else moved


def _channel_axis(shape: tuple[int, ...], axes: str, name: str) -> tuple[int | None, bool]:
    """Find the channel axis (None: one channel), and whether the channels are colours."""
    if len(shape) == 2:
        return None, False
    if len(shape) == 3:
        if axes[2] == "S" and shape[2] in (3, 4):
            return 2, True
        # tifffile calls any (3, Y, X) array planar RGB, so planes of samples are channels here.
        for axis in (0, 2):
            named = axes[axis] in "CS"
            if named or (axes[axis] in "QI" and shape[axis] <= MOST_CHANNELS):
                return axis, False
    raise InputError(
        f"{name} has the shape {shape}, with axes {axes}: one 2-D image is needed. Open stacks and "
        "time series in napari, which shows them plane by plane."
    )


def guess_roles(pixels: NDArray[Any]) -> tuple[Role, ...]:
    """Guess what the channels of a (C, Y, X) image show, as `read_image` says."""
    if len(pixels) == 1:
        statistics = ExactStatistics(thinned(pixels))
        low, median, high = (statistics.percentile(q) for q in (0.1, 50, 99.9))
        return ("phase",) if median - low > TRANSMITTED * (high - low) else ("nucleus",)
    if len(pixels) == 2:
        return ("nucleus", "whole_cell")
    if len(pixels) == 3:
        return ("nucleus", "whole_cell", "other")
    return tuple("other" for _ in pixels)


def _pixel_size(tiff: Any) -> PixelSize | None:
    """Return the pixel's size from OME or ImageJ metadata."""
    import tifffile

    if tiff.ome_metadata:
        image = tifffile.xml2dict(tiff.ome_metadata)["OME"]["Image"]
        pixels = (image[0] if isinstance(image, list) else image)["Pixels"]
        x, y = (
            float(pixels.get(f"PhysicalSize{axis}", 0))
            * _TO_MICROMETRES.get(str(pixels.get(f"PhysicalSize{axis}Unit", "µm")), 0)
            for axis in "XY"
        )
        return known_pixel_size((y or x, x or y))
    if tiff.imagej_metadata:
        tags = tiff.pages[0].tags
        resolutions = [tags[f"{axis}Resolution"].value for axis in "YX"]
        known = str(tiff.imagej_metadata.get("unit", "")).lower() in _MICROMETRES
        if known and all(per_pixel for per_pixel, _ in resolutions):
            y, x = (units / per_pixel for per_pixel, units in resolutions)
            return known_pixel_size((y, x))
    return None
