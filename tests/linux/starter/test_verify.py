"""`edgegen verify` proves a starter as it proves a studio."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen import targets
from edgegen.base.tools import ToolStatus
from edgegen.commands import doctor
from tests.helpers.mutating import replaced
from tests.helpers.places import TINY, checkpoint_of
from tests.helpers.projects import build, checked
from tests.helpers.support import edgegen
from tests.linux.starter.conftest import Starter

VERIFY_FAILED = 7
STAGES = {"constants", "letterbox", "tensor", "raw", "decode", "nms", "boxes", "pte", "app"}
PHOTO = TINY.parent / "landscape.png"


def verify(project: Path, task: str) -> tuple[int, dict[str, bool]]:
    """Return the exit code, and for each stage whether it passed."""
    checkpoint = checkpoint_of(task)
    answer = edgegen("verify", project, "--model", checkpoint, "--image", PHOTO, "--json")
    report = json.loads(answer.out)
    assert all(stage["compared"] > 0 for stage in report["stages"] if stage["passed"])
    return answer.code, {stage["name"]: stage["passed"] for stage in report["stages"]}


@pytest.mark.proof("linux")
def test_verify_passes_for_the_detector_and_notices_a_mutated_constant(
    starter: Starter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A starter needs no libjpeg and no libpng."""
    examined = [
        doctor.Diagnosis(each.tool, ToolStatus()) if each.tool.name == "JPEG and PNG" else each
        for each in doctor.examine(targets.find("linux-cpp"))
    ]
    monkeypatch.setattr(doctor, "examine", lambda _target: examined)
    project = starter("detect").project
    code, stages = verify(project, "detect")
    assert code == 0
    assert all(stages.values())
    assert stages.keys() >= STAGES

    mutated = shutil.copytree(project, tmp_path / "mutated", ignore=shutil.ignore_patterns("build"))
    replaced(mutated / "src" / "model_info.h", "kPadValue = 114", "kPadValue = 100")
    code, stages = verify(mutated, "detect")
    assert code == VERIFY_FAILED
    assert stages["constants"]
    assert not stages["letterbox"]


@pytest.mark.full
@pytest.mark.parametrize("task", ["classify", "semantic", "depth"])
def test_verify_passes_for_tasks_without_boxes(starter: Starter, task: str) -> None:
    """../test_tasks.py verifies the other tasks: in a studio, which prints the JSON of the starter."""
    code, stages = verify(starter(task).project, task)
    assert code == 0
    assert all(stages.values())
    assert any(name.startswith("app") for name in stages)


@pytest.mark.full
@pytest.mark.parametrize("task", ["pose", "obb", "segment"])
def test_starter_prints_the_json_and_the_parity_stages_of_the_studio(
    starter: Starter, studio_project: Callable[[str], Path], task: str
) -> None:
    """Every number is equal. Only the studio adds times."""
    options = [PHOTO, "--json", "--conf", "0.01"]
    apps = [starter(task), build(studio_project(task), "app", "parity")]
    shown = [json.loads(checked([app.app, *options], app.project))["images"] for app in apps]
    for (image,) in shown:
        image.pop("timing_ms", None)
    assert shown[0] == shown[1]
    assert len(shown[0][0]["detections"]) > 2
    stages = [json.loads(checked([app.parity, "--json"], app.project))["stages"] for app in apps]
    assert stages[0] == stages[1]
    assert all(stage["passed"] for stage in stages[0])
