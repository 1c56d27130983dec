"""The grid view: one tile a result, on napari's own canvas."""
