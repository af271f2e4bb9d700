"""Opening checkpoints: what is read from them, what is refused, and that nothing in them runs."""

import io
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegen.base.errors import EdgegenError, InputError, ToolchainError, UnsupportedModelError
from edgegen.model.spec import Extras
from edgegen.sources.ultralytics import checkpoint
from edgegen.sources.ultralytics.checkpoint import load

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


def refused(path: Path, kind: type[EdgegenError] = InputError) -> str:
    with pytest.raises(kind) as caught:
        load(path)
    assert type(caught.value) is kind
    return caught.value.message


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

    model = load(tiny_checkpoint).model
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
     ("640", (640, 640)), (-1, (640, 640)), ([], (640, 640)), (True, (640, 640))],
)  # fmt: skip
def test_trained_size(variant: Callable[[Change], Path], recorded: object, expected: tuple[int, int]) -> None:
    """The recorded size counts, rounded up to the stride as training does; nonsense gives the default."""
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


class Attack:
    """Runs a command when it is unpickled."""

    def __init__(self, function: Callable[[str], object], argument: str) -> None:
        self.reduced = function, (argument,)

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return self.reduced


def attack_with(tmp_path: Path, function: Callable[[str], object], argument: str, kind: str) -> Path:
    import torch

    path = tmp_path / "evil.pt"
    payload = {"ema": None, "model": Attack(function, argument)}
    if kind == "zip":
        torch.save(payload, path)
    elif kind == "legacy":
        torch.save(payload, path, _use_new_zipfile_serialization=False)
    else:
        path.write_bytes(pickle.dumps(payload, int(kind)))
    return path


@pytest.mark.parametrize("kind", ["zip", "legacy", "0", "2", "4"])
def test_a_pickle_that_wants_os_system(tmp_path: Path, kind: str) -> None:
    """A checkpoint that would run a command is refused, the function is named, and nothing ran."""
    proof = tmp_path / "it-ran"
    message = refused(attack_with(tmp_path, os.system, f"touch {proof}", kind))
    assert f"{os.system.__module__}.system" in message
    assert not proof.exists()


@pytest.mark.parametrize(
    "name",
    [
        "shutil.rmtree",
        "builtins.eval",
        "torch.utils.collect_env.run",
        "ultralytics.utils.checks.check_requirements",
    ],
)
def test_other_ways_to_run_something(tmp_path: Path, name: str) -> None:
    """Functions of allowed packages are refused as well: only single classes and functions are admitted."""
    import importlib

    module, _, function = name.rpartition(".")
    path = attack_with(tmp_path, getattr(importlib.import_module(module), function), "1", "zip")
    assert name in refused(path)


@pytest.mark.parametrize("dotted", ["checks.subprocess.getoutput", "LOGGER.manager.disable"])
def test_dotted_names_reach_nothing(tmp_path: Path, dotted: str) -> None:
    """A global that reaches through a package's own imports is refused."""
    stream = (
        b"\x80\x04\x8c\x11ultralytics.utils\x8c"
        + bytes([len(dotted)])
        + dotted.encode()
        + b"\x93\x8c\x021 \x85R."
    )
    path = tmp_path / "dotted.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("dotted/data.pkl", stream)
        archive.writestr("dotted/version", "3\n")
        archive.writestr("dotted/byteorder", "little")
    assert dotted in refused(path)


def test_a_torch_that_cannot_load_safely(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Ultralytics would drop the safe way of loading without a word, nothing is loaded at all."""
    import torch
    from ultralytics.nn import tasks

    proof = tmp_path / "it-ran"
    evil = attack_with(tmp_path, os.system, f"touch {proof}", "zip")
    monkeypatch.setattr(tasks._SafeLoad, "SUPPORTED", False)
    monkeypatch.delattr(torch.serialization, "get_unsafe_globals_in_checkpoint")
    for path in (tiny_checkpoint, evil):
        assert "without running what is in it" in refused(path, ToolchainError)
    assert not proof.exists()


@pytest.mark.parametrize("variable", ["", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"])
def test_an_ultralytics_that_asks_for_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Whatever Ultralytics and the environment ask torch for, nothing in a checkpoint runs."""
    from ultralytics.nn import tasks

    if variable:
        monkeypatch.setenv(variable, "1")
    proof = tmp_path / "it-ran"
    monkeypatch.setattr(tasks._SafeLoad, "SUPPORTED", False)
    refused(attack_with(tmp_path, os.system, f"touch {proof}", "zip"))
    assert not proof.exists()
    assert os.environ.get("TORCH_FORCE_WEIGHTS_ONLY_LOAD") is None
    assert variable == "" or os.environ[variable] == "1"


def naming(path: Path, module: str, name: str, *, archived: bool = True) -> Path:
    """Write a checkpoint that names something of a module."""
    stream = f"\x80\x02c{module}\n{name}\n".encode("latin-1") + b")R."
    if not archived:
        path.write_bytes(stream)
        return path
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("named/data.pkl", stream)
        archive.writestr("named/version", "3\n")
        archive.writestr("named/byteorder", "little")
    return path


@pytest.mark.parametrize(
    ("module", "name"),
    [("ultralytics.nn.modules.block", "C9k9"), ("ultralytics.nn.modules.of_next_year", "Attention")],
)
@pytest.mark.parametrize("archived", [True, False])
def test_layers_of_a_newer_ultralytics(tmp_path: Path, module: str, name: str, archived: bool) -> None:
    """A layer that only a newer ultralytics has is no attack: what helps is to upgrade."""
    with pytest.raises(InputError, match=f"needs {module}.{name}, which this version") as caught:
        load(naming(tmp_path / "newer.pt", module, name, archived=archived))
    assert caught.value.hint == "pip install --upgrade ultralytics"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("ultralytics.utils.checks", "no_such_check"),
        ("ultralytics.nn.tasks", "guess_model_scale"),
        ("ultralytics.nn.text_model", "open"),
    ],
)
def test_what_no_layer_is_stays_refused(tmp_path: Path, module: str, name: str) -> None:
    """What is no layer, or is there and not to be called, is refused as what it is."""
    assert f"{module}.{name}, which is in no" in refused(naming(tmp_path / "evil.pt", module, name))


def test_weights_alone(tmp_path: Path) -> None:
    """A state dict has no model to export."""
    import torch

    path = tmp_path / "weights.pt"
    torch.save({"conv.weight": torch.zeros(3)}, path)
    assert "weights without their model" in refused(path, UnsupportedModelError)
    torch.save(torch.zeros(3), path)
    assert "weights without their model" in refused(path, UnsupportedModelError)


@pytest.mark.parametrize("keep", [200, 1000, 600_000])
def test_cut_short(tiny_checkpoint: Path, tmp_path: Path, keep: int) -> None:
    """What is left of an interrupted download is told as damaged."""
    path = tmp_path / "cut.pt"
    path.write_bytes(tiny_checkpoint.read_bytes()[:keep])
    assert "damaged" in refused(path)


def test_damage_inside(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """An archive whose pickle is broken is told as damaged."""
    path = tmp_path / "broken.pt"
    with zipfile.ZipFile(tiny_checkpoint) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.infolist():
            data = source.read(item)
            target.writestr(item, data[: len(data) // 2] if item.filename.endswith("data.pkl") else data)
    assert "damaged" in refused(path)


def test_missing_file(tmp_path: Path) -> None:
    """Nothing is fetched for a file that is not there."""
    assert "there is no checkpoint" in refused(tmp_path / "yolo11n.pt")


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
    assert not opened.model.end2end  # predict uses the one-to-many branch by default
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
    assert load(path).model.end2end is end2end


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


def test_without_ultralytics(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ultralytics is an extra: without it the command to install it is named."""
    monkeypatch.setitem(sys.modules, "ultralytics", None)
    with pytest.raises(ToolchainError) as caught:
        load(tiny_checkpoint)
    assert caught.value.hint == 'pip install "edgegen[yolo]"'


def test_with_an_ultralytics_that_loads_unsafely(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release from before the restricted loading is refused, since it would run what is in a checkpoint."""
    import ultralytics.utils

    monkeypatch.delattr(ultralytics.utils, "SAFE_LOAD")
    assert "without running" in refused(tiny_checkpoint, ToolchainError)


def test_loading_is_silent(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """A fresh process that opens a checkpoint writes nothing, even where Ultralytics was never set up."""
    code = (
        "from pathlib import Path; from edgegen.sources.ultralytics import checkpoint; "
        f"checkpoint.load(Path({str(tiny_checkpoint)!r}))"
    )
    environment = {**os.environ, "YOLO_CONFIG_DIR": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert answer.stdout == ""
    assert answer.stderr == ""


def test_ultralytics_may_not_install_anything() -> None:
    """While its code runs, Ultralytics is told to stay offline and to install nothing."""
    before = dict(os.environ)
    with checkpoint.quiet():
        print("not to be seen")
        assert os.environ["YOLO_AUTOINSTALL"] == "false"
        assert os.environ["YOLO_OFFLINE"] == "true"
        assert isinstance(sys.stdout, io.StringIO)
    assert dict(os.environ) == before
