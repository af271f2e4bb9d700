"""The golden vectors in Node and Chromium: every task passes, and a mutated constant fails at its stage."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX_TOP_LEFT
from edgegen.parity.report import MISTAKES, compared_stages
from edgegen.project.task_files import TASKS
from tests.helpers.other_resizes import OTHER_RESIZES
from tests.helpers.support import PATIENCE
from tests.web.machinery.conftest import wait_for_workers
from tests.web.machinery.serving import serve
from tests.web.selected_rows import SELECTING

STAGES = {
    "detect": ["raw", "decode", "nms", "boxes"],
    "pose": ["raw", "decode", "nms", "boxes", "keypoints"],
    "obb": ["raw", "decode", "nms", "boxes", "corners", "angles"],
    "segment": ["raw", "decode", "nms", "boxes", "mask proof", "masks"],
    "classify": ["raw", "decode", "classes"],
    "semantic": ["raw", "class map"],
    "depth": ["raw", "depth"],
}
INPUT = ["constants", "letterbox", "tensor"]

# The report of a project as JSON; with the argument `model`, also the stages that need the model. If the
# comparison fails, it is the error's text.
REPORT = """
import { readFile } from 'node:fs/promises';
import { compare } from './edgegen/parity/parity.js';
import { openModel } from './edgegen/session.js';
import { MODEL } from './vision/model.js';

const read = (name) => readFile(new URL(`vectors/${name}`, import.meta.url));
const readModel = (url) => readFile(new URL(url.pathname, url));
const open = () => openModel({ model: MODEL, threads: 1, read: readModel });
const session = process.argv[2] === 'model' ? await open() : null;
const run = session && ((values) => session.run(values));
const report = await compare(read, run, MODEL).catch((error) => ({ error: error.detail }));
console.log(JSON.stringify(report));
"""


def _node(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node")
    assert node, "no node"
    return subprocess.run(
        [node, *arguments], cwd=project, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False
    )


def _report(project: Path, *arguments: str) -> dict[str, Any]:
    (project / "report.mjs").write_text(REPORT, encoding="utf-8")
    ran = _node(project, "report.mjs", *arguments)
    assert ran.returncode == 0, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


@pytest.mark.full
@pytest.mark.parametrize("name", [*TASKS, *OTHER_RESIZES, SELECTING])
def test_a_projects_own_test_passes_in_node(web_project: Callable[[str], Path], name: str) -> None:
    ran = _node(web_project(name), "--test")
    assert ran.returncode == 0, ran.stdout
    assert re.search(r"^# pass 1$", ran.stdout, re.MULTILINE), ran.stdout


@pytest.mark.full
@pytest.mark.parametrize("task", TASKS)
def test_every_stage_of_a_task_is_compared(
    web_project: Callable[[str], Path], tmp_path: Path, task: str
) -> None:
    project = tmp_path / "project"
    shutil.copytree(web_project(task), project)
    report = _report(project, "model")
    stages = compared_stages(report)
    assert [stage.name for stage in stages] == INPUT + STAGES[task]
    assert all(stage.passed and stage.compared for stage in stages)
    assert report["passed"]
    assert report["detections"] > 0


# The task or the detector's resize, what is replaced in vision/model.js, by what, the first stage that fails.
MUTATIONS = [
    ("detect", r"padValue: 114", "padValue: 112", "letterbox"),
    ("detect", r"rgb: true", "rgb: false", "letterbox"),
    ("detect", r"scale: [\d.]+", "scale: 0.0039", "tensor"),
    ("detect", r"std: \[1.0, 1.0", "std: [1.0, 1.1", "tensor"),
    ("detect", r"regMax: 16", "regMax: 8", "constants"),
    ("detect", r"strides: \[8, 16, 32\]", "strides: [8, 16, 64]", "constants"),
    ("detect", r'pteSha256: "\w', 'pteSha256: "x', "constants"),
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
    web_project: Callable[[str], Path], tmp_path: Path, task: str, pattern: str, replacement: str, stage: str
) -> None:
    project = tmp_path / "project"
    shutil.copytree(web_project(task), project)
    constants = project / "vision" / "model.js"
    text, count = re.subn(pattern, replacement, constants.read_text(encoding="utf-8"), count=1)
    assert count == 1
    constants.write_text(text, encoding="utf-8")
    report = _report(project)
    if "error" in report:  # outputs that do not fit together
        assert stage == "constants", report
        return
    assert not report["passed"]
    failed = [each["name"] for each in report["stages"] if not each["passed"]]
    assert failed[0] == stage, report


@pytest.mark.full
def test_a_damaged_picture_is_noticed_at_the_letterbox(
    web_project: Callable[[str], Path], tmp_path: Path
) -> None:
    """Its samples may be far from the damage: then the digest of all bytes counts fewer as equal."""
    project = tmp_path / "project"
    shutil.copytree(web_project("detect"), project)
    before = _report(project)["stages"][1]
    picture = json.loads((project / "vectors" / "index.json").read_text(encoding="utf-8"))["pictures"][0]
    vectors = project / "vectors" / picture["file"]
    data = bytearray(vectors.read_bytes())
    middle = picture["arrays"]["picture"]["offset"] + 3 * picture["width"] * (picture["height"] // 2)
    for place in range(middle, middle + 3000):
        data[place] ^= 64
    vectors.unlink()
    vectors.write_bytes(data)
    after = _report(project)["stages"][1]
    assert before["name"] == after["name"] == "letterbox"
    assert after["compared"] < before["compared"]


@pytest.mark.full
def test_the_self_check_in_chromium_compares_every_stage_and_times_the_model(
    web_project: Callable[[str], Path], open_page: Callable[..., Any]
) -> None:
    with serve(web_project("segment"), isolated=True) as host:
        page = open_page(host.address)
        checked = page.evaluate(
            """async () => {
              globalThis.detector = await m.Detector.open();
              const checked = await m.selfCheck(detector, { runs: 2 });
              return { ...checked, info: detector.info };
            }"""
        )
        assert page.evaluate("async () => (await detector.detect(await m.golden(0))).result.boxes.length") > 0
        wait_for_workers(page, 1)
    stages = compared_stages(checked)
    assert [stage.name for stage in stages] == INPUT + STAGES["segment"]
    assert all(stage.passed for stage in stages)
    assert not any(stage.unit == MISTAKES for stage in stages)
    assert checked["verdict"].startswith("PASSED: the same as PyTorch on ")
    assert checked["lines"][-1] == checked["verdict"]
    assert checked["times"][0]["threads"] == 1
    assert checked["info"]["threads"] == checked["threads"]  # the fastest is used from now on


@pytest.mark.full
def test_the_self_check_of_damaged_vectors_fails_with_a_sentence(
    project: Path, open_page: Callable[..., Any]
) -> None:
    with serve(project, isolated=True) as host:
        page = open_page(host.address)
        page.evaluate("async () => { globalThis.detector = await m.Detector.open(); }")
        (project / "vectors" / "01.bin").write_bytes(b"short")
        failure = page.evaluate("m.failure(() => m.selfCheck(detector, { runs: 0 }))")
        assert failure["code"] == "vectors"
        assert "cut short" in failure["detail"]
        shutil.rmtree(project / "vectors")
        failure = page.evaluate("m.failure(() => m.selfCheck(detector, { runs: 0 }))")
        assert failure["code"] == "vectors"
        assert "404" in failure["detail"]
        assert page.evaluate("detector.info.threads") > 0  # the detector is open again
