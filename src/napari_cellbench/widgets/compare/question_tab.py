"""A tab that asks something about the compared layers, whenever they change."""

from __future__ import annotations

from functools import partial
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget

from ..jobs.latest import LatestJob
from ..notify import complain
from .planes import Planes, Seen
from .results import Results


class QuestionTab(QWidget):
    """Shows the answer to a question about what the viewer shows, found beside the window.

    Subclasses say what to ask and what to do with the answer.

    Parameters
    ----------
    viewer
        napari's viewer.
    results
        What is compared.
    form
        The tab's parts; it has `Pages`, and a label ``note``.
    work
        Has a method ``answer(question, report)``, which reports an object with that ``question``.

    Attributes
    ----------
    answer
        The last one; None where there is nothing to ask.
    """

    def __init__(self, viewer: Any, results: Results, form: Any, work: Any) -> None:
        super().__init__()
        self._viewer, self.form, self._work = viewer, form, work
        self.job = LatestJob()
        self._planes = Planes(viewer, results, self)
        self._asked: Any | None = None
        self.answer: Any | None = None
        self._closed = False
        form.pages.fill(self)
        self._planes.changed.connect(self.ask)
        self.job.delivered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self.job.failed.connect(complain)

    def ask(self, *_: object) -> None:
        """Compare what is shown now; until that is done the last figures stay."""
        seen, problems = self._planes.results()
        question = self._question(seen, problems)
        if isinstance(question, str):
            self._asked = self.answer = None
            self.job.drop()
            self._forget()
            self.form.pages.say(question)
            return
        self.form.note.setText("\n".join(["Left out: " + problem for problem in problems]))
        self.form.note.setVisible(bool(problems))
        self._asked = question
        if self.answer is None:
            self.form.pages.say("Comparing…")
        self.job.submit(partial(self._work.answer, question))

    def close_tab(self) -> None:
        """Remove the tab's layers and follow nothing any longer."""
        if self._closed:
            return
        self._closed = True
        self.job.stop()
        self._planes.close_planes()
        self._close()

    def _deliver(self, answer: Any) -> None:
        if answer.question is self._asked:
            self.answer = answer
            self._show_answer(answer)

    def _question(self, seen: list[Seen], problems: list[str]) -> Any:
        """Return what to ask about these results, or a text that says what is missing.

        The problems say why others were left out.
        """
        raise NotImplementedError

    def _show_answer(self, answer: Any) -> None:
        raise NotImplementedError

    def _forget(self) -> None:
        """Remove what shows an answer that holds no longer."""
        raise NotImplementedError

    def _close(self) -> None:
        """Remove the tab's layers."""
        raise NotImplementedError
