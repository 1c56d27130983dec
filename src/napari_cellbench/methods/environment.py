"""What the environment of a method is made of that can't run in napari's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Environment:
    """Packages that a method runs with, in an environment of its own.

    Attributes
    ----------
    packages
        What to install, each with its version: "cellpose==3.1.1.3". What every worker needs
        (numpy, pycocotools) comes by itself.
    pins
        File with the versions of all that these packages need in turn, a line a package, so that
        each environment is like the one that was tested; None to take the newest.
    pythons
        Versions of Python that all of it runs on, such as "3.12".
    download, size
        Bytes that are fetched at most, and that it takes on the disk, about.
    by_hand
        Commands that make it where no registry has a package; empty where `packages` are enough.
    because
        Why it has to be made by hand, in a sentence.
    """

    packages: tuple[str, ...]
    pins: Path | None = None
    pythons: tuple[str, ...] = ("3.11", "3.12", "3.13")
    download: int = 0
    size: int = 0
    by_hand: tuple[str, ...] = ()
    because: str = ""

    def how_to_make(self, key: str) -> str:
        """Return the command that makes it for a method, or those for doing it by hand."""
        if self.by_hand:
            return " && ".join(self.by_hand)
        return f"cellbench environments create {key}"

    def pinned(self) -> tuple[str, ...]:
        """Return the lines of `pins`.

        Raises
        ------
        OSError
            If the file can't be read.
        """
        if self.pins is None:
            return ()
        lines = self.pins.read_text("utf-8").splitlines()
        return tuple(line for line in lines if line and not line.startswith("#"))
