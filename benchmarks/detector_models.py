"""Detectors of other libraries in the sizes that their authors publish, with random weights.

The configurations are the published ones. Scores are spread: with equal scores, rounding would choose among
the boxes, and the comparison of an export with its library would fail by chance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.helpers import transformers_folders

CLASSES = 80  # of COCO
COCO_NUMBERS = 90  # with the numbers that have no class


@dataclass(frozen=True)
class DetectorModel:
    """A detector that is measured next to YOLO11n."""

    name: str
    library: str  # the package that it needs
    side: int  # of the input, in pixels: the default of its export
    build: Callable[[], Any]  # the library's module with random weights
    save: Callable[[Any, int, Path], object]  # the module for an input of that side, as MODEL
    file: str = ""  # name of MODEL in its folder; "": MODEL is the folder
    options: tuple[str, ...] = ()  # of `edgegen export`


def _hgnet(stages: int, blocks: tuple[int, ...], returned: tuple[str, ...]) -> Any:
    """Return the configuration of HGNetV2-B0, or of its first stages."""
    import transformers

    library: Any = transformers
    return library.HGNetV2Config(
        stem_channels=[3, 16, 16],
        stage_in_channels=[16, 64, 256, 512][:stages],
        stage_mid_channels=[16, 32, 64, 128][:stages],
        stage_out_channels=[64, 256, 512, 1024][:stages],
        stage_num_blocks=list(blocks),
        stage_downsample=[False, True, True, True][:stages],
        stage_light_block=[False, False, True, True][:stages],
        stage_kernel_size=[3, 3, 5, 5][:stages],
        stage_numb_of_layers=[3] * stages,
        hidden_sizes=[64, 256, 512, 1024][:stages],
        depths=list(blocks),
        use_learnable_affine_block=True,
        out_features=list(returned),
    )


def _d_fine_n() -> Any:
    import transformers

    library: Any = transformers
    width = 128
    config = library.DFineConfig(
        backbone_config=_hgnet(4, (1, 1, 2, 1), ("stage3", "stage4")),
        num_labels=CLASSES,
        **_two_levels(width),
        encoder_in_channels=[512, 1024],
        encoder_ffn_dim=512,
        decoder_ffn_dim=512,
        decoder_n_points=[6, 6],
    )
    return library.DFineForObjectDetection(config)


def _deimv2_pico() -> Any:
    import transformers

    library: Any = transformers
    width = 112
    config = library.Deimv2Config(
        backbone_config=_hgnet(3, (1, 1, 2), ("stage3",)),
        num_labels=CLASSES,
        **_two_levels(width),
        encoder_type="lite",
        encoder_in_channels=[512],
        num_queries=200,
        decoder_ffn_dim=320,
        decoder_n_points=[4, 2],
        use_gateway=False,
        share_bbox_head=True,
    )
    return library.Deimv2ForObjectDetection(config)


def _two_levels(width: int) -> dict[str, Any]:
    """Return what the smallest models have in common."""
    return {
        "d_model": width,
        "encoder_hidden_dim": width,
        "decoder_in_channels": [width, width],
        "feat_strides": [16, 32],
        "encode_proj_layers": [1],
        "num_feature_levels": 2,
        "decoder_layers": 3,
        "hidden_expansion": 0.34,
        "depth_mult": 0.5,
    }


def _rt_detrv2_r18() -> Any:
    import transformers

    library: Any = transformers
    backbone = library.RTDetrResNetConfig(
        embedding_size=64,
        hidden_sizes=[64, 128, 256, 512],
        depths=[2, 2, 2, 2],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    config = library.RTDetrV2Config(
        backbone_config=backbone,
        num_labels=CLASSES,
        encoder_in_channels=[128, 256, 512],
        hidden_expansion=0.5,
        decoder_layers=3,
    )
    return library.RTDetrV2ForObjectDetection(config)


def _save_folder(model: Any, side: int, folder: Path) -> None:
    transformers_folders.spread(model, (side, side)).save_pretrained(folder)
    transformers_folders.write_processor(folder, side, side)


def _yolox(depth: float, width: float, *, depthwise: bool = False) -> Any:
    from yolox.config import YoloxConfig

    config = YoloxConfig(name="edgegen", num_classes=CLASSES, depth=depth, width=width, depthwise=depthwise)
    return config.get_model()


def _save_weights(model: Any, _side: int, path: Path) -> None:
    import torch

    torch.save({"model": model.state_dict()}, path)


def _ssdlite320() -> Any:
    from tests.helpers import ssdlite_models

    return ssdlite_models.build(COCO_NUMBERS)


def _rf_detr_nano() -> Any:
    from tests.helpers import rfdetr_models

    return rfdetr_models.build("Nano", CLASSES)


def _save_rf_detr(model: Any, _side: int, path: Path) -> None:
    from tests.helpers import rfdetr_models

    rfdetr_models.save(path, *model, names=[f"class {number}" for number in range(CLASSES)])


_transformers = partial(DetectorModel, library="transformers", side=640, save=_save_folder)
_of_yolox = partial(DetectorModel, library="yolox", save=_save_weights, file="best_ckpt.pth")
DETECTORS = (
    _transformers("D-FINE-N", build=_d_fine_n),
    _transformers("RT-DETRv2-R18", build=_rt_detrv2_r18),
    _transformers("DEIMv2-pico", build=_deimv2_pico),
    _of_yolox("YOLOX-nano", side=416, build=partial(_yolox, 0.33, 0.25, depthwise=True)),
    _of_yolox("YOLOX-tiny", side=416, build=partial(_yolox, 0.33, 0.375)),
    _of_yolox("YOLOX-s", side=640, build=partial(_yolox, 0.33, 0.5)),
    DetectorModel("RF-DETR Nano", "rfdetr", 384, _rf_detr_nano, _save_rf_detr, "checkpoint_best_total.pth"),
    DetectorModel(
        "SSDlite320",
        "torchvision",
        320,
        _ssdlite320,
        _save_weights,
        "ssdlite320.pth",
        ("--arch", "torchvision:ssdlite320_mobilenet_v3_large"),
    ),
)
