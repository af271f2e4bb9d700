"""A custom template with the core in JavaScript: `shared: js/vision`."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.helpers.support import edgegen, rejects
from tests.helpers.tools import missing

pytestmark = pytest.mark.full

TEST = """
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MODEL } from './src/vision/model.js';
import { letterbox, postprocess } from './src/vision/pipeline.js';

test('the core runs with the numbers of this model', () => {
  assert.equal(readFileSync('model/model.onnx').length, MODEL.size);
  const { tensor, plan } = letterbox({ width: 6, height: 4, data: new Uint8Array(96) }, MODEL);
  assert.equal(tensor.length, 3 * MODEL.inputHeight * MODEL.inputWidth);
  const outputs = MODEL.outputShapes.map((dims) => {
    return { dims, data: new Float32Array(dims.reduce((product, side) => product * side)).fill(-20) };
  });
  const { confidence, iou, maxDetections } = MODEL;
  const result = postprocess(outputs, plan, MODEL, { confidence, iou, maxDetections, agnostic: false });
  assert.equal(result.width, 6);
});
"""


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a template whose own test runs the core. The current folder is the one above it."""
    if shutil.which("node") is None:
        missing("node")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "template"
    folder.mkdir()
    claims = {"shared": {"js/vision": "src/vision"}, "test": ["node", "--test"]}
    (folder / "copier.yml").write_text(yaml.safe_dump({"_edgegen": claims}), encoding="utf-8")
    (folder / "core.test.mjs").write_text(TEST, encoding="utf-8")
    return folder


def test_project_has_the_core_of_its_task_and_the_model(template: Path, web_export: Path) -> None:
    edgegen("new", "--model", web_export, "--template", template, "--output", "app").ok()
    app = template.with_name("app")
    assert (app / "model/model.onnx").read_bytes() == (web_export / "model.onnx").read_bytes()
    names = {path.name for path in (app / "src/vision").iterdir()}
    assert {"model.js", "pipeline.js", "types.js", "levels.js", "nms.js"} <= names
    assert not names & {"masks.js", "rotated_nms.js", "decode_decoded.js"}  # of other tasks and contracts
    report = json.loads(edgegen("verify", app, "--json").ok().out)
    assert "own tests" in {stage["name"] for stage in report["stages"] if stage["passed"]}
    edgegen("update", app, "--conf", 0.4).ok()
    assert "confidence: 0.4," in (app / "src/vision/model.js").read_text(encoding="utf-8")


def test_export_without_an_onnx_model_is_rejected(template: Path, tiny_export: Path) -> None:
    command = ("new", "--model", tiny_export, "--template", template, "--output", "app")
    rejects(3, template.parent, *command, says=("has no model.onnx", "edgegen export --model tiny.pt"))


def test_template_check_runs_the_core_with_every_awkward_model(template: Path) -> None:
    models = json.loads(edgegen("template", "check", template, "--json").ok().out)["models"]
    assert {each["task"] for each in models} >= {"detect", "segment", "classify", "depth"}
    assert all(each["passed"] and each["tested"] for each in models)
