import numpy as np

from napari_cellbench.methods.shared.patches import Patches, boxes_and_masks


def test_boxes_end_after_the_last_pixel():
    labels = np.zeros((20, 30), np.uint16)
    labels[3:9, 5:15] = 4
    labels[12:14, 20:23] = 2
    # One pixel wide: too little to be told what it is.
    labels[:, 29] = 7
    boxes, masks = boxes_and_masks(labels)
    assert boxes.tolist() == [[20, 12, 23, 14], [5, 3, 15, 9]]
    np.testing.assert_array_equal(masks, [labels == 2, labels == 4])
    boxes, masks = boxes_and_masks(labels * 0)
    assert boxes.shape == (0, 4)
    assert masks.shape == (0, 20, 30)


def test_patches_show_an_object_where_there_is_one():
    labels = np.zeros((200, 200), np.uint16)
    labels[90:110, 90:110] = 1
    images = [labels[:, :, None].astype(np.float32)]
    patches = Patches(images, [labels], patch=32, batch=2)
    for seed in range(5):
        view, seen, valid = patches.draw(np.random.default_rng(seed))
        assert view.shape == (1, 32, 32)
        assert seen.any()
        assert valid.all()
        again = patches.draw(np.random.default_rng(seed))
        np.testing.assert_array_equal(view, again[0])
