"""Programs of torch.export: what is read from them, and what is rejected."""

from pathlib import Path
from typing import Any

import pytest

from edgegen.base.errors import InputError, UnsupportedModelError, UsageError
from edgegen.model.spec import WHOLE_PICTURE
from edgegen.parity.pictures import drawn_pictures
from tests.helpers.described import SAID, check_logits, opened
from tests.helpers.exported_programs import save_program, small_classifier
from tests.helpers.trained_weights import FLOWERS


@pytest.mark.parametrize("dynamic", [(0,), (0, 2, 3)])
def test_dynamic_program_takes_the_size_of_the_crop(tmp_path: Path, dynamic: tuple[int, ...]) -> None:
    path = save_program(tmp_path / "x.pt2", dynamic=dynamic)
    side = 48 if 2 in dynamic else 64
    model = opened(path, crop=side)
    assert model.facts.input.size == (side, side)
    check_logits(model, small_classifier(), side)


def test_softmax_over_another_axis_is_not_removed(tmp_path: Path) -> None:
    import torch

    class OverPictures(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.softmax(0)

    model = opened(save_program(tmp_path / "x.pt2", OverPictures()))
    assert model.module("logits")(torch.rand(1, 3, 64, 64)).tolist() == [[1.0] * 5]


def test_stretch_gives_the_whole_picture(tmp_path: Path) -> None:
    from PIL import Image
    from torchvision import transforms

    model = opened(save_program(tmp_path / "x.pt2"), shorter_side=WHOLE_PICTURE)
    picture = Image.fromarray(drawn_pictures((50, 120))[0].rgb)
    normalize = transforms.Normalize(SAID["mean"], SAID["std"])
    theirs = transforms.Compose([transforms.Resize((64, 64)), transforms.ToTensor(), normalize])
    assert model.transforms(picture).equal(theirs(picture))


def test_dynamic_size_needs_a_crop(tmp_path: Path) -> None:
    path = save_program(tmp_path / "x.pt2", dynamic=(0, 2, 3))
    with pytest.raises(UsageError, match=r"there is no --crop$") as caught:
        opened(path)
    assert caught.value.hint.endswith("--crop 224")


def test_size_outside_of_the_exported_range_is_rejected(tmp_path: Path) -> None:
    import torch

    class TwoBranches(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.mean((2, 3)) if x.shape[2] > 40 else -x.mean((2, 3))

    dynamic = ({2: torch.export.Dim.AUTO, 3: torch.export.Dim.AUTO},)
    program = torch.export.export(TwoBranches().eval(), (torch.rand(1, 3, 64, 64),), dynamic_shapes=dynamic)
    torch.export.save(program, tmp_path / "x.pt2")
    assert opened(tmp_path / "x.pt2", crop=48, class_names=FLOWERS[:3]).facts.input.size == (48, 48)
    with pytest.raises(InputError, match="was not exported for one picture of 32x32"):
        opened(tmp_path / "x.pt2", crop=32, class_names=FLOWERS[:3])


def export_module(path: Path, module: Any, *inputs: Any) -> Path:
    import torch

    torch.export.save(torch.export.export(module.eval(), inputs), path)
    return path


def test_input_that_is_no_colour_picture_is_rejected(tmp_path: Path) -> None:
    import torch

    grey = export_module(tmp_path / "grey.pt2", torch.nn.Conv2d(1, 5, 3), torch.rand(1, 1, 64, 64))
    with pytest.raises(UnsupportedModelError, match=r"the input \[1, 1, 64, 64\]"):
        opened(grey)
    flat = export_module(tmp_path / "flat.pt2", torch.nn.Linear(4, 5), torch.rand(1, 4))
    with pytest.raises(UnsupportedModelError, match=r"the input \[1, 4\]"):
        opened(flat)
    half = export_module(tmp_path / "half.pt2", torch.nn.Flatten(), torch.rand(1, 3, 8, 8).half())
    with pytest.raises(UnsupportedModelError, match="an input of float16"):
        opened(half)
    wide = export_module(tmp_path / "wide.pt2", torch.nn.Flatten(), torch.rand(1, 3, 8, 16))
    with pytest.raises(UnsupportedModelError, match="8x16"):
        opened(wide)


def test_output_that_is_no_classification_is_rejected(tmp_path: Path) -> None:
    import torch

    path = export_module(tmp_path / "maps.pt2", torch.nn.Conv2d(3, 5, 3), torch.rand(1, 3, 64, 64))
    with pytest.raises(UnsupportedModelError, match=r"the output \[1, 5, 62, 62\]"):
        opened(path)


def test_output_of_another_type_is_rejected(tmp_path: Path) -> None:
    import torch

    class Above(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x > 0

    path = save_program(tmp_path / "x.pt2", Above())
    with pytest.raises(InputError, match="something else than a float32 tensor"):
        opened(path)


def test_batch_of_several_pictures_is_rejected(tmp_path: Path) -> None:
    import torch

    path = export_module(tmp_path / "batch.pt2", small_classifier(), torch.rand(4, 3, 64, 64))
    with pytest.raises(UnsupportedModelError, match=r"a batch of 4 \(batch.pt2\)"):
        opened(path)


def test_program_that_changes_its_buffers_is_rejected(tmp_path: Path) -> None:
    import torch

    class Counting(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.count: torch.Tensor
            self.register_buffer("count", torch.zeros(3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.count.add_(1)
            return x.mean((2, 3)) + self.count

    program = torch.export.export(Counting().eval(), (torch.rand(1, 3, 8, 8),))
    torch.export.save(program, tmp_path / "a.pt2")
    torch.export.save(program.run_decompositions(), tmp_path / "b.pt2")
    for name in ("a.pt2", "b.pt2"):
        with pytest.raises(UnsupportedModelError, match="changes its own"):
            opened(tmp_path / name, class_names=FLOWERS[:3])


def test_decomposed_program_gives_the_same_logits(tmp_path: Path) -> None:
    import torch

    program = torch.export.export(small_classifier(), (torch.rand(1, 3, 64, 64),)).run_decompositions()
    torch.export.save(program, tmp_path / "x.pt2")
    check_logits(opened(tmp_path / "x.pt2"), small_classifier())


@pytest.mark.parametrize(
    "name",
    [
        "shufflenet_v2_x0_5",
        *(pytest.param(name, marks=pytest.mark.full) for name in ("vit_b_32", "swin_t", "googlenet")),
    ],
)
def test_programs_of_torchvision_give_its_logits(tmp_path: Path, name: str) -> None:
    """Splits, attention, shifted windows, and a list of one tensor."""
    import torch
    from torchvision import models

    torch.manual_seed(2)
    kwargs = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    model = models.get_model(name, num_classes=5, **kwargs).eval()
    for parameter in model.parameters():  # heads begin with zeros
        torch.nn.init.normal_(parameter, std=0.05)
    path = export_module(tmp_path / "x.pt2", model, torch.rand(1, 3, 224, 224))
    check_logits(opened(path, shorter_side=256), model, 224, atol=1e-5, rtol=1e-4)
