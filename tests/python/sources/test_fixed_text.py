"""YOLO-World v2 with fixed classes exports as a plain model, all in XNNPACK. Others are rejected."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.commands.inspect import inspect_model
from edgegen.model.spec import ONE_TO_MANY
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority
from edgegen.sources.ultralytics.checkpoint import load
from edgegen.sources.ultralytics.cut_head import cut, has_text, with_fixed_text
from tests.helpers.support import count_results

NAMES = ("person", "red car", "cat")


def world(path: Path, recipe: str = "yolov8n-worldv2.yaml", length: float = 1.0, texts: int = 3) -> Path:
    """Write an untrained checkpoint that scores three classes by texts of that length."""
    import torch
    from ultralytics.nn.modules.block import MaxSigmoidAttnBlock
    from ultralytics.nn.tasks import WorldModel

    torch.manual_seed(3)
    model = WorldModel(recipe, ch=3, nc=len(NAMES), verbose=False).eval()
    text = torch.nn.functional.normalize(torch.randn(1, texts, 512), dim=-1)
    model.txt_feats, model.names = length * text, dict(enumerate(NAMES))
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(layer.weight, 0.8, 1.6)
            torch.nn.init.normal_(layer.bias, 0, 0.5)
            torch.nn.init.normal_(layer.running_mean, 0, 0.1)
        if isinstance(layer, MaxSigmoidAttnBlock):
            torch.nn.init.normal_(layer.gl.weight)
            torch.nn.init.normal_(layer.bias)
    for likeness in model.model[-1].cv4:
        likeness.bias.data.fill_(-2.0)
        likeness.logit_scale.data.fill_(0.0)
    torch.save({"model": model.half(), "train_args": {"imgsz": [64, 96]}}, path)
    return path


def outputs_of(model: Any, tensor: Any) -> list[Any]:
    import torch

    with torch.no_grad():
        return list(cut(model, "detect", "raw")(tensor))


def test_world_model_with_fixed_text_gives_the_same_boxes_and_scores(tmp_path: Path) -> None:
    import torch

    model = load(world(tmp_path / "world.pt")).fused(ONE_TO_MANY)
    assert has_text(model)
    plain = with_fixed_text(model)
    assert not has_text(plain)
    tensor = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        theirs, ours = model(tensor)[0], plain(tensor)[0]
    assert theirs.shape == ours.shape == (1, 4 + len(NAMES), 126)
    assert float(theirs[:, 4:].std()) > 0.01
    assert float((theirs[:, :4] - ours[:, :4]).abs().max()) < 1e-3
    assert float((theirs[:, 4:] - ours[:, 4:]).abs().max()) < 1e-5
    assert has_text(model)  # the given model is left as it was


def test_world_model_gives_other_outputs_for_other_texts(tmp_path: Path) -> None:
    """A check of the test above: the texts do enter the scores and the attention."""
    import torch

    model = load(world(tmp_path / "world.pt")).fused(ONE_TO_MANY)
    tensor = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    before = [output.numpy().copy() for output in outputs_of(model, tensor)]
    model.txt_feats = model.txt_feats.roll(7, dims=-1)
    after = outputs_of(model, tensor)
    moved = [float(np.abs(was - now.numpy()).max()) for was, now in zip(before, after, strict=True)]
    assert min(moved[1::2]) > 1e-3  # scores
    assert max(moved[::2]) > 1e-3  # boxes depend on the texts only through the attention


@pytest.mark.full
def test_world_model_exports_as_one_subgraph(tmp_path: Path) -> None:
    """The golden vectors' boxes are those of Ultralytics' predict on the text model."""
    from edgegen.export.exporting import export_checkpoint

    checkpoint = world(tmp_path / "world.pt")
    spec = export_checkpoint(checkpoint, tmp_path / "export")
    facts = inspect_model(str(tmp_path / "export"))
    (method,) = facts["methods"]
    assert (method["backends"], method["operators"]) == ({"XnnpackBackend": 1}, {})
    assert facts["class_names"] == list(NAMES)
    assert count_results(tmp_path / "export" / "vectors") > 5
    authority = CheckpointAuthority(load(checkpoint), spec)
    assert has_text(authority._predictor.backend.model)
    picture = np.random.RandomState(1).randint(0, 256, (80, 70, 3)).astype(np.uint8)
    assert len(authority.result(picture, Thresholds(0.01))) > 0


@pytest.mark.parametrize(("length", "texts"), [(22.6, 3), (1.0, 5)])
def test_world_model_without_fixed_classes_is_rejected(tmp_path: Path, length: float, texts: int) -> None:
    """Noise in place of the texts, or texts of other classes: the message says how to fix them."""
    with pytest.raises(InputError, match="are not fixed") as caught:
        load(world(tmp_path / "world.pt", length=length, texts=texts))
    assert "set_classes" in caught.value.hint


def test_world_v1_is_rejected_with_the_name_of_its_successor(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match="adaptive_max_pool2d") as caught:
        load(world(tmp_path / "world.pt", "yolov8n-world.yaml"))
    assert "yolov8s-worldv2.pt" in caught.value.hint
