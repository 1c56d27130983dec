"""The documentation's method in an environment of its own, with other environments."""

import sys
from pathlib import Path

from napari_cellbench.methods import Environment

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"

sys.path.append(str(EXAMPLES))

from guest_method import Stripes  # noqa: E402


def stripes(*packages: str, pins: Path | None = None, requires=("stripes_framework",), **more):
    """Return the method with another environment."""
    environment = Environment(packages, pins, **{"pythons": (HERE,), **more})
    kind = type("Other", (Stripes,), {"environment": environment, "requires": requires})
    return kind()
