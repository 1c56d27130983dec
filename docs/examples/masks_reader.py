"""A reader of one's own: a folder with images in `raw`, and labels of the same names in `masks`."""

from dataclasses import replace

from napari_cellbench.data import Instances
from napari_cellbench.data.images import IMAGE_SUFFIXES, read_noted_labels
from napari_cellbench.data.readers.base import ImageFiles, Reader, find_file, list_folder, require


def accepts(path):
    return (path / "raw").is_dir() and (path / "masks").is_dir()


def read(path):
    images = [file for file in list_folder(path / "raw") if file.suffix.lower() in IMAGE_SUFFIXES]
    require(images, path / "raw", "images")
    masks = [find_file(path / "masks" / file.name, [file.stem], IMAGE_SUFFIXES) for file in images]

    def annotate(sample, index):
        if masks[index] is None:
            return sample
        labels, notes = read_noted_labels(masks[index])
        truth = {"whole_cell": Instances.from_labels(labels)}
        return replace(sample, truth=truth, notes=(*sample.notes, *notes))

    labelled = [mask is not None for mask in masks]
    return ImageFiles(path.name, images, annotate, labelled=labelled)


READER = Reader("raw_and_masks", "Folder of raw images and masks", accepts, read)
