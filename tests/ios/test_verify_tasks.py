"""Tests of `edgegen verify` for iOS projects of poses, oriented boxes and masks."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen_kits.ios.kit import Kit
from tests.helpers.ios_projects import COUNTED
from tests.helpers.support import edgegen

pytestmark = pytest.mark.full


FIRST = ["constants", "letterbox", "tensor", "raw", "decode", "nms"]
STAGES = {
    "pose": [*FIRST, "boxes", "keypoints", "app", "app keypoints"],
    "obb": [*FIRST, "boxes", "corners", "angles", "app", "app corners", "app angles"],
    "segment": [*FIRST, "mask proof", "boxes", "masks", "app", "app masks"],
}


@pytest.mark.parametrize("task", STAGES)
def test_verify_compares_every_stage_of_the_task_and_passes(
    ios_kit: Kit, ios_of: Callable[[str], Path], task: str
) -> None:
    """The stages include the bridge's results. Swift compiles and its tests pass."""
    report = json.loads(edgegen("verify", ios_of(task), "--json").ok().out)
    assert report["passed"]
    assert report["problems"] == []
    stages = {stage["name"]: stage for stage in report["stages"]}
    assert list(stages) == [*STAGES[task], *COUNTED]
    assert all(stage["passed"] and stage["compared"] for stage in stages.values())
    assert report["detections"] > 10
