"""RF-DETR's checkpoints: recognized and read without executing them, told apart by names and shapes."""

import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from edgegen.base.errors import EdgegenError, InputError, UnsupportedModelError
from edgegen.sources import state_dict
from edgegen.sources.description import NOTHING_SAID
from edgegen.sources.identify import recognize
from edgegen.sources.rfdetr import RfDetrFile, checkpoint
from edgegen.sources.rfdetr.checkpoint import find_variant
from tests.helpers.rfdetr_models import namespaces, weights_only

BEST = "checkpoint_best_total.pth"


def saved(folder: Path, weights: Mapping[str, Any], name: str = BEST, **more: Any) -> Path:
    torch.save({"model": weights, **more}, folder / name)
    return folder / name


def variant(path: Path) -> str:
    """Return the size that a file's content says."""
    record = checkpoint.read(path)
    found, _ = find_variant(
        path,
        record.weights,
        model_name=record.model_name,
        start=record.text("pretrain_weights"),
        license_name=str(record.architecture.get("license", "")),
    )
    return found.size


def rejected(path: Path, kind: type[EdgegenError] = UnsupportedModelError) -> str:
    with pytest.raises(kind) as caught:
        variant(path)
    assert type(caught.value) is kind
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize("prefix", ["", "model.", "model._orig_mod."])
def test_checkpoint_is_recognized_by_its_weights(tmp_path: Path, prefix: str) -> None:
    """|Lightning and torch.compile add prefixes."""
    weights = {f"{prefix}{name}": tensor for name, tensor in weights_only().items()}
    path = tmp_path / "x.bin"
    torch.save({"state_dict": weights, "epoch": 1}, path)
    assert isinstance(recognize(str(path), NOTHING_SAID), RfDetrFile)
    assert checkpoint.read(path).weights.keys() == weights_only().keys()


def test_other_detection_transformers_are_not_recognized(tmp_path: Path) -> None:
    weights = {name: tensor for name, tensor in weights_only().items() if "encoder" not in name}
    source = recognize(str(saved(tmp_path, weights)), NOTHING_SAID)
    assert not isinstance(source, RfDetrFile)


@pytest.mark.parametrize("kind", namespaces())
def test_arguments_of_old_files_are_read_without_their_class(tmp_path: Path, kind: Any) -> None:
    arguments = kind(class_names=["a", "b"], pretrain_weights="rf-detr-small.pth", output=Path("x"))
    record = checkpoint.read(saved(tmp_path, weights_only(), args=arguments))
    assert record.is_old
    assert record.arguments["class_names"] == ["a", "b"]
    assert record.text("pretrain_weights") == "rf-detr-small.pth"
    assert record.text("class_names") == ""


def test_namespace_with_other_content_has_no_arguments(tmp_path: Path) -> None:
    class Strange(types.SimpleNamespace):
        def __reduce__(self) -> Any:
            return types.SimpleNamespace, (), [1, 2]

    record = checkpoint.read(saved(tmp_path, weights_only(), args=Strange()))
    assert record.arguments == {}


def test_code_in_a_checkpoint_is_rejected(tmp_path: Path) -> None:
    class Code:
        def __reduce__(self) -> Any:
            return print, ("executed",)

    with pytest.raises(InputError, match=r"it needs .*print, which"):
        checkpoint.read(saved(tmp_path, weights_only(), args=Code()))


def test_damaged_weights_are_rejected(tmp_path: Path) -> None:
    path = saved(tmp_path, weights_only())
    content = bytearray(path.read_bytes())
    start = content.index(b"class_embed.weight") - 40
    content[start : start + 30] = b"\x80" * 30
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        checkpoint.read(path)


def test_file_without_weights_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no weights by name"):
        checkpoint.read(saved(tmp_path, {"x": 1}))


@pytest.mark.parametrize(
    ("layers", "grid", "size"), [(2, 24, "Nano"), (3, 32, "Small"), (4, 36, "Medium"), (4, 44, "Large")]
)
def test_size_without_a_name_follows_from_the_shapes(
    tmp_path: Path, layers: int, grid: int, size: str
) -> None:
    assert variant(saved(tmp_path, weights_only(layers=layers, grid=grid))) == size


def test_size_is_that_of_the_model_name_then_of_the_starting_weights_then_of_the_file(tmp_path: Path) -> None:
    weights = weights_only(grid=20)
    start = {"pretrain_weights": "/home/a/rf-detr-medium.pth"}
    assert variant(saved(tmp_path, weights, args=start, model_name="RFDETRSmall")) == "Small"
    assert variant(saved(tmp_path, weights, args=start)) == "Medium"
    assert (
        variant(saved(tmp_path, weights, "rf-detr-large.pth", args={"pretrain_weights": "none"})) == "Large"
    )
    assert "which RF-DETR model it is" in rejected(saved(tmp_path, weights), InputError)


@pytest.mark.parametrize(
    ("head", "what"),
    [("segmentation_head.bias", "segmentation"), ("keypoint_embed.layers.0.bias", "keypoint")],
)
def test_models_with_other_heads_are_rejected_with_their_kind(tmp_path: Path, head: str, what: str) -> None:
    weights = {**weights_only(patch=12), head: torch.zeros(3)}
    assert f"RF-DETR {what} models ({BEST})" in rejected(saved(tmp_path, weights, model_name="RFDETRNano"))


@pytest.mark.parametrize(
    "more",
    [
        {"model_name": "RFDETRXLarge"},
        {"model_name": "RFDETR2XLarge"},
        {"model_config": {"license": "PML-1.0"}},
        {"args": {"pretrain_weights": "rf-detr-xlarge.pth"}},
        {"args": {"pretrain_weights": "rf-detr-xxlarge.pth"}},
    ],
)
def test_plus_models_are_rejected_with_their_licence(tmp_path: Path, more: dict[str, Any]) -> None:
    assert "PML 1.0" in rejected(saved(tmp_path, weights_only(), **more))


def test_wide_encoder_is_that_of_a_plus_model(tmp_path: Path) -> None:
    assert "PML 1.0" in rejected(saved(tmp_path, weights_only(width=768, patch=20)))


def test_deprecated_models_are_rejected_by_name_and_by_shape(tmp_path: Path) -> None:
    assert "RF-DETR Base" in rejected(saved(tmp_path, weights_only(), model_name="RFDETRBase"))
    assert "RF-DETR Base" in rejected(saved(tmp_path, weights_only(patch=14, grid=37)))
    assert "the first Large" in rejected(saved(tmp_path, weights_only(patch=14, grid=37, width=768)))


def test_unknown_model_name_and_adapters_are_rejected(tmp_path: Path) -> None:
    assert "'Huge'" in rejected(saved(tmp_path, weights_only(), model_name="RFDETRHuge"))
    weights = {
        name.replace("0.encoder.encoder", "0.encoder.base_model.model.encoder"): tensor
        for name, tensor in weights_only().items()
    }
    path = saved(tmp_path, weights)
    assert isinstance(recognize(str(path), NOTHING_SAID), RfDetrFile)
    assert "LoRA" in rejected(path)


def test_missing_tensor_is_named(tmp_path: Path) -> None:
    weights = weights_only()
    del weights["class_embed.weight"]
    assert "class_embed.weight" in rejected(saved(tmp_path, weights), InputError)


def test_weights_that_are_not_finite_are_rejected(tmp_path: Path) -> None:
    weights = {"a": torch.zeros(2), "b": torch.tensor([1.0, float("nan")])}
    with pytest.raises(InputError, match=r"not finite: b"):
        state_dict.check_finite(tmp_path, weights)
