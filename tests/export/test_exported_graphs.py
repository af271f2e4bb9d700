"""Ultralytics' exports to ONNX and TorchScript: facts, outputs and results are those of the checkpoint."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgegen import tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.pictures import drawn_pictures
from edgegen.sources.identify import open_model
from edgegen.tasks.prepared import prepare
from tests.helpers import detection_heads, task_heads
from tests.helpers.classifier_checks import check_one_delegate
from tests.helpers.detection_heads import HeadExport
from tests.helpers.places import checkpoint_of
from tests.helpers.support import edgegen
from tests.helpers.ultralytics_files import FORMATS

TASKS = ("detect", "pose", "obb", "segment", "classify", "semantic", "depth")


def _is_tried(family: str, form: str) -> bool:
    """All families in ONNX; in TorchScript those whose graphs have the most operators."""
    return form == "onnx" or family.startswith(("yolov10", "yolo12", "yolo26"))


def check_equals_checkpoint(file: Path, checkpoint: Path, export: Path) -> None:
    """Facts, pixels, outputs and results are the checkpoint's. A shifted output would be noticed.

    export: of the checkpoint.
    """
    spec = load_model_spec(export / "model.pte", export / "metadata.yaml")
    task = tasks.find(spec.task)
    ours, theirs = (CheckpointAuthority(open_model(path), spec) for path in (file, checkpoint))
    facts, expected_facts = open_model(file).facts, open_model(checkpoint).facts
    assert facts.class_names == expected_facts.class_names
    assert facts.extras == expected_facts.extras
    shown = 0
    for picture in drawn_pictures((spec.input.height, spec.input.width)):
        given = prepare(picture.rgb, spec.input)
        np.testing.assert_array_equal(ours.letterboxed(picture.rgb), given.pixels)
        outputs, expected = ours.outputs(given.tensor), theirs.outputs(given.tensor)
        if spec.task != "depth":  # the file enlarges the map itself
            assert all(stage.passed for stage in task.decoder.compare_outputs(outputs, expected, spec.output))
            shifted = [output + np.float32(0.1) for output in outputs]
            stages = task.decoder.compare_outputs(shifted, expected, spec.output)
            assert not all(stage.passed for stage in stages)
        thresholds = Thresholds(0.25)
        result = ours.result(picture.rgb, thresholds)
        compared = result.compare(theirs.result(picture.rgb, thresholds), thresholds, spec.output)
        assert compared.passed, str(compared)
        shown += len(result)
    assert shown > 0


@pytest.mark.proof("export")
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("task", TASKS)
def test_export_of_a_task_equals_its_checkpoint(
    task: str,
    form: str,
    ultralytics_file: Callable[..., Path],
    task_export: Callable[[str], Path],
) -> None:
    checkpoint = checkpoint_of(task)
    export = task_export(task)
    check_equals_checkpoint(ultralytics_file(task, checkpoint, form), checkpoint, export)


@pytest.mark.full
@pytest.mark.parametrize(
    ("task", "form"),
    [
        *((task, "onnx") for task in TASKS),
        ("segment", "torchscript"),
        *(
            pytest.param(task, "torchscript", marks=pytest.mark.nightly)
            for task in TASKS
            if task != "segment"
        ),
    ],
)
def test_file_of_a_task_becomes_one_delegate(
    task: str, form: str, ultralytics_file: Callable[..., Path], tmp_path: Path
) -> None:
    """`export` compares the program with the file before it writes anything.

    The test above compares the TorchScript files of all tasks with their checkpoints.
    """
    edgegen("export", ultralytics_file(task, checkpoint_of(task), form), "--output", tmp_path / "x").ok()
    check_one_delegate(tmp_path / "x" / "model.pte")


@pytest.mark.full
def test_app_of_a_file_shows_what_the_file_shows(
    ultralytics_file: Callable[..., Path], tmp_path: Path
) -> None:
    """`test_other_detectors.py` of Android and of iOS has an app with an ONNX file."""
    file = ultralytics_file("pose", checkpoint_of("pose"), "torchscript")
    edgegen("new", "--model", file, "--target", "linux-cpp", "--output", tmp_path / "app").ok()
    report = json.loads(edgegen("verify", tmp_path / "app", "--json").ok().out)
    assert "TorchScript" in report["authority"]
    assert all(stage["compared"] > 0 and stage["passed"] for stage in report["stages"])


@pytest.mark.full
@pytest.mark.parametrize(
    ("family", "head", "form"),
    [(*each, form) for each in detection_heads.HEADS for form in FORMATS if _is_tried(each[0], form)],
)
def test_export_of_a_family_equals_its_checkpoint(
    family: str, head: str, form: str, ultralytics_file: Callable[..., Path], head_export: HeadExport
) -> None:
    checkpoint, export = head_export(family, head)
    options = {"nms": False} if head == "end2end" else {}
    file = ultralytics_file(f"{family}-{head}", checkpoint, form, imgsz=list(detection_heads.SIZE), **options)
    check_equals_checkpoint(file, checkpoint, export)


@pytest.mark.full
@pytest.mark.parametrize(
    ("family", "form"),
    [
        # YOLOv8's backbones are those of its detector; the heads in TorchScript are those of the tiny models.
        pytest.param(
            family,
            form,
            marks=pytest.mark.nightly if family.startswith("yolov8") or form == "torchscript" else (),
        )
        for family in task_heads.HEADS
        for form in FORMATS
        if _is_tried(family, form)
    ],
)
def test_export_of_a_task_of_a_family_equals_its_checkpoint(
    family: str, form: str, ultralytics_file: Callable[..., Path], head_export: HeadExport
) -> None:
    task = family.partition("-")[2]
    checkpoint, export = head_export(
        family, {"cls": "logits", "sem": "logits", "depth": "depth"}.get(task, "raw")
    )
    file = ultralytics_file(family, checkpoint, form, imgsz=list(task_heads.HEADS[family].size))
    check_equals_checkpoint(file, checkpoint, export)
