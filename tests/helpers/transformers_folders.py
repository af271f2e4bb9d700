"""Folders of Transformers with small detectors, whose random weights give scores that differ.

Batch normalizations have seen drawn pictures, and the weights of scores, boxes and sampling points are
spread. As they are initialized, all queries have nearly the same score, and rounding would choose among them.
"""

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

SHAPES: Final = ("circle", "square", "triangle")
HEIGHT, WIDTH = 96, 128
QUERIES: Final = 30
_SPREAD: Final = (
    ("class_embed", 2.0),
    ("enc_score_head", 2.0),
    ("bbox_embed", 0.5),
    ("sampling_offsets", 0.5),
    ("attention_weights", 0.5),
)  # a part of the name, and the standard deviation of what a layer adds


def save_detector(folder: Path, model_type: str = "d_fine", **changes: Any) -> Path:
    """Write a tiny detector with the library's own save_pretrained. changes: of its config."""
    folder.mkdir(parents=True, exist_ok=True)
    model = (
        tiny_detector(model_type) if not changes else spread(_tiny(model_type, **changes), (HEIGHT, WIDTH))
    )
    model.save_pretrained(folder)
    write_processor(folder, HEIGHT, WIDTH)
    return folder


def write_processor(folder: Path, height: int, width: int, **changes: Any) -> None:
    """Write preprocessor_config.json with the library's own save_pretrained."""
    from transformers import RTDetrImageProcessor

    RTDetrImageProcessor(size={"height": height, "width": width}, **changes).save_pretrained(folder)


def tiny_detector(model_type: str = "d_fine") -> Any:
    """Return a detector of three classes for pictures of 96x128, in evaluation mode."""
    return copy.deepcopy(_spread_tiny(model_type))


@cache
def _spread_tiny(model_type: str) -> Any:
    return spread(_tiny(model_type), (HEIGHT, WIDTH))


def _tiny(model_type: str, **changes: Any) -> Any:
    import transformers

    library: Any = transformers

    names = dict(enumerate(SHAPES))
    shared = {
        "d_model": 32,
        "encoder_hidden_dim": 32,
        "encoder_ffn_dim": 32,
        "decoder_ffn_dim": 32,
        "encoder_in_channels": [32, 48],
        "decoder_in_channels": [32, 32],
        "feat_strides": [16, 32],
        "encode_proj_layers": [1],
        "num_feature_levels": 2,
        "num_queries": QUERIES,
        "decoder_layers": 2,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "hidden_expansion": 0.5,
        "id2label": names,
        "label2id": {name: number for number, name in names.items()},
    }
    if model_type == "rt_detr_v2":
        backbone = library.RTDetrResNetConfig(
            embedding_size=8,
            hidden_sizes=[8, 16, 32, 48],
            depths=[1, 1, 1, 1],
            layer_type="basic",
            out_features=["stage3", "stage4"],
        )
        config = library.RTDetrV2Config(
            backbone_config=backbone, **shared | {"decoder_n_levels": 2} | changes
        )
        return library.RTDetrV2ForObjectDetection(config)
    shared |= {"backbone_config": _hgnet(), "depth_mult": 0.34, "decoder_n_points": [3, 3]}
    if model_type == "deimv2":
        return library.Deimv2ForObjectDetection(library.Deimv2Config(**shared | changes))
    return library.DFineForObjectDetection(library.DFineConfig(**shared | changes))


def _hgnet() -> Any:
    import transformers

    library: Any = transformers
    return library.HGNetV2Config(
        stem_channels=[3, 8, 8],
        stage_in_channels=[8, 16, 24, 32],
        stage_mid_channels=[8, 8, 16, 16],
        stage_out_channels=[16, 24, 32, 48],
        stage_num_blocks=[1, 1, 1, 1],
        stage_downsample=[False, True, True, True],
        stage_light_block=[False, False, True, True],
        stage_kernel_size=[3, 3, 5, 5],
        stage_numb_of_layers=[1, 1, 1, 1],
        hidden_sizes=[16, 24, 32, 48],
        depths=[1, 1, 1, 1],
        use_learnable_affine_block=True,
        out_features=["stage3", "stage4"],
    )


def spread(model: Any, input_hw: tuple[int, int], seed: int = 3) -> Any:
    """Return the detector in evaluation mode, its normalizations set and its scores spread."""
    import torch

    from edgegen.parity.pictures import drawn_pictures
    from edgegen.reference.pillow_resize import resize

    random = torch.Generator().manual_seed(seed)
    pictures = [resize(each.rgb, *input_hw) for each in drawn_pictures(input_hw)]
    tensors = torch.stack([torch.from_numpy(each).permute(2, 0, 1) for each in pictures]).float() / 255

    def see(norm: Any, given: tuple[Any, ...]) -> None:
        norm.running_mean.copy_(given[0].mean((0, 2, 3)))
        norm.running_var.copy_(given[0].var((0, 2, 3)) + 1e-3)

    model = model.eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1 and "class_embed" not in name:
                torch.nn.init.xavier_normal_(parameter, generator=random)
        hooks = [
            each.register_forward_pre_hook(see) for each in model.modules() if hasattr(each, "running_mean")
        ]
        model(pixel_values=tensors)
        for hook in hooks:
            hook.remove()
        for name, parameter in model.named_parameters():
            for part, deviation in _SPREAD:
                if part in name and "denoising" not in name and parameter.dim() == 2:
                    noise = torch.randn(parameter.shape, generator=random)
                    parameter.add_(noise * deviation / parameter.shape[1] ** 0.5)
        model.tie_weights()
    return model


def edit_json(file: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the object of a JSON file."""
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content), encoding="utf-8")
