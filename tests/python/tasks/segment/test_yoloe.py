"""YOLOE with fixed classes is a normal segmentation model; compared with predict."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from edgegen import tasks
from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.progress import NoProgress
from edgegen.export.exporting import export_checkpoint
from edgegen.model.spec import InputSpec, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.pictures import draw_scene
from edgegen.runtimes.executorch.runtime import PteProgram
from edgegen.sources.ultralytics.checkpoint import load
from edgegen.tasks.prepared import prepare
from tests.helpers.detection_heads import SIZE, settle, spread
from tests.helpers.specs import spec_from_metadata

SCALE: Final = 0.0  # scale of the text logits: scores neither all equal nor close to 1
NAMES: Final = ("circle", "square", "star")


def write(path: Path, family: str, change: Callable[[Any], object] = lambda model: None) -> Path:
    """Write an untrained checkpoint with three random texts, after applying `change` to the model."""
    import torch
    from ultralytics.nn import tasks as nn_tasks

    torch.manual_seed(3)
    kind = nn_tasks.YOLOESegModel if family.endswith("-seg") else nn_tasks.YOLOEModel
    pictures = torch.stack([torch.from_numpy(draw_scene(*SIZE, seed)[0]) for seed in range(6)])
    with torch.no_grad():
        model = kind(f"{family}.yaml", ch=3, nc=len(NAMES), verbose=False).eval()
        head = model.model[-1]
        model.set_classes(list(NAMES), torch.nn.functional.normalize(torch.randn(1, 3, head.embed), dim=-1))
        inputs = pictures.permute(0, 3, 1, 2).float() / 255
        settle(model, inputs)
        for prefix in ("", "one2one_"):
            if getattr(head, f"{prefix}cv2", None) is None:
                continue
            for level in range(head.nl):
                near = 1.5 if head.reg_max == 1 else 0.0
                boxes = getattr(head, f"{prefix}cv2")[level][-1]
                spread(model.eval(), boxes, inputs, mean=near, deviation=0.8)
                if family.endswith("-seg"):
                    coefficients = getattr(head, f"{prefix}cv5")[level][-1]
                    spread(model.eval(), coefficients, inputs, mean=0.0, deviation=3.0)
                contrast = getattr(head, f"{prefix}cv4")[level]
                contrast.logit_scale.fill_(SCALE)
                contrast.bias.fill_(-2.0)
        change(model)
    torch.save({"model": model, "train_args": {"imgsz": list(SIZE)}}, path)
    return path


def spec_of_export(checkpoint: Any, contract: str) -> ModelSpec:
    """Return the spec that an export of a checkpoint would have."""
    import torch

    module = checkpoint.module(contract)
    with torch.no_grad():
        outputs = module(torch.zeros(1, 3, *SIZE))
    shapes = tuple(tuple(each.shape) for each in (outputs if isinstance(outputs, tuple) else (outputs,)))
    facts, given = checkpoint.facts, InputSpec(*SIZE)
    output = OutputSpec(contract, shapes, facts.yolo.reg_max, facts.yolo.strides, extras=facts.extras)
    return spec_from_metadata(facts.task, facts.class_names, given, output)


def check(path: Path, contract: str) -> int:
    """Compare the cut model's outputs, decoded in numpy, with predict; return the number of detections."""
    checkpoint = load(path)
    assert checkpoint.facts.class_names == NAMES
    spec, shown = spec_of_export(checkpoint, contract), 0
    authority, task = CheckpointAuthority(checkpoint, spec), tasks.find(spec.task)
    for seed in range(3):
        rgb, _ = draw_scene(70, 110, seed)
        given = prepare(rgb, spec.input)
        asked = Thresholds(0.05, 0.6, 40)
        ours = task.decoder.result(authority.outputs(given.tensor), spec.output, given.plan, asked)
        theirs = authority.result(rgb, asked)
        compared = ours.compare(theirs, asked, spec.output)
        assert compared.passed, str(compared)
        shown += len(theirs)
    return shown


@pytest.mark.full
@pytest.mark.parametrize(
    ("family", "contract"),
    [
        ("yoloe-11n-seg", "raw"),
        ("yoloe-26n-seg", "raw"),
        ("yoloe-26n-seg", "end2end"),
        ("yoloe-26n-seg", "decoded"),
        ("yoloe-11n", "raw"),
    ],
)
def test_yoloe_with_fixed_classes_equals_predict(tmp_path: Path, family: str, contract: str) -> None:
    """Includes masks, of each branch, and detection models."""
    path = write(tmp_path / "fixed.pt", family)
    assert load(path).facts.task == ("segment" if family.endswith("-seg") else "detect")
    assert check(path, contract) > 10


@pytest.mark.full
def test_yoloe_exports_as_one_subgraph_that_equals_predict(tmp_path: Path) -> None:
    path = write(tmp_path / "fixed.pt", "yoloe-11n-seg")
    spec = export_checkpoint(path, tmp_path / "exported", imgsz=SIZE, head=None, progress=NoProgress())
    assert (spec.task, spec.class_names, spec.output.contract) == ("segment", NAMES, "raw")
    program, task, asked = PteProgram(spec.pte), tasks.find(spec.task), Thresholds(0.05, 0.6, 40)
    authority = CheckpointAuthority(load(path), spec)
    rgb, _ = draw_scene(70, 110, 0)
    given = prepare(rgb, spec.input)
    outputs = program(given.tensor)
    assert all(
        stage.passed
        for stage in task.decoder.compare_outputs(outputs, authority.outputs(given.tensor), spec.output)
    )
    shown = task.decoder.result(outputs, spec.output, given.plan, asked)
    assert len(shown) > 3
    assert shown.compare(authority.result(rgb, asked), asked, spec.output).passed


def test_yoloe_with_fused_classes_equals_predict(tmp_path: Path) -> None:
    """The checkpoint was saved after its texts were fused into its weights, so it has no texts."""

    def fuse(model: Any) -> None:
        model.model[-1].fuse(model.pe)
        del model.pe

    assert check(write(tmp_path / "fused.pt", "yoloe-11n-seg", fuse), "raw") > 10


def test_yoloe_without_fixed_classes_is_rejected(tmp_path: Path) -> None:
    """No texts, texts of other classes, noise in their place; the message says what to do."""

    def without(model: Any) -> None:
        del model.pe

    def fewer(model: Any) -> None:
        model.pe = model.pe[:, :2]

    def noise(model: Any) -> None:
        model.pe = model.pe * 3

    for change in (without, fewer, noise):
        with pytest.raises(InputError, match="are not fixed") as caught:
            load(write(tmp_path / "open.pt", "yoloe-11n-seg", change))
        assert "set_classes" in caught.value.hint

    def prompt_free(model: Any) -> None:
        import torch

        model.model[-1].lrpc = torch.nn.ModuleList()

    with pytest.raises(UnsupportedModelError, match="prompt-free"):
        load(write(tmp_path / "pf.pt", "yoloe-11n-seg", prompt_free))
