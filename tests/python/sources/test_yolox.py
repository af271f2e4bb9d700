"""The source of YOLOX's checkpoints: recognition, shapes, the rewrite, and YOLOX's inference."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen import tasks
from edgegen.base.errors import (
    EdgegenError,
    InputError,
    MissingOptionsError,
    ToolchainError,
    UnsupportedModelError,
    UsageError,
)
from edgegen.model.spec import LETTERBOX_TOP_LEFT, InputSpec, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.pictures import KINDS, draw_scene
from edgegen.sources.description import NOTHING_SAID, Description
from edgegen.sources.identify import identify, open_model
from edgegen.sources.yolox import YoloxFile
from edgegen.tasks.decoder import Result
from edgegen.tasks.prepared import prepare
from tests.helpers.mutating import expect_failure, mutant
from tests.helpers.places import TINY

TINY_YOLOX = TINY.with_name("tiny-yolox.pth")
NAMED = Description(class_names=KINDS)
SIDE = 128
sound: Any = import_module("edgegen.sources.yolox.checkpoint")


def opened(path: Path = TINY_YOLOX, description: Description = NAMED) -> Any:
    source = identify(str(path), description)
    assert isinstance(source, YoloxFile)
    return source.open(path)


def state_of(path: Path = TINY_YOLOX) -> dict[str, Any]:
    import torch

    state: dict[str, Any] = torch.load(path, weights_only=True)["model"]
    return state


def saved(path: Path, content: Any, **options: Any) -> Path:
    import torch

    torch.save(content, path, **options)
    return path


def network_of(*, depth: float, width: float, depthwise: bool = False, classes: int = 3) -> Any:
    """Return YOLOX's network without weights."""
    import torch
    from yolox.config import YoloxConfig

    with torch.device("meta"):
        config = YoloxConfig("test", num_classes=classes, depth=depth, width=width, depthwise=depthwise)
        return config.get_model()


def spec_of(model: Any, height: int = SIDE, width: int = SIDE) -> ModelSpec:
    shapes = tuple(
        (1, channels, height // stride, width // stride)
        for stride in sound.STRIDES
        for channels in (4, len(model.facts.class_names))
    )
    given = tasks.find("detect").input_spec(model.facts, height, width)
    output = OutputSpec("raw", shapes, model.facts.yolo.reg_max, model.facts.yolo.strides)
    return ModelSpec(
        pte=model.path,
        metadata=model.path,
        name="tiny",
        task="detect",
        class_names=model.facts.class_names,
        input=given,
        output=output,
        programs=(),
        delegates=(),
        executorch_version="",
    )


# ---- recognition ----


@pytest.mark.parametrize("name", ["best_ckpt.pth", "best.pt", "weights"])
def test_checkpoint_is_recognized_under_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(TINY_YOLOX.read_bytes())
    facts = opened(path).facts
    assert (facts.library, facts.task, facts.class_names) == ("yolox", "detect", KINDS)
    assert facts.contracts == ("raw",)
    assert (facts.yolo.strides, facts.yolo.reg_max) == ((8, 16, 32), 1)


def test_other_checkpoints_are_left_to_other_sources() -> None:
    assert not isinstance(identify(str(TINY)), YoloxFile)


@pytest.mark.parametrize(
    "content",
    [
        lambda state: state,
        lambda state: {"model": {f"module.{name}": tensor for name, tensor in state.items()}},
        lambda state: {"model": state, "ema_model": state},
        lambda state: {name: tensor.half() for name, tensor in state.items()},
    ],
    ids=["bare", "prefix", "average", "half"],
)
def test_state_dict_is_recognized_without_the_trainers_record(
    tmp_path: Path, content: Callable[[dict[str, Any]], Any]
) -> None:
    import torch

    model = opened(saved(tmp_path / "weights.pth", content(state_of())))
    theirs, ours = state_of(), model.network.state_dict()
    assert all(ours[name].dtype == torch.float32 for name in ours if "num_batches" not in name)
    assert all(
        torch.allclose(ours[name].float(), theirs[name].float(), rtol=1e-3, atol=1e-6) for name in ours
    )


@pytest.mark.parametrize("new_format", [True, False])
def test_checkpoint_with_a_score_of_numpy_and_an_optimizer_opens(tmp_path: Path, new_format: bool) -> None:
    """Older trainings saved the score as a scalar of numpy, which torch's restricted loading rejects."""
    import torch

    parameters = [torch.nn.Parameter(torch.ones(2))]
    optimizer = torch.optim.SGD(parameters, lr=0.1, momentum=0.9, nesterov=True)
    parameters[0].sum().backward()
    optimizer.step()
    content = {
        "start_epoch": 300,
        "model": state_of(),
        "optimizer": optimizer.state_dict(),
        "best_ap": np.float64(0.25),
        "curr_ap": np.float64(0.25),
    }
    path = saved(tmp_path / "best_ckpt.pth", content, _use_new_zipfile_serialization=new_format)
    assert opened(path).facts.class_names == KINDS


def test_checkpoint_that_names_code_is_rejected(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "executed",)

    path = saved(tmp_path / "best.pth", {"model": state_of(), "best_ap": Harmful()})
    assert "it contains" in rejected(path, NAMED, InputError)
    assert not (tmp_path / "executed").exists()


def rejected(path: Path, description: Description, kind: type[EdgegenError]) -> str:
    with pytest.raises(kind) as caught:
        open_model(path, description)
    assert caught.value.hint
    return caught.value.message


# ---- shapes ----


@pytest.mark.parametrize(
    ("size", "name", "side"),
    [
        ({"depth": 0.33, "width": 0.25, "depthwise": True}, "YOLOX-Nano", 416),
        ({"depth": 0.33, "width": 0.375}, "YOLOX-Tiny", 416),
        ({"depth": 0.33, "width": 0.5}, "YOLOX-S", 640),
        ({"depth": 0.67, "width": 0.75}, "YOLOX-M", 640),
        ({"depth": 1.0, "width": 1.0}, "YOLOX-L", 640),
        ({"depth": 1.33, "width": 1.25}, "YOLOX-X", 640),
        ({"depth": 0.33, "width": 0.125, "depthwise": True}, "YOLOX", 416),
    ],
)
def test_size_follows_from_the_shapes(size: dict[str, Any], name: str, side: int) -> None:
    checkpoint = import_module("edgegen.sources.yolox.checkpoint")
    state = network_of(**size, classes=7).state_dict()
    shape = checkpoint._Shape.of(Path("best.pth"), state)
    assert (shape.name, shape.side, shape.classes) == (name, side, 7)
    built = shape.build().state_dict()
    assert {name: tensor.shape for name, tensor in built.items()} == {
        name: tensor.shape for name, tensor in state.items()
    }


def test_layers_keep_the_epsilon_of_the_training() -> None:
    """A state dict does not have it, and torch's default is another."""
    import torch

    layers = opened().network.modules()
    assert {each.eps for each in layers if isinstance(each, torch.nn.BatchNorm2d)} == {1e-3}


def test_darknet_is_rejected(tmp_path: Path) -> None:
    state = {
        name.replace("backbone.backbone.stem.conv.", "backbone.backbone.stem.0."): tensor
        for name, tensor in state_of().items()
    }
    path = saved(tmp_path / "yolov3.pth", {"model": state})
    assert "Darknet (yolov3.pth)" in rejected(path, NAMED, UnsupportedModelError)


def test_unknown_layers_are_named(tmp_path: Path) -> None:
    state = state_of()
    del state["backbone.C3_p4.m.0.conv1.conv.weight"]
    state["head.reg_preds.1.bias"] = state["head.reg_preds.1.bias"][:3]
    message = rejected(saved(tmp_path / "own.pth", state), NAMED, UnsupportedModelError)
    assert "it has no backbone.C3_p4.m.0.conv1.conv.weight" in message
    assert "head.reg_preds.1.bias has the shape [3], not [4]" in message


def test_network_of_grey_pictures_is_rejected(tmp_path: Path) -> None:
    state = state_of()
    state["backbone.backbone.stem.conv.conv.weight"] = state["backbone.backbone.stem.conv.conv.weight"][:, :4]
    path = saved(tmp_path / "grey.pth", state)
    assert "1-channel pictures" in rejected(path, NAMED, UnsupportedModelError)


def test_weights_that_are_not_finite_are_rejected(tmp_path: Path) -> None:
    state = state_of()
    state["head.cls_preds.0.bias"][0] = float("nan")
    assert "not finite" in rejected(saved(tmp_path / "nan.pth", state), NAMED, InputError)


def test_truncated_file_is_rejected(tmp_path: Path) -> None:
    import torch

    path = tmp_path / "old.pth"
    torch.save({"model": state_of()}, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:-5000])
    assert "damaged" in rejected(path, NAMED, InputError)


# ---- options ----


def test_missing_names_are_asked_for() -> None:
    with pytest.raises(MissingOptionsError) as caught:
        open_model(TINY_YOLOX)
    assert "3 classes without names" in caught.value.message
    assert set(caught.value.examples) == {"--names"}


def test_wrong_number_of_names_is_rejected() -> None:
    said = Description(class_names=("circle", "square"))
    assert "3 classes, and there are 2 names" in rejected(TINY_YOLOX, said, InputError)


def test_eighty_classes_without_names_get_those_of_coco(tmp_path: Path) -> None:
    import torch

    state = state_of()
    for level in range(3):
        for part in ("weight", "bias"):
            name = f"head.cls_preds.{level}.{part}"
            state[name] = torch.zeros(80, *state[name].shape[1:])
    path = saved(tmp_path / "coco.pth", state)
    facts = opened(path, NOTHING_SAID).facts
    assert (facts.class_names[0], facts.class_names[79]) == ("person", "toothbrush")
    assert any("COCO" in note for note in facts.notes)
    named = opened(path, Description(class_names=tuple(map(str, range(80))))).facts
    assert named.class_names[79] == "79"
    assert not any("COCO" in note for note in named.notes)


@pytest.mark.parametrize(
    ("said", "option"),
    [
        ({"task": "segment"}, "--task"),
        ({"crop": 64}, "--crop"),
        ({"shorter_side": 64}, "--resize"),
        ({"interpolation": "bicubic"}, "--interpolation"),
    ],
)
def test_option_of_classifiers_is_rejected(said: dict[str, Any], option: str) -> None:
    said_with_names = Description(class_names=KINDS, **said)
    assert option in rejected(TINY_YOLOX, said_with_names, UsageError)


def test_missing_library_is_reported_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "yolox"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "yolox", None)
    with pytest.raises(ToolchainError) as caught:
        open_model(TINY_YOLOX, NAMED)
    assert 'pip install "edgegen[yolox]"' in caught.value.hint


# ---- preprocessing ----


def test_preprocessing_gives_bytes_with_blue_first() -> None:
    given = spec_of(opened(), 96, 160).input
    assert given == InputSpec(96, 160, color="BGR", scale=1.0, resize=LETTERBOX_TOP_LEFT, pad_value=114)


LEGACY = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


@pytest.mark.parametrize("said", [{}, {"color": "rgb", **LEGACY}, LEGACY], ids=["today", "legacy", "blue"])
def test_metadata_of_an_export_describes_the_same_preprocessing(said: dict[str, Any]) -> None:
    model = opened(description=Description(class_names=KINDS, **said))
    spec = spec_of(model)
    again = opened(description=Description.of(spec))
    assert again.facts == model.facts
    assert spec_of(again).input == spec.input


@pytest.mark.parametrize("legacy", [False, True])
def test_input_tensor_equals_that_of_yolox(legacy: bool) -> None:
    from yolox.data.data_augment import ValTransform

    said = {"color": "rgb", **LEGACY} if legacy else {}
    model = opened(description=Description(class_names=KINDS, **said))
    spec = spec_of(model, 96, 160)
    predictor = model.predictor(spec)
    rgb, _ = draw_scene(83, 71, 3)
    theirs, _ = ValTransform(legacy=legacy)(np.ascontiguousarray(rgb[..., ::-1]), None, (96, 160))
    ours = prepare(rgb, spec.input)
    np.testing.assert_allclose(ours.tensor[0], theirs, rtol=0, atol=3e-7 if legacy else 0)
    np.testing.assert_array_equal(ours.pixels, predictor.letterboxed(rgb))
    np.testing.assert_allclose(
        predictor._normalized(predictor._preprocess(rgb)[0]), ours.tensor, rtol=0, atol=3e-7 if legacy else 0
    )


# ---- rewrite ----


def check_first_layer(network: Any, seed: int) -> None:
    """Compare the 6 x 6 convolution with YOLOX's patches, in double precision."""
    import torch
    from yolox.models.network_blocks import Focus

    torch.manual_seed(seed)
    layer = Focus(3, 5, ksize=3).double().eval()
    biased = torch.nn.Conv2d(12, 5, 3, padding=1, dtype=torch.float64)
    layer.conv.conv, layer.conv.bn, layer.conv.act = biased, torch.nn.Identity(), torch.nn.Identity()
    height, width = (2 * int(half) for half in torch.randint(1, 9, (2,)))
    picture = torch.rand(1, 3, height, width, dtype=torch.float64)
    with torch.no_grad():
        ours = network.focus_as_convolution(biased).double()(picture)
        theirs = layer(picture)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=0, atol=1e-13)


def check_logits(network: Any, seed: int) -> None:
    """Compare the joint logit in float32 with its definition in double precision, for -50 to 50."""
    import torch

    random = np.random.default_rng(seed)
    objectness, classes = random.uniform(-50, 50, (1, 1, 8, 9)), random.uniform(-50, 50, (1, 4, 8, 9))
    objectness[0, 0, 0], classes[0, :, :, 0] = 0, random.choice([-50, 0, 50])
    objectness, classes = (each.astype(np.float32) for each in (objectness, classes))
    ours = network.joint_logit(torch.from_numpy(objectness), torch.from_numpy(classes)).numpy()
    o, c = objectness.astype(np.float64), classes.astype(np.float64)
    exact = -np.log(np.exp(-o) + np.exp(-c) + np.exp(-o - c))
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, exact, rtol=0, atol=2e-5)  # of differences of numbers up to 100
    score = 1 / (1 + np.exp(-ours.astype(np.float64)))
    np.testing.assert_allclose(score, 1 / (1 + np.exp(-o)) / (1 + np.exp(-c)), rtol=3e-5, atol=1e-9)


def check_boxes(network: Any, seed: int) -> None:
    """Compare corners by the reference's rule with those of YOLOX, in double precision."""
    import torch

    torch.manual_seed(seed)
    raw = torch.randn(1, 4, 5, 7, dtype=torch.float64) * 2
    left, top, right, bottom = network.distances(raw)[0].numpy()
    rows, columns = np.mgrid[:5, :7]
    x, y = columns + 0.5, rows + 0.5  # of the cell's centre, as in `tasks/detect/decode.py`
    dx, dy, log_width, log_height = raw[0].numpy()
    half = np.exp(log_width) / 2, np.exp(log_height) / 2
    np.testing.assert_allclose(x - left, columns + dx - half[0], atol=1e-12)
    np.testing.assert_allclose(y - top, rows + dy - half[1], atol=1e-12)
    np.testing.assert_allclose(x + right, columns + dx + half[0], atol=1e-12)
    np.testing.assert_allclose(y + bottom, rows + dy + half[1], atol=1e-12)


CHECKS = (check_first_layer, check_logits, check_boxes)


@pytest.mark.parametrize("check", CHECKS)
def test_rewritten_part_equals_that_of_yolox(check: Callable[[Any, int], None]) -> None:
    for seed in range(30):
        check(sound, seed)


@pytest.mark.parametrize(
    ("check", "pattern", "replacement"),
    [
        (check_first_layer, r"\(1, 0\), \(0, 1\)", "(0, 1), (1, 0)"),
        (check_first_layer, r"2 \* each for", "each for"),
        (check_first_layer, r"layer\.bias\.detach", "(layer.bias * 0.999).detach"),
        (check_logits, r"return objectness - ", "return objectness - 0.001 - "),
        (check_logits, r"softplus\(objectness\) - classes", "objectness - classes"),
        (check_logits, r"softplus\(objectness\) - classes", "softplus(objectness, threshold=5) - classes"),
        (check_boxes, r"_CELL_CENTRE: Final = 0\.5", "_CELL_CENTRE: Final = 0.499"),
        (check_boxes, r"\* 0\.5\n", "* 0.501\n"),
        (check_boxes, r"half - shift, half \+ shift", "half + shift, half - shift"),
    ],
)
def test_comparison_fails_for_a_mutated_rewrite(
    tmp_path: Path, check: Callable[[Any, int], None], pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(check, broken, seeds=5, errors=AssertionError)


def test_joint_logit_of_extreme_values_is_finite() -> None:
    import torch

    values = torch.tensor([-3e38, -1000.0, -90.0, 0.0, 90.0, 1000.0, 3e38])
    objectness = values.reshape(1, 1, 7, 1).expand(1, 1, 7, 7)
    classes = values.reshape(1, 1, 1, 7).expand(1, 1, 7, 7)
    assert not torch.isnan(sound.joint_logit(objectness, classes)).any()


def test_whole_network_gives_the_scores_and_boxes_of_yolox() -> None:
    import torch

    model = opened()
    rgb, _ = draw_scene(SIDE, SIDE, 7)
    tensor = torch.from_numpy(prepare(rgb, spec_of(model).input).tensor)
    with torch.inference_mode():
        outputs, theirs = model.module("raw")(tensor), model.network(tensor)[0].numpy()
    boxes, scores = [], []
    for stride, box, logits in zip(sound.STRIDES, outputs[::2], outputs[1::2], strict=True):
        rows, columns = np.mgrid[: box.shape[2], : box.shape[3]] + 0.5
        left, top, right, bottom = box[0].numpy()
        corners = np.stack([columns - left, rows - top, columns + right, rows + bottom]) * stride
        boxes.append(corners.reshape(4, -1).T)
        scores.append(logits.sigmoid()[0].flatten(1).T.numpy())
    x, y, width, height, objectness = theirs[:, :5].T
    expected = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1)
    np.testing.assert_allclose(np.concatenate(boxes), expected, atol=2e-3)
    np.testing.assert_allclose(np.concatenate(scores), objectness[:, None] * theirs[:, 5:], atol=2e-5)
    assert float(np.concatenate(scores).max()) > 0.5


# ---- inference ----


def same(ours: Result, theirs: Result) -> None:
    assert len(ours.scores) == len(theirs.scores)  # type: ignore[union-attr]
    np.testing.assert_array_equal(ours.class_ids, theirs.class_ids)  # type: ignore[union-attr]
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=2e-5)  # type: ignore[union-attr]
    np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=2e-3)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("thresholds", "keep"),
    [
        (Thresholds(confidence=0.25, iou=0.45, max_det=300), ()),
        (Thresholds(confidence=0.02, iou=0.3, max_det=5), ()),
        (Thresholds(confidence=0.02, iou=0.3, max_det=300, agnostic=True), (1, 2)),
        (Thresholds(confidence=0.02, iou=0.45, max_det=300), (0,)),
    ],
)
def test_reference_shows_the_boxes_of_yolox(thresholds: Thresholds, keep: tuple[int, ...]) -> None:
    model = opened()
    spec = spec_of(model)
    predictor, decoder, count = model.predictor(spec), tasks.find("detect").decoder, 0
    for seed, (height, width) in enumerate([(128, 128), (90, 190), (181, 77), (300, 310)]):
        rgb, _ = draw_scene(height, width, 50 + seed)
        given = prepare(rgb, spec.input)
        theirs = predictor(rgb, thresholds, keep)
        ours = decoder.result(
            predictor.outputs(given.tensor), spec.output, given.plan, thresholds, keep or None
        )
        same(ours, theirs)
        count += len(theirs.scores)
    assert count >= 4


def test_picture_without_objects_has_no_boxes() -> None:
    model = opened()
    found = model.predictor(spec_of(model))(
        np.full((64, 64, 3), 114, np.uint8), Thresholds(confidence=0.9, iou=0.5, max_det=300)
    )
    assert (found.boxes.shape, found.scores.shape, found.class_ids.shape) == ((0, 4), (0,), (0,))


def test_module_changes_no_weight_of_the_network() -> None:
    model = opened()
    before = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
    model.module("raw")
    after = model.network.state_dict()
    assert before.keys() == after.keys()
    assert all(bool((tensor == after[name]).all()) for name, tensor in before.items())
