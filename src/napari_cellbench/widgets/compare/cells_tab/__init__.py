"""The tab Cells: which cells each of two results finds."""
