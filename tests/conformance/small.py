"""Our methods with networks that are small enough for a test; workers import them from here."""

import runpy
from pathlib import Path

from napari_cellbench.methods.cellpose_sam import CellposeSAM

REFERENCES = Path(__file__).parents[1] / "references"


class SmallCellposeSAM(CellposeSAM):
    """Loads the small encoder where `cellpose.vit` asks for SAM's large one."""

    def load(self, checkpoint, device):
        from cellpose import vit

        script = runpy.run_path(str(REFERENCES / "make_cellpose_sam.py"))
        before = vit.sam_model_registry
        vit.sam_model_registry = {"vit_l": script["small_vit"]}
        try:
            return super().load(checkpoint, device)
        finally:
            vit.sam_model_registry = before
