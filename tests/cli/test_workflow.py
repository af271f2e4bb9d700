"""`edgegen new` and `edgegen export`: the files of a project, its record and its name."""

import hashlib
import json
import os
import re
import shutil
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgegen import __version__
from edgegen.base import pins
from edgegen.project import manifest
from tests.helpers.places import ROOT
from tests.helpers.support import (
    LINUX,
    contents,
    edgegen,
    list_files,
    make,
    metadata_of,
    model_info,
    process,
    record_of,
    rejects,
    snapshot,
)

pytestmark = pytest.mark.full

MODEL_FILES = ("model/metadata.yaml", "model/model.pte")


# --- the files of a project ---


def test_manifest_lists_every_file_of_a_project_with_its_sha256(exported: Path) -> None:
    """Only the manifest itself is not listed."""
    project = make()
    listed = record_of(project)["files"]
    assert sorted([*listed, ".edgegen.yml"]) == list_files(project)
    for name, digest in listed.items():
        assert digest == hashlib.sha256((project / name).read_bytes()).hexdigest(), name
    assert {"CMakeLists.txt", "CMakePresets.json", ".gitignore", "src/model_info.h", *MODEL_FILES} <= set(
        listed
    )


def test_golden_vectors_and_model_are_copied_from_the_export(exported: Path) -> None:
    """Byte for byte. The project adds a page on the layout of the vectors."""
    project = make()
    vectors = contents(exported / "vectors")
    assert len(vectors) > 3
    assert contents(project / "vectors").items() >= vectors.items()
    assert set(contents(project / "vectors")) - set(vectors) == {"README.md"}
    for name in ("model.pte", "metadata.yaml"):
        assert (project / "model" / name).read_bytes() == (exported / name).read_bytes()


def test_files_not_named_in_the_vectors_index_are_not_copied(exported: Path) -> None:
    """Notes, folders and links."""
    vectors = exported / "vectors"
    (vectors / "notes.txt").write_text("mine")
    (vectors / "folder").mkdir()
    (vectors / "folder" / "big.bin").write_bytes(b"mine")
    (vectors / "link").symlink_to("/etc/passwd")
    assert not {"notes.txt", "folder/big.bin", "link"} & set(list_files(make() / "vectors"))


def test_manifest_records_options_and_versions(exported: Path) -> None:
    """An export has no checkpoint to record."""
    options = ("--name", "Größe", "--classes", "square,0", "--conf", "0.4", "--iou", "0.6", "--max-det", "7")
    record = record_of(make(*options))
    assert record == {
        "schema": 1,
        "target": "linux-cpp",
        "options": {
            "model": "exported",
            "name": "Größe",
            "app": "starter",
            "classes": "square,0",
            "conf": 0.4,
            "iou": 0.6,
            "max_det": 7,
        },
        "versions": {"edgegen": __version__, "executorch": pins.EXECUTORCH},
        "checkpoint": {},
        "files": record["files"],
    }


@pytest.mark.parametrize(
    "name", ["a\x85b", "a\u2028b", "line\nbreak", "b\udcffd", "\x1b[31m", "😀", "null", "1.0"]
)
def test_manifest_keeps_a_model_path_with_unusual_characters(exported: Path, name: str) -> None:
    """Also with bytes that are not valid text."""
    exported.rename(name)
    assert record_of(make("--output", "app", model=name))["options"]["model"] == name


def test_two_projects_of_the_same_input_are_identical(exported: Path) -> None:
    """They contain no time, host name, path or random order."""
    first, second = make("--output", "first"), make("--output", "second")
    assert contents(first) == contents(second)
    assert snapshot(first) == snapshot(second)


def test_project_contains_no_path_of_this_machine(exported: Path, tmp_path: Path) -> None:
    """Neither the model's folder nor edgegen's, in text and binary files."""
    project = make("--output", "deep/app")
    for path in (tmp_path, ROOT, Path(sys.prefix), Path.home()):
        for name, content in contents(project).items():
            assert os.fsencode(f"{path}/") not in content, (name, path)


def test_options_become_constants_of_the_app(exported: Path) -> None:
    info = model_info(make("--name", "My birds", "--conf", "0.4", "--iou", "0.6", "--max-det", "7"))
    assert info["kAppName"] == '"My birds"sv'
    assert (info["kConfidence"], info["kIou"], info["kMaxDetections"]) == ("0.4", "0.6", "7")
    assert (info["kInputHeight"], info["kInputWidth"], info["kRegMax"]) == ("160", "160", "16")
    assert info["kStrides"] == "{8, 16, 32}"
    assert info["kKeptClasses"] == "{}"
    assert info["kClassNames"] == '{ "circle"sv, "square"sv, "triangle"sv, }'


@pytest.mark.parametrize("value", [0, 1])
def test_thresholds_of_0_and_1_are_valid(exported: Path, value: int) -> None:
    info = model_info(make("--conf", value, "--iou", value, "--max-det", 30000))
    assert (info["kConfidence"], info["kIou"], info["kMaxDetections"]) == (
        f"{value}.0",
        f"{value}.0",
        "30000",
    )


@pytest.mark.parametrize(
    ("classes", "kept"),
    [
        ("square", "{1}"),
        ("2,0", "{0, 2}"),
        ("Triangle, 1", "{1, 2}"),
        ('"circle"', "{0}"),
        ("0,0,circle", "{0}"),
    ],
)
def test_classes_option_accepts_names_and_numbers(exported: Path, classes: str, kept: str) -> None:
    """The kept classes are sorted and unique. All class names stay."""
    info = model_info(make("--classes", classes))
    assert info["kKeptClasses"] == kept
    assert "triangle" in info["kClassNames"]


def test_file_modes_of_a_project_follow_the_umask(exported: Path) -> None:
    """The staging folder is private, the project is not."""
    before = os.umask(0o027)
    try:
        project = make("--output", "deep/app")
    finally:
        os.umask(before)
    mode = {name: stat.S_IMODE((project / name).stat().st_mode) for name in (".", "src", "CMakeLists.txt")}
    assert mode == {".": 0o750, "src": 0o750, "CMakeLists.txt": 0o640}
    assert stat.S_IMODE((project / "model/model.pte").stat().st_mode) == 0o640
    assert stat.S_IMODE((project / "scripts/get-aarch64-sdk.sh").stat().st_mode) == 0o750


# --- projects and exports of a checkpoint ---


def test_project_of_a_checkpoint_is_named_after_its_training_run(tiny_project_run: Path) -> None:
    """runs/detect/birds/weights/best.pt becomes ./birds-linux-cpp, and `birds` in the app."""
    answer = json.loads((tiny_project_run / "stdout").read_text(encoding="utf-8"))
    assert answer.keys() == {"model", "seconds", "projects"}
    assert answer["model"] == "runs/detect/birds/weights/best.pt"
    assert answer["seconds"] > 0
    (project,) = answer["projects"]
    assert (project["project"], project["target"]) == ("birds-linux-cpp", "linux-cpp")
    assert project["files"] == list_files(tiny_project_run / "birds-linux-cpp")
    info = model_info(tiny_project_run / "birds-linux-cpp")
    assert (info["kAppName"], info["kModelName"]) == ('"birds"sv', '"birds"sv')
    left = {"birds-linux-cpp", "runs", "stdout", "stderr"}
    assert {path.name for path in tiny_project_run.iterdir()} == left


def test_manifest_records_the_checkpoints_relative_path_and_digest(
    tiny_project_run: Path, tiny_checkpoint: Path
) -> None:
    """Relative, so that both may move together."""
    project = tiny_project_run / "birds-linux-cpp"
    checkpoint = record_of(project)["checkpoint"]
    assert checkpoint["path"] == "../runs/detect/birds/weights/best.pt"
    assert checkpoint["sha256"] == manifest.sha256(tiny_checkpoint)


def test_export_and_new_write_the_same_pte_and_vectors(tiny_project_run: Path, tiny_export: Path) -> None:
    """In two processes. The metadata differs only in names, and in the program of the app alone."""
    project = tiny_project_run / "birds-linux-cpp"
    assert (project / "model" / "model.pte").read_bytes() == (tiny_export / "model.pte").read_bytes()
    assert contents(project / "vectors").items() >= contents(tiny_export / "vectors").items()
    theirs: dict[str, Any] = yaml.safe_load((project / "model" / "metadata.yaml").read_text())
    ours: dict[str, Any] = metadata_of(tiny_export)
    assert (theirs["edgegen"].pop("name"), ours["edgegen"].pop("name")) == ("birds", "tiny")
    assert (theirs["edgegen"]["checkpoint"].pop("name"), ours["edgegen"]["checkpoint"].pop("name")) == (
        "best.pt",
        "tiny.pt",
    )
    programs = theirs["edgegen"]["programs"]
    assert [each["backend"] for each in programs] == ["xnnpack", "xnnpack-avx2"]  # the export has no target
    theirs["edgegen"]["programs"] = programs[:1]
    assert theirs == ours


def test_export_json_lists_all_files_and_the_manifest_records_them(
    tiny_export_run: Path, tiny_checkpoint: Path
) -> None:
    answer = json.loads((tiny_export_run / "stdout").read_text(encoding="utf-8"))
    assert answer.keys() == {"model", "seconds", "output", "files"}
    assert (answer["model"], answer["output"]) == (str(tiny_checkpoint), "exported")
    folder = tiny_export_run / "exported"
    assert answer["files"] == list_files(folder)
    record = record_of(folder)
    assert record["target"] == "export"
    assert record["files"] == {name: manifest.sha256(folder / name) for name in answer["files"][1:]}
    assert record["checkpoint"] == {"sha256": manifest.sha256(tiny_checkpoint)}


@pytest.mark.parametrize(
    ("path", "project", "app"),
    [
        ("yolo11n.pt", "yolo11n-linux-cpp", "yolo11n"),
        ("runs/detect/train3/weights/last.pt", "train3-linux-cpp", "train3"),
        ("cats and dogs/best.pt", "cats-and-dogs-linux-cpp", "cats and dogs"),
        ("best.pt", "here-linux-cpp", "here"),
        ("class.pt", "class-linux-cpp", "class"),
        ("v1.2.pt", "v1.2-linux-cpp", "v1.2"),
        ("犬.pt", "犬-linux-cpp", "犬"),
        ("$(id).pt", "id-linux-cpp", "$(id)"),
        ("-rf.pt", "rf-linux-cpp", "-rf"),
        ("no suffix", "no-suffix-linux-cpp", "no suffix"),
    ],
)
def test_default_name_of_a_project_comes_from_the_checkpoint(
    no_export: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, path: str, project: str, app: str
) -> None:
    """The file's stem, or the run's name for best.pt. The folder name is safe in a shell."""
    (no_export / "here").mkdir()
    monkeypatch.chdir(no_export / "here")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(tiny_checkpoint, path)
    assert str(make(model=f"./{path}")) == project
    assert model_info(Path(project))["kAppName"] == json.dumps(app, ensure_ascii=False) + "sv"


@pytest.mark.parametrize(
    ("folder", "project"),
    [("yolo11n_executorch_model", "yolo11n"), ("best_executorch_model", "here"), ("my export", "my-export")],
)
def test_default_name_of_a_plain_export_comes_from_its_folder(
    ultralytics_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, project: str
) -> None:
    """Without `_executorch_model`, whether the folder or its .pte is given."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    shutil.copytree(ultralytics_export, folder)
    for model in (folder, f"{folder}/", f"{folder}/model.pte"):
        assert make("--pretend", model=model) == Path(f"{project}-linux-cpp")


def test_default_name_of_an_edgegen_export_is_its_recorded_name(exported: Path) -> None:
    """The folder's name does not matter."""
    shutil.copytree(exported, "best_executorch_model")
    assert make("--pretend", model="best_executorch_model") == Path("tiny-linux-cpp")


def test_pretend_does_not_download_an_official_model(
    no_export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download would write into the current folder."""
    monkeypatch.setattr("edgegen.sources.library.download", lambda *_: pytest.fail("it fetched"))
    arguments = ("new", *LINUX, "--model", "yolo11n.pt", "--pretend")
    rejects(3, no_export, *arguments, says=("yolo11n.pt is not on disk", "--pretend"))


def test_official_model_offline_is_refused_with_its_address(
    no_export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOLO_OFFLINE", "1")
    says = ("yolo11n.pt is not on disk", "https://", "/yolo11n.pt", str(no_export))
    rejects(3, no_export, "new", *LINUX, "--model", "yolo11n.pt", says=says)


# --- other sources of a model ---


def test_pte_with_separate_metadata_differs_only_in_vectors_and_records(exported: Path) -> None:
    """Without the export's folder, the reference makes the golden vectors instead of PyTorch."""
    Path("pte").mkdir()
    Path("yaml").mkdir()
    shutil.copy(exported / "model.pte", "pte/some.pte")
    shutil.copy(exported / "metadata.yaml", "yaml/other.yaml")
    apart = make("--metadata", "yaml/other.yaml", "--name", "app", "--output", "apart", model="pte/some.pte")
    whole = make("--name", "app", "--output", "whole")
    theirs, ours = contents(apart), contents(whole)
    assert theirs.keys() == ours.keys()
    different = {name for name in ours if theirs[name] != ours[name]}
    assert {name for name in different if not name.startswith("vectors/")} <= {
        ".edgegen.yml",
        "src/model_info.h",
    }
    assert json.loads(theirs["vectors/index.json"])["source"] == "reference"
    assert json.loads(ours["vectors/index.json"])["source"] == "pytorch"


def test_plain_ultralytics_export_becomes_a_project(
    ultralytics_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no vectors and no edgegen mapping, so shapes and defaults decide."""
    monkeypatch.chdir(tmp_path)
    before = snapshot(ultralytics_export)
    project = make(model=ultralytics_export)
    assert project == Path("birds-linux-cpp")
    info = model_info(project)
    assert info["kContract"] == "vision::Contract::kDecoded"
    assert info["kOutputShapes"] == "{ {3, {1, 7, 525}}, }"
    assert (info["kPadValue"], info["kRgb"], info["kInputWidth"]) == ("114", "true", "160")
    assert info["kAppName"] == '"birds"sv'
    assert info["kLicense"].startswith('"AGPL-3.0')
    index = json.loads((project / "vectors" / "index.json").read_text())
    assert (index["source"], index["contract"]) == ("reference", "decoded")
    assert snapshot(ultralytics_export) == before


def test_two_projects_of_an_export_without_vectors_are_identical(
    ultralytics_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference draws the same vectors each time."""
    monkeypatch.chdir(tmp_path)
    first, second = (make("--output", name, model=ultralytics_export) for name in ("first", "second"))
    assert contents(first) == contents(second)


def test_new_from_a_pte_imports_no_torch(exported: Path, ultralytics_export: Path, tmp_path: Path) -> None:
    """Nor executorch, ultralytics or OpenCV, also without golden vectors."""
    for model in (exported, ultralytics_export):
        shutil.rmtree(tmp_path / "app", ignore_errors=True)
        arguments = ("new", *LINUX, "--model", model, "--output", "app")
        answer = process(*arguments, folder=tmp_path, environment={"PYTHONPROFILEIMPORTTIME": "1"}).ok()
        imported = set(re.findall(r"\| +([\w.]+)$", answer.err, flags=re.MULTILINE))
        assert {"edgegen.commands.new", "yaml", "jinja2"} <= imported
        heavy = {"torch", "executorch", "ultralytics", "cv2", "torchvision", "rich", "PIL"}
        assert not {name for name in imported if name.partition(".")[0] in heavy}


def test_target_given_twice_makes_one_project(exported: Path, tmp_path: Path) -> None:
    """--output is its project, not a folder of projects."""
    answer = json.loads(
        edgegen("new", *LINUX, *LINUX, "--model", exported, "--output", "app", "--json").ok().out
    )
    assert [each["project"] for each in answer["projects"]] == ["app"]
    assert (tmp_path / "app" / "CMakeLists.txt").is_file()


def test_tilde_in_model_and_output_is_the_home_folder(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shells do not expand the one in --output=~/app."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    shutil.move(exported, tmp_path / "home")
    assert make("--output=~/app", model="~") == tmp_path / "home" / "app"
    assert not (tmp_path / "~").exists()
