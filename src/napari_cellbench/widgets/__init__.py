"""What a person touches in napari."""
