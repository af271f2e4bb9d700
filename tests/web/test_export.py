"""ONNX models for web apps: PyTorch's numbers, the same bytes each time, and nothing of this machine."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from edgegen import runtimes, tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import ExportError, InputError, ToolchainError
from edgegen.base.progress import NoProgress
from edgegen.export.exporting import export_checkpoint
from edgegen.export.options import choose_head
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.pictures import drawn_pictures
from edgegen.runtimes.onnxruntime import backend, runtime
from edgegen.sources.identify import open_model
from edgegen.tasks.prepared import prepare
from tests.helpers.exported_programs import save_program, save_trace
from tests.helpers.onnx_files import save_classifier
from tests.helpers.places import TINY, checkpoint_of
from tests.helpers.published_weights import publish, publish_timm
from tests.helpers.support import edgegen
from tests.helpers.trained_weights import write_names

AppProject = Callable[[str], Path]
TASKS = ("detect", "pose", "obb", "segment", "classify", "semantic", "depth")


def check_equals_pytorch(folder: Path) -> None:
    """The model gives PyTorch's numbers on drawn pictures. A shifted output would be noticed."""
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    (program,) = spec.extra_programs
    run = runtimes.find("onnxruntime").load(spec.path_of(program))
    source = yaml.safe_load((folder / "metadata.yaml").read_text("utf-8"))["edgegen"]["checkpoint"]["name"]
    authority = CheckpointAuthority(open_model(TINY.with_name(source)), spec)
    decoder = tasks.find(spec.task).decoder
    for picture in drawn_pictures((spec.input.height, spec.input.width)):
        tensor = prepare(picture.rgb, spec.input).tensor
        ours, theirs = run(tensor), authority.outputs(tensor)
        assert [output.shape for output in ours] == list(spec.output.shapes)
        assert all(stage.passed for stage in decoder.compare_outputs(ours, theirs, spec.output))
        shifted = [output + np.float32(0.5) for output in ours]
        stages = decoder.compare_outputs(shifted, theirs, spec.output)
        assert spec.task == "classify" or not all(stage.passed for stage in stages)  # softmax has no shift


@pytest.mark.proof("export")
def test_export_for_web_lists_a_model_that_equals_pytorch(web_export: Path) -> None:
    listed = yaml.safe_load((web_export / "metadata.yaml").read_text("utf-8"))["edgegen"]["programs"]
    assert [(each["file"], each["backend"], each["precision"]) for each in listed] == [
        ("model.pte", "xnnpack", "float32"),
        ("model.onnx", "onnx", "float32"),
    ]
    assert "tolerances" not in listed[1]  # the task's own
    check_equals_pytorch(web_export)


@pytest.mark.full
@pytest.mark.parametrize("task", [task for task in TASKS if task != "detect"])
def test_model_of_every_task_equals_pytorch(app_project: AppProject, task: str) -> None:
    check_equals_pytorch(app_project(task) / "model")


@pytest.mark.full
def test_head_decoded_has_a_model(tmp_path: Path) -> None:
    """Programs for phones are float16, which is too coarse for pixels: they have none."""
    export_checkpoint(TINY, tmp_path / "x", head="decoded", backends=("onnx",))
    check_equals_pytorch(tmp_path / "x")


@pytest.mark.full
@pytest.mark.parametrize("task", TASKS)
def test_model_has_the_same_bytes_twice_and_nothing_of_this_machine(
    app_project: AppProject, task: str
) -> None:
    """A project's, and one that is made again."""
    import onnx

    project, opened = app_project(task) / "model", open_model(checkpoint_of(task))
    spec = load_model_spec(project / "model.pte", project / "metadata.yaml")
    module, size = opened.module(choose_head(None, opened)), (spec.input.height, spec.input.width)
    content, shapes = runtime.RUNTIME.lower(module, size, backend.BACKEND, NoProgress())
    assert content == (project / "model.onnx").read_bytes()
    model = onnx.load_from_string(content)
    for weights in model.graph.initializer:
        weights.ClearField("raw_data")
    text = model.SerializeToString()
    assert b".py" not in text
    assert b"File " not in text
    assert not any(node.metadata_props or node.doc_string for node in model.graph.node)
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 20)]
    assert [each.name for each in model.graph.input] == ["images"]
    assert [each.name for each in model.graph.output] == backend.output_names(len(shapes))


@pytest.mark.full
@pytest.mark.parametrize("form", ["onnx", "pt2", "torchscript"])
def test_classifier_from_a_file_has_a_model(form: str, tmp_path: Path) -> None:
    save: dict[str, Callable[[Path], Path]] = {
        "onnx": save_classifier,
        "pt2": save_program,
        "torchscript": save_trace,
    }
    file = save[form](tmp_path / f"flowers.{form}")
    names = write_names(tmp_path / "names.txt")
    how = ("--task", "classify", "--resize", 64, "--mean", "0.5,0.5,0.5", "--std", "0.5,0.5,0.5")
    options = ("--names", names, *how, "--target", "web", "--output", tmp_path / "x")
    edgegen("export", "--model", file, *options).ok()  # which compares the model with the file
    assert (tmp_path / "x" / "model.onnx").is_file()


@pytest.mark.full
@pytest.mark.parametrize(
    ("write", "library", "name"),
    [(publish, "torchvision", "mobilenet_v3_small"), (publish_timm, "timm", "mobilenetv4_conv_small")],
    ids=["torchvision", "timm"],
)
def test_named_classifier_has_a_model(
    write: Callable[[str, Path], Path],
    library: str,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(name, tmp_path / "home")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    model = f"{library}:{name}"
    edgegen("export", "--model", model, "--target", "web", "--output", tmp_path / "x").ok()
    assert (tmp_path / "x" / "model.onnx").is_file()


@pytest.mark.full
def test_second_export_takes_the_model_from_the_cache(web_export: Path, tmp_path: Path) -> None:
    answer = edgegen("export", "--model", TINY, "--target", "web", "--output", tmp_path / "x").ok()
    assert "Use the cached program for ONNX Runtime Web" in answer.err
    assert "Trace with torch.export" not in answer.err
    assert (tmp_path / "x/model.onnx").read_bytes() == (web_export / "model.onnx").read_bytes()


@pytest.mark.full
def test_export_fails_if_the_model_gives_other_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is compared before it is written, with the task's own tolerances."""

    def wrong(self: Any, tensor: Any) -> Any:
        return [output + np.float32(0.5) for output in right(self, tensor)]

    right = runtime.OnnxProgram.__call__
    monkeypatch.setattr(runtime.OnnxProgram, "__call__", wrong)
    with pytest.raises(ExportError, match="ONNX Runtime Web gives other results on this machine"):
        export_checkpoint(TINY, tmp_path / "x", backends=("onnx",))
    assert not (tmp_path / "x").exists()


def test_missing_packages_are_named_before_the_slow_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = backend.installed_version
    monkeypatch.setattr(
        backend, "installed_version", lambda name: None if name == "onnxscript" else installed(name)
    )
    with pytest.raises(ToolchainError, match="needs onnxscript, which is not installed") as caught:
        export_checkpoint(TINY, tmp_path / "x", backends=("onnx",))
    assert caught.value.hint == 'pip install "edgegen[web]"'
    assert not (tmp_path / "x").exists()


def test_runtime_has_no_int8() -> None:
    with pytest.raises(ExportError, match="has no int8 models"):
        runtime.RUNTIME.quantizer(None, (32, 32), backend.BACKEND, NoProgress())


def test_damaged_model_is_an_error_of_the_input(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x08\x0anot a model")
    with pytest.raises(InputError, match=r"ONNX Runtime cannot load .*model\.onnx"):
        runtimes.find("onnxruntime").load(tmp_path / "model.onnx")


@pytest.mark.full
def test_reader_notices_a_missing_or_changed_model(web_export: Path, tmp_path: Path) -> None:
    for name in ("model.pte", "metadata.yaml", "model.onnx"):
        (tmp_path / name).write_bytes((web_export / name).read_bytes())
    (tmp_path / "model.onnx").write_bytes(b"\x08\x0a")
    with pytest.raises(InputError, match=r"edgegen\.programs\.1\.sha256"):
        load_model_spec(tmp_path / "model.pte", tmp_path / "metadata.yaml")
    (tmp_path / "model.onnx").unlink()
    with pytest.raises(InputError, match=r"lists the program model\.onnx, and there is no"):
        load_model_spec(tmp_path / "model.pte", tmp_path / "metadata.yaml")


@pytest.mark.full
def test_programs_of_targets_are_those_that_their_apps_use(web_export: Path) -> None:
    spec = load_model_spec(web_export / "model.pte", web_export / "metadata.yaml")
    assert [each.backend for each in spec.with_backends(("onnx",)).programs] == ["xnnpack", "onnx"]
    assert spec.with_backends(("coreml",)) == replace(spec, programs=spec.programs[:1])
