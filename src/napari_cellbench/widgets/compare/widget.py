"""The Compare widget: many methods on one image, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from ...compare.cache import ResultCache
from ...compare.naming import title_of
from ...compare.robustness import Robustness
from ...engine import Entry
from ..docks import open_panel
from ..notify import tell
from ..panel import Panel
from .late_tab import LateTab
from .methods_tab.tab import MethodsTab
from .results import Results
from .results_tab.tab import ResultsTab
from .session import Session

if TYPE_CHECKING:
    import napari


class CompareWidget(Panel):
    """Runs many methods on one image and compares what they find.

    Parameters
    ----------
    viewer
        napari's viewer; napari passes it in by this name.
    """

    WIDTH = 680
    """With all columns of the table in view."""

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__(napari_viewer)
        self.results = Results(self)
        self.session = Session(napari_viewer, self.results, ResultCache(), self)
        self.methods = MethodsTab(napari_viewer, self.session)
        self.table = ResultsTab(self.session, self._measured)
        self.agreement = LateTab(self._new_agreement)
        self.cells = LateTab(self._new_cells)
        self.robustness = LateTab(self._new_robustness)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.methods, "Methods")
        self.tabs.addTab(self.table, "Results")
        self.tabs.addTab(self.agreement, "Agreement")
        self.tabs.addTab(self.cells, "Cells")
        self.tabs.addTab(self.robustness, "Robustness")
        self.tabs.currentChanged.connect(self._open_tab)
        layout = QVBoxLayout(self.content)
        layout.addWidget(self.tabs)

    def add(self, entry: Entry) -> None:
        """Add an entry to the list."""
        self.methods.entries.add([entry])
        self.tabs.setCurrentWidget(self.methods)

    def close_panel(self) -> None:
        """Stop what runs and follow the viewer no longer."""
        self.session.close_session()
        for tab in (self.methods, self.table, self.agreement, self.cells, self.robustness):
            tab.close_tab()

    def _open_tab(self, *_: object) -> None:
        tab = self.tabs.currentWidget()
        if isinstance(tab, LateTab):
            tab.open_tab()

    def _measured(self) -> Robustness | None:
        tab = self.robustness.content
        return tab.robustness if tab is not None else None

    def _new_agreement(self) -> QWidget:
        from .agreement_tab.tab import AgreementTab

        return AgreementTab(self.viewer, self.results)

    def _new_cells(self) -> QWidget:
        from .cells_tab.tab import CellsTab

        return CellsTab(self.viewer, self.results)

    def _new_robustness(self) -> QWidget:
        from .robustness_tab.tab import RobustnessTab

        tab = RobustnessTab(self.viewer, self.results)
        tab.set_entries(lambda: [line.entry for line in self.methods.entries.ticked()])
        return tab


def add_to_compare(viewer: Any, entry: Entry) -> None:
    """Add an entry to the viewer's Compare widget, and bring it forward.

    The widget is opened if the viewer has none.
    """
    open_panel(viewer, CompareWidget, "Compare").add(entry)
    tell(f"Added to Compare: {title_of(entry)}.")
