"""`--backend webgpu`: what the export records, what a project gets, and `verify` with SwiftShader."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgegen.project.render import templates_dir
from edgegen.targets.web import onnxruntime_web
from tests.helpers.browser import find_chromium
from tests.helpers.mutating import replaced
from tests.helpers.places import TINY
from tests.helpers.support import Answer, edgegen, list_files, record_of, rejects
from tests.web import browser_process, webgpu_double

pytestmark = pytest.mark.full

OWN = ("edgegen/webgpu.js", "edgegen/webgpu_worker.js")
RAN = "outputs = await this.#session.run({ [this.#session.inputNames[0]]: input });"


def programs(folder: Path) -> list[dict[str, Any]]:
    """Return the programs of metadata.yaml."""
    content = yaml.safe_load((folder / "metadata.yaml").read_text("utf-8"))
    return list(content["edgegen"]["programs"])


def checked(answer: Answer) -> dict[str, Any]:
    """Return the report of `verify --json`. The exit code is 7 if it failed."""
    report = dict(json.loads(answer.out))
    assert answer.code == (0 if report["passed"] else 7), answer.err
    return report


def test_export_lists_the_same_file_for_webgpu(tmp_path: Path) -> None:
    """In any order of the options, and with tolerances of its own."""
    edgegen("export", "--model", TINY, "--backend", "webgpu", "--output", tmp_path / "x").ok()
    _, onnx, webgpu = programs(tmp_path / "x")
    assert (onnx["backend"], webgpu["backend"]) == ("onnx", "webgpu")
    same = ("file", "precision", "sha256", "size")
    assert [onnx[name] for name in same] == [webgpu[name] for name in same]
    assert "tolerances" not in onnx
    assert webgpu["tolerances"]["score"] == pytest.approx(0.01)
    assert len(webgpu["pictures"]) == 5


def test_float16_weights_and_webgpu_go_together(tmp_path: Path) -> None:
    options = ("--backend", "webgpu", "--precision", "fp16", "--target", "web")
    edgegen("export", "--model", TINY, *options, "--output", tmp_path / "x").ok()
    _, onnx, webgpu = programs(tmp_path / "x")
    assert onnx["precision"] == webgpu["precision"] == "float16"
    assert webgpu["tolerances"]["raw"] >= onnx["tolerances"]["raw"]
    assert webgpu["tolerances"]["corner"] > onnx["tolerances"]["corner"]


@pytest.mark.parametrize("target", ["android", "ios", "linux-cpp"])
def test_other_targets_reject_webgpu(target: str, tmp_path: Path) -> None:
    options = ("--backend", "webgpu", "--output", tmp_path / "x")
    says = (f"--backend webgpu has no effect for {target}",)
    rejects(2, tmp_path, "new", "--model", TINY, "--target", target, *options, says=says)


def test_project_has_the_files_of_webgpu(webgpu_project: Path) -> None:
    for name, digest in {**onnxruntime_web.FILES, **onnxruntime_web.WEBGPU_FILES}.items():
        assert hashlib.sha256((webgpu_project / "ort" / name).read_bytes()).hexdigest() == digest
    assert set(OWN) <= set(list_files(webgpu_project))
    assert record_of(webgpu_project)["options"]["backend"] == ["webgpu"]
    assert "## WebGPU" in (webgpu_project / "README.md").read_text("utf-8")


def test_project_without_the_backend_has_nothing_of_webgpu(app_project: Callable[[str], Path]) -> None:
    project = app_project("detect")
    names = [name for name in list_files(project) if not name.startswith(("ort/", "model/", "vectors/"))]
    assert {path.name for path in (project / "ort").iterdir()} == {*onnxruntime_web.FILES, "LICENSE"}
    for name in names:
        content = (project / name).read_bytes().lower()
        assert b"webgpu" not in content, name
    assert "edgegen/session.js" in names
    assert not set(OWN) & {path.as_posix() for path in templates_dir().joinpath("web").rglob("*.js")}


def test_update_adds_webgpu_and_removes_it(app_project: Callable[[str], Path], tmp_path: Path) -> None:
    project = Path(shutil.copytree(app_project("detect"), tmp_path / "birds"))
    before = set(list_files(project))
    edgegen("update", project, "--backend", "webgpu", "--no-verify").ok()
    added = {*OWN, *(f"ort/{name}" for name in onnxruntime_web.WEBGPU_FILES)}
    assert set(list_files(project)) == before | added
    assert json.loads(edgegen("update", project, "--no-verify", "--json").ok().out)["changed"] is False
    edgegen("update", project, "--backend", "onnx", "--no-verify").ok()
    assert set(list_files(project)) == before
    assert [each["backend"] for each in programs(project / "model")] == ["xnnpack", "onnx"]


def test_verify_compares_webgpu_and_webassembly(webgpu_project: Path) -> None:
    report = checked(browser_process.edgegen("verify", webgpu_project, "--json"))
    assert report["passed"], report["problems"]
    (stage,) = (stage for stage in report["stages"] if stage["name"] == "webgpu")
    assert stage["compared"] == 5
    assert {"boxes", "app", "offline", "camera"} <= {stage["name"] for stage in report["stages"]}


def test_verify_names_wrong_results_of_webgpu(webgpu_project: Path, tmp_path: Path) -> None:
    """WebAssembly's results are right, so the app's are."""
    project = Path(shutil.copytree(webgpu_project, tmp_path / "birds"))
    webgpu_double.install(project)
    shifted = "if (isGpu) scores.set(scores.map((value) => value + 1))"
    wrong = f"{RAN}\n    const scores = outputs[this.#session.outputNames[1]].data;\n    {shifted};"
    replaced(project / "edgegen" / "session.js", RAN, wrong)
    report = checked(browser_process.edgegen("verify", project, "--json"))
    assert [stage["name"] for stage in report["stages"] if not stage["passed"]] == ["webgpu"]
    assert any(problem.startswith("webgpu: raw") for problem in report["problems"]), report["problems"]


def test_verify_without_webgpu_in_the_browser_notes_it(webgpu_project: Path, tmp_path: Path) -> None:
    browser = tmp_path / "bin" / "chromium"
    browser.parent.mkdir()
    arguments = 'for each; do shift; case "$each" in *webgpu*) ;; *) set -- "$@" "$each" ;; esac; done'
    browser.write_text(f'#!/bin/sh\n{arguments}\nexec {find_chromium()} "$@"\n', encoding="utf-8")
    browser.chmod(0o755)
    path = f"{browser.parent}{os.pathsep}{os.environ['PATH']}"
    report = checked(browser_process.edgegen("verify", webgpu_project, "--json", path=path))
    assert report["passed"], report["problems"]
    assert "webgpu" not in [stage["name"] for stage in report["stages"]]
    assert any("WebGPU is not compared" in note for note in report["notes"])
