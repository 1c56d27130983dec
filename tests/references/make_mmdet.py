"""Record names, shapes and outputs of MMDetection 2.28.2, with which SegGal trained.

    python -m venv old && old/bin/pip install "setuptools<80" torch torchvision "numpy<2"
    MMCV_WITH_OPS=0 old/bin/pip install --no-build-isolation mmcv==1.7.2
    old/bin/pip install mmdet==2.28.2
    PYTHONPATH=src old/bin/python tests/references/make_mmdet.py

Runs without this package's dependencies: the operators come from its file `operators.py`, since
mmcv 1.7.2 can't be compiled for a current torch. The weights are pseudo-random numbers that follow
from each weight's name, so that only names, shapes and samples of the outputs are kept.
"""

import gzip
import importlib.util
import json
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).parent
OPERATORS = HERE.parents[1] / "src/napari_cellbench/methods/mmdet/operators.py"
KEPT = 40
ROIS = ((0, 3, 5, 20, 30), (0, 10, 0, 63, 40), (0, 33.5, 21.25, 47, 60))

CONFIGS = {
    "mask_rcnn": "strong_baselines/mask_rcnn_r50_caffe_fpn_syncbn-all_rpn-2conv_lsj_100e_coco.py",
    "ms_rcnn": "ms_rcnn/ms_rcnn_r50_caffe_fpn_1x_coco.py",
    "cascade_mask_rcnn_seesaw": "seesaw_loss/"
    "cascade_mask_rcnn_r101_fpn_random_seesaw_loss_normed_mask_mstrain_2x_lvis_v1.py",
    "swin_t": "swin/mask_rcnn_swin-t-p4-w7_fpn_ms-crop-3x_coco.py",
    "swin_s": "swin/mask_rcnn_swin-s-p4-w7_fpn_fp16_ms-crop-3x_coco.py",
    "solov2": "solov2/solov2_r50_fpn_3x_coco.py",
    "rf_next": "res2net/cascade_mask_rcnn_r2_101_fpn_20e_coco.py",
    "hrnet": "hrnet/cascade_mask_rcnn_hrnetv2p_w32_20e_coco.py",
    "res2net": "res2net/cascade_mask_rcnn_r2_101_fpn_20e_coco.py",
    "mask2former": "mask2former/mask2former_r50_lsj_8x2_50e_coco.py",
}


def weights(shapes):
    """Return weights by name, of sizes that keep activations moderate in deep networks."""
    return {name: _weight(name, tuple(shape)) for name, shape in shapes.items()}


def _weight(name, shape):
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if name.endswith("num_batches_tracked"):
        return torch.zeros(shape, dtype=torch.long)
    if name.endswith("relative_position_index"):
        return _position_index(shape)
    values = rng.standard_normal(shape, np.float32)
    if name.endswith("running_var"):
        values = 1 + 0.5 * np.abs(values)
    elif len(shape) > 1:
        values /= np.sqrt(np.prod(shape[1:]))
    elif name.endswith("weight"):
        values = 0.3 + 0.05 * values
    else:
        values *= 0.05
    return torch.from_numpy(np.asarray(values, np.float32))


def _position_index(shape):
    """Number the relative positions in a square window, as Swin transformers do."""
    side = round(shape[0] ** 0.5)
    y, x = np.divmod(np.arange(shape[0]), side)
    rows, columns = (n[:, None] - n[None] + side - 1 for n in (y, x))
    return torch.from_numpy(rows * (2 * side - 1) + columns)


def outputs(network, metas):
    """Return samples of what each part of a network computes on a fixed image of two channels."""
    image = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 2, 64, 64), np.float32))
    rois = torch.tensor(ROIS)
    with torch.no_grad():
        features = network.extract_feat(image)
        parts = {"features": features}
        if hasattr(network, "panoptic_head"):
            parts["classes"], parts["masks"] = network.panoptic_head(features, metas)
        elif not hasattr(network, "roi_head"):
            kernels, parts["classes"], parts["masks"] = network.mask_head(features)
            parts["kernels"] = kernels
        else:
            parts["proposals"] = network.rpn_head(features)
            head = network.roi_head
            is_cascade = isinstance(head.bbox_head, torch.nn.ModuleList)
            for stage in range(3) if is_cascade else [None]:
                at = () if stage is None else (stage,)
                boxes = head._bbox_forward(*at, features, rois)
                masks = head._mask_forward(*at, features, rois)
                parts[f"boxes{stage}"] = boxes["cls_score"], boxes["bbox_pred"]
                # Version 2 calls them mask_pred, version 3 mask_preds.
                drawn = masks.get("mask_preds", masks.get("mask_pred"))
                parts[f"masks{stage}"] = drawn
                if hasattr(head, "mask_iou_head"):
                    parts["quality"] = head.mask_iou_head(masks["mask_feats"], drawn[:, 0])
    return {name: _sample(part) for name, part in parts.items()}


def _sample(part):
    if isinstance(part, (list, tuple)):
        return np.concatenate([_sample(piece) for piece in part])
    flat = part.flatten().numpy()
    return flat[:: max(1, len(flat) // KEPT)]


def _build(key, config_class, build, root):
    config = config_class.fromfile(str(root / CONFIGS[key]))
    model = config.model
    _adapt(model)
    model["backbone"]["in_channels"] = 2
    if "panoptic_head" in model:
        for name in ("panoptic_head", "panoptic_fusion_head"):
            model[name].update(num_things_classes=1, num_stuff_classes=0)
        model["panoptic_head"]["loss_cls"]["class_weight"] = [1.0, 0.1]
    network = build(model, test_cfg=config.get("test_cfg"))
    if key == "rf_next":
        from mmcv.cnn.rfsearch import RFSearchHook

        found = json.loads((OPERATORS.parent / "rf_next.json").read_text())
        search = {"step": 0, "max_step": 12, "search_interval": 1, "exp_rate": 0.5}
        search |= {"init_alphas": 0.01, "mmin": 1, "mmax": 24, "num_branches": 2}
        search["skip_layer"] = ["stem", "layer1"]
        hook = RFSearchHook("fixed_multi_branch", {"search": search}, verbose=False)
        hook.config["structure"] = {f"module.{name}": d for name, d in found.items()}
        hook.init_model(network)
    return network.eval()


def _adapt(config):
    if isinstance(config, dict):
        for name, value in config.items():
            if name == "num_classes" and isinstance(value, int):
                config[name] = 1
            elif name in ("init_cfg", "pretrained"):
                config[name] = None
            elif name == "type" and value in ("SyncBN", "MMSyncBN"):
                config[name] = "BN"
            else:
                _adapt(value)
    elif isinstance(config, list):
        for value in config:
            _adapt(value)


def main():
    warnings.simplefilter("ignore")
    spec = importlib.util.spec_from_file_location("operators", OPERATORS)
    operators = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(operators)
    operators.install()
    import mmdet
    from mmcv import Config
    from mmdet.models import build_detector

    assert mmdet.__version__ == "2.28.2"
    root = Path(mmdet.__file__).parent / ".mim/configs"
    folder = HERE / "mmdet"
    folder.mkdir(exist_ok=True)
    meta = {"img_shape": (64, 64, 2), "batch_input_shape": (64, 64), "pad_shape": (64, 64, 2)}
    for key in sys.argv[1:] or CONFIGS:
        network = _build(key, Config, build_detector, root)
        shapes = {name: list(weight.shape) for name, weight in network.state_dict().items()}
        network.load_state_dict(weights(shapes))
        text = json.dumps(shapes, indent=0).encode()
        (folder / f"{key}.json.gz").write_bytes(gzip.compress(text, mtime=0))
        np.savez_compressed(folder / f"{key}.npz", **outputs(network, [meta]))
        print(key, len(shapes), flush=True)


if __name__ == "__main__":
    main()
