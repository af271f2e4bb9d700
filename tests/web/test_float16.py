"""`--precision fp16`: weights of half the size, PyTorch's results, and arithmetic in float32."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from edgegen.base.errors import ExportError
from edgegen.export.exporting import export_checkpoint
from edgegen.runtimes.onnxruntime import runtime
from edgegen.tasks import find
from tests.helpers.once import Once
from tests.helpers.places import TINY, checkpoint_of
from tests.helpers.support import edgegen, record_of, rejects
from tests.web import browser_process

TASKS = ("detect", "pose", "obb", "segment", "depth")


def programs(folder: Path) -> list[dict[str, Any]]:
    """Return the programs of metadata.yaml."""
    content = yaml.safe_load((folder / "metadata.yaml").read_text("utf-8"))
    return list(content["edgegen"]["programs"])


@pytest.fixture(scope="session")
def half_project(once: Once) -> Path:
    """Return a web project of the tiny checkpoint with float16 weights. Not to be changed."""

    def make(folder: Path) -> None:
        options = ("--precision", "fp16", "--output", folder / "birds")
        edgegen("new", "--model", TINY, "--target", "web", *options).ok()

    return once("web-float16", make) / "birds"


@pytest.mark.full
@pytest.mark.parametrize("task", TASKS)
def test_model_of_a_task_has_half_the_size_and_pytorchs_results(
    app_project: Callable[[str], Path], task: str, tmp_path: Path
) -> None:
    """The export compares the results. Only the outputs may have a wider tolerance."""
    import onnx

    export_checkpoint(checkpoint_of(task), tmp_path / "y", backends=("onnx",), float16_weights=True)
    first, second = programs(tmp_path / "y")
    assert (first["precision"], second["precision"]) == ("float32", "float16")
    assert second["size"] < 0.65 * programs(app_project(task) / "model")[1]["size"]
    own, usual = second["tolerances"], find(task).decoder.tolerances
    assert {name: value for name, value in own.items() if name != "raw"} == {
        name: value for name, value in usual.items() if name != "raw"
    }
    index = json.loads((tmp_path / "y/vectors/index.json").read_text("utf-8"))
    assert second["pictures"] == [picture["name"] for picture in index["pictures"]]
    graph = onnx.load(tmp_path / "y/model.onnx").graph
    stored = {each.name for each in graph.initializer if each.data_type == onnx.TensorProto.FLOAT16}
    casts = [node for node in graph.node if node.op_type == "Cast" and node.input[0] in stored]
    assert len(casts) == len(stored) > 2
    assert all(node.attribute[0].i == onnx.TensorProto.FLOAT for node in casts)
    computing = (node for node in graph.node if node not in casts)
    assert not stored.intersection(name for node in computing for name in node.input)


@pytest.mark.full
@pytest.mark.parametrize(
    ("task", "says"), [("classify", "probabilities by up to"), ("semantic", "pixels of another class")]
)
def test_tasks_with_small_tolerances_are_rejected(task: str, says: str, tmp_path: Path) -> None:
    """A probability may differ by 1e-4, and a logit of a semantic map by 1e-3."""
    with pytest.raises(ExportError, match=says) as caught:
        export_checkpoint(checkpoint_of(task), tmp_path / "x", backends=("onnx",), float16_weights=True)
    assert caught.value.hint == "leave out --precision fp16"
    assert not (tmp_path / "x").exists()


@pytest.mark.full
def test_head_decoded_keeps_its_anchor_points_in_float32(tmp_path: Path) -> None:
    """Rounded to float16, they would move boxes: other constants than weights are not stored in it."""
    import onnx

    export_checkpoint(TINY, tmp_path / "x", head="decoded", backends=("onnx",), float16_weights=True)
    graph = onnx.load(tmp_path / "x/model.onnx").graph
    weights = {name for node in graph.node if node.op_type == "Conv" for name in node.input[1:2]}
    for each in graph.initializer:
        assert (each.data_type == onnx.TensorProto.FLOAT16) == (each.name.removesuffix(".float16") in weights)


@pytest.mark.full
def test_export_fails_if_the_weights_change_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is written. Here all weights are rounded to one digit."""

    def coarse(graph: Any) -> None:
        from onnx import numpy_helper

        for weights in graph.initializer:
            values = numpy_helper.to_array(weights)
            if values.ndim == 4:
                weights.CopyFrom(numpy_helper.from_array(values.round(1), weights.name))

    monkeypatch.setattr(runtime, "_store_weights_in_float16", coarse)
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))  # no program of this goes into the cache
    with pytest.raises(ExportError, match="float16 changes the results") as caught:
        export_checkpoint(TINY, tmp_path / "x", backends=("onnx",), float16_weights=True)
    assert caught.value.hint == "leave out --precision fp16"
    assert not (tmp_path / "x").exists()


def test_weights_beyond_float16_stay_float32() -> None:
    from onnx import TensorProto, helper, numpy_helper

    large, small = (np.full((2, 2), value, dtype=np.float32) for value in (1e5, 0.1))
    nodes = [
        helper.make_node("MatMul", ["images", "large"], ["between"]),
        helper.make_node("MatMul", ["between", "small"], ["output0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [2, 2])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [2, 2])],
        [numpy_helper.from_array(large, "large"), numpy_helper.from_array(small, "small")],
    )
    runtime._store_weights_in_float16(graph)
    types = {each.name: each.data_type for each in graph.initializer}
    assert types == {"large": TensorProto.FLOAT, "small.float16": TensorProto.FLOAT16}
    assert [node.op_type for node in graph.node] == ["Cast", "MatMul", "MatMul"]


@pytest.mark.parametrize("target", ["android", "ios", "linux-cpp"])
def test_other_targets_reject_fp16_with_the_reason(target: str, tmp_path: Path) -> None:
    for command in ("new", "export"):
        options = ("--target", target, "--precision", "fp16", "--output", tmp_path / "x")
        says = (f"{target} has no fp16 models", "float16 weights of a model.pte", "--precision int8")
        rejects(2, tmp_path, command, "--model", TINY, *options, says=says)


def test_option_of_int8_is_rejected_for_fp16(tmp_path: Path) -> None:
    options = ("--precision", "fp16", "--calibration", tmp_path, "--output", tmp_path / "x")
    says = ("--calibration has no effect for float16", "give --precision int8")
    rejects(2, tmp_path, "new", "--model", TINY, "--target", "web", *options, says=says)


@pytest.mark.full
def test_export_without_web_rejects_fp16(tmp_path: Path) -> None:
    options = ("--precision", "fp16", "--output", tmp_path / "x")
    says = ("--precision fp16 is for web apps alone", "add --target web")
    rejects(2, tmp_path, "export", "--model", TINY, *options, says=says)


@pytest.mark.full
def test_all_targets_without_web_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = ("new", "--model", TINY, "--target", "all", "--precision", "fp16", "--pretend")
    answer = edgegen(*command).ok()
    for target in ("android", "ios", "linux-cpp"):
        assert f"no {target} project: " in answer.err


@pytest.mark.parametrize(
    "command", [("new", "--model", TINY), ("new", "--model", TINY, "--pretend"), ("batch", ".")]
)
def test_command_that_leaves_out_all_targets_fails_with_the_reasons(
    command: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    says = (
        "no target can be made",
        "ios: ExecuTorch cannot",
        "web: ONNX Runtime Web",
        "--target web --install",
    )
    rejects(2, tmp_path, *command, "--target", "all", "--precision", "fp16", says=says)


@pytest.mark.full
def test_export_without_the_program_of_the_only_target_left_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Float16 changes a classifier's results, so there is no program for web, the only target of fp16."""
    monkeypatch.chdir(tmp_path)
    command = ("new", "--model", checkpoint_of("classify"), "--target", "all", "--precision", "fp16")
    rejects(2, tmp_path, *command, says=("no target can be made", "has no model.onnx"))


@pytest.mark.full
def test_exported_model_keeps_its_precision(half_project: Path, tmp_path: Path) -> None:
    model = ("new", "--model", half_project, "--target", "web", "--output", tmp_path / "x")
    rejects(2, tmp_path, *model, "--precision", "fp16", says=("is for checkpoints",))
    rejects(2, tmp_path, *model, "--precision", "fp32", says=("is already exported in float16",))
    edgegen("new", "--model", half_project, "--target", "linux-cpp", "--output", tmp_path / "y").ok()
    assert [each["precision"] for each in programs(tmp_path / "y/model")] == ["float32"]


@pytest.mark.full
def test_commands_name_the_precision(half_project: Path, tmp_path: Path) -> None:
    said = json.loads(edgegen("inspect", half_project, "--json").ok().out)
    assert [each["precision"] for each in said["programs"]] == ["float32", "float16"]
    assert "precision fp16" in edgegen("status", half_project).ok().out
    edgegen("report", half_project, "--output", tmp_path / "report.html").ok()
    assert "float16 (model.onnx)" in (tmp_path / "report.html").read_text("utf-8")
    assert "float16 weights" in (half_project / "README.md").read_text("utf-8")
    assert 'precision: "float16"' in (half_project / "vision/model.js").read_text("utf-8")


@pytest.mark.full
def test_update_changes_the_precision(app_project: Callable[[str], Path], tmp_path: Path) -> None:
    project = Path(shutil.copytree(app_project("detect"), tmp_path / "birds"))
    size = (project / "model/model.onnx").stat().st_size
    options = ("--no-verify", "--json")
    edgegen("update", project, "--precision", "fp16", *options).ok()
    assert record_of(project)["options"]["precision"] == "fp16"
    assert programs(project / "model")[1]["precision"] == "float16"
    assert (project / "model/model.onnx").stat().st_size < 0.65 * size
    assert json.loads(edgegen("update", project, *options).ok().out)["changed"] is False
    edgegen("update", project, "--precision", "fp32", *options).ok()
    assert "precision" not in record_of(project)["options"]
    assert (project / "model/model.onnx").stat().st_size == size


@pytest.mark.full
def test_app_in_chromium_has_pytorchs_results(half_project: Path) -> None:
    report = json.loads(browser_process.edgegen("verify", half_project, "--json").out)
    assert report["passed"], report["problems"]
    assert {"raw", "boxes", "app"} <= {stage["name"] for stage in report["stages"]}


@pytest.mark.full
def test_benchmark_times_the_app_with_its_threads_and_names_its_precision(half_project: Path) -> None:
    """And its results are compared with `predict` first."""
    options = ("--against", "onnxruntime", "--frames", "3", "--rounds", "1", "--threads", "1", "--json")
    image = ("--image", TINY.with_name("landscape.png"))
    answer = browser_process.edgegen("benchmark", half_project, *image, *options)
    assert answer.code == 0, answer.err
    rows = {row["name"]: row for row in json.loads(answer.out)["whole"]}
    assert (rows["app"]["runs"], rows["app"]["precision"]) == ("web", "float16")
    assert rows["app"]["ms"]["median"] > 0
