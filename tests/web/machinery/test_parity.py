"""The golden vectors in Node: every task passes, and a mutated constant fails at its stage."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX_TOP_LEFT
from edgegen.project.task_files import TASKS
from tests.helpers.mutating import replaced
from tests.helpers.other_resizes import OTHER_RESIZES
from tests.helpers.support import PATIENCE
from tests.web.machinery.serving import serve
from tests.web.selected_rows import SELECTING
from tests.web.vision.node import Node

AppProject = Callable[[str], Path]

STAGES = {
    "detect": ["raw", "decode", "nms", "boxes"],
    "pose": ["raw", "decode", "nms", "boxes", "keypoints"],
    "obb": ["raw", "decode", "nms", "boxes", "corners", "angles"],
    "segment": ["raw", "decode", "nms", "boxes", "mask proof", "masks"],
    "classify": ["raw", "decode", "classes"],
    "semantic": ["raw", "class map"],
    "depth": ["raw", "depth"],
    **{name: ["raw", "decode", "nms", "boxes"] for name in (*OTHER_RESIZES, SELECTING)},
}
ROW = re.compile(r"^\| `([^`]+)` \| `([^`]+)` to `([^`]+)` \| ([a-z ]+) \|$", re.MULTILINE)  # of README
INPUT = ["constants", "letterbox", "tensor"]

REPORT = Path(__file__).with_name("report.mjs")
FAILED = re.compile(r"^([a-z ]+): FAILED", re.MULTILINE)


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """Return a process that compares projects with their vectors. A project's own takes 2 CPU seconds."""
    node = Node()
    yield node
    node.close()


def own_test(project: Path) -> subprocess.CompletedProcess[str]:
    """Run a project's own test, as its README says."""
    return subprocess.run(
        ["node", "--test"], cwd=project, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def copy_code(project: Path, copy: Path) -> Path:
    """Copy the code that computes and compares, to be changed."""
    for name in ("vision", "edgegen"):
        shutil.copytree(project / name, copy / name)
    shutil.copy(project / "package.json", copy)
    return copy


def first_failed(report: dict[str, Any]) -> str:
    return next(str(stage["name"]) for stage in report["stages"] if not stage["passed"])


@pytest.mark.full
def test_a_projects_own_test_passes_in_node(app_project: AppProject) -> None:
    """It compares as `report` below does, for every task."""
    ran = own_test(app_project("detect"))
    assert ran.returncode == 0, ran.stdout
    assert re.search(r"^# pass 1$", ran.stdout, re.MULTILINE), ran.stdout


@pytest.mark.full
@pytest.mark.parametrize("name", [*TASKS, *OTHER_RESIZES, SELECTING])
def test_every_stage_of_a_project_is_compared(app_project: AppProject, node: Node, name: str) -> None:
    project = app_project(name)
    report = node.call(REPORT, "report", str(project), str(project), True)
    assert [stage["name"] for stage in report["stages"]] == INPUT + STAGES[name]
    assert all(stage["passed"] for stage in report["stages"])
    assert report["passed"]
    if name in TASKS:
        assert report["missing"] == []
        assert report["detections"] > 0
    else:
        assert report["missing"] in ([], ["raw", "boxes"])  # until `verify` adds them


# The task or the detector's resize, what is replaced in vision/model.js, by what, the first stage that fails.
MUTATIONS = [
    ("detect", r"padValue: 114", "padValue: 112", "letterbox"),
    ("detect", r"rgb: true", "rgb: false", "letterbox"),
    ("detect", r"scale: [\d.]+", "scale: 0.0039", "tensor"),
    ("detect", r"std: \[1.0, 1.0", "std: [1.0, 1.1", "tensor"),
    ("detect", r"regMax: 16", "regMax: 8", "constants"),
    ("detect", r"strides: \[8, 16, 32\]", "strides: [8, 16, 64]", "constants"),
    ("detect", r'    "circle",\n', "", "constants"),
    ("detect", r"\[1, 64, 20, 20\]", "[1, 64, 20, 21]", "constants"),
    ("pose", r"keypointScale: [\d.]+", "keypointScale: 1.9", "decode"),
    ("pose", r"keypointShift: -?[\d.]+", "keypointShift: 0.4", "decode"),
    ("obb", r'angleRule: "\w+"', 'angleRule: "none"', "decode"),
    ("classify", r"shorterSide: \d+", "shorterSide: 72", "letterbox"),
    ("classify", r"mean: \[[\d.]+", "mean: [0.01", "tensor"),
    ("classify", r'contract: "logits"', 'contract: "probabilities"', "constants"),
    ("semantic", r"padValue: 114", "padValue: 112", "letterbox"),
    ("depth", r"scale: [\d.]+", "scale: 0.0039", "tensor"),
    (LETTERBOX_TOP_LEFT, r"padValue: 114", "padValue: 112", "letterbox"),
    (LETTERBOX_TOP_LEFT, r"rgb: false", "rgb: true", "letterbox"),
    (CENTRE_CROP, r"shorterSide: 0", "shorterSide: 160", "letterbox"),
    (CENTRE_CROP, r"isBicubic: false", "isBicubic: true", "letterbox"),
]


@pytest.mark.full
@pytest.mark.parametrize(("task", "pattern", "replacement", "stage"), MUTATIONS)
def test_a_mutated_constant_fails_at_its_stage(
    app_project: AppProject,
    node: Node,
    tmp_path: Path,
    task: str,
    pattern: str,
    replacement: str,
    stage: str,
) -> None:
    code = copy_code(app_project(task), tmp_path)
    constants = code / "vision" / "model.js"
    text, count = re.subn(pattern, replacement, constants.read_text(encoding="utf-8"), count=1)
    assert count == 1
    constants.write_text(text, encoding="utf-8")
    report = node.call(REPORT, "report", str(code), str(app_project(task)), False)
    if "error" in report:  # outputs that do not fit together
        assert stage == "constants", report
        return
    assert not report["passed"]
    assert first_failed(report) == stage, report


@pytest.mark.full
@pytest.mark.parametrize("name", [*TASKS, *OTHER_RESIZES, SELECTING])
def test_each_mutation_of_the_readme_fails_at_its_stage(
    app_project: AppProject, node: Node, tmp_path: Path, name: str
) -> None:
    """The detector's first one with the project's own test too, as its README says."""
    project = app_project(name)
    rows = ROW.findall((project / "README.md").read_text(encoding="utf-8"))
    assert len(rows) == 3
    for number, (file, before, after, stage) in enumerate(rows):
        code = copy_code(project, tmp_path / str(number))
        replaced(code / file, before, after)
        if name == "detect" and number == 0:
            for each in ("model", "ort", "vectors"):
                (code / each).symlink_to(project / each)
            shutil.copytree(project / "tests", code / "tests")
            ran = own_test(code)
            assert ran.returncode != 0, (file, after)
            assert FAILED.findall(ran.stdout.replace("# ", ""))[0] == stage, (file, after)
        report = node.call(REPORT, "report", str(code), str(project), True)
        assert not report["passed"], (file, after)
        assert first_failed(report) == stage, (file, after)


@pytest.mark.full
def test_a_detection_far_below_the_confidence_is_a_problem(app_project: AppProject, node: Node) -> None:
    """A side that is full cuts off all detections below its last one."""
    tolerances = {"score": 0.005, "corner": 0.5, "confidence_margin": 0.005, "iou_margin": 0.01}

    def problems(score: float, max_detections: int) -> int:
        both = {"x1": 0, "y1": 0, "x2": 100, "y2": 100, "score": 0.9, "classId": 0}
        extra = {**both, "x1": 300, "x2": 400, "score": score}
        thresholds = {"confidence": 0.05, "iou": 0.7, "maxDetections": max_detections, "agnostic": False}
        rules = {"thresholds": thresholds, "tolerances": tolerances, "model": {"tolerances": {}}}
        file = app_project("detect") / "edgegen" / "parity" / "match.js"
        return len(node.call(file, "match", [both, extra], [both], rules)["problems"])

    assert problems(0.046, 300) == 0
    assert problems(0.01, 300) == 1
    assert problems(0.01, 1) == 0


@pytest.mark.full
def test_a_damaged_picture_is_noticed_at_the_letterbox(
    app_project: AppProject, node: Node, tmp_path: Path
) -> None:
    """Its samples may be far from the damage: then the digest of all bytes counts fewer as equal."""
    project = tmp_path / "project"
    shutil.copytree(app_project("detect"), project)
    before = node.call(REPORT, "report", str(project), str(project), False)["stages"][1]
    picture = json.loads((project / "vectors" / "index.json").read_text(encoding="utf-8"))["pictures"][0]
    vectors = project / "vectors" / picture["file"]
    data = bytearray(vectors.read_bytes())
    middle = picture["arrays"]["picture"]["offset"] + 3 * picture["width"] * (picture["height"] // 2)
    for place in range(middle, middle + 3000):
        data[place] ^= 64
    vectors.unlink()
    vectors.write_bytes(data)
    after = node.call(REPORT, "report", str(project), str(project), False)["stages"][1]
    assert before["name"] == after["name"] == "letterbox"
    assert after["compared"] < before["compared"]


@pytest.mark.full
def test_the_self_check_of_damaged_vectors_fails_with_a_sentence(
    project: Path, open_page: Callable[..., Any]
) -> None:
    with serve(project, isolated=True) as host:
        page = open_page(host.address)
        page.evaluate("async () => { globalThis.detector = await m.Detector.open(); }")
        (project / "vectors" / "01.bin").write_bytes(b"short")
        failure = page.evaluate("m.failure(() => detector.check())")
        assert failure["code"] == "vectors"
        assert "cut short" in failure["detail"]
        shutil.rmtree(project / "vectors")
        failure = page.evaluate("m.failure(() => detector.check())")
        assert failure["code"] == "vectors"
        assert "404" in failure["detail"]
        assert page.evaluate("detector.info.threads") > 0  # the detector is open
