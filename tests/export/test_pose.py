"""Export of pose models: all in XNNPACK, equal to predict; folders of Ultralytics."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from edgegen import targets
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import InputError
from edgegen.commands.inspect import inspect_model
from edgegen.model.spec import Extras, InputSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority, FolderAuthority, PteAuthority, authority_for
from edgegen.parity.picture_files import read_picture
from edgegen.parity.pictures import draw_scene, drawn_pictures
from edgegen.parity.vectors import make_vectors
from edgegen.reference import letterbox, plan_letterbox, to_tensor
from edgegen.runtimes.executorch.runtime import PteProgram
from edgegen.sources.ultralytics.checkpoint import load
from edgegen.tasks.pose.decode import PoseDecoder
from tests.helpers.detection_heads import CLASSES, SIZE, HeadExport
from tests.helpers.specs import spec_from_metadata
from tests.helpers.support import count_results, metadata_of, rejects

RULES = {"yolo11n-pose": (2.0, -0.5), "yolo26n-pose": (1.0, 0.0)}


@pytest.mark.full
@pytest.mark.parametrize(
    ("family", "contract"),
    [
        ("yolo11n-pose", "raw"),
        ("yolo26n-pose", "raw"),
        ("yolo26n-pose", "end2end"),
        ("yolo26n-pose", "decoded"),
    ],
)
def test_exported_pose_family_equals_predict(head_export: HeadExport, family: str, contract: str) -> None:
    """It is one subgraph without other operators; outputs, boxes and keypoints are those of PyTorch."""
    checkpoint, folder = head_export(family, contract)
    facts = inspect_model(str(folder))
    (method,) = facts["methods"]
    assert method["backends"] == {"XnnpackBackend": 1}
    assert method["operators"] == {} or contract == "decoded"
    assert (facts["task"], facts["contract"], facts["kpt_shape"]) == ("pose", contract, [17, 3])
    said = metadata_of(folder)
    assert (said["task"], said["kpt_shape"]) == ("pose", [17, 3])

    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    rule = RULES[family] if spec.output.has_levels else (0.0, 0.0)
    assert spec.output.extras == Extras(51, (17, 3), *rule)
    program, authority = PteProgram(spec.pte), CheckpointAuthority(load(checkpoint), spec)
    shown = 0
    pictures = [each.rgb for each in drawn_pictures(SIZE)] + [draw_scene(*SIZE, seed=s)[0] for s in range(2)]
    for rgb in pictures:
        tensor = to_tensor(letterbox(rgb, SIZE), spec.input)
        outputs = program(tensor)
        for stage in PoseDecoder().compare_outputs(outputs, authority.outputs(tensor), spec.output):
            assert stage.passed, stage
        for thresholds in (Thresholds(0.25), Thresholds(0.05, max_det=20), Thresholds(0.1, agnostic=True)):
            ours = PoseDecoder().result(outputs, spec.output, plan_letterbox(rgb.shape[:2], SIZE), thresholds)
            compared = ours.compare(authority.result(rgb, thresholds), thresholds, spec.output)
            assert compared.passed, str(compared)
            shown += compared.first.compared
    assert shown > 50


@pytest.mark.full
def test_pose_reference_equals_predict_on_photos(shared_data: Path) -> None:
    """Photos of people in several sizes; the model's outputs are decoded with numpy."""
    checkpoint = load(shared_data / "weights" / "yolo11n-pose-coco8.pt")
    facts, side = checkpoint.facts, 320
    shapes = tuple(
        (1, channels, side // stride, side // stride) for stride in (8, 16, 32) for channels in (64, 1, 51)
    )
    output = OutputSpec("raw", shapes, facts.yolo.reg_max, facts.yolo.strides, extras=facts.extras)
    spec = spec_from_metadata("pose", facts.class_names, InputSpec(side, side), output)
    authority, shown = CheckpointAuthority(checkpoint, spec), 0
    for path in sorted((shared_data / "coco" / "images" / "train").iterdir())[:12]:
        rgb = read_picture(path).rgb
        outputs = authority.outputs(to_tensor(letterbox(rgb, (side, side)), spec.input))
        for thresholds in (Thresholds(), Thresholds(0.02)):
            ours = PoseDecoder().result(
                outputs, output, plan_letterbox(rgb.shape[:2], (side, side)), thresholds
            )
            compared = ours.compare(authority.result(rgb, thresholds), thresholds, output)
            assert compared.passed, (path.name, str(compared))
            shown += compared.first.compared
    assert shown > 30


@pytest.mark.full
@pytest.mark.parametrize("contract", ["decoded", "detections"])
def test_ultralytics_pose_folder_equals_predict(
    ultralytics_poses: Path, tmp_path: Path, contract: str
) -> None:
    """The vectors are made from the folder."""
    folder = ultralytics_poses / f"{contract}_executorch_model"
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    assert (spec.task, spec.output.contract, spec.num_classes) == ("pose", contract, CLASSES)
    assert spec.output.extras == Extras(51, (17, 3))
    right, ours = authority_for(spec, None), PteAuthority(spec)
    assert type(right) is FolderAuthority
    shown = 0
    for seed in range(3):
        rgb, _ = draw_scene(97, 131, seed=seed)
        for thresholds in (Thresholds(0.25), Thresholds(0.02, max_det=7)):
            compared = ours.result(rgb, thresholds).compare(
                right.result(rgb, thresholds), thresholds, spec.output
            )
            assert compared.passed, str(compared)
            shown += compared.first.compared
    assert shown > 10
    make_vectors(tmp_path / "vectors", spec, authority=right)
    assert count_results(tmp_path / "vectors") > 3
    index = json.loads((tmp_path / "vectors" / "index.json").read_text(encoding="utf-8"))
    assert (index["task"], index["contract"], index["source"]) == ("pose", contract, "executorch")


@pytest.mark.full
def test_authority_rejects_a_checkpoint_of_another_task(
    head_export: HeadExport, tiny_checkpoint: Path
) -> None:
    _, folder = head_export("yolo11n-pose", "raw")
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    with pytest.raises(InputError, match="its task is detect, the model's pose"):
        CheckpointAuthority(load(tiny_checkpoint), spec)


@pytest.mark.full
def test_new_rejects_a_target_without_support_for_the_task(
    head_export: HeadExport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the checkpoint before its export, and for the export; the message names another target."""
    find = targets.find
    of_boxes = dataclasses.replace(find("ios"), tasks=("detect",))
    monkeypatch.setattr(targets, "find", lambda name: of_boxes if name == "ios" else find(name))
    checkpoint, folder = head_export("yolo11n-pose", "raw")
    for model in (checkpoint, folder):
        says = ("not supported yet: ios projects", "`pose`", "choose ", "linux-cpp")
        arguments = ("--model", model, "--target", "ios", "--output", tmp_path / "app")
        rejects(3, tmp_path, "new", *arguments, says=says)
        facts = inspect_model(str(model))
        assert (facts["supported"], facts["task"], facts["problem"]) == (True, "pose", "")


def test_checkpoint_may_have_any_number_of_keypoints(tmp_path: Path) -> None:
    """With and without visibility; an invalid shape is rejected."""
    import torch
    from ultralytics.nn.tasks import PoseModel

    from edgegen.base.quiet import quiet

    with quiet():
        model = PoseModel("yolo26n-pose.yaml", ch=3, nc=1, data_kpt_shape=[4, 2], verbose=False)
    torch.save({"model": model.half(), "train_args": {"imgsz": 64}}, tmp_path / "four.pt")
    facts = load(tmp_path / "four.pt").facts
    assert (facts.task, facts.extras) == ("pose", Extras(8, (4, 2), 1.0, 0.0))
    for wrong in ([4, 5], [0, 3], "many", [4]):
        model.model[-1].kpt_shape = wrong
        torch.save({"model": model, "train_args": {"imgsz": 64}}, tmp_path / "wrong.pt")
        with pytest.raises(InputError, match="keypoints of shape"):
            load(tmp_path / "wrong.pt")
    assert np.prod(facts.extras.kpt_shape) == facts.extras.channels
