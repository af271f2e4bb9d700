"""Tests of the bridge with YOLO26, whose heads have no distance bins, with NMS and without."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from edgegen_kits.ios.kit import Kit
from tests.helpers.detection_heads import HeadExport
from tests.helpers.ios_projects import begun
from tests.helpers.support import edgegen
from tests.ios.bridge.calls import BridgeOf, build

pytestmark = pytest.mark.full


def self_check(export: Path, folder: Path) -> tuple[Any, Any]:
    """Generate a project and return its bridge's model info and self-check report."""
    project = folder / "app"
    edgegen("new", "--target", "ios", "--app", "studio", "--model", export, "--output", project).ok()
    bridge = build(project, folder / "out")
    info, report = bridge.run({"call": "model_info"}, bridge.self_check())
    return info, report


@pytest.mark.parametrize("contract", ["raw", "end2end"])
def test_self_check_of_yolo26_compares_every_stage_and_passes(
    ios_kit: Kit, head_export: HeadExport, tmp_path: Path, contract: str
) -> None:
    begun(ios_kit, "bridge", tmp_path / "out")
    info, report = self_check(head_export("yolo26n", contract)[1], tmp_path)
    assert info["contract"] == contract
    assert report["passed"]
    assert all(stage["compared"] for stage in report["stages"])


@pytest.mark.parametrize(
    ("family", "task"), [("yolo26n-seg", "segment"), ("yolo26n-pose", "pose"), ("yolo26n-obb", "obb")]
)
def test_self_check_of_yolo26_tasks_without_nms_compares_every_stage_and_passes(
    head_export: HeadExport, bridge_of: BridgeOf, tmp_path: Path, family: str, task: str
) -> None:
    """Masks, keypoints and corners of the one-to-one branch."""
    shutil.copytree(Path(bridge_of(task).program).parents[1], tmp_path / "out")
    info, report = self_check(head_export(family, "end2end")[1], tmp_path)
    assert (info["contract"], info["task"]) == ("end2end", task)
    assert report["passed"], report["problems"]
    assert all(stage["compared"] for stage in report["stages"])
