"""Small RF-DETR models with random weights, saved as the library's trainings save them.

The library builds no encoder below 86 MB. `python -m tests.helpers.rfdetr_models COMMAND ...` is `edgegen`
with a small one.
"""

import argparse
import contextlib
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import torch

from edgegen.cli import group
from edgegen.cli.common import run

NAMES: Final = ("cat", "dog", "bird")
WIDTH: Final = 32  # of the small encoder
SIDE: Final = 128
# Fields of the library's configuration. The encoder's size is not among them: `small_encoder` patches it.
SMALL: Final[dict[str, Any]] = {
    "out_feature_indexes": [1, 2],
    "hidden_dim": 32,
    "sa_nheads": 2,
    "ca_nheads": 4,
    "num_queries": 40,  # of 64 patches
    "num_select": 64,
    "group_detr": 2,
    "resolution": SIDE,
    "positional_encoding_size": SIDE // 16,
}
_NO_CLASS: Final = -12.0  # of the last logit after a training


@contextlib.contextmanager
def small_encoder() -> Iterator[None]:
    """Let the library build a DINOv2 of two layers: its own sizes take 86 MB."""
    from rfdetr.models.backbone import dinov2

    get_config = dinov2.get_config

    def small(size: str, use_registers: bool) -> dict[str, Any]:
        sizes = {"hidden_size": WIDTH, "num_attention_heads": 2, "num_hidden_layers": 2}
        return {**get_config(size, use_registers), **sizes}

    with (
        patch.object(dinov2, "get_config", small),
        patch.dict(dinov2.size_to_width, {"small": WIDTH}),
    ):
        yield


def build(size: str = "Nano", classes: int = len(NAMES), seed: int = 0, **fields: Any) -> tuple[Any, Any]:
    """Return the library's model with spread scores, and its configuration."""
    from rfdetr import config as library
    from rfdetr.models.lwdetr import build_model_from_config

    torch.manual_seed(seed)
    config = getattr(library, f"RFDETR{size}Config")(
        pretrain_weights="none.pth", num_classes=classes, device="cpu", **fields
    )
    model = build_model_from_config(config).eval()
    _spread(model)
    return model, config


def _spread(model: Any) -> None:
    """Give the layers that begin with zeros other weights. Otherwise all scores tie, and top-k is chance."""
    head = 0.7 * model.class_embed.in_features**-0.5
    deviations = {
        "sampling_offsets.weight": 0.05,
        "attention_weights.weight": 0.05,
        "bbox_embed.layers.2.weight": 0.02,
        "position_embeddings": 0.3,
        "class_embed.weight": head,
        "enc_out_class_embed.0.weight": head,
    }
    with torch.no_grad():
        for name, weights in model.named_parameters():
            for ending, deviation in deviations.items():
                if name.endswith(ending):
                    weights.normal_(0, deviation)
            if name.endswith("patch_embeddings.projection.weight"):
                weights.mul_(0.25)
            if name.endswith("lambda1"):
                weights.fill_(0.2)
            if "class_embed" in name and name.endswith("bias"):
                weights.fill_(-1.0)
        model.class_embed.bias[-1] = _NO_CLASS


def save(
    path: Path, model: Any, config: Any, names: Sequence[str] | None = NAMES, size: str = "Nano"
) -> Path:
    """Write checkpoint_best_total.pth as rfdetr 1.11 does: all of its payload, then stripped."""
    from rfdetr.config import TrainConfig
    from rfdetr.utilities.state_dict import strip_checkpoint

    config.model_name = f"RFDETR{size}"
    weights = model.state_dict()
    payload = {
        "model": weights,
        "epoch": 3,
        "state_dict": {f"model.{name}": tensor for name, tensor in weights.items()},
        "global_step": 40,
        "loops": {"fit_loop": {"state_dict": {}}},
        "callbacks": {"BestModelCallback": {"best": 0.5}},
        "optimizer_states": [],
        "lr_schedulers": [],
        "args": TrainConfig(
            dataset_dir="data", output_dir="output", class_names=list(names) if names is not None else None
        ).model_dump(),
        "model_name": config.model_name,
        "model_config": config.model_dump(),
        "rfdetr_version": "1.11.2",
    }
    torch.save(payload, path)
    strip_checkpoint(path, extra_metadata={"best_total_source": "ema"})
    return path


def save_old(
    path: Path,
    model: Any,
    names: Sequence[str] | None = NAMES,
    start: str = "rf-detr-nano.pth",
    **arguments: Any,
) -> Path:
    """Write a checkpoint as rfdetr before 1.7 did: its arguments are a Namespace."""
    listed = None if names is None else list(names)
    given = argparse.Namespace(class_names=listed, pretrain_weights=start, lr=1e-4, **arguments)
    weights = {name: tensor for name, tensor in model.state_dict().items() if name != "_kp_active_mask"}
    torch.save({"model": weights, "optimizer": {}, "epoch": 3, "args": given}, path)
    return path


def weights_only(
    outputs: int = len(NAMES) + 1, layers: int = 2, grid: int = 24, **shapes: Any
) -> dict[str, Any]:
    """Return tensors with the names and shapes that tell models apart, without the network."""
    encoder = "backbone.0.encoder.encoder.embeddings"
    patch_side, width = shapes.get("patch", 16), shapes.get("width", 384)
    tensors = {
        "class_embed.weight": torch.zeros(outputs, 256),
        "refpoint_embed.weight": torch.zeros(300 * 13, 4),
        f"{encoder}.patch_embeddings.projection.weight": torch.zeros(width, 3, patch_side, patch_side),
        f"{encoder}.position_embeddings": torch.zeros(1, grid * grid + 1, width),
    }
    for layer in range(layers):
        tensors[f"transformer.decoder.layers.{layer}.norm1.weight"] = torch.zeros(256)
    return tensors


def namespaces() -> tuple[type, ...]:
    """Return the classes that old files have their arguments in."""
    return argparse.Namespace, types.SimpleNamespace


if __name__ == "__main__":
    with small_encoder():
        sys.exit(run(group, sys.argv[1:]))
