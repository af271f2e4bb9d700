"""Commands that run a web project in a browser: `evaluate`, `verify` with `report`, `update` with a proof."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.reports import report
from tests.helpers import labelled
from tests.helpers.places import TINY
from tests.helpers.support import snapshot
from tests.web.browser_process import edgegen

pytestmark = pytest.mark.full

AGREE = 0.002  # of mAP, 0 to 1
EDIT = "export class ResultProcessor {\n  process(result) {\n    return { result, text: 'mine' };\n  }\n}\n"


@pytest.fixture
def project(app_project: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a detector's project to change, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(app_project("detect"), tmp_path / "birds"))


def test_evaluate_scores_python_and_the_browser_alike(project: Path, tmp_path: Path) -> None:
    """PyTorch, the `.pte`, ONNX Runtime and the app in Chromium. Wrong labels lower all four scores."""
    data = labelled.write(tmp_path / "drawn", "detect")

    def scores() -> dict[str, Any]:
        answer = edgegen("evaluate", project, "--data", data, "--model", TINY, "--json").ok()
        return {each["name"]: each["map50_95"] for each in json.loads(answer.out)["runs"]}

    right = scores()
    assert [*right] == ["pytorch", "pte", "onnx", "app"]
    assert right["pytorch"] > 0.5
    for score in right.values():
        assert score == pytest.approx(right["pytorch"], abs=AGREE)
    for path in (data.parent / "labels").rglob("*.txt"):  # every circle becomes a square
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(f"1{line[1:]}" if line[0] == "0" else line for line in lines), "utf-8")
    for name, score in scores().items():
        assert score < right[name] - 0.1


@pytest.mark.usefixtures("project")
def test_report_shows_the_proof_and_the_screenshots_of_verify(verified: Path) -> None:
    options = ("--results", verified / "report.json", "--screenshots", verified / "shots")
    page, _ = report("birds", *options, "--output", "report.html")
    assert "model.onnx" in page.text
    assert "drawn boxes" in page.text
    assert "Not verified yet" not in page.text
    pictures = {each["alt"]: each["src"] for each in page.all("img")}
    assert any("camera" in name for name in pictures), pictures.keys()
    assert all(source.startswith("data:image/") for source in pictures.values())


def test_update_proves_the_result_in_the_browser_and_keeps_edits(project: Path) -> None:
    (project / "app" / "processor.js").write_text(EDIT, encoding="utf-8")
    answer = json.loads(edgegen("update", project, "--conf", 0.4, "--json").ok().out)
    assert "vision/model.js" in answer["files"]["updated"]
    assert (project / "app" / "processor.js").read_text(encoding="utf-8") == EDIT
    assert "confidence: 0.4" in (project / "vision" / "model.js").read_text(encoding="utf-8")


def test_update_whose_result_is_wrong_changes_nothing(project: Path) -> None:
    """A user's edit moves every box as soon as the threshold is another one."""
    levels = project / "vision" / "levels.js"
    text = levels.read_text(encoding="utf-8")
    assert text.count("CELL_CENTRE = 0.5") == 1
    moved = text.replace("CELL_CENTRE = 0.5", "CELL_CENTRE = MODEL.confidence > 0.3 ? 0 : 0.5")
    levels.write_text(f"import {{ MODEL }} from './model.js';\n{moved}", encoding="utf-8")
    before = snapshot(project)
    answer = edgegen("update", project, "--conf", 0.4)
    assert answer.code == 7, answer.err
    assert "decode" in answer.err
    assert snapshot(project) == before
