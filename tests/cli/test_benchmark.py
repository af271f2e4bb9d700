"""`edgegen benchmark` compares each runtime with PyTorch and times it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import ExportError
from edgegen.base.files import file_sha256
from edgegen.base.model_files import model_sha256
from edgegen.base.progress import NoProgress
from edgegen.commands import benchmark_reference, benchmark_runtimes
from edgegen.commands.benchmark import AVX2, open_models
from edgegen.commands.benchmark_reference import Agreement
from edgegen.commands.benchmark_runtimes import Runtimes, TimedRuntime
from edgegen.commands.benchmark_workers.adapters import ADAPTERS
from edgegen.commands.benchmark_workers.worker_process import Lap, WorkerError, WorkerProcess
from edgegen.commands.request import ExportRequest
from edgegen.commands.timing import take_turns
from edgegen.model.int8 import Int8Options
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.sources.ultralytics import library
from tests.helpers import detection_heads
from tests.helpers.once import ExportOf, Once
from tests.helpers.places import TINY
from tests.helpers.projects import checked
from tests.helpers.support import Answer, edgegen, snapshot
from tests.helpers.ultralytics_files import export_file

QUICK = ("--rounds", "2", "--frames", "2", "--threads", "2")
PHOTO = TINY.with_name("landscape.png")
# Of a new float32 export: the second one is for x86.
FLOAT32_ROWS = ("edgegen float32", *(f"edgegen {name}" for name in AVX2))


@pytest.fixture
def exports_are_kept(once: Once, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Ultralytics export a checkpoint for each runtime only once for all tests."""
    real = WorkerProcess.export

    def export(
        self: WorkerProcess, checkpoint: Path, spec: ModelSpec, export_format: str, folder: Path
    ) -> Path:
        size = f"{spec.input.height}x{spec.input.width}"
        about = "-".join((export_format.replace(" ", "-"), model_sha256(checkpoint)[:16]))
        name = f"for-{about}-{size}-{spec.output.contract}"

        def make(kept: Path) -> None:
            made = real(self, checkpoint, spec, export_format, kept)
            (kept / "made.txt").write_text(made.relative_to(kept).as_posix())

        kept = shutil.copytree(once(name, make), folder, dirs_exist_ok=True)
        return Path(kept) / (Path(kept) / "made.txt").read_text()

    monkeypatch.setattr(WorkerProcess, "export", export)


def timed(*arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(edgegen("benchmark", *arguments, *QUICK, "--json").ok().out)
    return found


def by_name(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in rows}


@pytest.mark.full
@pytest.mark.usefixtures("exports_are_kept")
def test_every_runtime_finds_the_same_boxes_as_pytorch(tiny_export: Path) -> None:
    """Runtimes that cannot run here are listed with the reason."""
    found = timed(tiny_export, "--model", TINY, "--image", PHOTO)
    rows = by_name(found["forward"])
    assert list(rows) == ["pytorch", *ADAPTERS, "edgegen float32"]
    for row in rows.values():
        assert (row["lost"], row["precision"]) == (0, "float32")
        assert row["of"] > 0
        assert row["same"], row["name"]
        assert row["ms"]["low"] <= row["ms"]["median"] <= row["ms"]["high"]
        assert row["bytes"] is None if row["name"] == "pytorch" else row["bytes"] > 10_000
        assert row["cores"] > 0
    assert rows["pytorch"]["times_as_fast"]["median"] == 1
    assert by_name(found["not_timed"])["tensorrt"]["why"]
    assert found["whole"] == []


@pytest.mark.full
@pytest.mark.usefixtures("exports_are_kept")
@pytest.mark.parametrize(
    ("task", "runtime"),
    [
        ("segment", "onnxruntime"),
        # LiteRT's export takes 26 CPU seconds. test_keypoints_in_shares_are_scaled_to_pixels has its numbers.
        pytest.param("pose", "litert", marks=pytest.mark.nightly),
    ],
)
def test_segment_and_pose_are_compared_with_other_runtimes(
    task_export: Callable[[str], Path], task: str, runtime: str
) -> None:
    """Mask prototypes are read in any output order. Keypoints are scaled to pixels."""
    checkpoint = TINY.with_name(f"tiny-{task}.pt")
    found = timed(task_export(task), "--model", checkpoint, "--image", PHOTO, "--against", runtime)
    assert found["not_timed"] == []
    rows = by_name(found["forward"])
    assert list(rows) == ["pytorch", runtime, "edgegen float32"]
    for row in rows.values():
        assert row["lost"] == 0 < row["of"], row


@pytest.mark.full
@pytest.mark.usefixtures("exports_are_kept")
def test_runtime_without_logits_is_not_timed_and_has_a_reason(task_export: Callable[[str], Path]) -> None:
    """Ultralytics exports class IDs, not logits, of a semantic model to ONNX."""
    checkpoint = TINY.with_name("tiny-semantic.pt")
    found = timed(
        task_export("semantic"), "--model", checkpoint, "--image", PHOTO, "--against", "onnxruntime"
    )
    (failed,) = found["not_timed"]
    assert failed["why"].startswith("its export gives [1, 160, 160]")


@pytest.mark.full
@pytest.mark.usefixtures("exports_are_kept")
def test_project_app_is_timed_next_to_predict(
    export_of: ExportOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project was moved after CMake configured it. `edgegen report` shows the times."""
    model, first, made = export_of(TINY, (160, 160), "raw"), tmp_path / "first", tmp_path / "two"
    places = ("--model", model, "--target", "linux-cpp", "--output", first)
    edgegen("new", *places, "--classes", "circle,square").ok()
    checked(["cmake", "--preset", "release", "-DBUILD_TESTING=OFF"], first)
    first.rename(made)
    found = timed(made, "--model", TINY, "--image", PHOTO, "--against", "ultralytics-pte")
    assert list(by_name(found["whole"])) == ["predict", "predict, ultralytics-pte", "app"]
    app = by_name(found["whole"])["app"]
    assert (app["same"], app["lost"], app["new"], app["precision"]) == (True, 0, 0, "float32")
    assert 0 < app["of"] < by_name(found["forward"])["pytorch"]["of"]
    assert app["ms"]["median"] > 0

    (tmp_path / "times.json").write_text(json.dumps(found))
    page = tmp_path / "report.html"
    edgegen("report", made, "--results", tmp_path / "times.json", "--output", page).ok()
    shown = page.read_text(encoding="utf-8")
    assert all(f"<bdi>{name} (" in shown for name in ("pytorch", "edgegen float32", "predict", "app"))

    program = made / "build" / "release" / "app"
    program.rename(program.with_name("real"))
    program.write_text('#!/bin/sh\ncase "$*" in *--benchmark*) kill -9 $$;; esac\nexec "${0%app}real" "$@"\n')
    program.chmod(0o755)
    with monkeypatch.context() as patch:  # the other runtimes are timed above
        patch.setattr(Runtimes, "start_forward", lambda *_: [])
        patch.setattr(Runtimes, "_start_predict", lambda _, name, __: entry_of(name))
        found = timed(made, "--model", TINY, "--image", PHOTO, "--against", "pytorch")
    assert list(by_name(found["whole"])) == ["predict"]
    assert by_name(found["not_timed"])["app"]["why"].startswith("app ended with code -9")


def entry_of(name: str) -> TimedRuntime:
    """Return a runtime that takes one millisecond."""
    return TimedRuntime(name, "a package", "float32", Agreement(True, 0, 1, 0, "boxes"), lambda: Lap(1.0))


@pytest.mark.full
@pytest.mark.usefixtures("exports_are_kept")
def test_end2end_export_is_compared_with_pytorchs_one_to_one_branch(
    head_export: detection_heads.HeadExport,
) -> None:
    """PyTorch and the other runtimes run the same branch without NMS."""
    checkpoint, model = head_export("yolo26n", "end2end")
    found = timed(model, "--model", checkpoint, "--image", PHOTO, "--against", "onnxruntime")
    rows = by_name(found["forward"])
    assert list(rows) == ["pytorch", "onnxruntime", "edgegen float32"]
    assert all(row["same"] and row["of"] for row in rows.values()), rows


@pytest.mark.full
def test_benchmark_neither_runs_nor_changes_files_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NCNN's export deletes debug.bin, and `python -m` imports modules of the current folder."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(TINY, "bob's best.pth")
    Path("debug.bin").write_bytes(b"mine")
    Path("onnxruntime.py").write_text("open('it was run', 'w')\n")
    before = snapshot(tmp_path)
    found = timed("bob's best.pth", "--image", PHOTO, "--against", "onnxruntime,ncnn,ncnn")
    assert list(by_name(found["forward"])) == ["pytorch", "onnxruntime", "ncnn", *FLOAT32_ROWS]
    assert snapshot(tmp_path) == before


@pytest.mark.full
def test_int8_export_is_timed_next_to_float32(int8_export: Path) -> None:
    """The int8 row counts lost boxes instead of expecting equality. Operator times are listed."""
    found = timed(int8_export, "--model", TINY, "--image", PHOTO, "--against", "pytorch", "--operators")
    rows = by_name(found["forward"])
    assert list(rows) == ["pytorch", "edgegen float32", "edgegen int8"]
    assert rows["edgegen float32"]["same"]
    assert not rows["edgegen int8"]["same"]
    assert rows["edgegen int8"]["lost"] < rows["edgegen int8"]["of"]
    assert rows["edgegen int8"]["bytes"] < rows["edgegen float32"]["bytes"]
    for kinds in found["operators"].values():
        assert any("onvolution" in kind["name"] for kind in kinds), kinds
    assert list(found["operators"]) == ["float32", "int8"]


@pytest.mark.full
def test_int8_export_that_exceeds_max_loss_only_loses_its_own_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_export: Path
) -> None:
    """The other rows are timed, and the reason is shown."""

    def export(_: Path, folder: Path, *, int8: Int8Options | None = None, **more: object) -> ModelSpec:
        if int8 is not None:
            raise ExportError("int8 loses 7 points, but --max-loss allows 1", "give more photos")
        shutil.copytree(tiny_export, folder)
        return load_model_spec(folder / "model.pte", folder / "metadata.yaml")

    monkeypatch.setattr("edgegen.export.exporting.export_checkpoint", export)
    models = open_models(ExportRequest(str(TINY)), None, Int8Options(tmp_path), tmp_path, NoProgress())
    assert [spec.precision for spec in models.exports] == ["float32"]
    assert [(each.name, each.why) for each in models.not_timed] == [
        ("edgegen int8", "int8 loses 7 points, but --max-loss allows 1: give more photos")
    ]


@pytest.mark.full
@pytest.mark.usefixtures("exports_are_kept")
def test_runtime_that_fails_or_differs_only_loses_its_own_row(
    tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One reads coordinates in the wrong unit, one reads another format. edgegen's program is damaged."""
    model = shutil.copytree(tiny_export, tmp_path / "model")
    pte = next(model.glob("*.pte"))
    metadata, digest = model / "metadata.yaml", file_sha256(pte)
    data = bytearray(pte.read_bytes())
    data[len(data) // 2 :: 97] = b"\xff" * len(data[len(data) // 2 :: 97])
    pte.write_bytes(data)
    metadata.write_text(metadata.read_text().replace(digest, file_sha256(pte)))
    monkeypatch.setitem(ADAPTERS, "onnxruntime", replace(ADAPTERS["onnxruntime"], in_pixels=False))
    monkeypatch.setitem(ADAPTERS, "litert", replace(ADAPTERS["litert"], export_format="openvino"))
    found = timed(model, "--model", TINY, "--image", PHOTO, "--against", "onnxruntime,mnn,litert")
    assert list(by_name(found["forward"])) == ["pytorch", "mnn"]
    failed = {each["name"]: each["why"] for each in found["not_timed"]}
    assert list(failed) == ["onnxruntime", "litert", "edgegen float32"]
    assert failed["onnxruntime"].startswith("shows 0 of 4 boxes, ")
    assert failed["litert"]


def test_keypoints_in_shares_are_scaled_to_pixels() -> None:
    """Their scores are not. One class, two points of x, y and score, in an input of 200 x 100 pixels."""
    spec: Any = SimpleNamespace(input=SimpleNamespace(height=100, width=200))
    facts: Any = SimpleNamespace(class_names=("bird",), extras=SimpleNamespace(kpt_shape=(2, 3)))
    output: Any = SimpleNamespace(contract="decoded")
    shares = [0.5, 0.25, 0.1, 0.2, 0.9, 0.3, 0.4, 0.8, 0.6, 0.7, 0.5]
    given = np.array(shares, np.float32).reshape(1, -1, 1)
    (rows,) = benchmark_reference._in_pixels([given], output, facts, spec)
    pixels = [100, 25, 20, 20, 0.9, 60, 40, 0.8, 120, 70, 0.5]
    np.testing.assert_allclose(rows[0, :, 0], np.array(pixels, np.float32), rtol=1e-6)
    np.testing.assert_array_equal(given[0, :, 0], np.array(shares, np.float32))


def test_missing_runtime_is_listed_with_its_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        benchmark_runtimes, "installed_version", lambda name: None if name in {"ncnn", "pnnx"} else "1"
    )
    adapters, unknown = benchmark_runtimes.select_runtimes(
        benchmark_runtimes.runtime_names(None), "ultralytics"
    )
    assert "ncnn" not in {adapter.name for adapter in adapters}
    (ncnn,) = (each for each in unknown if each.name == "ncnn")
    assert ncnn.install == "pip install pnnx ncnn"


def test_model_of_another_library_is_timed_in_onnxruntime_only() -> None:
    """Ultralytics' exporters take its own models. edgegen exports the ONNX model itself."""
    names = benchmark_runtimes.runtime_names(["pytorch", "ncnn", "onnxruntime", "coreml"])
    adapters, unknown = benchmark_runtimes.select_runtimes(names, "yolox")
    assert [adapter.name for adapter in adapters] == ["onnxruntime"]
    assert [(each.name, each.install) for each in unknown] == [("ncnn", ""), ("coreml", "")]
    assert unknown[0].why == "its export is Ultralytics' own, which takes no model of yolox"


def test_missing_photo_without_ultralytics_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "is_installed", lambda: False)
    rejects(edgegen("benchmark", TINY), 2, "there is no --image", "name a photo with --image")


def test_killed_worker_raises_its_exit_code_and_removes_its_folder(tmp_path: Path) -> None:
    spec: Any = SimpleNamespace(pte=tmp_path / "none.pte", metadata=tmp_path / "metadata.yaml")
    tensor = tmp_path / "tensor.npy"
    np.save(tensor, np.zeros((1, 3, 32, 32), np.float32))
    with WorkerProcess("nobody", 1) as worker:
        worker._process.kill()
        with pytest.raises(WorkerError, match="nobody: its process ended with -9"):
            worker.load("edgegen", tmp_path / "none.pte", tensor, spec, Thresholds())
        folder = Path(worker._folder.name)
        assert folder.is_dir()
    assert not folder.exists()


def test_each_round_of_turns_begins_with_another_runtime() -> None:
    """All times are relative to the first runtime."""
    seen: list[str] = []

    def turn(name: str, took: float) -> Lap:
        seen.append(name)
        return Lap(took, took / 2)

    times, failed = take_turns({"a": lambda: turn("a", 6.0), "b": lambda: turn("b", 3.0)}, rounds=3)
    assert seen == ["a", "b", "b", "a", "a", "b"]
    assert (times["b"].ms.median, times["b"].times_as_fast.median, times["b"].cores) == (3, 2, 1.5)
    assert not failed


def test_runtime_that_fails_in_a_turn_is_removed() -> None:
    """If the first one fails, there is nothing to compare with, and the run fails."""
    laps = iter([Lap(1.0), Lap(2.0)])

    def breaks() -> Lap:
        for lap in laps:
            return lap
        raise WorkerError("b: no memory")

    times, failed = take_turns({"a": lambda: Lap(4.0), "b": breaks, "c": lambda: Lap(2.0)}, rounds=4)
    assert list(times) == ["a", "c"]
    assert len(times["c"].rounds_ms) == 4
    assert failed == {"b": "b: no memory"}
    with pytest.raises(WorkerError, match="no memory"):
        take_turns({"b": breaks, "a": lambda: Lap(4.0)}, rounds=1)


def rejects(answer: Answer, code: int, *words: str) -> None:
    assert answer.code == code, answer.err
    assert answer.out == ""
    for word in words:
        assert word in answer.err


@pytest.mark.full
def test_benchmark_refuses_invalid_options_models_and_photos(
    tiny_checkpoint: Path, export_of: ExportOf, tmp_path: Path
) -> None:
    """Before any export."""
    rejects(edgegen("benchmark", tiny_checkpoint, "--against", "tvm"), 2, "'tvm'", "onnxruntime")
    rejects(edgegen("benchmark", tiny_checkpoint, "--against", ","), 2, "--against names no runtime")
    rejects(edgegen("benchmark", "~nobody/best.pt"), 3, "~nobody")
    rejects(edgegen("benchmark", "x" * 300), 3, "x" * 300)
    for option in ("--threads", "--rounds", "--frames"):
        rejects(edgegen("benchmark", tiny_checkpoint, option, "0"), 2, f"{option} is 0")
    rejects(edgegen("benchmark", tiny_checkpoint, "--image", tmp_path / "no.jpg"), 3, "no.jpg")
    model = export_of(TINY, (160, 160), "raw")
    rejects(edgegen("benchmark", model, "--image", PHOTO), 3, "checkpoint", "--model")
    rejects(
        edgegen("benchmark", model, "--model", TINY, "--image", PHOTO, "--calibration", tmp_path),
        2,
        "--calibration",
    )
    rejects(edgegen("benchmark", tiny_checkpoint, "--model", TINY), 2, "leave out --model")
    other = TINY.with_name("tiny-pose.pt")
    rejects(edgegen("benchmark", model, "--model", other, "--image", PHOTO), 3, "not the checkpoint")
    exported = export_file(TINY, tmp_path / "birds.onnx")
    answer = edgegen("benchmark", exported, "--image", PHOTO)
    rejects(answer, 3, "timing models that ONNX Runtime runs (birds.onnx)")
    gone = tmp_path / "gone"
    shutil.copytree(model, gone)
    (gone / "metadata.yaml").unlink()
    rejects(edgegen("benchmark", gone, "--model", TINY), 3, "metadata.yaml")
