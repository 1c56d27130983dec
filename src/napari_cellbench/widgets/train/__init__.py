"""The Train widget: a method learns from corrected images, in a process that survives napari."""
