"""Models of every other task and family export, run fully in XNNPACK, and equal predict."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen import tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.commands.inspect import inspect_model
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.picture_files import read_picture
from edgegen.parity.pictures import draw_scene, drawn_pictures
from edgegen.runtimes.executorch.runtime import PteProgram
from edgegen.sources.ultralytics.checkpoint import load
from edgegen.tasks.prepared import prepare
from tests.helpers.agreement import check_agreement
from tests.helpers.detection_heads import HeadExport
from tests.helpers.once import ExportOf, Once
from tests.helpers.projects import Built, build, run
from tests.helpers.support import edgegen
from tests.helpers.task_heads import HEADS

pytestmark = pytest.mark.full

OF_BOXES = ("segment", "pose", "obb")  # tasks with any number of results in a picture
# The pose models of YOLO11 and YOLO26 are in test_pose.
FAMILIES = (
    ("yolov8n-seg", "raw", "segment"),
    ("yolo11n-seg", "raw", "segment"),
    ("yolo26n-seg", "raw", "segment"),
    ("yolo26n-seg", "decoded", "segment"),
    ("yolov8n-pose", "raw", "pose"),
    ("yolov8n-obb", "raw", "obb"),
    ("yolo11n-obb", "raw", "obb"),
    ("yolo26n-obb", "raw", "obb"),
    ("yolo26n-obb", "end2end", "obb"),
    ("yolo26n-obb", "decoded", "obb"),
    ("yolov8n-cls", "logits", "classify"),
    ("yolo11n-cls", "logits", "classify"),
    ("yolo26n-cls", "logits", "classify"),
    ("yolo26n-sem", "logits", "semantic"),
    ("yolo26n-depth", "depth", "depth"),
)


@pytest.mark.parametrize(("family", "contract", "task"), FAMILIES)
def test_exported_family_equals_predict(
    head_export: HeadExport, family: str, contract: str, task: str
) -> None:
    """Raw heads are one subgraph without other operators; outputs and results are those of PyTorch."""
    checkpoint, folder = head_export(family, contract)
    facts = inspect_model(str(folder))
    (method,) = facts["methods"]
    assert method["backends"] == {"XnnpackBackend": 1} or contract == "decoded"
    assert method["operators"] == {} or contract == "decoded"
    assert (facts["task"], facts["contract"]) == (task, contract)

    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    size = HEADS[family].size
    assert (spec.input.height, spec.input.width) == size
    program, authority = PteProgram(spec.pte), CheckpointAuthority(load(checkpoint), spec)
    shown, seen = 0, []
    pictures = [each.rgb for each in drawn_pictures(size)] + [draw_scene(*size, seed=s)[0] for s in range(2)]
    for rgb in pictures:
        outputs, count = check_agreement(spec, program, authority, rgb)
        shown += count
        seen.append(outputs[0])
    assert task not in OF_BOXES or shown > 20
    # Classes and maps have one result for each picture; it must differ between pictures.
    assert task in OF_BOXES or np.std(seen, axis=0).max() > 0.01


@pytest.mark.parametrize(
    ("weights", "photos", "task"),
    [
        ("yolo11n-seg-coco8.pt", "coco8-seg", "segment"),
        ("yolo11n-obb-dota8.pt", "dota8", "obb"),
    ],
)
def test_exported_trained_model_equals_predict_on_photos(
    shared_data: Path, export_of: ExportOf, weights: str, photos: str, task: str
) -> None:
    """Includes photos that are not in its training set."""
    checkpoint, of_task = shared_data / "weights" / weights, tasks.find(task)
    folder = export_of(checkpoint, (320, 320), "raw")
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    program, authority = PteProgram(spec.pte), CheckpointAuthority(load(checkpoint), spec)
    paths = sorted((shared_data / "images" / "tasks" / photos / "images" / "all").iterdir())
    paths += sorted((shared_data / "images" / "parity").iterdir())[-3:]
    shown = 0
    for path in paths:
        rgb = read_picture(path).rgb
        given = prepare(rgb, spec.input)
        outputs = program(given.tensor)
        for stage in of_task.decoder.compare_outputs(outputs, authority.outputs(given.tensor), spec.output):
            assert stage.passed, (path.name, stage)
        for thresholds in (Thresholds(), Thresholds(0.02)):
            ours = of_task.decoder.result(outputs, spec.output, given.plan, thresholds)
            compared = ours.compare(authority.result(rgb, thresholds), thresholds, spec.output)
            assert compared.passed, (path.name, str(compared))
            shown += len(ours)
    assert shown > 50


TOGETHER = {
    "segment": (("yolov8n-seg", "raw"), ("yolo11n-seg", "raw"), ("yolo26n-seg", "raw")),
    "pose": (("yolov8n-pose", "raw"), ("yolo11n-pose", "raw"), ("yolo26n-pose", "raw")),
    "obb": (
        ("yolov8n-obb", "raw"),
        ("yolo11n-obb", "raw"),
        ("yolo26n-obb", "end2end"),
        ("yolo26n-obb", "raw"),
    ),
    "classify": (("yolov8n-cls", "logits"), ("yolo11n-cls", "logits"), ("yolo26n-cls", "logits")),
    "semantic": (("yolo26n-sem", "logits"),),
    "depth": (("yolo26n-depth", "depth"),),
}


@pytest.mark.parametrize(
    "task",
    # A build each. Masks and turned boxes have the most code of their own, and maps share the least of it.
    [
        pytest.param(task, marks=() if task in ("segment", "obb", "semantic") else pytest.mark.nightly)
        for task in TOGETHER
    ],
)
def test_linux_project_of_several_families_passes_parity_for_each(
    head_export: HeadExport, once: Once, task: str
) -> None:
    """All models of a task are in one build; each has its own golden vectors."""
    exports = [head_export(*head)[1] for head in TOGETHER[task]]

    def make(folder: Path) -> None:
        models = [option for export in exports for option in ("--model", export)]
        edgegen(
            "new", "--target", "linux-cpp", "--app", "studio", *models, "--output", folder / "project"
        ).ok()

    built = build(once(f"families-{task}", make) / "project", "parity")
    models = built.project / "src" / "models"  # all models except the first
    keys = [each.name for each in sorted(models.glob("*")) if each.is_dir()]
    assert len(keys) == len(exports) - 1
    for options in ([], *(["--use", key] for key in keys)):
        report = report_of(built, options)
        assert report["passed"], report
        assert report["problems"] == report["missing"] == []
        assert report["detections"] > 0
        assert {each["name"] for each in report["stages"]} >= {"letterbox", "tensor", "raw"}
        assert all(each["compared"] > 0 for each in report["stages"])


def report_of(built: Built, options: Sequence[object]) -> dict[str, Any]:
    answer = run([built.parity, "--json", *options], built.project)
    said: dict[str, Any] = json.loads(answer.stdout)
    return said
