"""The one engine that all widgets of this napari share."""

from __future__ import annotations

import atexit
from functools import cache

from ...engine import Engine


@cache
def shared_engine() -> Engine:
    """Return the engine; its worker process ends with napari."""
    engine = Engine()
    atexit.register(engine.close)
    return engine
