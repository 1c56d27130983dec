"""The tab with all training runs: found again, followed, stopped, resumed, used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import QTimer, QUrl, Signal
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QMessageBox, QVBoxLayout, QWidget

from ...checkpoints import Checkpoint, get_checkpoint
from ...errors import CellbenchError
from ...training.adopting import adopt
from ...training.launching import launch
from ...training.outcome import verdict
from ...training.status import Status
from ..choices import scrolling
from ..docks import find_panel
from ..gallery.hand_over import use_in_segment
from ..gallery.widget import GalleryWidget
from ..jobs.background import Background
from ..jobs.latest import LatestJob, Report
from ..notify import complain, tell
from .look import Look, Looker, Seen
from .run_list import STATES, RunList
from .run_view import RunView
from .sample_layers import SampleFiles, is_shown, read_sample, show_sample

OFTEN = 700
"""Milliseconds between two looks at the files."""


class RunsTab(QWidget):
    """List of runs and the chosen one.

    Parameters
    ----------
    viewer
        napari's viewer.

    Signals
    -------
    looked(look)
        The files were looked at.
    """

    looked = Signal(object)

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.viewer = viewer
        self._wanted: Path | None = None
        self._reading: set[Path] = set()
        self.list, self.view = RunList(), RunView(viewer)
        self.last = Look(())
        self._looker, self._job = Looker(), LatestJob()
        self._states: dict[Path, str] = {}
        self._busy: set[Path] = set()
        self._sample_step: dict[Path, int] = {}
        self.ticker = QTimer(self)
        self.ticker.setInterval(OFTEN)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.addWidget(self.list)
        layout.addWidget(scrolling(self.view), 1)
        self.view.hide()
        self._connect()
        self.ticker.start()
        self.look()

    def look(self, *_: object) -> None:
        """Look at the files, in a thread."""
        folder = self.list.folder()

        def work(report: Report) -> None:
            report(self._looker.look(folder))

        self._job.submit(work)

    def show_run(self, folder: Path) -> None:
        """Make a run current, once it is seen."""
        self._wanted = folder
        self.list.choose(folder)
        self.look()

    def close_tab(self) -> None:
        """Look no more; the runs go on."""
        self.ticker.stop()
        self._job.stop()
        self.view.close_view()

    def act(self, what: str) -> None:
        """Do what a button says to the chosen run."""
        if (seen := self.last.chosen) is None:
            return
        actions: dict[str, Callable[[Seen], None]] = {
            "stop": self._stop,
            "resume": self._resume,
            "remove": self._remove,
            "folder": self._open,
            "new": self._use_new,
            "old": self._use_old,
            "sample": self._read_sample,
        }
        try:
            actions[what](seen)
        except CellbenchError as error:
            complain(error)

    def _stop(self, seen: Seen) -> None:
        self._do(seen, seen.run.stop)

    def _resume(self, seen: Seen) -> None:
        self._do(seen, lambda: launch(seen.run))

    def _remove(self, seen: Seen) -> None:
        made = " The checkpoint that it made goes with it." if seen.status.checkpoint else ""
        question = f"Delete the files of {seen.name}?{made}"
        answer = QMessageBox.question(self, "Remove a training run", question)
        if answer == QMessageBox.StandardButton.Yes:
            self._do(seen, seen.run.remove)

    def _open(self, seen: Seen) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(seen.run.folder)))

    def _use_new(self, seen: Seen) -> None:
        checkpoint = adopt(seen.run)
        if (gallery := find_panel(self.viewer, GalleryWidget)) is not None:
            gallery.reload()
        self._use(checkpoint)

    def _use_old(self, seen: Seen) -> None:
        assert seen.plan.start is not None
        self._use(get_checkpoint(seen.plan.start, seen.plan.method))

    def _use(self, checkpoint: Checkpoint) -> None:
        use_in_segment(self.viewer, checkpoint)
        tell(f"{checkpoint.title} is chosen in Segment.")

    def _do(self, seen: Seen, work: Callable[[], object]) -> None:
        """Do something that may take a while; the buttons wait for it."""
        folder = seen.run.folder
        if folder in self._busy:
            return
        self._busy.add(folder)
        job = Background(work, "cellbench-train")
        job.failed.connect(complain)
        job.ended.connect(lambda: self._busy.discard(folder))
        job.ended.connect(self.look)
        job.start()
        self.view.show_look(self.last, busy=True)

    def _show(self, look: Look) -> None:
        """Take a look in; a run that ended is told of."""
        self.last = look
        self.list.show_runs(look.runs)
        if self._wanted is not None:
            self.list.choose(self._wanted)
            self._wanted = None
        folder = self.list.folder()
        if look.chosen is None or look.chosen.run.folder == folder:
            busy = look.chosen is not None and folder in self._busy
            self.view.show_look(look, busy=busy)
        for one in look.runs:
            before = self._states.get(one.run.folder)
            self._states[one.run.folder] = one.status.state
            if before in ("queued", "running") and not one.status.is_under_way:
                tell(news(one.name, one.status))
        self._renew_sample(look)
        self.looked.emit(look)

    def _renew_sample(self, look: Look) -> None:
        """Show a newer sample where one is shown."""
        seen, known = look.chosen, look.sample
        if seen is None or known is None or not is_shown(self.viewer, seen.run.folder):
            return
        if known.get("step") != self._sample_step.get(seen.run.folder):
            self._read_sample(seen)

    def _read_sample(self, seen: Seen) -> None:
        folder = seen.run.folder
        if folder in self._reading:
            return
        self._reading.add(folder)
        job = Background(lambda: read_sample(folder), "cellbench-sample")
        job.returned.connect(lambda sample: self._take_sample(seen, sample))
        job.failed.connect(complain)
        job.ended.connect(lambda: self._reading.discard(folder))
        job.start()

    def _take_sample(self, seen: Seen, sample: SampleFiles) -> None:
        self._sample_step[sample.folder] = sample.step
        show_sample(self.viewer, sample, seen.plan.target)

    def _connect(self) -> None:
        self.ticker.timeout.connect(self._tick)
        self._job.delivered.connect(self._show)
        self._job.failed.connect(complain)
        self.list.chosen.connect(self.look)
        self.list.deleted.connect(lambda: self.act("remove"))
        self.view.asked.connect(self.act)

    def _tick(self) -> None:
        if not self._job.busy:
            self.look()


def news(name: str, status: Status) -> str:
    """Say how a run ended."""
    if status.state == "finished":
        return f"{name} is trained. {verdict(status)}".strip()
    return f"{name}: {STATES[status.state].lower()}. {status.message}".strip()
