"""Labels go to the disk, whatever keeps them from the file that was asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..files.outputs import check_output
from .failures import explain

if TYPE_CHECKING:
    from .segmenting import Found


def save_labels(
    path: Path,
    found: Found,
    *,
    inputs: Sequence[Path | str] = (),
    overwrite: bool = False,
) -> None:
    """Write what was found; where that fails, as TIFF beside it or in the temporary folder.

    Parameters
    ----------
    path
        File to create.
    found
        What to write.
    inputs, overwrite
        See `napari_cellbench.files.outputs.check_output`: files come and go during a long run.

    Raises
    ------
    InputError
        If the file couldn't be written; the message says where the labels are.
    """
    from ..data.writers import write_labels

    def write(file: Path) -> None:
        write_labels(
            file,
            found.objects,
            provenance=found.record,
            pixel_size=found.pixel_size,
            axes=found.axes,
        )

    try:
        check_output(path, inputs=inputs, overwrite=overwrite)
        write(path)
    except Exception as error:
        said, _ = explain(error, ())
        where = "The labels could not be written elsewhere either."
        for folder in (path.parent, None):
            with suppress(Exception):
                file = _free_name(folder or Path(tempfile.mkdtemp(prefix="cellbench-")), path.stem)
                write(file)
                where = f"The labels are in {file}."
                break
        raise InputError(f"{said} {where}") from error


def _free_name(folder: Path, stem: str) -> Path:
    number = 2
    file = folder / f"{stem}.tif"
    while file.exists():
        file = folder / f"{stem}_{number}.tif"
        number += 1
    return file
