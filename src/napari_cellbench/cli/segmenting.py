"""One image of `cellbench predict`: what is asked for, the run, and what is told of it."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .input import with_given_roles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..checkpoints import Checkpoint
    from ..data import Instances, Sample
    from ..data.readers import Dataset
    from ..data.units import PixelSize
    from ..data.writers.ome_zarr import Planes
    from ..data.writers.tiff import LeadingAxis
    from ..engine import Engine, Request
    from ..engine.job import Progress
    from ..methods.base import Method


@dataclass(frozen=True, eq=False)
class Found:
    """What was found in an image.

    Attributes
    ----------
    objects
        Of the plane; or the labels of a stack, each plane numbered by itself. None where the planes
        were written one by one.
    record
        Provenance, with the numbers of all planes together.
    pixel_size, axes
        Of the image, where known.
    """

    objects: Instances | NDArray[np.int32] | None
    record: dict[str, Any]
    pixel_size: PixelSize | None
    axes: Sequence[LeadingAxis] = ()

    def about(self) -> dict[str, Any]:
        """Return what ``--json`` prints of it."""
        record = self.record
        return {
            "method": record["method"],
            "checkpoint": record["checkpoint"],
            "objects": record["n_objects"],
            "seconds": record["seconds"],
            "roles": record["roles"],
            **({"kind": record["kind"]} if "kind" in record else {}),
            "notes": record["notes"],
        }


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane of an image, and what runs on it."""

    sample: Sample
    request: Request


@dataclass(frozen=True, eq=False)
class Asked:
    """What the person asked for, checked as far as no image is needed.

    Attributes
    ----------
    parameters
        Values by name, as texts.
    method, checkpoint
        What is asked for by name; None for what follows from the image.
    python
        Interpreter to run in; None for the method's own.
    """

    args: argparse.Namespace
    parameters: Mapping[str, str]
    method: Method[Any] | None
    checkpoint: Checkpoint | None
    python: Path | None

    @classmethod
    def of(cls, args: argparse.Namespace) -> Asked:
        """Take the arguments.

        Raises
        ------
        InputError, CheckpointError
            If there is no such method, checkpoint or parameter, or a value is wrong.
        """
        from ..engine.choice import check_names
        from ..engine.environments import interpreter

        parameters = parameters_of(args.param)
        method, checkpoint = check_names(args.method, args.checkpoint, parameters)
        python = interpreter(args.python) if args.python else None
        return cls(args, parameters, method, checkpoint, python)

    def plane(self, images: Dataset, index: int, name: str) -> Plane:
        """Read a plane, with the roles that were given, and choose what runs on it.

        Parameters
        ----------
        images, index
            The planes, and which of them.
        name
            Of the image, for the record.
        """
        from ..engine.choice import request_for

        args, key = self.args, self.method.key if self.method else None
        sample = dataclasses.replace(with_given_roles(args, images[index]), name=name)
        request = request_for(
            sample, key, args.checkpoint, self.parameters, args.device, self.python
        )
        return Plane(sample, request)

    def segment(
        self,
        engine: Engine,
        images: Dataset,
        first: Plane,
        progress: Callable[[Progress], None],
        planes: Planes | None = None,
    ) -> Found:
        """Segment an image plane by plane.

        Parameters
        ----------
        engine
            Where to run.
        images, first
            The planes, and the first of them, which was read already.
        progress
            Called with how far the image is.
        planes
            Takes each plane as soon as it is done; without, all are kept.
        """
        from ..engine import segment
        from ..engine.job import Progress

        total, records, kept = len(images), [], []
        for i in range(total):
            plane = first if not i else self.plane(images, i, first.sample.name)

            def report(of_plane: Progress, i: int = i) -> None:
                which = f"plane {i + 1} of {total}: " if total > 1 else ""
                progress(Progress((i + of_plane.fraction) / total, which + of_plane.message))

            found = segment(engine, plane.request, report)
            records.append(found.provenance)
            if planes is not None:
                planes.add(i, plane.sample, found.instances)
            else:
                kept.append(found.instances)
        record = dict(records[0])
        if not getattr(images, "leading", ()):
            return Found(kept[0] if kept else None, record, first.sample.pixel_size)
        record |= {
            "planes": total,
            "linked": False,
            "n_objects": sum(one["n_objects"] for one in records),
            "seconds": round(sum(one["seconds"] for one in records), 3),
            "notes": list(dict.fromkeys(note for one in records for note in one["notes"])),
        }
        stack = _stacked(images, kept) if kept else None
        return Found(stack, record, first.sample.pixel_size, images.axes)  # type: ignore[attr-defined]


def _stacked(images: Any, found: Sequence[Instances]) -> NDArray[np.int32]:
    import numpy as np

    planes = [one.to_labels() for one in found]
    labels: NDArray[np.int32] = np.stack(planes).reshape(*images.leading, *planes[0].shape)
    return labels


def parameters_of(pairs: Sequence[str]) -> dict[str, str]:
    """Return the values of ``--param NAME=VALUE`` by name.

    Raises
    ------
    InputError
        If one isn't written so.
    """
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"Write --param NAME=VALUE, not {pair!r}.")
        values[name] = value
    return values
