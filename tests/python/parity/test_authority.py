"""The authority of a checkpoint: Ultralytics' predict, and the outputs that predict itself decodes."""

import itertools
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgegen import tasks
from edgegen.base.errors import InputError
from edgegen.model.spec import InputSpec, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.pictures import draw_scene
from edgegen.reference import letterbox, to_tensor
from edgegen.sources.ultralytics.checkpoint import load
from edgegen.tasks.detect.result import compare_boxes
from edgegen.tasks.prepared import prepare
from tests.helpers.detecting import detect
from tests.helpers.places import TINY
from tests.helpers.specs import spec_from_metadata


def raw_spec(names: tuple[str, ...], hw: tuple[int, int], strides: tuple[int, ...]) -> ModelSpec:
    shapes = tuple(
        (1, channels, hw[0] // stride, hw[1] // stride) for stride in strides for channels in (64, len(names))
    )
    return spec_from_metadata("detect", names, InputSpec(*hw), OutputSpec("raw", shapes, 16, strides))


@pytest.fixture
def two_levels(tmp_path: Path) -> Path:
    """Return an untrained checkpoint with strides 8 and 16 and many detections."""
    import torch
    from ultralytics.nn.tasks import DetectionModel

    recipe = {
        "nc": 2,
        "backbone": [[-1, 1, "Conv", [16, 3, 2]], [-1, 1, "Conv", [16, 3, 2]], [-1, 1, "Conv", [16, 3, 2]]],
        "head": [[-1, 1, "Conv", [16, 3, 2]], [[2, 3], 1, "Detect", ["nc"]]],
    }
    torch.manual_seed(0)
    model = DetectionModel(recipe, ch=3, verbose=False)
    for cls in model.model[-1].cv3:
        cls[-1].bias.data += 6
        cls[-1].weight.data *= 20
    torch.save({"model": model, "train_args": {"imgsz": 64}}, tmp_path / "two.pt")
    return tmp_path / "two.pt"


@pytest.mark.parametrize("hw", [(48, 80), (16, 112), (64, 64)])
def test_authority_runs_at_multiples_of_a_largest_stride_of_16(two_levels: Path, hw: tuple[int, int]) -> None:
    """Predict must not round the size up to the next multiple of 32."""
    checkpoint = load(two_levels)
    spec = raw_spec(checkpoint.facts.class_names, hw, (8, 16))
    authority = CheckpointAuthority(checkpoint, spec)
    rgb, _ = draw_scene(50, 70, seed=2)
    shown = authority.result(rgb, Thresholds())
    assert len(shown) >= 2
    result = compare_boxes(detect(rgb, authority.outputs, spec), shown, Thresholds())
    assert result.passed
    assert result.first.worst < 1e-3


@pytest.mark.parametrize("contract", ["raw", "decoded"])
def test_authority_outputs_equal_those_inside_predict_in_every_bit(
    tiny_checkpoint: Path, contract: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last bit can decide which of two boxes with almost equal scores comes first."""
    checkpoint = load(tiny_checkpoint)
    spec = raw_spec(checkpoint.facts.class_names, (160, 160), (8, 16, 32))
    if contract == "decoded":
        decoded = OutputSpec("decoded", ((1, 7, 525),))
        spec = replace(spec, output=decoded)
    authority = CheckpointAuthority(checkpoint, spec)
    predictor: Any = authority._predictor._predictor
    seen: dict[str, Any] = {}
    original = predictor.postprocess

    def look(predictions: Any, tensor: Any, *rest: Any, **options: Any) -> Any:
        seen["tensor"] = tensor.numpy().copy()
        seen["decoded"] = predictions[0].numpy().copy()
        seen["logits"] = predictions[1]["scores"].numpy().copy()
        return original(predictions, tensor, *rest, **options)

    monkeypatch.setattr(predictor, "postprocess", look)
    rgb, _ = draw_scene(141, 197, seed=1)
    authority.result(rgb, Thresholds())
    tensor = to_tensor(letterbox(rgb, (160, 160)), spec.input)
    np.testing.assert_array_equal(tensor, seen["tensor"])
    outputs = authority.outputs(tensor)
    if contract == "decoded":
        np.testing.assert_array_equal(outputs[0], seen["decoded"])
    else:
        logits = np.concatenate([cls.reshape(1, 3, -1) for cls in outputs[1::2]], axis=2)
        np.testing.assert_array_equal(logits, seen["logits"])


def test_authority_filters_classes_before_it_applies_max_det() -> None:
    """As the apps do, and predict(classes=...). Boxes without a visible mask count, too."""
    import torch

    checkpoint, task = load(TINY.with_name("tiny-segment.pt")), tasks.find("segment")
    module = checkpoint.module("raw")
    shapes = tuple(tuple(each.shape) for each in module(torch.zeros(1, 3, 96, 160)))
    facts = checkpoint.facts
    output = OutputSpec("raw", shapes, facts.yolo.reg_max, facts.yolo.strides, extras=facts.extras)
    sound = raw_spec(checkpoint.facts.class_names, (96, 160), (8, 16, 32))
    spec = replace(sound, task="segment", output=output)
    authority, without_mask, otherwise = CheckpointAuthority(checkpoint, spec), 0, 0
    for seed, most, keep in itertools.product(range(4), (1, 3, 40), ([0], [1, 2], [2])):
        rgb, _ = draw_scene(120, 170, seed)
        given = prepare(rgb, spec.input)
        asked, outputs = Thresholds(0.001, 0.9, most), authority.outputs(given.tensor)
        theirs = authority.result(rgb, asked, keep)
        ours = task.decoder.result(outputs, output, given.plan, asked, keep)
        assert ours.compare(theirs, asked, output).passed
        np.testing.assert_array_equal(ours.masks, theirs.masks)
        assert set(theirs.class_ids.tolist()) <= set(keep)
        without_mask += len(theirs) < most
        afterwards = authority.result(rgb, asked)
        otherwise += np.isin(afterwards.class_ids, keep).sum() != len(theirs)
    assert without_mask > 3
    assert otherwise > 10


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"reg_max": 1}, "its head has 16 bins a side, the model's 1$"),
        ({"strides": (8, 16)}, r"its strides are \[8, 16, 32\], the model's \[8, 16\]$"),
        ({"contract": "end2end"}, "its head has no one-to-one branch$"),
    ],
)
def test_authority_rejects_a_checkpoint_with_another_head(
    tiny_checkpoint: Path, spec: dict[str, Any], says: str
) -> None:
    """Models of two architectures often have the same classes."""
    checkpoint = load(tiny_checkpoint)
    sound = raw_spec(checkpoint.facts.class_names, (160, 160), (8, 16, 32))
    other = replace(sound, output=replace(sound.output, **spec))
    with pytest.raises(InputError, match=says):
        CheckpointAuthority(checkpoint, other)


@pytest.mark.parametrize(
    ("task", "extras", "says"),
    [
        ("pose", {"kpt_shape": (6, 2)}, r"its kpt_shape is \[4, 3\], the model's \[6, 2\]$"),
        ("pose", {"channels": 51, "kpt_shape": (17, 3)}, r"kpt_shape is \[4, 3\], the model's \[17, 3\]$"),
        ("pose", {"keypoint_shift": 0.25}, "its head has another encoding of keypoints or angles$"),
        ("segment", {"channels": 32}, "its head gives 16 numbers for each box, not 32$"),
        ("obb", {"angle": "logit"}, "its head has another encoding of keypoints or angles$"),
    ],
)
def test_authority_rejects_a_checkpoint_with_other_extras(
    task: str, extras: dict[str, Any], says: str
) -> None:
    """Keypoints of other shapes may have as many values: 4 x 3 = 6 x 2."""
    checkpoint = load(TINY.with_name(f"tiny-{task}.pt"))
    facts = checkpoint.facts
    sound = raw_spec(facts.class_names, (160, 160), facts.yolo.strides)
    other = replace(sound.output, reg_max=facts.yolo.reg_max, extras=replace(facts.extras, **extras))
    with pytest.raises(InputError, match=says):
        CheckpointAuthority(checkpoint, replace(sound, task=task, output=other))


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("person",), "it has 1 class, the model 2$"),
        (("a", "b", "c"), "it has 3 classes, the model 2$"),
        (("car", "bus"), "its class 1 is 'bus', the model's is 'van'$"),
    ],
)
def test_authority_rejects_a_checkpoint_with_other_classes(names: tuple[str, ...], says: str) -> None:
    """The message has the difference, the hint says what to give instead."""
    checkpoint: Any = SimpleNamespace(
        path=Path("other.pt"), facts=SimpleNamespace(task="detect", class_names=names)
    )
    with pytest.raises(InputError, match=f"^other.pt is not the checkpoint of this model: {says}") as error:
        CheckpointAuthority(checkpoint, raw_spec(("car", "van"), (64, 64), (8,)))
    assert "give the checkpoint that" in error.value.hint


def test_authority_rejects_a_checkpoint_of_another_task() -> None:
    """Its classes may be the same: a detector and a segmenter may both have those of COCO."""
    checkpoint: Any = SimpleNamespace(
        path=Path("other.pt"), facts=SimpleNamespace(task="segment", class_names=("car", "van"))
    )
    with pytest.raises(InputError, match="its task is segment, the model's detect"):
        CheckpointAuthority(checkpoint, raw_spec(("car", "van"), (64, 64), (8,)))


def test_authority_rejects_a_checkpoint_for_a_detections_model(tiny_checkpoint: Path) -> None:
    """Its rows may have another order than the folder's; the hint says to leave out --model."""
    checkpoint = load(tiny_checkpoint)
    spec = raw_spec(checkpoint.facts.class_names, (64, 64), (8,))
    chosen = OutputSpec("detections", ((1, 64, 6),), classes=len(spec.class_names))
    with pytest.raises(InputError, match="was not made by edgegen") as error:
        CheckpointAuthority(checkpoint, replace(spec, output=chosen))
    assert "leave out --model" in error.value.hint
