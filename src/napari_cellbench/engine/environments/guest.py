"""Start of a worker in another environment's interpreter, which runs this file as a script.

The other environment may have neither napari-cellbench nor Appose, and must not see the rest of
ours, whose compiled packages may be for another Python. So single packages are lent to it, with
the metadata by which their entry points are found. Only the standard library is imported here.

    python guest.py '{"first": [...], "last": [...]}'

First come loans that win over what is installed there, last those that fill gaps; each is
[module, file, folder or null, metadata].
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from importlib.metadata import DistributionFinder, PathDistribution
from pathlib import Path


class Lender(DistributionFinder):
    """Finds single packages of another environment.

    Parameters
    ----------
    loans
        Name of the module, its file, the folder of a package, and the folder of its metadata.
    """

    def __init__(self, loans: Sequence[tuple[str, str, str | None, str]]) -> None:
        self._files = {name: (file, folder) for name, file, folder, _ in loans}
        self._metadata = [Path(metadata) for *_, metadata in loans]

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find a module by its full name; Python finds those inside packages itself."""
        if name not in self._files:
            return None
        file, folder = self._files[name]
        folders = [folder] if folder else None
        return importlib.util.spec_from_file_location(
            name, file, submodule_search_locations=folders
        )

    def find_distributions(
        self,
        context: DistributionFinder.Context = DistributionFinder.Context(),  # noqa: B008
    ) -> Iterator[PathDistribution]:
        """Find the metadata of the lent packages, or of the one of a name."""
        for metadata in self._metadata:
            distribution = PathDistribution(metadata)
            if context.name is None or _same(context.name, distribution.metadata["Name"]):
                yield distribution


def _same(one: str, other: str) -> bool:
    """Compare names of distributions, in which - _ and . are alike."""
    return one.lower().replace("_", "-") == other.lower().replace("_", "-")


if __name__ == "__main__":
    offered = json.loads(sys.argv[1])
    sys.meta_path.insert(0, Lender(offered["first"]))
    sys.meta_path.append(Lender(offered["last"]))
    from napari_cellbench.engine.worker.boot import main

    main()
