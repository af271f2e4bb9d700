"""The facts read from a checkpoint, and the checkpoints that are rejected."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegen.artifacts import metadata
from edgegen.artifacts.metadata import read_metadata
from edgegen.base.errors import UnsupportedModelError
from edgegen.model.spec import Extras, OutputSpec, Program
from edgegen.sources.ultralytics import heads
from edgegen.sources.ultralytics.checkpoint import load
from tests.helpers.places import TINY
from tests.python.sources.refusing import refused

pytestmark = pytest.mark.full

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def variant(tiny_checkpoint: Path, tmp_path: Path) -> Callable[[Change], Path]:
    """Return a function that writes a changed copy of the tiny checkpoint."""
    import torch
    from ultralytics.nn.tasks import torch_safe_load

    def make(change: Change) -> Path:
        record, _ = torch_safe_load(str(tiny_checkpoint), safe_only=True)
        change(record)
        path = tmp_path / "variant.pt"
        torch.save(record, path)
        return path

    return make


def test_facts_come_from_the_checkpoint(tiny_checkpoint: Path) -> None:
    facts = load(tiny_checkpoint).facts
    assert facts.class_names == ("circle", "square", "triangle")
    assert facts.input.size == (160, 160)
    assert facts.yolo.strides == (8, 16, 32)
    assert facts.largest_stride == 32
    assert facts.yolo.reg_max == 16
    assert facts.license == "Apache-2.0"


def test_model_is_ready_for_inference(tiny_checkpoint: Path) -> None:
    """|The module is float32, in evaluation mode, without gradients and batch normalization."""
    import torch

    model = load(tiny_checkpoint).fused("one-to-many")
    assert not model.training
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert not any(p.requires_grad for p in model.parameters())
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in model.modules())


@pytest.mark.parametrize(
    "name", ["best", "best.onnx", "it's mine.pt", "größe 日本.PT", "yolov5n.pt", "a b.tar.gz"]
)
def test_checkpoint_opens_under_any_file_name(tiny_checkpoint: Path, tmp_path: Path, name: str) -> None:
    """The content decides, and not the suffix, apostrophes, or a name of an official model."""
    path = tmp_path / name
    path.write_bytes(tiny_checkpoint.read_bytes())
    assert load(path).facts.class_names == ("circle", "square", "triangle")


def test_checkpoint_opens_by_a_relative_path(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny_checkpoint.parent)
    assert load(Path(tiny_checkpoint.name)).facts.yolo.reg_max == 16


def test_averaged_weights_are_preferred(variant: Callable[[Change], Path]) -> None:
    """As in Ultralytics; the checkpoint of a running training has both."""
    import copy

    def both(record: dict[str, Any]) -> None:
        record["model"] = copy.deepcopy(record["ema"])
        record["model"].names = ["wrong", "wrong", "wrong"]

    assert load(variant(both)).facts.class_names == ("circle", "square", "triangle")


def test_checkpoint_without_averaged_weights_opens(variant: Callable[[Change], Path]) -> None:
    """As written by a finished training."""

    def finished(record: dict[str, Any]) -> None:
        record["model"], record["ema"] = record["ema"], None

    assert load(variant(finished)).facts.class_names == ("circle", "square", "triangle")


def test_class_names_may_be_a_list(variant: Callable[[Change], Path]) -> None:
    """As in old checkpoints; every character is kept."""
    names = ['quote"', "line\nbreak", "日本 $HOME %s"]
    assert load(variant(lambda r: setattr(r["ema"], "names", names))).facts.class_names == tuple(names)


def test_class_names_of_a_dict_are_ordered_by_number(variant: Callable[[Change], Path]) -> None:
    names = {2: "c", 0: "a", 1: "b"}
    assert load(variant(lambda r: setattr(r["ema"], "names", names))).facts.class_names == ("a", "b", "c")


def test_classes_without_names_are_numbered(variant: Callable[[Change], Path]) -> None:
    facts = load(variant(lambda r: setattr(r["ema"], "names", None))).facts
    assert facts.class_names == ("class0", "class1", "class2")


@pytest.mark.parametrize(
    "names",
    [
        {0: "a", 1: "b"},
        ["a"] * 4,
        {0: "a", 1: "b", 5: "c"},
        [],
        {"cat": 0, "dog": 1, "cow": 2},
        {0: "a", None: "b", 2: "c"},
        {1: "a", "1": "b", 0: "c", 2: "d"},
    ],
)
def test_class_names_that_contradict_the_head_are_rejected(
    variant: Callable[[Change], Path], names: object
) -> None:
    message = refused(variant(lambda r: setattr(r["ema"], "names", names)))
    assert "contradicts itself" in message or "does not number its classes" in message


@pytest.mark.parametrize("names", [3, "cat"])
def test_class_names_of_another_type_are_rejected(variant: Callable[[Change], Path], names: object) -> None:
    assert "no list of class names" in refused(variant(lambda r: setattr(r["ema"], "names", names)))


def test_head_for_0_classes_is_rejected(variant: Callable[[Change], Path]) -> None:
    assert "0 classes" in refused(variant(lambda r: setattr(r["ema"].model[-1], "nc", 0)))


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [(320, (320, 320)), ([320], (320, 320)), ([256, 416], (256, 416)), (500, (512, 512)), (None, (640, 640)),
     ("192", (192, 192)), ("[192, 256]", (192, 256)), ("192,256", (192, 256)), ((192, 256), (192, 256)),
     (-1, (32, 32)), (0, (32, 32)), (True, (32, 32)), ([200.0, 256], (224, 256)),
     # Predict fails with the following sizes.
     (192.0, (192, 192)), (" 192", (192, 192)), (["192", "256"], (192, 256)), ([], (640, 640)),
     ("big", (640, 640)), ([192, 256, 3], (640, 640)), (200.5, (640, 640)), (float("inf"), (640, 640))],
)  # fmt: skip
def test_trained_size_equals_the_size_of_predict(
    variant: Callable[[Change], Path], recorded: object, expected: tuple[int, int]
) -> None:
    """Rounded up to the stride; an invalid size gives the default."""
    assert load(variant(lambda r: r["train_args"].update(imgsz=recorded))).facts.input.size == expected


def test_checkpoint_with_nan_weights_is_rejected(variant: Callable[[Change], Path]) -> None:
    def poison(record: dict[str, Any]) -> None:
        next(record["ema"].parameters()).view(-1)[0] = float("nan")

    assert "not finite" in refused(variant(poison))


def test_paths_in_the_record_keep_only_their_last_part(variant: Callable[[Change], Path]) -> None:
    """Paths of any system."""
    facts = load(variant(lambda r: r["train_args"].update(data="C:\\Users\\me\\birds.yaml"))).facts
    assert facts.data == "birds.yaml"


def detection_model(path: Path, **changes: object) -> Path:
    """Write an untrained checkpoint of a small architecture with some changes."""
    import torch
    from ultralytics.nn.tasks import DetectionModel

    recipe: dict[str, Any] = {
        "nc": 2,
        "backbone": [[-1, 1, "Conv", [16, 3, 2]], [-1, 1, "Conv", [16, 3, 2]], [-1, 1, "Conv", [16, 3, 2]]],
        "head": [[-1, 1, "Conv", [16, 3, 2]], [[2, 3], 1, "Detect", ["nc"]]],
    }
    recipe |= changes
    model = DetectionModel(recipe, ch=recipe.get("channels", 3), verbose=False)
    torch.save({"model": model.half(), "train_args": {"imgsz": 64}}, path)
    return path


def test_checkpoint_with_two_levels_opens(tmp_path: Path) -> None:
    checkpoint = load(detection_model(tmp_path / "two.pt"))
    assert checkpoint.facts.yolo.strides == (8, 16)
    assert checkpoint.facts.input.size == (64, 64)


V10 = {"head": [[-1, 1, "Conv", [16, 3, 2]], [[2, 3], 1, "v10Detect", ["nc"]]]}


@pytest.mark.parametrize(
    ("changes", "head", "reg_max", "branches"),
    [
        ({}, "Detect", 16, ("one-to-many",)),
        ({"reg_max": 1}, "Detect", 1, ("one-to-many",)),
        ({"end2end": True, "reg_max": 1}, "Detect", 1, ("one-to-many", "one-to-one")),
        (V10, "v10Detect", 16, ("one-to-many", "one-to-one")),
    ],
)
def test_model_is_fused_with_each_branch_of_its_head(
    tmp_path: Path, changes: dict[str, object], head: str, reg_max: int, branches: tuple[str, ...]
) -> None:
    """Several times, each time from the original model."""
    opened = load(detection_model(tmp_path / "model.pt", **changes))
    facts = opened.facts
    assert (facts.yolo.name, facts.yolo.reg_max, facts.yolo.branches) == (head, reg_max, branches)
    assert not opened.fused(
        opened.facts.yolo.branches[0]
    ).end2end  # predict uses the one-to-many branch by default
    for branch in (*branches, *branches):
        fused = opened.fused(branch)
        assert fused.is_fused()
        assert fused.end2end is (branch == "one-to-one")
        assert (fused.model[-1].cv2 is None) is (branch == "one-to-one")


@pytest.mark.parametrize(("end2end", "left"), [(True, "one-to-one"), (False, "one-to-many")])
def test_checkpoint_saved_after_fusion_has_one_branch(tmp_path: Path, end2end: bool, left: str) -> None:
    import torch
    from ultralytics.nn.tasks import torch_safe_load

    path = detection_model(tmp_path / "fused.pt", **V10)
    record, _ = torch_safe_load(str(path), safe_only=True)
    record["model"].float().end2end = end2end
    record["model"] = record["model"].fuse(verbose=False)
    torch.save(record, path)
    assert load(path).facts.yolo.branches == (left,)
    again = load(path)
    assert again.fused(again.facts.yolo.branches[0]).end2end is end2end


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channels": 1}, "1-channel"),
        ({"channels": 4}, "4-channel"),
        ({"head": [[-1, 1, "Conv", [16, 3, 2]], [[2, 3], 1, "OBB", ["nc", 2]]]}, "2 angles"),
    ],
)
def test_unsupported_head_or_input_is_named(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    """The head decides, and not the family."""
    path = detection_model(tmp_path / "other.pt", **changes)
    message = refused(path, UnsupportedModelError)
    assert message.startswith("not supported yet: ")
    assert said in message


@pytest.mark.parametrize("channels", [1, 4, 10])
def test_hint_for_pictures_that_are_not_in_colour_names_the_channels(tmp_path: Path, channels: int) -> None:
    """The list of tasks would be no help."""
    with pytest.raises(UnsupportedModelError, match=f"{channels}-channel pictures") as caught:
        load(detection_model(tmp_path / "other.pt", channels=channels))
    assert "3 channels" in caught.value.hint
    assert "grey and multispectral" in caught.value.hint


def test_unknown_head_is_named(variant: Callable[[Change], Path]) -> None:
    """A network without its head, and a subclass of a known head."""
    import torch
    from ultralytics.nn.modules.head import Segment

    class Imagined(Segment):
        pass

    def headless(record: Any) -> None:
        record["ema"].model = record["ema"].model[:-1]

    path = variant(headless)
    imagined = torch.nn.Module()
    imagined.model = torch.nn.Sequential(Imagined.__new__(Imagined))
    for kind, check in (("Conv", lambda: load(path)), ("Imagined", lambda: heads.supported_head(imagined))):
        with pytest.raises(UnsupportedModelError) as caught:
            check()
        assert caught.value.message == f"not supported yet: models whose last layer is {kind}"
        assert all(task in caught.value.hint for task in ("detect", "pose", "segment", "obb", "depth"))
        assert "YOLO11" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "task", "extras"),
    [
        ("yolo11n-seg-coco8", "segment", Extras(32)),
        ("yolo11n-pose-coco8", "pose", Extras(51, (17, 3), 2.0, -0.5)),
        ("yolo11n-obb-dota8", "obb", Extras(1, angle="sigmoid")),
    ],
)
def test_trained_checkpoints_of_other_tasks_give_their_extras(
    shared_data: Path, name: str, task: str, extras: Extras
) -> None:
    facts = load(shared_data / "weights" / f"{name}.pt").facts
    assert (facts.task, facts.extras) == (task, extras)


@pytest.mark.parametrize(
    ("name", "classes", "imgsz"), [("yolo11n-coco128", 80, 416), ("yolov8n-person", 1, 320)]
)
def test_trained_yolo11_and_yolov8_checkpoints_open(
    shared_data: Path, name: str, classes: int, imgsz: int
) -> None:
    facts = load(shared_data / "weights" / f"{name}.pt").facts
    assert len(facts.class_names) == classes
    assert facts.input.size == (imgsz, imgsz)
    assert facts.architecture in {"YOLO11n", "YOLOv8n"}
    assert "/" not in facts.data
    assert facts.description == f"Ultralytics {facts.architecture} model trained on {facts.data}"


def test_description_leaves_out_unknown_architecture_and_data(variant: Callable[[Change], Path]) -> None:
    def forget(record: Any) -> None:
        record.update(train_args={})
        (record.get("ema") or record["model"]).yaml = {}

    facts = load(variant(forget)).facts
    assert (facts.description, facts.architecture, facts.data) == ("Ultralytics model", "", "")


def test_quantization_aware_checkpoint_is_rejected(variant: Callable[[Change], Path]) -> None:
    """An export as float32 would be wrong."""
    assert "quantization-aware" in refused(
        variant(lambda r: r.update(modelopt={"version": 1})), UnsupportedModelError
    )


def test_keypoint_names_are_read_and_written_to_the_metadata(tmp_path: Path) -> None:
    """They are optional, and do not change the model."""
    import torch
    from ultralytics.nn.tasks import torch_safe_load

    names = ["tip", "left", "right", "middle"]
    record, _ = torch_safe_load(str(TINY.with_name("tiny-pose.pt")), safe_only=True)
    model = record.get("ema") or record["model"]
    model.kpt_names = dict.fromkeys(range(3), names)
    torch.save(record, tmp_path / "named.pt")
    named, plain = load(tmp_path / "named.pt").facts, load(TINY.with_name("tiny-pose.pt")).facts
    assert (named.extras.kpt_names, plain.extras.kpt_names) == (tuple(names), ())
    assert named.extras == plain.extras
    shapes = ((1, 4 + 3 + 12, 500),)
    for facts in (named, plain):
        output = OutputSpec("decoded", shapes, extras=facts.extras)
        versions = {"ultralytics": "8", "executorch": "1", "torch": "2"}
        program = Program("model.pte", "xnnpack", "float32", "0" * 64)
        described = metadata.describe(
            facts, tmp_path / "named.pt", "", output, program=program, versions=versions
        )
        metadata.write(tmp_path / "metadata.yaml", described)
        assert read_metadata(tmp_path / "metadata.yaml").kpt_names == facts.extras.kpt_names
