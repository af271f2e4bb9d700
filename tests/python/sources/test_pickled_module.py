"""Whole modules of torchvision and timm: loaded with a list of their classes, and nothing else."""

import argparse
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.base.errors import InputError, UnsupportedModelError, UsageError
from edgegen.sources.description import Description
from edgegen.sources.identify import identify, open_model
from edgegen.sources.image_classifier import Classifier
from edgegen.sources.pickled_module import ModuleFile
from tests.helpers.places import TINY
from tests.helpers.trained_weights import FLOWERS

SAID: dict[str, Any] = {
    "task": "classify",
    "class_names": FLOWERS,
    "shorter_side": 256,
    "crop": 224,
    "mean": (0.5, 0.5, 0.5),
    "std": (0.25, 0.25, 0.25),
}


def module_of(name: str) -> Any:
    import timm
    import torch
    from torchvision import models

    torch.manual_seed(6)
    library, _, architecture = name.partition(":")
    if library == "timm":
        return timm.create_model(architecture, num_classes=5).eval()
    return models.get_model(architecture, num_classes=5).eval()


def opened(path: Path, **changes: Any) -> Classifier:
    model = open_model(path, Description(**(SAID | changes)))
    assert isinstance(model, Classifier)
    return model


@pytest.mark.parametrize(
    "name",
    [
        "torchvision:resnet18",
        pytest.param("torchvision:vit_b_32", marks=pytest.mark.full),
        "timm:vit_tiny_patch16_224",
        pytest.param("timm:convnext_atto", marks=pytest.mark.full),
    ],
)
def test_module_gives_its_own_logits(tmp_path: Path, name: str) -> None:
    """VisionTransformer keeps a functools.partial, timm's an Enum."""
    import torch

    module, path = module_of(name), tmp_path / "x.pth"
    torch.nn.init.normal_(list(module.parameters())[-2])  # the last layer, which ViT fills with zeros
    torch.save(module, path)
    model, picture = opened(path), torch.rand(1, 3, 224, 224)
    assert model.facts.library == name.partition(":")[0]
    expected = module(picture).detach().numpy()
    assert np.std(expected) > 0.01
    np.testing.assert_allclose(model.module("logits")(picture).numpy(), expected, atol=1e-3)


def test_module_is_found_in_a_trainings_checkpoint(tmp_path: Path) -> None:
    import torch

    torch.save({"epoch": 3, "model": module_of("torchvision:resnet18")}, tmp_path / "x.pth")
    assert identify(str(tmp_path / "x.pth")) == ModuleFile(tmp_path / "x.pth")
    assert opened(tmp_path / "x.pth").facts.class_names == FLOWERS


@pytest.mark.parametrize("key", ["model", "network"])
def test_module_is_found_next_to_the_arguments_of_a_training(tmp_path: Path, key: str) -> None:
    import torch

    arguments = {"args": argparse.Namespace(lr=0.1, output=Path("runs")), "best": np.float32(0.9)}
    torch.save({**arguments, key: module_of("torchvision:resnet18")}, tmp_path / "x.pth")
    assert opened(tmp_path / "x.pth", crop=64).facts.class_names == FLOWERS


def test_one_of_several_modules_must_be_chosen(tmp_path: Path) -> None:
    """Unless one has a usual key."""
    import torch

    module = module_of("torchvision:resnet18")
    torch.save({"a": module, "b": module}, tmp_path / "x.pth")
    with pytest.raises(InputError, match="has several modules: a, b"):
        opened(tmp_path / "x.pth", crop=64)
    torch.save({"ema": module, "model": module}, tmp_path / "x.pth")
    assert opened(tmp_path / "x.pth", crop=64).facts.class_names == FLOWERS


def test_preprocessing_must_be_given(tmp_path: Path) -> None:
    import torch

    torch.save(module_of("torchvision:resnet18"), tmp_path / "x.pth")
    with pytest.raises(UsageError, match="there is no --resize, no --crop, no --mean, no --std"):
        opened(tmp_path / "x.pth", shorter_side=None, crop=None, mean=None, std=None)


class _Calls:
    """Calls a function when it is unpickled."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("name", ["os.system", "os.mkdir", "torchvision.io.read_file", "builtins.exec"])
def test_pickle_that_calls_a_function_is_rejected(tmp_path: Path, name: str) -> None:
    """Functions are rejected even if they are torchvision's. Nothing is called."""
    import torch
    from torchvision.models.resnet import BasicBlock

    module, _, short = name.rpartition(".")
    function = pickle.loads(f"c{module}\n{short}\n.".encode())  # noqa: S301
    torch.save([BasicBlock(8, 8), _Calls(function, str(tmp_path / "made"))], tmp_path / "x.pth")
    with pytest.raises(InputError, match=r"is rejected|pickled models of torchvision with"):
        opened(tmp_path / "x.pth")
    assert not (tmp_path / "made").exists()


def test_class_of_a_layer_is_not_constructed(tmp_path: Path) -> None:
    """This one traces its first argument, and torch.fx writes the names of its parts into code."""
    import torch
    from timm.models._features_fx import GraphExtractNet

    inner = torch.nn.Sequential(torch.nn.Conv2d(3, 5, 3))
    made = tmp_path / "made"
    inner._modules = {f'b", open({str(made)!r}, "w")) or getattr(self, "conv': inner[0]}
    torch.save(_Calls(GraphExtractNet, inner, ["conv"]), tmp_path / "x.pth")
    with pytest.raises(InputError, match="has no usable module"):
        opened(tmp_path / "x.pth")
    assert not made.exists()


def test_member_of_an_enumeration_may_be_saved_by_getattr(tmp_path: Path) -> None:
    """Some versions of Python do. Nothing else is got by it."""
    import torch
    from timm.layers.format import Format

    module = module_of("torchvision:resnet18")
    module.layout = _Calls(getattr, Format, "NCHW")
    torch.save(module, tmp_path / "x.pth")
    assert opened(tmp_path / "x.pth").model.layout is Format.NCHW
    module.layout = _Calls(getattr, type(module), "forward")
    torch.save(module, tmp_path / "y.pth")
    with pytest.raises(InputError, match="an attribute of something else than an enumeration"):
        opened(tmp_path / "y.pth")


def test_what_another_library_allowed_stays_out(tmp_path: Path) -> None:
    """Ultralytics allows its own globals for the whole process."""
    import torch
    from torchvision.models.resnet import ResNet

    module = module_of("torchvision:resnet18")
    module.layout = _Calls(getattr, type(module), "forward")
    torch.save(module, tmp_path / "x.pth")
    before = torch.serialization.get_safe_globals()
    torch.serialization.add_safe_globals([getattr, (ResNet, "torchvision.models.resnet.ResNet")])
    try:
        for _ in range(3):
            with pytest.raises(InputError, match="an attribute of something else than an enumeration"):
                opened(tmp_path / "x.pth")
        assert getattr in torch.serialization.get_safe_globals()
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(before)


def test_names_of_layers_are_names(tmp_path: Path) -> None:
    """torch.export writes them into code. Ultralytics' checkpoints are checked in the same way."""
    import torch
    from ultralytics.nn.tasks import load_checkpoint

    name = 'b", 1) or getattr(self, "fc'
    module = module_of("torchvision:resnet18")
    module._modules[name] = torch.nn.Identity()
    torch.save(module, tmp_path / "x.pth")
    with pytest.raises(InputError, match="a layer called"):
        opened(tmp_path / "x.pth")
    checkpoint, _ = load_checkpoint(str(TINY))
    checkpoint.model[0]._modules[name] = torch.nn.Identity()
    torch.save({"model": checkpoint}, tmp_path / "y.pt")
    with pytest.raises(InputError, match="a layer called"):
        open_model(tmp_path / "y.pt")


@pytest.mark.parametrize("name", ["forward", "__deepcopy__", "float"])
def test_object_with_another_method_is_rejected(tmp_path: Path, name: str) -> None:
    import torch

    module = module_of("torchvision:resnet18")
    module.__dict__[name] = torch.nn.Identity
    torch.save(module, tmp_path / "x.pth")
    with pytest.raises(InputError, match=f"a ResNet with another {name}"):
        opened(tmp_path / "x.pth")


def ending_in(end: Any, place: str) -> tuple[Any, Any]:
    """Return a ResNet18 without and with an activation at its end, as trainings add one."""
    import copy

    import torch

    inner = module_of("torchvision:resnet18")
    module = copy.deepcopy(inner)
    if place == "around":
        return inner, torch.nn.Sequential(module, end)
    if place == "nested":
        module.fc = torch.nn.Sequential(torch.nn.Sequential(torch.nn.Dropout(), module.fc), end)
        return inner, torch.nn.Sequential(module)
    module.fc = torch.nn.Sequential(module.fc, end)
    return inner, module


@pytest.mark.parametrize("place", ["around", "nested", "at the end"])
@pytest.mark.parametrize(
    ("kind", "dim"), [("Softmax", 1), ("Softmax", -1), ("Softmax", None), ("LogSoftmax", 1)]
)
def test_softmax_at_the_end_is_not_applied_twice(tmp_path: Path, kind: str, dim: int, place: str) -> None:
    import torch

    inner, module = ending_in(getattr(torch.nn, kind)(dim=dim), place)
    torch.save(module, tmp_path / "x.pth")
    picture = torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        ours, expected = opened(tmp_path / "x.pth", crop=64).module("logits")(picture), inner(picture)
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("place", ["around", "nested", "at the end"])
def test_sigmoid_at_the_end_is_rejected(tmp_path: Path, place: str) -> None:
    import torch

    torch.save(ending_in(torch.nn.Sigmoid(), place)[1], tmp_path / "x.pth")
    with pytest.raises(UnsupportedModelError, match="several classes at once, or yes and no, by a sigmoid"):
        opened(tmp_path / "x.pth", crop=64)


def test_sigmoid_that_is_not_at_the_end_is_taken(tmp_path: Path) -> None:
    """The last one that is registered need not be the last one that runs."""
    import torch

    inner = module_of("torchvision:resnet18")
    inner.relu, inner.end = torch.nn.Sigmoid(), torch.nn.Sigmoid()
    torch.save(inner, tmp_path / "x.pth")
    assert opened(tmp_path / "x.pth", crop=64).facts.class_names == FLOWERS


def test_softmax_over_the_batch_is_no_softmax_over_classes(tmp_path: Path) -> None:
    import torch

    torch.save(ending_in(torch.nn.Softmax(dim=0), "at the end")[1], tmp_path / "x.pth")
    assert opened(tmp_path / "x.pth", crop=64).model.fc[1].dim == 0


def test_one_class_is_rejected(tmp_path: Path) -> None:
    import torch
    from torchvision import models

    torch.save(models.resnet18(num_classes=1), tmp_path / "x.pth")
    with pytest.raises(UnsupportedModelError, match="a classifier of one class"):
        opened(tmp_path / "x.pth", class_names=("flower",))


def test_module_of_grey_pictures_is_named_as_such(tmp_path: Path) -> None:
    import torch

    module = module_of("torchvision:resnet18")
    module.conv1 = torch.nn.Conv2d(1, 64, 7, 2, 3)
    torch.save(module, tmp_path / "x.pth")
    with pytest.raises(UnsupportedModelError, match="models that take 1-channel pictures"):
        opened(tmp_path / "x.pth")


def test_module_inside_a_class_of_the_user_is_rejected_before_options_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    class Mine(torch.nn.Sequential):
        pass

    Mine.__qualname__ = "Mine"
    monkeypatch.setattr(sys.modules[__name__], "Mine", Mine, raising=False)
    torch.save(Mine(module_of("torchvision:resnet18")), tmp_path / "x.pth")
    with pytest.raises(InputError, match=r"it needs .*\.Mine") as caught:
        open_model(tmp_path / "x.pth", Description())
    assert "torch.onnx.export(model.eval()" in caught.value.hint


def test_module_of_torchs_own_layers_gets_a_way_out(tmp_path: Path) -> None:
    """Not: weights without their model."""
    import torch

    layers = torch.nn.Conv2d(3, 5, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
    torch.save(torch.nn.Sequential(*layers), tmp_path / "x.pth")
    with pytest.raises(UnsupportedModelError, match="whole modules of torch's own layers") as caught:
        opened(tmp_path / "x.pth")
    assert "torch.onnx.export(model.eval()" in caught.value.hint


def test_file_in_torchs_old_format_is_read(tmp_path: Path) -> None:
    import torch

    module = module_of("torchvision:resnet18")
    torch.save(module, tmp_path / "x.pth", _use_new_zipfile_serialization=False)
    assert opened(tmp_path / "x.pth").facts.class_names == FLOWERS


def test_class_that_is_no_layer_is_named(tmp_path: Path) -> None:
    import torch
    from torchvision.models import ResNet18_Weights
    from torchvision.models.resnet import BasicBlock

    torch.save([BasicBlock(8, 8), ResNet18_Weights.DEFAULT.value.transforms], tmp_path / "x.pth")
    with pytest.raises(UnsupportedModelError, match=r"with torchvision\.transforms\._presets") as caught:
        opened(tmp_path / "x.pth")
    assert "--arch torchvision:NAME" in caught.value.hint


def test_file_without_a_module_is_rejected(tmp_path: Path) -> None:
    import torch
    from torchvision.models.resnet import BasicBlock

    torch.save([BasicBlock(8, 8)], tmp_path / "x.pth")
    with pytest.raises(InputError, match="contains no module"):
        opened(tmp_path / "x.pth")


def test_damaged_file_is_rejected(tmp_path: Path) -> None:
    import torch

    torch.save(module_of("torchvision:resnet18"), tmp_path / "x.pth")
    content = bytearray((tmp_path / "x.pth").read_bytes())
    place = content.index(b"BasicBlock") + 200
    content[place : place + 40] = b"\xff" * 40
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(InputError):
        opened(tmp_path / "x.pth")
