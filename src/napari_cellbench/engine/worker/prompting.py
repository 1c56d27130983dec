"""What the worker does while a person points at cells: it looks at views, and answers prompts."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...checkpoints import sha256_of
from ...data import Role
from ...data.statistics import Quantiles
from ...errors import Cancelled, InputError
from ...methods.registry import get_method
from ...methods.shared.device import resolve
from ...prompting.expectation import Expectation
from ...prompting.prompts import Candidate, Prompt
from ...prompting.views import View
from .arrays import take


class _Session:
    """The loaded network; None before `open_session`."""

    key: tuple[str, str, str] | None = None
    session: Any = None


def open_session(task: Any, method: str, checkpoint: str, device: str) -> dict[str, Any]:
    """Load a network, unless it is the one that is loaded."""
    path = Path(checkpoint)
    digest = sha256_of(path)
    device = resolve(device)
    key = (method, digest, device)
    if _Session.key != key:
        _Session.key, _Session.session = None, None
        chosen = get_method(method)
        opens = getattr(chosen, "open_session", None)
        if opens is None:
            raise InputError(f"{chosen.title} can't be asked about single cells.")
        _Session.session = opens(path, device, digest)
        _Session.key = key
    return {"device": device, "sha256": digest}


def look(
    task: Any,
    image: Any,
    shape: list[int],
    place: list[int],
    image_shape: list[int],
    roles: list[Role],
    quantiles: list[list[float]],
    folder: str,
) -> dict[str, Any]:
    """Embed a view; return the key to ask about it."""
    pixels = take(image, shape)
    key = _Session.session.look(
        pixels,
        View(*place),
        tuple(image_shape),
        tuple(roles),
        Quantiles(np.array(quantiles)),
        Path(folder) if folder else None,
        partial(_stop_if_asked, task),
    )
    return {"key": key}


def survey(task: Any, key: str, row: int) -> dict[str, Any]:
    """Look for the usual size of a cell along a row of a view."""
    try:
        found, is_last = _Session.session.survey(key, row, partial(_stop_if_asked, task))
    except LookupError:
        return {"forgotten": True}
    return {"expectation": _told(found), "is_last": is_last}


def ask(
    task: Any,
    key: str,
    points: list[list[float]],
    positive: list[bool],
    box: list[float] | None,
    labels: Any,
    shape: list[int],
    own: int,
    expectation: list[Any] | None,
    corrects: str | None,
    quick: bool,
) -> dict[str, Any]:
    """Answer a prompt; masks come as packed bits."""
    at = np.array(points, np.float64).reshape(-1, 2)
    prompt = Prompt(at, np.array(positive, bool), None if box is None else tuple(box))  # type: ignore[arg-type]
    usual = None if expectation is None else Expectation(*expectation)
    there = None if labels is None else take(labels, shape)
    try:
        found, names = _Session.session.ask(key, prompt, there, own, usual, corrects, quick)
    except LookupError:
        return {"forgotten": True}
    answers = zip(found.found, found.scores, names, strict=True)
    return {"answers": [_packed(one, score, name) for one, score, name in answers]}


def _stop_if_asked(task: Any) -> None:
    if task.cancel_requested:
        raise Cancelled("Stopped.")


def _packed(found: Candidate, score: float, name: str) -> dict[str, Any]:
    return {
        "offset": [int(at) for at in found.offset],
        "shape": list(found.mask.shape),
        "bits": base64.b64encode(np.packbits(found.mask).tobytes()).decode(),
        "iou": found.iou,
        "score": score,
        "name": name,
    }


def _told(found: Expectation | None) -> list[Any] | None:
    return None if found is None else [found.log_area, found.spread, found.source]


ACTIONS: dict[str, Callable[..., dict[str, Any]]]
ACTIONS = {"open": open_session, "look": look, "survey": survey, "ask": ask}
