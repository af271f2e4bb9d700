"""`edgegen update` with another model, and with a model that is missing or exported again."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgegen.model.spec import ModelSpec
from edgegen.project import manifest
from tests.cli.updates import HEADER, edit, files_of, fresh, older, update
from tests.helpers.detection_heads import HeadExport
from tests.helpers.support import edgegen, make, metadata_of, model_info, record_of, rejects, write_metadata

pytestmark = pytest.mark.full


def test_update_with_another_model_keeps_name_options_and_edits(app: Path, night: str) -> None:
    edit(HEADER, "#include", "// mine\n#include")
    update("--conf", 0.4)
    said = update("--model", night)
    assert model_info(app)["kClassNames"] == '{ "owl"sv, "bat"sv, "moth"sv, }'
    assert model_info(app)["kAppName"] == '"birds"sv'
    assert model_info(app)["kConfidence"] == "0.4"
    assert "// mine" in (app / HEADER).read_text()
    assert said["model"]["from"]["origin"] == "exported"
    assert said["model"]["to"]["origin"] == night
    assert record_of(app)["options"]["model"] == night


def test_update_refuses_recorded_classes_that_the_next_model_lacks(app: Path, night: str) -> None:
    """The message says where the classes come from and what to type."""
    update("--classes", "circle")
    answer = edgegen("update", app, "--model", night, "--no-verify")
    assert answer.code == 2
    assert "the project was made with --classes circle, but the new model has other classes" in answer.err
    assert "or --classes all" in answer.err
    assert update("--model", night, "--classes", "all")["options"]["classes"]["to"] is None


def test_update_with_model_restores_missing_model_files(app: Path, exported: Path) -> None:
    """Git often holds no .pte. Without --model, the error names the option."""
    for name in ("model.pte", "metadata.yaml"):
        (app / "model" / name).unlink()
    (app / "README.md").unlink()
    answer = edgegen("update", app, "--conf", 0.4, "--no-verify")
    assert answer.code == 3
    assert "give a model with --model" in answer.err
    assert update("--model", exported)["files"]["added"] == ["model/metadata.yaml", "model/model.pte"]
    assert (app / "model" / "model.pte").read_bytes() == (exported / "model.pte").read_bytes()
    assert not (app / "README.md").exists()


def test_update_to_another_task_replaces_its_sources_and_drops_thresholds(
    app: Path, task_export: Callable[[str], Path], tmp_path: Path
) -> None:
    """An edited source of the old task, which does not compile with the new one, is renamed."""
    update("--conf", 0.4)
    edit("src/vision/tasks/detect.cpp", "#include", "// mine\n#include")
    edited = (app / "src/vision/tasks/detect.cpp").read_bytes()
    shutil.copytree(task_export("classify"), "leaves")
    answer = edgegen("update", "app", "--model", "leaves", "--no-verify", "--json").ok()
    said = json.loads(answer.out)
    assert said["files"]["without_place"] == ["src/vision/tasks/detect.cpp"]
    assert "src/vision/decode.h" in said["files"]["removed"]
    assert "src/vision/tasks/classify.cpp" in said["files"]["added"]
    assert (said["model"]["from"]["task"], said["model"]["to"]["task"]) == ("detect", "classify")
    assert "--conf is dropped: the task `classify` has no such option" in answer.err
    mine = {"src/vision/tasks/detect.cpp.edgegen-old": edited}
    assert files_of(app) == {**fresh(model="leaves"), **mine}


def test_update_to_a_model_without_nms_drops_the_recorded_iou(
    app: Path, tmp_path: Path, head_export: HeadExport
) -> None:
    _, without_nms = head_export("yolo26n", "end2end")
    update("--iou", 0.5)
    says = ("this model needs no NMS",)
    rejects(2, tmp_path, "update", "app", "--model", without_nms, "--iou", 0.6, "--no-verify", says=says)
    answer = edgegen("update", "app", "--model", without_nms, "--no-verify").ok()
    assert "--iou is dropped: the model needs no NMS" in answer.err
    assert record_of(app)["options"]["iou"] == 0.7


def test_update_to_a_model_with_other_keypoints_drops_the_recorded_limbs(
    current_folder: None, task_export: Callable[[str], Path]
) -> None:
    pose = task_export("pose")
    make("--output", "app", "--skeleton", "0-1", model=pose)
    known = manifest.read(Path("app"))
    assert known is not None
    manifest.write(replace(known, options={**known.options, "skeleton": "0-99"}), Path("app"))
    answer = edgegen("update", "app", "--model", pose, "--no-verify").ok()
    assert "--skeleton is dropped: the model has other keypoints" in answer.err


def test_update_exports_a_retrained_checkpoint_and_records_it(
    no_export: Path, tiny_checkpoint: Path, tiny_export: Path
) -> None:
    """Without `--model`, nothing is exported again."""
    shutil.copy(tiny_checkpoint, "best.pt")
    make("--app", "studio", "--name", "birds", "--output", "app", model="best.pt")
    Path("runs").mkdir()
    Path("runs/best.pt").write_bytes(tiny_checkpoint.read_bytes())
    said = update("--model", "runs/best.pt")
    assert record_of(Path("app"))["checkpoint"]["path"] == "../runs/best.pt"
    assert said["model"]["to"]["origin"] == "../runs/best.pt"
    Path("runs/best.pt").unlink()
    update("--conf", 0.4)
    assert record_of(Path("app"))["checkpoint"]["path"] == "../runs/best.pt"
    says = ("--imgsz needs another export", "runs/best.pt is missing or has changed", "--model")
    rejects(3, Path("app"), "update", "app", "--imgsz", 96, "--no-verify", says=says)


def test_update_exports_again_when_another_edgegen_made_the_export(
    no_export: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the checkpoint has changed, the project's own model stays."""
    shutil.copy(tiny_checkpoint, "best.pt")
    made = make("--app", "studio", "--name", "birds", "--output", "app", model="best.pt")
    from edgegen.export import exporting

    calls, export_checkpoint = [], exporting.export_checkpoint

    def export(path: Path, *more: Any, **options: Any) -> ModelSpec:
        calls.append(path)
        return export_checkpoint(path, *more, **options)

    monkeypatch.setattr(exporting, "export_checkpoint", export)
    update("--conf", 0.3)
    assert calls == []
    older(made, "src/gone.cpp", "")
    update()
    assert len(calls) == 1
    older(made, "src/gone.cpp", "")
    Path("best.pt").write_bytes(b"another")
    update()
    assert len(calls) == 1


def test_update_keeps_a_default_app_name_when_the_model_changes(exported: Path) -> None:
    """The name came from the first model."""
    make("--output", "app")
    assert record_of(Path("app"))["options"].get("name") is None
    update("--conf", 0.4)
    assert record_of(Path("app"))["options"].get("name") is None
    shutil.copytree(exported, "second")
    content: dict[str, Any] = metadata_of(exported)
    content["edgegen"]["name"] = "another"
    write_metadata(Path("second"), content)
    assert update("--model", "second")["options"] == {}
    info = model_info(Path("app"))
    assert (info["kAppName"], info["kModelName"]) == ('"tiny"sv', '"another"sv')
    assert record_of(Path("app"))["options"]["name"] == "tiny"


@pytest.mark.parametrize("damaged", [False, True])
@pytest.mark.parametrize("second", [False, True])
def test_update_keeps_a_default_app_name_without_valid_metadata(
    exported: Path, second: bool, damaged: bool
) -> None:
    """The name is known from edgegen's own records."""
    shutil.move("exported", "exp")
    make("--output", "app", model="exp")
    before = model_info(Path("app"))
    path = Path("app/model/metadata.yaml")
    written = path.read_bytes()
    path.unlink()
    if damaged:
        path.write_text("{")
    assert json.loads(edgegen("status", "app", "--json").ok().out)["brings"] == []
    said = update("--model", "exp") if second else update("--conf", 0.31)
    assert "name" not in said["options"]
    assert said["files"]["conflicts"] == []
    assert said["files"]["added"] == ([] if damaged else ["model/metadata.yaml"])
    assert damaged or path.read_bytes() == written
    assert model_info(Path("app")) == before | ({} if second else {"kConfidence": "0.31"})
    assert "project(tiny" in Path("app/CMakeLists.txt").read_text()
    assert record_of(Path("app"))["options"].get("name") == ("tiny" if second else None)


def test_update_to_a_newer_version_restores_a_missing_model(no_export: Path, tiny_checkpoint: Path) -> None:
    """It is exported again from the recorded checkpoint."""
    shutil.copy(tiny_checkpoint, "best.pt")
    made = make("--app", "studio", "--name", "birds", "--output", "app", model="best.pt")
    older(made, "src/gone.cpp", "")
    (made / "model" / "model.pte").unlink()
    assert update()["files"]["added"] == ["model/model.pte"]


def test_update_to_a_newer_version_keeps_the_model_whose_file_of_names_is_missing(
    no_export: Path, tiny_checkpoint: Path
) -> None:
    shutil.copy(tiny_checkpoint, "best.pt")
    made = make("--name", "birds", "--output", "app", model="best.pt")
    known = manifest.read(made)
    assert known is not None
    manifest.write(replace(known, options={**known.options, "names": "gone.txt"}), made)
    older(made, "src/gone.cpp", "")
    answer = edgegen("update", "app", "--no-verify").ok()
    assert "not exported again by this edgegen: the file of --names" in answer.err


def test_update_of_an_int8_project_refuses_missing_calibration_photos(
    app: Path, tmp_path: Path, no_export: Path, tiny_checkpoint: Path
) -> None:
    """The message has the path and both options. An exported model needs no photos."""
    known = manifest.read(app)
    assert known is not None
    options = {**known.options, "precision": "int8", "calibration": "gone", "keep_float": []}
    manifest.write(replace(known, options=options), app)
    shutil.copy(tiny_checkpoint, "best.pt")
    (tmp_path / "gone").mkdir()  # in the current folder: the recorded path is relative to the project
    says = ("app/gone are missing", "--calibration", "--precision fp32")
    rejects(3, tmp_path, "update", app, "--model", "best.pt", "--no-verify", says=says)
    assert update("--conf", 0.4)["options"].keys() == {"conf"}
    assert update("--model", "exported")["options"]["precision"] == {"from": "int8", "to": None}
