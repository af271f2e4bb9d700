"""`edgegen benchmark` of models of other libraries: PyTorch, ONNX Runtime and edgegen's programs."""

import json
from pathlib import Path
from typing import Any

import pytest

from edgegen.commands.benchmark_workers.adapters import ADAPTERS
from edgegen.commands.benchmark_workers.worker_process import WorkerProcess
from edgegen.model.spec import ModelSpec
from tests.helpers import transformers_folders
from tests.helpers.other_detectors import D_FINE, YOLOX, model_words
from tests.helpers.places import TINY
from tests.helpers.published_weights import publish
from tests.helpers.support import edgegen

pytestmark = pytest.mark.full

OPTIONS = ("--image", TINY.with_name("landscape.png"), "--rounds", "2", "--frames", "2", "--threads", "2")
OTHERS = sorted({*ADAPTERS, "coreml", "tensorrt"} - {"onnxruntime"})


def timed(*arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(edgegen("benchmark", *arguments, *OPTIONS, "--json").ok().out)
    return found


def check_same(rows: list[dict[str, Any]]) -> list[str]:
    """Return the names of rows that all show what the library shows, which is something."""
    assert all(row["same"] and row["of"] > 0 for row in rows), rows
    return [row["name"] for row in rows]


def test_folder_of_transformers_is_timed_in_onnxruntime(tmp_path: Path) -> None:
    """The other runtimes are named with the reason."""
    _, folder = model_words(D_FINE, tmp_path)
    found = timed(folder)
    assert check_same(found["forward"]) == ["pytorch", "onnxruntime", "edgegen float32"]
    assert found["forward"][0]["of"] > 3
    assert sorted(each["name"] for each in found["not_timed"]) == OTHERS
    reasons = {each["name"]: each["why"] for each in found["not_timed"]}
    assert reasons["ncnn"] == "its export is Ultralytics' own, which takes no model of transformers"


def test_project_of_yolox_is_timed_next_to_its_own_inference(tmp_path: Path) -> None:
    """Names and input size come from the project."""
    project = tmp_path / "ships"
    edgegen("new", *model_words(YOLOX, tmp_path), "--target", "linux-cpp", "--output", project).ok()
    found = timed(project, "--against", "onnxruntime")
    assert found["input"] == [128, 160]
    names = check_same(found["forward"])
    assert [*names[:3]] == ["pytorch", "onnxruntime", "edgegen float32"]
    assert check_same(found["whole"]) == ["predict", "app"]
    assert found["whole"][0]["runs"].startswith("yolox ")
    assert found["not_timed"] == []


def test_onnx_model_with_other_boxes_is_not_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ONNX model is exported from other weights."""
    _, folder = model_words(D_FINE, tmp_path)
    size = (transformers_folders.HEIGHT, transformers_folders.WIDTH)
    other = tmp_path / "other"
    transformers_folders.spread(transformers_folders.tiny_detector(), size, seed=4).save_pretrained(other)
    transformers_folders.write_processor(other, *size)
    real = WorkerProcess.export

    def export(self: WorkerProcess, _: Path, spec: ModelSpec, export_format: str, into: Path) -> Path:
        return real(self, other, spec, export_format, into)

    monkeypatch.setattr(WorkerProcess, "export", export)
    found = timed(folder, "--against", "onnxruntime")
    assert check_same(found["forward"]) == ["pytorch", "edgegen float32"]
    (failed,) = found["not_timed"]
    assert failed["name"] == "onnxruntime"
    assert failed["why"].endswith("of PyTorch's")


def test_classifier_of_torchvision_is_timed_in_onnxruntime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state dict, with the options that describe it."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    publish("mobilenet_v3_small", tmp_path)
    found = timed("torchvision:mobilenet_v3_small", "--against", "onnxruntime")
    assert check_same(found["forward"])[:3] == ["pytorch", "onnxruntime", "edgegen float32"]
    assert (found["task"], found["not_timed"]) == ("classify", [])
