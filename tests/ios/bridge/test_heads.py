"""Tests of the bridge with YOLO26, whose heads have no distance bins, without NMS.

tests/cpp/test_several_models.py has its detectors, and tests/export/test_others.py its oriented boxes and
the tasks with NMS: with the same core.
"""

import shutil
from pathlib import Path

import pytest

from tests.helpers.detection_heads import HeadExport
from tests.helpers.support import edgegen
from tests.ios.bridge.calls import BridgeOf, build

pytestmark = pytest.mark.full


@pytest.mark.parametrize(("family", "task"), [("yolo26n-seg", "segment"), ("yolo26n-pose", "pose")])
def test_self_check_of_yolo26_tasks_without_nms_compares_every_stage_and_passes(
    head_export: HeadExport, bridge_of: BridgeOf, tmp_path: Path, family: str, task: str
) -> None:
    """Masks and keypoints of the one-to-one branch."""
    shutil.copytree(Path(bridge_of(task).program).parents[1], tmp_path / "out")
    project = tmp_path / "app"
    export = head_export(family, "end2end")[1]
    edgegen("new", "--target", "ios", "--app", "studio", "--model", export, "--output", project).ok()
    bridge = build(project, tmp_path / "out")
    info, report = bridge.run({"call": "model_info"}, bridge.self_check())
    assert (info["contract"], info["task"]) == ("end2end", task)
    assert report["passed"], report["problems"]
    assert all(stage["compared"] for stage in report["stages"])
