"""YOLO26 behind the bridge: heads without bins, chosen with NMS and without, of boxes and of tasks."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from edgegen.kits.ios.kit import Kit
from tests.helpers.detection_heads import HeadExport
from tests.helpers.ios_projects import begun
from tests.helpers.support import edgegen
from tests.ios.bridge.calls import build
from tests.ios.bridge.conftest import BridgeOf

pytestmark = pytest.mark.full


def self_check(export: Path, folder: Path) -> tuple[Any, Any]:
    """Make a project and return what its bridge says of its model, and of its golden vectors."""
    project = folder / "app"
    edgegen("new", "--target", "ios", "--model", export, "--output", project).ok()
    bridge = build(project, folder / "out")
    info, report = bridge.run({"call": "model_info"}, bridge.self_check())
    return info, report


@pytest.mark.parametrize("contract", ["raw", "end2end"])
def test_the_self_check_finds_pytorchs_boxes(
    ios_kit: Kit, head_export: HeadExport, tmp_path: Path, contract: str
) -> None:
    """Every stage was compared and passed."""
    begun(ios_kit, "bridge", tmp_path / "out")
    info, report = self_check(head_export("yolo26n", contract)[1], tmp_path)
    assert info["contract"] == contract
    assert report["passed"]
    assert all(stage["compared"] for stage in report["stages"])


@pytest.mark.parametrize(
    ("family", "task"), [("yolo26n-seg", "segment"), ("yolo26n-pose", "pose"), ("yolo26n-obb", "obb")]
)
def test_what_goes_with_boxes_that_need_no_nms_is_pytorchs(
    head_export: HeadExport, bridge_of: BridgeOf, tmp_path: Path, family: str, task: str
) -> None:
    """Masks, points and corners of the one-to-one branch: every stage was compared and passed."""
    shutil.copytree(Path(bridge_of(task).program).parents[1], tmp_path / "out")
    info, report = self_check(head_export(family, "end2end")[1], tmp_path)
    assert (info["contract"], info["task"]) == ("end2end", task)
    assert report["passed"], report["problems"]
    assert all(stage["compared"] for stage in report["stages"])
