"""Versions of the packages that take part in a run, here or in another environment.

Another environment's interpreter runs this file as a script, to tell the versions that it has; so
only the standard library is imported here.

    python versions.py MODULE ...
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

PACKAGES = {"cv2": "opencv-python-headless", "skimage": "scikit-image"}
"""Packages that are not named like their module."""


def installed(modules: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return, by module, name and version of the distribution that it comes from.

    Modules of no distribution are left out.
    """
    found = {module: _distribution(module) for module in modules}
    return {module: known for module, known in found.items() if known}


def _distribution(module: str) -> tuple[str, str] | None:
    def names() -> Iterable[str]:
        yield module
        yield PACKAGES.get(module, module)
        yield from _distributions().get(module, ())

    for name in names():
        try:
            metadata = distribution(name).metadata
        except PackageNotFoundError:
            continue
        return metadata["Name"], metadata["Version"]
    return None


@cache
def _distributions() -> Mapping[str, list[str]]:
    """List distributions by module: slow, since it reads the lists of all installed files."""
    return packages_distributions()


def python_version() -> str:
    """Return the version of the running Python, such as "3.12.4"."""
    return sys.version.split()[0]


if __name__ == "__main__":
    json.dump({"python": python_version(), "modules": installed(sys.argv[1:])}, sys.stdout)
