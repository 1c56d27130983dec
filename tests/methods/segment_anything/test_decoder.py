"""The quick decoder against segment-anything's own, and masks against its predictor's."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")
segment_anything = pytest.importorskip("segment_anything")

from napari_cellbench.data.samples import demo_sample  # noqa: E402
from napari_cellbench.data.statistics import ExactStatistics  # noqa: E402
from napari_cellbench.methods.segment_anything.decoder import NOTHING, MaskDecoder  # noqa: E402
from napari_cellbench.methods.segment_anything.inputs import to_photograph  # noqa: E402
from napari_cellbench.methods.segment_anything.network import load_sam  # noqa: E402
from napari_cellbench.methods.segment_anything.prompter import EVERY, Prompter  # noqa: E402
from napari_cellbench.prompting.prompts import Prompt  # noqa: E402


@pytest.fixture(scope="module")
def network(shared):
    return load_sam(shared / "weights" / "mobile_sam.pt")


@pytest.fixture
def random_network(small_sam):
    return load_sam(small_sam)


def prompts(network, count, points, boxes, masks):
    draw = torch.Generator().manual_seed(3)
    at = 1024 * torch.rand((count, points, 2), generator=draw)
    kinds = torch.randint(0, 2, (count, points), generator=draw)
    corners = 400 * torch.rand((count, 2), generator=draw)
    box = torch.cat([corners, corners + 300], 1) if boxes else None
    low = torch.randn((count, 1, 256, 256), generator=draw) if masks else None
    return network.prompt_encoder(points=(at, kinds) if points else None, boxes=box, masks=low)


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize(("points", "boxes"), [(1, False), (3, False), (0, True), (2, True)])
def test_same_numbers(random_network, points, boxes, masks):
    network = random_network
    features = torch.randn((1, 256, 64, 64), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        sparse, dense = prompts(network, 3, points, boxes, masks)
        wanted, expected = network.mask_decoder.predict_masks(
            features, network.prompt_encoder.get_dense_pe(), sparse, dense
        )
    decoder = MaskDecoder(network)
    image = decoder.prepare(features[0])
    logits, iou = decoder.decode(image, sparse, dense if masks else None)
    scale = float(wanted.abs().max())
    torch.testing.assert_close(logits, wanted, rtol=0, atol=1e-4 * scale)
    torch.testing.assert_close(iou, expected, rtol=1e-4, atol=1e-4)
    windows = [(0, 10, 16), (30, 48, 16), (48, 0, 16)]
    part, _ = decoder.decode(image, sparse, dense if masks else None, windows, slice(1, None))
    for i, (y, x, side) in enumerate(windows):
        rows, columns = slice(4 * y, 4 * (y + side)), slice(4 * x, 4 * (x + side))
        torch.testing.assert_close(
            part[i, :, rows, columns], logits[i, 1:, rows, columns], rtol=0, atol=1e-4 * scale
        )
        outside = torch.ones((256, 256), dtype=torch.bool)
        outside[rows, columns] = False
        assert (part[i][:, outside] == NOTHING).all()


@pytest.mark.parametrize("cut", [(slice(0, 200), slice(40, 320)), (slice(None), slice(None))])
def test_masks_are_those_of_the_original(network, cut):
    sample = demo_sample()
    image = np.ascontiguousarray(sample.image[(slice(None), *cut)])
    statistics = ExactStatistics(image)
    original = segment_anything.SamPredictor(network)
    original.set_image(to_photograph(image, sample.roles, statistics))
    prompter = Prompter(network)
    embedding = prompter.embed(image, sample.roles, statistics)
    exact = original.features
    # Embeddings are kept in half precision: what that changes is told by the next test.
    original.features = torch.from_numpy(embedding.features.astype(np.float32))[None]
    torch.testing.assert_close(original.features, exact, rtol=1e-3, atol=1e-4)
    shape = image.shape[1:]
    draw = np.random.default_rng(0)
    last = None
    for _ in range(6):
        y, x = draw.random(2) * shape
        box = (y - 15, x - 20, y + 20, x + 15) if draw.random() < 0.5 else None
        masks, iou, low = original.predict(
            np.array([[x, y]]),
            np.ones(1, int),
            box=None if box is None else np.array(box)[[1, 0, 3, 2]],
            mask_input=last,
        )
        prompt = Prompt(
            np.array([[y, x]]), np.ones(1, bool), box, None if last is None else last[0]
        )
        found = prompter.ask(embedding, prompt, slice(1, None))
        for ours, theirs, expected in zip(found, masks, iou, strict=True):
            assert ours.iou == pytest.approx(expected, abs=1e-4)
            # Rounding may decide pixels on the outline.
            assert np.count_nonzero(ours.whole(shape) != theirs) <= 3
        last = low[:1]
    assert len(prompter.ask(embedding, prompt, EVERY)) == 4


def test_half_precision_changes_single_pixels(network):
    """Masks from embeddings in half precision are those from exact ones."""
    sample = demo_sample()
    image, statistics = np.ascontiguousarray(sample.image), ExactStatistics(sample.image)
    original = segment_anything.SamPredictor(network)
    original.set_image(to_photograph(image, sample.roles, statistics))
    prompter = Prompter(network)
    embedding = prompter.embed(image, sample.roles, statistics)
    for y, x in np.random.default_rng(1).random((6, 2)) * image.shape[1:]:
        masks, _, _ = original.predict(np.array([[x, y]]), np.ones(1, int))
        found = prompter.ask(embedding, Prompt.click(y, x), slice(1, None))
        for ours, theirs in zip(found, masks, strict=True):
            mask = ours.whole(image.shape[1:])
            shared = np.count_nonzero(mask & theirs)
            assert shared >= 0.995 * np.count_nonzero(mask | theirs)
