"""Loads the first winner's networks: of torch, of Keras, of this package, one or a folder."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from torch import Tensor

from ....checkpoints.content import HDF5
from ....errors import CheckpointError
from ...deepcell.checkpoint import Content, head_of, read_own
from ...deepcell.keras import state_of
from ...deepcell.settings import InputSettings
from ...shared.filling import built
from ...shared.keras_files import read_keras
from ...shared.weights import read_state_dict
from ..inputs import checked, original_settings
from . import FirstPlace
from .features import COUNT
from .members import Answers, Member, Network, answers_of, network_for
from .trees import Forest

WINDOW = 512
"""Side in pixels of what is segmented at once with the winners' own files."""
SUFFIXES = (".h5", ".hdf5", ".pth", ".pt", ".safetensors")
MOST = 64
"""Networks of an ensemble; the winners had 32."""


def load_checkpoint(path: Path) -> tuple[list[Member], InputSettings, Forest | None]:
    """Load networks on the CPU, in float32.

    Parameters
    ----------
    path
        A file, or a folder of several. The content decides of which kind each is.

    Returns
    -------
    members, settings, forest
        The trees are those of the only file; an ensemble has none.

    Raises
    ------
    CheckpointError
        If there is none, or one is damaged, of another network or a program.
    """
    if not path.is_dir():
        member, settings, forest = _one(path)
        return [member], settings, forest
    try:
        files = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
    except OSError as error:
        raise CheckpointError(f"{path.name} can't be read: {error.strerror or error}") from error
    if not 1 <= len(files) <= MOST:
        raise CheckpointError(
            f"{path.name} holds {len(files)} networks: 1 to {MOST} files ({', '.join(SUFFIXES)}) "
            "are expected."
        )
    loaded = [_one(file) for file in files]
    if len({settings for _, settings, _ in loaded}) > 1:
        raise CheckpointError(
            f"The networks in {path.name} take images that are prepared in different ways: put "
            "those together that are alike."
        )
    return (
        [member for member, *_ in loaded],
        loaded[0][1],
        loaded[0][2] if len(files) == 1 else None,
    )


def read(path: Path) -> Content:
    """Read the weights of one file by their names in our networks."""
    head = head_of(path)
    if head.startswith(HDF5):
        return Content(state_of(read_keras(path)))
    if head[8:9] == b"{":
        content = read_own(path, FirstPlace.key, FirstPlace.title)
        return Content(content.state, checked(content.settings), content.metadata)
    state, _ = read_state_dict(path)
    return Content({name: weight.float() for name, weight in state.items()})


def member_with(network: Network, content: Content, path: Path) -> Member:
    """Return a network with the meaning of its answers, by what its file says, or its name."""
    told = content.metadata.get("answers")
    if told is not None:
        return Member(network, _answers(told, content.state))
    names = f"{path.parent.name}/{path.name}".lower()
    return Member(network, answers_of(network, is_sigmoid="sigm" in names))


def told_answers(answers: Answers) -> str:
    """Return the text to keep in a checkpoint."""
    return json.dumps(asdict(answers))


def forest_of(content: Content) -> Forest | None:
    """Return the trees of a file; None where it has none."""
    told = content.metadata.get("trees")
    return None if told is None else Forest.from_json(told, COUNT)


def _one(path: Path) -> tuple[Member, InputSettings, Forest | None]:
    content = read(path)
    network = built(lambda: network_for(content.state), content.state, path)
    member = member_with(network, content, path)
    return member, content.settings or original_settings(WINDOW), forest_of(content)


def _answers(told: str, state: dict[str, Tensor]) -> Answers:
    """Read the meaning of answers."""
    try:
        values = json.loads(told)
        answers = Answers(**values)
        classes = len(next(w for n, w in state.items() if n.startswith(("final.", "mask"))))
        places, kinds = (answers.body, answers.border), (answers.is_softmax, answers.is_full)
        are_places = {type(place) for place in places} == {int}
        are_kinds = {type(kind) for kind in kinds} == {bool}
        if are_places and are_kinds and 0 <= min(places) < max(places) < classes:
            return answers
    except (TypeError, ValueError, RecursionError, StopIteration):
        pass
    raise CheckpointError("The checkpoint's answers are damaged.")
