"""YOLO26 behind the bridge: heads without bins, chosen with NMS and without."""

from pathlib import Path

import pytest

from detection_heads import HeadExport
from edgegen.kits.ios.kit import Kit
from ios_projects import begun
from support import edgegen

from .calls import build


@pytest.mark.parametrize("contract", ["raw", "end2end"])
def test_the_self_check_finds_pytorchs_boxes(
    ios_kit: Kit, head_export: HeadExport, tmp_path: Path, contract: str
) -> None:
    """Every stage was compared and passed."""
    _, export = head_export("yolo26n", contract)
    project = tmp_path / "app"
    edgegen("new", "--target", "ios", "--model", export, "--output", project).ok()
    begun(ios_kit, "bridge", tmp_path / "out")
    bridge = build(project, tmp_path / "out")
    info, report = bridge.run({"call": "model_info"}, bridge.self_check())
    assert info["contract"] == contract
    assert report["passed"]
    assert all(stage["compared"] for stage in report["stages"])
