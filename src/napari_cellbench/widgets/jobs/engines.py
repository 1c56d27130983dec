"""The engines that all widgets of this napari share."""

from __future__ import annotations

import atexit
from functools import cache
from weakref import WeakSet

from ...engine import Engine
from ...engine.client.prompting import PromptEngine

_PROMPTING: WeakSet[PromptEngine] = WeakSet()


@cache
def shared_engine() -> Engine:
    """Return the engine that segments; its worker process ends with napari."""
    engine = Engine()
    atexit.register(engine.close)
    return engine


def new_prompt_engine() -> PromptEngine:
    """Return an engine to ask about places of an image; `release_memory` counts it in."""
    engine = PromptEngine()
    _PROMPTING.add(engine)
    return engine


def release_memory() -> None:
    """End the worker processes of all these engines: their memory is free after this."""
    shared_engine().release()
    for engine in tuple(_PROMPTING):
        engine.release()


def holds_memory() -> bool:
    """Tell whether any of them has a worker process."""
    return shared_engine().pid is not None or any(one.pid is not None for one in _PROMPTING)
