"""What is read from a checkpoint, and which are refused for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegen.artifacts import metadata
from edgegen.artifacts.metadata_reader import read_metadata
from edgegen.base.errors import UnsupportedModelError
from edgegen.model.spec import Extras, InputSpec
from edgegen.sources.ultralytics import heads
from edgegen.sources.ultralytics.checkpoint import load
from edgegen.tasks import find
from edgegen.tasks.signature import Signature, claims_of
from tests.helpers.places import TINY
from tests.python.sources.refusing import refused

pytestmark = pytest.mark.full

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def variant(tiny_checkpoint: Path, tmp_path: Path) -> Callable[[Change], Path]:
    """Return a function that writes the tiny checkpoint with something in it changed."""
    import torch
    from ultralytics.nn.tasks import torch_safe_load

    def make(change: Change) -> Path:
        record, _ = torch_safe_load(str(tiny_checkpoint), safe_only=True)
        change(record)
        path = tmp_path / "variant.pt"
        torch.save(record, path)
        return path

    return make


def test_facts_of_the_tiny_checkpoint(tiny_checkpoint: Path) -> None:
    """Names, sizes and strides come from the checkpoint."""
    facts = load(tiny_checkpoint).facts
    assert facts.class_names == ("circle", "square", "triangle")
    assert facts.imgsz == (160, 160)
    assert facts.strides == (8, 16, 32)
    assert facts.largest_stride == 32
    assert facts.reg_max == 16
    assert facts.license == "Apache-2.0"


def test_model_is_ready_for_inference(tiny_checkpoint: Path) -> None:
    """The module is float32, in evaluation mode, without gradients and without batch normalization."""
    import torch

    model = load(tiny_checkpoint).fused("one-to-many")
    assert not model.training
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert not any(p.requires_grad for p in model.parameters())
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in model.modules())


@pytest.mark.parametrize(
    "name", ["best", "best.onnx", "it's mine.pt", "größe 日本.PT", "yolov5n.pt", "a b.tar.gz"]
)
def test_any_file_name_will_do(tiny_checkpoint: Path, tmp_path: Path, name: str) -> None:
    """Content decides: no suffix, no apostrophe and no name of Ultralytics' own gets in the way."""
    path = tmp_path / name
    path.write_bytes(tiny_checkpoint.read_bytes())
    assert load(path).facts.class_names == ("circle", "square", "triangle")


def test_relative_path(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path may be relative to the current folder."""
    monkeypatch.chdir(tiny_checkpoint.parent)
    assert load(Path(tiny_checkpoint.name)).facts.reg_max == 16


def test_averaged_weights_go_first(variant: Callable[[Change], Path]) -> None:
    """Where a running training's checkpoint holds both, the averaged weights count, as in Ultralytics."""
    import copy

    def both(record: dict[str, Any]) -> None:
        record["model"] = copy.deepcopy(record["ema"])
        record["model"].names = ["wrong", "wrong", "wrong"]

    assert load(variant(both)).facts.class_names == ("circle", "square", "triangle")


def test_model_without_averaged_weights(variant: Callable[[Change], Path]) -> None:
    """A finished training holds only `model`."""

    def finished(record: dict[str, Any]) -> None:
        record["model"], record["ema"] = record["ema"], None

    assert load(variant(finished)).facts.class_names == ("circle", "square", "triangle")


def test_names_may_be_a_list(variant: Callable[[Change], Path]) -> None:
    """Old checkpoints number their classes by place; names keep every character."""
    names = ['quote"', "line\nbreak", "日本 $HOME %s"]
    assert load(variant(lambda r: setattr(r["ema"], "names", names))).facts.class_names == tuple(names)


def test_names_by_number_in_any_order(variant: Callable[[Change], Path]) -> None:
    """A dict is read by its keys."""
    names = {2: "c", 0: "a", 1: "b"}
    assert load(variant(lambda r: setattr(r["ema"], "names", names))).facts.class_names == ("a", "b", "c")


def test_no_names(variant: Callable[[Change], Path]) -> None:
    """Classes without names are numbered."""
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
def test_names_that_contradict_the_head(variant: Callable[[Change], Path], names: object) -> None:
    """Class names of another number than the head's classes are refused."""
    message = refused(variant(lambda r: setattr(r["ema"], "names", names)))
    assert "contradicts itself" in message or "does not number its classes" in message


@pytest.mark.parametrize("names", [3, "cat"])
def test_names_that_are_no_list(variant: Callable[[Change], Path], names: object) -> None:
    """A number or a word in the place of class names is told as such."""
    assert "no list of class names" in refused(variant(lambda r: setattr(r["ema"], "names", names)))


def test_no_classes(variant: Callable[[Change], Path]) -> None:
    """A head for 0 classes is refused."""
    assert "0 classes" in refused(variant(lambda r: setattr(r["ema"].model[-1], "nc", 0)))


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [(320, (320, 320)), ([320], (320, 320)), ([256, 416], (256, 416)), (500, (512, 512)), (None, (640, 640)),
     ("192", (192, 192)), ("[192, 256]", (192, 256)), ("192,256", (192, 256)), ((192, 256), (192, 256)),
     (-1, (32, 32)), (0, (32, 32)), (True, (32, 32)), ([200.0, 256], (224, 256)),
     # From here on predict fails.
     (192.0, (192, 192)), (" 192", (192, 192)), (["192", "256"], (192, 256)), ([], (640, 640)),
     ("big", (640, 640)), ([192, 256, 3], (640, 640)), (200.5, (640, 640)), (float("inf"), (640, 640))],
)  # fmt: skip
def test_trained_size(variant: Callable[[Change], Path], recorded: object, expected: tuple[int, int]) -> None:
    """Predict's size counts, rounded up to the stride; nonsense gives the default."""
    assert load(variant(lambda r: r["train_args"].update(imgsz=recorded))).facts.imgsz == expected


def test_weights_that_diverged(variant: Callable[[Change], Path]) -> None:
    """A checkpoint with NaN among its weights is refused."""

    def poison(record: dict[str, Any]) -> None:
        next(record["ema"].parameters()).view(-1)[0] = float("nan")

    assert "not all finite" in refused(variant(poison))


def test_folders_in_the_record_stay_private(variant: Callable[[Change], Path]) -> None:
    """Of paths in a checkpoint only the last part is kept, whichever system wrote it."""
    facts = load(variant(lambda r: r["train_args"].update(data="C:\\Users\\me\\birds.yaml"))).facts
    assert facts.data == "birds.yaml"


def detection_model(path: Path, **changes: object) -> Path:
    """Write an untrained checkpoint of a small architecture with a few things changed."""
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


def test_two_levels(tmp_path: Path) -> None:
    """The number of levels is free."""
    checkpoint = load(detection_model(tmp_path / "two.pt"))
    assert checkpoint.facts.strides == (8, 16)
    assert checkpoint.facts.imgsz == (64, 64)


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
def test_branches_of_a_head(
    tmp_path: Path, changes: dict[str, object], head: str, reg_max: int, branches: tuple[str, ...]
) -> None:
    """What the head has is told, and the model is fused with the branch that is asked for, each time anew."""
    opened = load(detection_model(tmp_path / "model.pt", **changes))
    facts = opened.facts
    assert (facts.head, facts.reg_max, facts.branches) == (head, reg_max, branches)
    assert not opened.fused(
        opened.facts.branches[0]
    ).end2end  # predict uses the one-to-many branch by default
    for branch in (*branches, *branches):
        fused = opened.fused(branch)
        assert fused.is_fused()
        assert fused.end2end is (branch == "one-to-one")
        assert (fused.model[-1].cv2 is None) is (branch == "one-to-one")


@pytest.mark.parametrize(("end2end", "left"), [(True, "one-to-one"), (False, "one-to-many")])
def test_a_checkpoint_saved_after_its_fusion(tmp_path: Path, end2end: bool, left: str) -> None:
    """It has lost a branch, and says so."""
    import torch
    from ultralytics.nn.tasks import torch_safe_load

    path = detection_model(tmp_path / "fused.pt", **V10)
    record, _ = torch_safe_load(str(path), safe_only=True)
    record["model"].float().end2end = end2end
    record["model"] = record["model"].fuse(verbose=False)
    torch.save(record, path)
    assert load(path).facts.branches == (left,)
    again = load(path)
    assert again.fused(again.facts.branches[0]).end2end is end2end


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channels": 1}, "1-channel"),
        ({"channels": 4}, "4-channel"),
        ({"head": [[-1, 1, "Conv", [16, 3, 2]], [[2, 3], 1, "OBB", ["nc", 2]]]}, "2 angles"),
    ],
)
def test_other_heads(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    """The head decides, not the family; what is not handled yet is named."""
    path = detection_model(tmp_path / "other.pt", **changes)
    message = refused(path, UnsupportedModelError)
    assert message.startswith("not supported yet: ")
    assert said in message


def test_a_head_that_nobody_knows_is_named(variant: Callable[[Change], Path]) -> None:
    """With what is exported instead: a network without its head, and a head that was made of a known one."""
    import torch
    from ultralytics.nn.modules.head import Segment

    class Imagined(Segment):
        pass

    def headless(record: Any) -> None:
        record["ema"].model = record["ema"].model[:-1]

    path = variant(headless)
    imagined = torch.nn.Module()
    imagined.model = torch.nn.Sequential(Imagined.__new__(Imagined))
    for kind, check in (("Conv", lambda: load(path)), ("Imagined", lambda: heads.accepted(imagined))):
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
def test_real_checkpoints_of_other_tasks(shared_data: Path, name: str, task: str, extras: Extras) -> None:
    """Trained models of other tasks say what their heads give beside boxes and classes."""
    facts = load(shared_data / "weights" / f"{name}.pt").facts
    assert (facts.task, facts.extras) == (task, extras)


@pytest.mark.parametrize(
    ("name", "classes", "imgsz"), [("yolo11n-coco128", 80, 416), ("yolov8n-person", 1, 320)]
)
def test_real_checkpoints(shared_data: Path, name: str, classes: int, imgsz: int) -> None:
    """Real YOLO11 and YOLOv8 checkpoints open."""
    facts = load(shared_data / "weights" / f"{name}.pt").facts
    assert len(facts.class_names) == classes
    assert facts.imgsz == (imgsz, imgsz)
    assert facts.architecture in {"YOLO11n", "YOLOv8n"}
    assert "/" not in facts.data
    assert facts.description == f"Ultralytics {facts.architecture} model trained on {facts.data}"


def test_the_description_invents_nothing(variant: Callable[[Change], Path]) -> None:
    """A checkpoint that records neither its architecture nor its data gets none."""

    def forget(record: Any) -> None:
        record.update(train_args={})
        (record.get("ema") or record["model"]).yaml = {}

    facts = load(variant(forget)).facts
    assert (facts.description, facts.architecture, facts.data) == ("Ultralytics model", "", "")


def test_quantization_aware_checkpoint(variant: Callable[[Change], Path]) -> None:
    """A checkpoint whose weights were trained for int8 is not exported as if they were float."""
    assert "quantization-aware" in refused(
        variant(lambda r: r.update(modelopt={"version": 1})), UnsupportedModelError
    )


def test_names_of_keypoints_go_into_the_metadata(tmp_path: Path) -> None:
    """As Ultralytics trains and writes them; what has none says none. They make no other model."""
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
        claims = claims_of(facts, tmp_path / "metadata.yaml", "decoded")
        output = find("pose").read_outputs(Signature(Path("model.pte"), 160, 160, shapes, claims))
        versions = {"ultralytics": "8", "executorch": "1", "torch": "2"}
        given, more = InputSpec(160, 160), {"backends": (), "versions": versions, "sha256": ""}
        described = metadata.describe(facts, tmp_path / "named.pt", "", given, output, **more)
        metadata.write(tmp_path / "metadata.yaml", described)
        assert read_metadata(tmp_path / "metadata.yaml").kpt_names == facts.extras.kpt_names
        assert output.extras.kpt_names == facts.extras.kpt_names
