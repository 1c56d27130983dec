"""Correcting segmentations: tools on cells, review, autosave; no window and no framework."""
