"""TorchScript classifiers: what is read from the file, what the user must say, and what is rejected."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.base.errors import InputError, UnsupportedModelError, UsageError
from edgegen.model.thresholds import Thresholds
from edgegen.sources.description import Description
from edgegen.sources.identify import identify, open_model
from edgegen.sources.image_classifier import Classifier, Predictor
from edgegen.sources.source import DescribedFile
from edgegen.sources.torchscript.source import SOURCE
from tests.helpers.archives import changed
from tests.helpers.described import opened
from tests.helpers.exported_programs import save_trace, small_classifier, trace_module
from tests.helpers.trained_weights import FLOWERS


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a traced module of one picture of 64x64 pixels."""
    return save_trace(tmp_path_factory.mktemp("traced") / "flowers.torchscript")


def logits(model: Classifier, side: int = 64) -> Any:
    import torch

    torch.manual_seed(9)
    return model.module("logits")(torch.rand(1, 3, side, side)).detach().numpy()


def expected(side: int = 64) -> Any:
    import torch

    module = small_classifier()
    torch.manual_seed(9)
    return module(torch.rand(1, 3, side, side)).detach().numpy()


def test_archive_is_recognized_under_any_name(saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    shutil.copy(saved, path)
    assert identify(str(path)) == DescribedFile(path, loader=SOURCE.loader)


def test_traced_module_has_its_own_input_size(saved: Path) -> None:
    model = opened(saved)
    assert model.facts.imgsz == (64, 64)
    assert model.facts.class_names == FLOWERS
    np.testing.assert_allclose(logits(model), expected(), atol=1e-6)


@pytest.mark.parametrize("kind", ["script", "freeze"])
def test_module_without_a_traced_input_takes_the_size_of_the_crop(tmp_path: Path, kind: str) -> None:
    import torch

    script: Any = torch.jit.script(small_classifier())
    script = torch.jit.freeze(script) if kind == "freeze" else script
    script.save(str(tmp_path / "x.pt"))
    np.testing.assert_allclose(
        logits(opened(tmp_path / "x.pt", crop=48), 48), expected(48), atol=1e-6, rtol=1e-5
    )
    with pytest.raises(UsageError, match=r"there is no --crop$"):
        opened(tmp_path / "x.pt")


def test_softmax_at_the_end_is_not_applied_twice(tmp_path: Path) -> None:
    import torch

    model = opened(save_trace(tmp_path / "x.pt", torch.nn.Softmax(dim=1)))
    np.testing.assert_allclose(logits(model), expected(), atol=1e-6)
    probabilities = torch.from_numpy(expected()).softmax(1)
    assert model.probabilities is not None
    torch.manual_seed(9)
    torch.testing.assert_close(model.probabilities(torch.rand(1, 3, 64, 64)), probabilities)


def test_predictor_is_torch_jit_on_the_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its probabilities are not those of edgegen's module."""
    import torch

    model = opened(saved)
    spec: Any = type("Spec", (), {"output": type("Output", (), {"contract": "logits"})})
    predictor = Predictor(model, spec)
    monkeypatch.setattr(predictor, "_module", None)
    picture = np.random.default_rng(0).integers(0, 255, (80, 90, 3), dtype=np.uint8)
    from PIL import Image

    tensor = model.transforms(Image.fromarray(picture))[None]
    right = torch.jit.load(saved)(tensor).softmax(1)[0].sort(descending=True)  # type: ignore[no-untyped-call]
    np.testing.assert_allclose(predictor(picture, Thresholds()).scores[:5], right.values.detach(), atol=1e-6)


def test_disagreement_with_torch_jit_is_rejected(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edgegen.sources.torchscript import classifier

    load = classifier.load_jit
    monkeypatch.setattr(classifier, "load_jit", lambda path: lambda x: load(path)(x * 1.01))
    with pytest.raises(UnsupportedModelError, match=r"edgegen and torch disagree about flowers\.torchscript"):
        opened(saved)


@pytest.mark.parametrize("kind", ["log_softmax and exp", "softmax and clone"])
def test_probabilities_of_a_hidden_softmax_are_rejected(tmp_path: Path, kind: str) -> None:
    import torch

    class Hidden(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.log_softmax(1).exp() if kind == "log_softmax and exp" else x.softmax(1).clone()

    with pytest.raises(UnsupportedModelError, match="do not come from a softmax at the end"):
        opened(save_trace(tmp_path / "x.pt", Hidden()))


def test_sigmoid_at_the_end_is_rejected(tmp_path: Path) -> None:
    import torch

    with pytest.raises(UnsupportedModelError, match="several classes at once"):
        opened(save_trace(tmp_path / "x.pt", torch.nn.Sigmoid()))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": ""}, "does not say its task"),
        ({"shorter_side": None}, r"there is no --resize$"),
        ({"crop": 32}, "--crop is 32, and the input of flowers.torchscript is 64"),
    ],
)
def test_missing_or_wrong_option_is_rejected(saved: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        opened(saved, **changes)


def test_architecture_of_a_module_is_rejected(saved: Path) -> None:
    with pytest.raises(InputError, match="is a TorchScript module, which needs no --arch"):
        open_model(saved, Description(architecture="torchvision:resnet18", class_names=FLOWERS))


def test_names_of_another_count_are_rejected(saved: Path) -> None:
    with pytest.raises(InputError, match="has 5 classes, and there are 4 names"):
        opened(saved, class_names=FLOWERS[:4])


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


def test_other_device_is_rejected(saved: Path, tmp_path: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"\x03\0\0\0cpu", b"\x06\0\0\0cuda:0") if name == "data.pkl" else content

    with pytest.raises(UnsupportedModelError, match="the device 'cuda:0'"):
        opened(changed(saved, tmp_path / "x.pt", change))


@pytest.mark.parametrize(
    "name",
    ["torchvision:resnet18", "torchvision:mobilenet_v3_small", "torchvision:swin_t", "timm:convnext_atto"],
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
    x = torch.rand(1, 3, 224, 224)
    path = trace_module(tmp_path / "x.pt", model, x)
    with torch.no_grad():
        right, ours = model(x), opened(path, shorter_side=256).module("logits")(x)
    assert right.std() > 0
    torch.testing.assert_close(ours, right, rtol=1e-4, atol=1e-5)
