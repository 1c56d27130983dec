"""What a guest's own package makes of an image, without a line of ours.

    python own_calls.py KEY WEIGHTS IMAGE.npy LABELS.npy

runs in the guest's environment. Where there is no file WEIGHTS yet, small random weights are
written there first. The image is (C, Y, X).
"""

import sys
from pathlib import Path

import numpy as np
import torch


def calibrate(network: torch.nn.Module, image: np.ndarray) -> None:
    """Let the norms of random layers learn what comes in, so that what goes out varies."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    low, high = image.min(), image.max()
    network.train()
    with torch.no_grad():
        network(torch.from_numpy((image[None, :, :112, :112] - low) / (high - low)).float())
    network.eval()


def cellpose3(path: Path, image: np.ndarray) -> np.ndarray:
    from cellpose.models import CellposeModel

    model = CellposeModel(pretrained_model=str(path), device=torch.device("cpu"))
    return model.eval(image[0], channels=[0, 0], diameter=25.0)[0]


def instanseg_weights(path: Path, image: np.ndarray) -> None:
    from instanseg.utils.loss.instanseg_loss import InstanSeg, InstanSeg_Torchscript
    from instanseg.utils.models.ChannelInvariantNet import AdaptorNetWrapper
    from instanseg.utils.models.InstanSeg_UNet import InstanSeg_UNet

    both = path.name.startswith("both")
    outputs = [[2, 2, 1]] * (2 if both else 1)
    network = InstanSeg_UNet(3, outputs, layers=[32, 16, 8], norm="BATCH")
    loss = InstanSeg(n_sigma=2, device="cpu", cells_and_nuclei=both)
    network = loss.initialize_pixel_classifier(network)
    network = AdaptorNetWrapper(network, norm="BATCH") if both else network
    calibrate(network, image if both else np.repeat(image[:1], 3, 0))
    for name, value in network.named_parameters():
        # Embeddings that vary a little, and seeds here and there.
        if "final_block" in name and name.endswith("1.weight"):
            torch.nn.init.constant_(value, 3.0 if "final_block.2" in name else 0.3)
    # A pixel belongs to a seed if its embedding is within some pixels of the seed's.
    head = loss.pixel_classifier
    for layer in (head.fc1, head.fc2, head.fc3):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    for row, (axis, sign) in enumerate(((0, 1), (0, -1), (1, 1), (1, -1))):
        head.fc1.weight.data[row, axis], head.fc2.weight.data[row, row] = sign, 1
    head.fc3.weight.data[:, :4], head.fc3.bias.data[:] = -2.0, 3.0
    exported = InstanSeg_Torchscript(
        network, cells_and_nuclei=both, pixel_size=0.5, n_sigma=2, params={"seed_threshold": 0.6}
    )
    torch.jit.save(torch.jit.script(exported), str(path))


def instanseg(path: Path, image: np.ndarray) -> np.ndarray:
    import instanseg

    model = instanseg.InstanSeg(torch.jit.load(str(path)), device="cpu", verbosity=0)
    image = image if path.name.startswith("both") else np.repeat(image[:1], 3, 0)
    found = model.eval_small_image(image.astype(np.float32), return_image_tensor=False)
    return found[0, -1].numpy()


def omnipose_weights(path: Path, image: np.ndarray) -> None:
    from cellpose_omni.models import CellposeModel

    model = CellposeModel(pretrained_model=False, omni=True, nchan=1, nclasses=2)
    calibrate(model.net, image)
    # Flows and distances of either sign, and large.
    model.net.output[2].weight.data *= 20
    model.net.output[2].bias.data.zero_()
    torch.save(model.net.state_dict(), path)


def omnipose(path: Path, image: np.ndarray) -> np.ndarray:
    from cellpose_omni.models import CellposeModel

    model = CellposeModel(pretrained_model=str(path), omni=True, nchan=1, nclasses=2)
    kept = {"flow_threshold": 0.0, "min_size": 3}
    return model.eval(image[0], channels=None, omni=True, show_progress=False, **kept)[0]


def samcell_weights(path: Path, image: np.ndarray) -> None:
    from safetensors.torch import save_file
    from transformers import SamConfig, SamModel

    model = SamModel(SamConfig())
    for layer in model.mask_decoder.output_hypernetworks_mlps:
        # Distances that vary.
        layer.proj_out.weight.data *= 600
        layer.proj_out.bias.data *= 600
    save_file({name: tensor.clone() for name, tensor in model.state_dict().items()}, path)


def samcell(path: Path, image: np.ndarray) -> np.ndarray:
    from samcell import FinetunedSAM, SlidingWindowPipeline
    from transformers import SamConfig, SamImageProcessor, SamModel, SamProcessor

    # What a hub would give: the network without weights, and the settings of Segment Anything.
    SamModel.from_pretrained = classmethod(lambda cls, name: cls(SamConfig()))
    SamProcessor.from_pretrained = classmethod(lambda cls, name: cls(SamImageProcessor()))
    model = FinetunedSAM("facebook/sam-vit-base")
    model.load_weights(str(path))
    return SlidingWindowPipeline(model, "cpu").run(image[0])


def micro_sam_weights(path: Path, image: np.ndarray) -> None:
    from segment_anything import sam_model_registry
    from torch_em.model import UNETR

    sam = sam_model_registry["vit_b"]()
    unetr = UNETR(
        backbone="sam",
        encoder=sam.image_encoder,
        out_channels=3,
        use_sam_stats=True,
        final_activation="Sigmoid",
        use_skip_connection=False,
        resize_input=True,
        use_conv_transpose=False,
    )
    decoder = {k: v for k, v in unetr.state_dict().items() if not k.startswith("encoder")}
    for name in ("out_conv.weight", "out_conv.bias"):
        # Foreground and distances that vary.
        decoder[name] = decoder[name] * 50
    torch.save({"model_state": sam.state_dict(), "decoder_state": decoder}, path)


def micro_sam(path: Path, image: np.ndarray) -> np.ndarray:
    from micro_sam.automatic_segmentation import (
        automatic_instance_segmentation,
        get_predictor_and_segmenter,
    )

    predictor, segmenter = get_predictor_and_segmenter(
        "vit_b", str(path), "cpu", segmentation_mode="ais"
    )
    return automatic_instance_segmentation(
        predictor, segmenter, image[0], ndim=2, verbose=False, min_size=25
    )


if __name__ == "__main__":
    key, weights, source, labels = sys.argv[1], *map(Path, sys.argv[2:])
    torch.manual_seed(0)
    torch.set_num_threads(1)
    image = np.load(source)
    if not weights.exists():
        globals()[f"{key}_weights"](weights, image)
    np.save(labels, np.asarray(globals()[key](weights, image)).astype(np.int32))
