"""ImageJ's regions of interest: a ``.roi`` file, or a zip of them (RoiSet)."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...files.inputs import open_input
from ...files.limits import check_size
from ..images import reading
from .base import ObjectFile
from .outlines import Outline, Outlines, Ring, known_shape

MOST_BYTES = 2**26
"""Of one region; ImageJ's own stay far below."""
CORNERS = 72
"""Of the polygon that an oval becomes."""
MOVE, LINE, CLOSE = 0, 1, 4
"""Operations of a composite region's path; curves are not read."""


def read(path: Path) -> ObjectFile:
    """Read all regions that have an area; points, lines and angles are told and left out.

    Raises
    ------
    InputError
        If it isn't such a file, or is damaged.
    """
    from roifile import ImagejRoi

    with reading(path), open_input(path) as file:
        data = file.read()
        record: Any = None
        if zipfile.is_zipfile(io.BytesIO(data)):
            members, record = _members(data, path.name)
        else:
            members = [data]
        regions = [ImagejRoi.frombytes(member) for member in members]
        outlines = [_outline(region) for region in regions]
    kept = [Outline(rings) for rings in outlines if rings]
    notes = []
    if len(kept) < len(outlines):
        notes.append(
            f"{path.name}: {len(outlines) - len(kept):,} of {len(outlines):,} regions have no area "
            "(points, lines) or curved outlines, and are left out."
        )
    planes = {(one.position, one.c_position, one.z_position, one.t_position) for one in regions}
    if len(planes) > 1:
        notes.append(
            f"{path.name} has regions of {len(planes)} planes of a stack: all are taken for one "
            "image."
        )
    return Outlines(path.stem, kept, known_shape(record), notes)


def _members(data: bytes, name: str) -> tuple[list[bytes], Any]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = [info for info in archive.infolist() if info.filename.lower().endswith(".roi")]
        for info in infos:
            if info.file_size > MOST_BYTES:
                raise InputError(f"{name}: {info.filename} is too large for a region.")
        total = sum(info.file_size for info in infos)
        check_size(total, name, len(data))
        try:
            record = json.loads(archive.comment.decode())
        except ValueError:
            record = None
        if not infos and known_shape(record) is None:
            raise InputError(f"{name} holds no ImageJ regions (.roi).")
        return [archive.read(info) for info in infos], record


def _outline(region: Any) -> tuple[Ring, ...]:
    from roifile import ROI_TYPE

    if region.multi_coordinates is not None and len(region.multi_coordinates):
        return _path(np.asarray(region.multi_coordinates, float))
    kind = region.roitype
    if kind in (ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED):
        vertices = region.coordinates()
        return (np.asarray(vertices, float).reshape(-1, 2),) if vertices is not None else ()
    left, top, right, bottom = region.left, region.top, region.right, region.bottom
    if kind == ROI_TYPE.RECT and right > left and bottom > top:
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        return (np.array(corners, float),)
    if kind == ROI_TYPE.OVAL and right > left and bottom > top:
        angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
        centre = np.array([left + right, top + bottom]) / 2
        half = np.array([right - left, bottom - top]) / 2
        return (centre + half * np.stack([np.cos(angle), np.sin(angle)], axis=1),)
    return ()


def _path(path: Any) -> tuple[Ring, ...]:
    """Read a composite region: operations and their vertices."""
    rings: list[list[tuple[float, float]]] = []
    at = 0
    while at < len(path):
        operation = int(path[at])
        if operation == CLOSE:
            at += 1
            continue
        if operation not in (MOVE, LINE) or at + 2 >= len(path):
            return ()
        if operation == MOVE or not rings:
            rings.append([])
        rings[-1].append((float(path[at + 1]), float(path[at + 2])))
        at += 3
    return tuple(np.array(ring) for ring in rings)
