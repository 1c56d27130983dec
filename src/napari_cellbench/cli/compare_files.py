"""What `cellbench compare` writes: each file as soon as it can be, whatever becomes of others."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..files.outputs import check_outputs, check_room, export_text
from .failures import explain
from .terminal import warn

if TYPE_CHECKING:
    from ..compare import Status
    from ..compare.robustness import Robustness
    from ..compare.tabulate import Result, Row, Truth
    from ..data import Role, Sample
    from ..engine import Entry

LONGEST_NAME = 60
"""Of a label file, in letters."""
TABLES = ("table.csv", "table.md", "table.json", "preset.json", "report.html")


@dataclass(frozen=True, eq=False)
class Subject:
    """What is compared: the image and its truth, by which entries, under which names."""

    sample: Sample
    roles: tuple[Role, ...]
    name: str
    entries: tuple[Entry, ...]
    names: Sequence[str]
    truth: Truth | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was guessed or chosen while the image was read."""
        return self.sample.notes


@dataclass(eq=False)
class ResultFolder:
    """The output folder.

    Attributes
    ----------
    folder
        Made with the first file.
    subject
        What is compared.
    failures
        Why files are missing, in sentences.
    """

    folder: Path
    subject: Subject
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, inputs: Sequence[Path], *, robustness: bool, overwrite: bool) -> None:
        """Raise an `InputError` if the files can't or may not be written."""
        names = [self._labels(i) for i in range(len(self.subject.names))]
        names += [Path(name) for name in TABLES]
        if robustness:
            names.append(Path("robustness.csv"))
        check_outputs(self.folder, map(str, names), inputs=inputs, overwrite=overwrite)
        pixels = self.subject.sample.image[0].size
        check_room(self.folder / "labels", pixels * len(self.subject.names))

    def keep_labels(self, index: int, status: Status) -> None:
        """Write an entry's labels once there are some; told by the queue from several threads."""
        from ..data.writers import write_labels

        if status.outcome is None:
            return
        (found,) = status.outcome.planes
        self._write(
            self._labels(index),
            lambda path: write_labels(
                path,
                found.instances,
                provenance=found.provenance,
                pixel_size=self.subject.sample.pixel_size,
            ),
        )

    def write_tables(self, results: Sequence[Result]) -> str:
        """Write the tables and the preset; return the table for people, empty if it can't be."""
        from ..compare.preset import write_preset
        from ..compare.table import to_csv, to_json, to_markdown
        from ..compare.tabulate import rows

        of = self.subject
        size = of.sample.pixel_size
        about: dict[str, Any] = {
            "image": of.name,
            "shape": list(of.sample.image.shape),
            "roles": list(of.roles),
            "pixel_size_um": size.plain() if size else None,
            "truth": of.truth.name if of.truth else None,
            "notes": list(of.notes),
        }

        # In the files' turn, since scoring may fail as writing may.
        @cache
        def table() -> list[Row]:
            return rows(results, of.truth, size)

        @cache
        def markdown() -> str:
            return to_markdown(table())

        self._write(Path("table.csv"), lambda path: export_text(path, to_csv(table())))
        self._write(Path("table.json"), lambda path: export_text(path, to_json(table(), about)))
        self._write(Path("table.md"), lambda path: export_text(path, markdown()))
        self._write(Path("preset.json"), lambda path: write_preset(path, of.entries))
        with suppress(Exception):
            return markdown()
        return ""

    def write_robustness(self, measured: Robustness) -> None:
        """Write the figures on degraded images."""
        from ..compare.robustness import to_csv

        self._write(Path("robustness.csv"), lambda path: export_text(path, to_csv(measured)))

    def write_report(self, results: Sequence[Result], robustness: Robustness | None) -> None:
        """Write the page."""
        from ..compare.report import Contents, write_report
        from ..data.source import Source

        of = self.subject
        contents = Contents(
            image=of.name,
            source=Source.of(of.sample.image),
            roles=of.roles,
            results=results,
            truth=of.truth,
            pixel_size=of.sample.pixel_size,
            robustness=robustness,
            notes=of.notes,
        )
        self._write(Path("report.html"), lambda path: write_report(path, contents))

    def _labels(self, index: int) -> Path:
        return Path("labels", f"{index + 1:02d}_{_file_name(self.subject.names[index])}.tif")

    def _write(self, name: Path, write: Callable[[Path], Any]) -> None:
        """Write one file; what fails is told at once, and the others are not kept back."""
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path)
        except Exception as error:
            said = f"{name.as_posix()} is missing: {explain(error, ())[0]}"
            with self.lock:
                self.failures.append(said)
            warn(f"cellbench: {said}")


def _file_name(title: str) -> str:
    name = re.sub(r"[^\w.-]+", "_", title).strip("._")[:LONGEST_NAME] or "labels"
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return name.encode("ascii", "replace").decode().replace("?", "_")
    return name
