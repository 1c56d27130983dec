"""What stays in the worker process while a person points at cells."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ...data import Role
from ...data.statistics import Statistics
from ...prompting.expectation import Expectation, from_candidates
from ...prompting.prompts import Candidate, Candidates, Prompt
from ...prompting.views import View
from .cache import EmbeddingCache
from .clicking import SURVEY, answer, found_along, scene_of
from .embedding import FORMAT, Embedding
from .inputs import to_photograph
from .prompter import Prompter

REMEMBERED = 64
"""Candidates that can still be corrected."""


class PromptSession:
    """A network with the views that it has seen, and its last answers.

    Parameters
    ----------
    prompter
        With its network.
    digest
        Of the checkpoint's file: embeddings are of one checkpoint.
    """

    def __init__(self, prompter: Prompter, digest: str) -> None:
        self._prompter, self._digest = prompter, digest
        self._embeddings = EmbeddingCache()
        self._rows: dict[str, dict[int, list[Candidate]]] = {}
        self._guesses: dict[str, Expectation | None] = {}
        self._answers: OrderedDict[str, Candidate] = OrderedDict()
        self._serial = 0

    def look(
        self,
        pixels: NDArray[Any],
        view: View,
        image_shape: tuple[int, int],
        roles: Sequence[Role],
        statistics: Statistics,
        folder: Path | None = None,
        pause: Callable[[], None] | None = None,
    ) -> str:
        """Embed a view, or find it among those that were; return the key to ask about it.

        Parameters
        ----------
        pixels : (C, height, width) array
            Of the view.
        view, image_shape
            Where it lies.
        roles
            What each channel shows.
        statistics
            Percentiles of the whole image.
        folder
            Where embeddings are kept for another day; None for nowhere.
        pause
            Called now and then meanwhile; may raise to stop.
        """
        photograph = to_photograph(pixels, roles, statistics)
        content = hashlib.sha256(repr((FORMAT, self._digest, view, image_shape)).encode())
        content.update(photograph.data)
        key = content.hexdigest()[:32]
        if self._embeddings.get(key, folder) is None:
            made = self._prompter.embed_photograph(photograph, view, image_shape, pause)
            self._embeddings.put(key, made, folder)
        return key

    def survey(
        self, key: str, row: int, pause: Callable[[], None] | None = None
    ) -> tuple[Expectation | None, bool]:
        """Look for the usual size of a cell along one of the rows of a lattice of points.

        Parameters
        ----------
        key
            Of a view that is typical of the image.
        row
            They are to be asked for in order, from 0 on.
        pause
            Called now and then. A row whose answer was lost can be asked for again.

        Returns
        -------
        Expectation or None
            What the rows so far tell.
        bool
            Whether this was the last row.
        """
        embedding = self._embedding(key)
        if row == 0:
            self._guesses.pop(key, None)
            self._rows[key] = {}
        elif key in self._guesses:
            # Who asked didn't wait for the last row's answer.
            return self._guesses[key], True
        rows, view = self._rows.setdefault(key, {}), embedding.view
        rows[row] = found_along(self._prompter, embedding, row, pause=pause)
        found = [one for along in rows.values() for one in along]
        guess = from_candidates(found, view.height * view.width)
        is_last = row + 1 >= SURVEY
        if is_last:
            self._guesses[key] = guess
            del self._rows[key]
        return guess, is_last

    def ask(
        self,
        key: str,
        prompt: Prompt,
        labels: NDArray[Any] | None = None,
        own: int = 0,
        expectation: Expectation | None = None,
        corrects: str | None = None,
        quick: bool = False,
    ) -> tuple[Candidates, tuple[str, ...]]:
        """Return what a prompt may mean, and a name for each by which it can be corrected.

        Parameters
        ----------
        key
            Of a view that holds the prompt.
        prompt
            What is pointed at; where it corrects an answer, with the points of that.
        labels : (height, width) integer
            The cells that are there, of the view.
        own
            Label of the cell that is being corrected.
        expectation
            The usual size of a cell.
        corrects
            Name of the candidate that is corrected.
        quick
            See `answer`.
        """
        embedding = self._embedding(key)
        if corrects is not None:
            if corrects not in self._answers:
                raise LookupError(f"no candidate {corrects}")
            prompt = replace(prompt, logits=self._answers[corrects].logits)
        scene = scene_of(embedding, expectation, labels, own)
        found = answer(self._prompter, embedding, prompt, scene, quick=quick)
        names = tuple(map(self._remember, found.found))
        return found, names

    def _embedding(self, key: str) -> Embedding:
        found = self._embeddings.get(key)
        if found is None:
            raise LookupError(f"no embedding {key}")
        return found

    def _remember(self, candidate: Candidate) -> str:
        self._serial += 1
        name = str(self._serial)
        self._answers[name] = candidate
        while len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
        return name
