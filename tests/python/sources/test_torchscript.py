"""TorchScript classifiers: what is read from the file, and what is rejected."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.base.errors import UnsupportedModelError, UsageError
from edgegen.model.thresholds import Thresholds
from edgegen.sources.image_classifier import ClassifierPredictor
from tests.helpers.archives import changed
from tests.helpers.described import check_logits, opened
from tests.helpers.exported_programs import small_classifier, trace_module


@pytest.mark.parametrize("kind", ["script", "freeze"])
def test_module_without_a_traced_input_takes_the_size_of_the_crop(tmp_path: Path, kind: str) -> None:
    import torch

    script: Any = torch.jit.script(small_classifier())
    script = torch.jit.freeze(script) if kind == "freeze" else script
    script.save(str(tmp_path / "x.pt"))
    check_logits(opened(tmp_path / "x.pt", crop=48), small_classifier(), 48, rtol=1e-5)
    with pytest.raises(UsageError, match=r"there is no --crop$"):
        opened(tmp_path / "x.pt")


def test_predictor_is_torch_jit_on_the_file(traced: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its probabilities are not those of edgegen's module."""
    import torch

    model = opened(traced)
    spec: Any = type("Spec", (), {"output": type("Output", (), {"contract": "logits"})})
    predictor = ClassifierPredictor(model, spec)
    monkeypatch.setattr(predictor, "_module", None)
    picture = np.random.default_rng(0).integers(0, 255, (80, 90, 3), dtype=np.uint8)
    from PIL import Image

    tensor = model.transforms(Image.fromarray(picture))[None]
    right = torch.jit.load(traced)(tensor).softmax(1)[0].sort(descending=True)  # type: ignore[no-untyped-call]
    np.testing.assert_allclose(predictor(picture, Thresholds()).scores[:5], right.values.detach(), atol=1e-6)


def test_disagreement_with_torch_jit_is_rejected(traced: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edgegen.sources.torchscript import graph

    load = graph.load_jit
    monkeypatch.setattr(graph, "load_jit", lambda path: lambda x: load(path)(x * 1.01))
    with pytest.raises(UnsupportedModelError, match=r"edgegen and torch disagree about flowers\.torchscript"):
        opened(traced)


def test_input_or_output_that_is_no_classification_is_rejected(tmp_path: Path) -> None:
    import torch
    from torch import nn

    class Two(nn.Module):
        def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return (x + y).mean((2, 3))

    class Pair(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return x.mean((2, 3)), x

    picture = torch.rand(1, 3, 64, 64)
    for name, module, inputs, message in (
        ("grey", nn.Conv2d(1, 5, 3), (torch.rand(1, 1, 64, 64),), r"the input \[1, 1, 64, 64\]"),
        ("half", nn.Flatten(), (picture.half(),), "an input of float16"),
        ("batch", small_classifier(), (torch.rand(4, 3, 64, 64),), "a batch of 4"),
        ("maps", nn.Conv2d(3, 5, 3), (picture,), r"the output \[1, 5, 62, 62\]"),
        ("two", Two(), (picture, picture), r"2 inputs \(two.pt\)"),
        ("pair", Pair(), (picture,), r"2 outputs \(pair.pt\)"),
    ):
        with pytest.raises(UnsupportedModelError, match=message):
            opened(trace_module(tmp_path / f"{name}.pt", module, *inputs))


def test_half_precision_of_a_scripted_module_is_rejected(tmp_path: Path) -> None:
    import torch

    torch.jit.script(small_classifier().half()).save(str(tmp_path / "x.pt"))
    with pytest.raises(UnsupportedModelError, match=r"an input of float16 \(x.pt\)"):
        opened(tmp_path / "x.pt", crop=64)


def test_other_device_is_rejected(traced: Path, tmp_path: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"\x03\0\0\0cpu", b"\x06\0\0\0cuda:0") if name == "data.pkl" else content

    with pytest.raises(UnsupportedModelError, match="the device 'cuda:0'"):
        opened(changed(traced, tmp_path / "x.pt", change))


@pytest.mark.parametrize(
    "name",
    [
        "torchvision:resnet18",
        "torchvision:mobilenet_v3_small",
        pytest.param("torchvision:swin_t", marks=pytest.mark.full),
        pytest.param("timm:convnext_atto", marks=pytest.mark.full),
    ],
)
def test_modules_of_libraries_give_their_logits(tmp_path: Path, name: str) -> None:
    import timm
    import torch
    from torchvision import models

    library, _, architecture = name.partition(":")
    torch.manual_seed(2)
    make: Callable[..., Any] = models.get_model if library == "torchvision" else timm.create_model
    model = make(architecture, num_classes=5).eval()
    for parameter in model.parameters():  # heads begin with zeros
        torch.nn.init.normal_(parameter, std=0.05)
    path = trace_module(tmp_path / "x.pt", model, torch.rand(1, 3, 224, 224))
    check_logits(opened(path, shorter_side=256), model, 224, atol=1e-5, rtol=1e-4)
