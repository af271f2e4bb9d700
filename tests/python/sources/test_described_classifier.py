"""Classifiers in files that do not describe them: the same rules for torch.export, TorchScript and ONNX."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegen.base.errors import InputError, UnsupportedModelError, UsageError
from edgegen.sources.description import Description
from edgegen.sources.identify import identify, open_model
from edgegen.sources.onnx import SOURCE as ONNX
from edgegen.sources.source import FileSource
from edgegen.sources.torch_export import SOURCE as TORCH_EXPORT
from edgegen.sources.torchscript import SOURCE as TORCHSCRIPT
from tests.helpers.described import check_logits, opened
from tests.helpers.exported_programs import save_program, save_trace, small_classifier
from tests.helpers.onnx_files import save_classifier
from tests.helpers.trained_weights import FLOWERS

# Each function saves the small classifier and further layers.
SAVE: dict[str, Callable[..., Path]] = {
    "flowers.pt2": save_program,
    "flowers.torchscript": save_trace,
    "flowers.onnx": save_classifier,
}


@pytest.fixture(scope="module", params=SAVE)
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of each format, a classifier of one picture of 64x64 pixels."""
    return SAVE[request.param](tmp_path_factory.mktemp("classifier") / request.param)


@pytest.mark.parametrize(
    ("name", "other_name", "source"),
    [
        ("flowers.pt2", "model.bin", TORCH_EXPORT),
        ("flowers.torchscript", "model.pt", TORCHSCRIPT),
        ("flowers.onnx", "model.bin", ONNX),
    ],
)
def test_file_is_recognized_under_any_name(
    tmp_path: Path, name: str, other_name: str, source: FileSource
) -> None:
    path = SAVE[name](tmp_path / name).rename(tmp_path / other_name)
    assert identify(str(path)) == source.file(path)


def test_model_of_a_fixed_size_has_its_own_input_size(saved: Path) -> None:
    model = opened(saved)
    assert model.facts.input.size == (64, 64)
    assert model.facts.class_names == FLOWERS
    check_logits(model, small_classifier())


@pytest.mark.parametrize("name", SAVE)
def test_softmax_at_the_end_is_not_applied_twice(tmp_path: Path, name: str) -> None:
    import torch

    model = opened(SAVE[name](tmp_path / name, torch.nn.Softmax(dim=1)))
    check_logits(model, small_classifier())
    picture = torch.rand(1, 3, 64, 64)
    torch.testing.assert_close(model.authority()(picture), small_classifier()(picture).softmax(1))


@pytest.mark.parametrize("name", SAVE)
def test_probabilities_of_log_softmax_and_exp_are_rejected(tmp_path: Path, name: str) -> None:
    import torch

    class Exp(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.exp()

    path = SAVE[name](tmp_path / name, torch.nn.LogSoftmax(dim=1), Exp())
    with pytest.raises(UnsupportedModelError, match="do not come from a softmax at the end"):
        opened(path)


@pytest.mark.parametrize("name", ["flowers.pt2", "flowers.torchscript"])  # torch.onnx leaves out the copy
def test_copied_probabilities_of_a_softmax_are_rejected(tmp_path: Path, name: str) -> None:
    import torch

    class Copy(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.clone()

    path = SAVE[name](tmp_path / name, torch.nn.Softmax(dim=1), Copy())
    with pytest.raises(UnsupportedModelError, match="do not come from a softmax at the end"):
        opened(path)


@pytest.mark.parametrize("name", SAVE)
def test_sigmoid_at_the_end_is_rejected(tmp_path: Path, name: str) -> None:
    import torch

    path = SAVE[name](tmp_path / name, torch.nn.Sigmoid())
    with pytest.raises(UnsupportedModelError, match="several classes at once"):
        opened(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": ""}, "does not say its task"),
        ({"shorter_side": None}, r"there is no --resize$"),
        ({"mean": None, "std": None}, r"there is no --mean, no --std$"),
        ({"crop": 32}, r"--crop is 32, and the input of flowers\.\w+ is 64"),
        ({"shorter_side": 60}, "the crop of 64 does not fit into a shorter side of 60"),
    ],
)
def test_missing_or_wrong_option_is_rejected(saved: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        opened(saved, **changes)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("flowers.pt2", r"a program of torch\.export"),
        ("flowers.torchscript", "a TorchScript module"),
        ("flowers.onnx", "an ONNX model"),
    ],
)
def test_architecture_is_rejected_with_the_kind_of_the_file(tmp_path: Path, name: str, kind: str) -> None:
    path = SAVE[name](tmp_path / name)
    with pytest.raises(InputError, match=f"is {kind}, which needs no --arch"):
        open_model(path, Description(architecture="torchvision:resnet18", class_names=FLOWERS))


def test_names_of_another_count_are_rejected(saved: Path) -> None:
    with pytest.raises(InputError, match="has 5 classes, and there are 4 names"):
        opened(saved, class_names=FLOWERS[:4])


def test_other_task_is_rejected(saved: Path) -> None:
    with pytest.raises(UnsupportedModelError, match="the task `pose`"):
        opened(saved, task="pose")


@pytest.mark.parametrize("name", SAVE)
def test_one_output_without_a_dimension_of_classes_is_rejected_with_a_way_out(
    tmp_path: Path, name: str
) -> None:
    """Binary classifiers often end in squeeze(1)."""
    import torch

    class Squeeze(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.squeeze(1)

    path = SAVE[name](tmp_path / name, torch.nn.Linear(5, 1), Squeeze())
    with pytest.raises(UnsupportedModelError, match="a classifier of one class") as caught:
        opened(path, class_names=("cat",))
    assert "put a row of zeros" in caught.value.hint


@pytest.mark.parametrize("name", SAVE)
def test_number_of_the_best_class_as_output_is_rejected(tmp_path: Path, name: str) -> None:
    """The hint is not about --crop."""
    import torch

    class Best(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.max(dim=1, keepdim=True).indices

    with pytest.raises(UnsupportedModelError) as caught:
        opened(SAVE[name](tmp_path / name, Best()))
    assert "--crop" not in caught.value.hint
