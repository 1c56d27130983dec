"""What this plugin notes about a layer, wherever it came from: ``metadata["cellbench"]``.

By it widgets find truth and channels, whatever the user renames. All values survive JSON.

Of what was read:

``sample``
    Name of the sample, or of the data set for a stack of samples (then ``samples`` names them).
``role`` or ``target``
    What an image layer shows (``rgb`` for a colour image), or what a labels layer outlines.
``truth``
    True for ground truth; ``annotator`` names a further expert.
``group``
    Tissue, cell type or modality; for a stack ``groups``, one for each image where known.
``masks``
    Overlapping objects exactly, in COCO RLE; the layer shows them flattened. For a stack a list
    for each image.
``truth_planes``
    For a stack of which not all images have truth: True for those that have. The others are empty
    in the layer because nobody knows, not because there is nothing.
``crowds``
    Regions of many cells that the truth doesn't outline one by one, in the same form.
``notes``
    What was guessed, chosen or left out, in sentences.

Of results: what `napari_cellbench.engine.provenance` lists; in a copy that is to be corrected
``corrected_from``, the name of the layer. Of points that count cells: ``count``. Of layers that
come and go: ``error_map``, ``preview``, ``disagreement``, ``cut_out``.
"""

from __future__ import annotations

from typing import Any

KEY = "cellbench"
"""Of the record in a layer's metadata, and in the files that it is written into."""

Record = dict[str, Any]


def record_of(layer: Any) -> Record:
    """Return what is noted about a layer; empty where nothing is."""
    return in_metadata(layer.metadata)


def in_metadata(metadata: Any) -> Record:
    """Return the record in a layer's metadata; empty where there is none."""
    record = metadata.get(KEY) if isinstance(metadata, dict) else None
    return record if isinstance(record, dict) else {}


def noted(record: Record) -> dict[str, Record]:
    """Return the metadata of a layer with such a record."""
    return {KEY: record}
