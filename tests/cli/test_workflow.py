"""From MODEL to a project on disk: what is in it and what it is called."""

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
    refused,
    snapshot,
)

pytestmark = pytest.mark.full

MODEL_FILES = ("model/metadata.yaml", "model/model.pte")


# --- what a project holds ---


def test_a_project_holds_exactly_the_files_that_its_manifest_lists(exported: Path) -> None:
    """Each with the sha256 of its content; the manifest itself is the only one that is not in it."""
    project = make()
    listed = record_of(project)["files"]
    assert sorted([*listed, ".edgegen.yml"]) == list_files(project)
    for name, digest in listed.items():
        assert digest == hashlib.sha256((project / name).read_bytes()).hexdigest(), name
    assert {"CMakeLists.txt", "CMakePresets.json", ".gitignore", "src/model_info.h", *MODEL_FILES} <= set(
        listed
    )


def test_the_golden_vectors_and_the_model_are_the_exports(exported: Path) -> None:
    """Byte for byte; the page that explains the layout lies beside the vectors."""
    project = make()
    vectors = contents(exported / "vectors")
    assert len(vectors) > 3
    assert contents(project / "vectors").items() >= vectors.items()
    assert set(contents(project / "vectors")) - set(vectors) == {"README.md"}
    for name in ("model.pte", "metadata.yaml"):
        assert (project / "model" / name).read_bytes() == (exported / name).read_bytes()


def test_what_else_lies_beside_golden_vectors_stays_there(exported: Path) -> None:
    """Only what index.json names goes into a project: not notes, not folders, not links."""
    vectors = exported / "vectors"
    (vectors / "notes.txt").write_text("mine")
    (vectors / "folder").mkdir()
    (vectors / "folder" / "big.bin").write_bytes(b"mine")
    (vectors / "link").symlink_to("/etc/passwd")
    assert not {"notes.txt", "folder/big.bin", "link"} & set(list_files(make() / "vectors"))


def test_the_manifest_says_how_the_project_was_made(exported: Path) -> None:
    """Options as given, versions, and no checkpoint where there was none."""
    options = ("--name", "Größe", "--classes", "square,0", "--conf", "0.4", "--iou", "0.6", "--max-det", "7")
    record = record_of(make(*options))
    assert record == {
        "schema": 1,
        "target": "linux-cpp",
        "options": {
            "model": "exported",
            "name": "Größe",
            "classes": "square,0",
            "imgsz": None,
            "head": None,
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
def test_the_manifest_reads_back_what_was_typed(exported: Path, name: str) -> None:
    """A path of any characters that the system takes, also such as are no text."""
    exported.rename(name)
    assert record_of(make("--output", "app", model=name))["options"]["model"] == name


def test_the_same_input_gives_the_same_bytes(exported: Path) -> None:
    """No time, no host, no path, no order by chance: two projects differ in nothing."""
    first, second = make("--output", "first"), make("--output", "second")
    assert contents(first) == contents(second)
    assert snapshot(first) == snapshot(second)


def test_a_project_holds_no_path_of_the_machine(exported: Path, tmp_path: Path) -> None:
    """Neither where the model lay nor where edgegen is installed, in text or in binary files."""
    project = make("--output", "deep/app")
    for path in (tmp_path, ROOT, Path(sys.prefix), Path.home()):
        for name, content in contents(project).items():
            assert os.fsencode(f"{path}/") not in content, (name, path)


def test_options_stand_in_the_constants(exported: Path) -> None:
    """What was asked for is what the app starts with."""
    info = model_info(make("--name", "My birds", "--conf", "0.4", "--iou", "0.6", "--max-det", "7"))
    assert info["kAppName"] == '"My birds"sv'
    assert (info["kConfidence"], info["kIou"], info["kMaxDetections"]) == ("0.4", "0.6", "7")
    assert (info["kInputHeight"], info["kInputWidth"], info["kRegMax"]) == ("160", "160", "16")
    assert info["kStrides"] == "{8, 16, 32}"
    assert info["kKeptClasses"] == "{}"
    assert info["kClassNames"] == '{ "circle"sv, "square"sv, "triangle"sv, }'


@pytest.mark.parametrize("value", [0, 1])
def test_thresholds_of_0_and_1_are_valid(exported: Path, value: int) -> None:
    """Everything and nothing are what somebody may want to see."""
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
def test_classes_are_kept_by_name_and_by_number(exported: Path, classes: str, kept: str) -> None:
    """Rising, each once, as the app filters them; all names stay, since numbers must."""
    info = model_info(make("--classes", classes))
    assert info["kKeptClasses"] == kept
    assert "triangle" in info["kClassNames"]


def test_the_umask_decides_who_may_read_a_project(exported: Path) -> None:
    """The folder in which it is made is private, the project is as any that one makes by hand."""
    before = os.umask(0o027)
    try:
        project = make("--output", "deep/app")
    finally:
        os.umask(before)
    mode = {name: stat.S_IMODE((project / name).stat().st_mode) for name in (".", "src", "CMakeLists.txt")}
    assert mode == {".": 0o750, "src": 0o750, "CMakeLists.txt": 0o640}
    assert stat.S_IMODE((project / "model/model.pte").stat().st_mode) == 0o640
    assert stat.S_IMODE((project / "scripts/get-aarch64-sdk.sh").stat().st_mode) == 0o750


# --- a checkpoint ---


def test_a_checkpoint_becomes_a_project_named_after_its_training_run(tiny_project_run: Path) -> None:
    """runs/detect/birds/weights/best.pt -> ./birds-linux-cpp, and `birds` on the screen."""
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


def test_a_project_knows_the_checkpoint_it_was_made_from(
    tiny_project_run: Path, tiny_checkpoint: Path
) -> None:
    """By a path from the project, so that both may move together, and by its digest."""
    project = tiny_project_run / "birds-linux-cpp"
    checkpoint = record_of(project)["checkpoint"]
    assert checkpoint["path"] == "../runs/detect/birds/weights/best.pt"
    assert checkpoint["sha256"] == manifest.sha256(tiny_checkpoint)


def test_two_exports_of_a_checkpoint_are_the_same(tiny_project_run: Path, tiny_export: Path) -> None:
    """`export` and `new`, in two processes: one .pte, one set of vectors; the metadata differs in names."""
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
    assert theirs == ours


def test_an_export_says_what_it_wrote(tiny_export_run: Path, tiny_checkpoint: Path) -> None:
    """One JSON object, every file in it, and a manifest by which edgegen knows its own folder again."""
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
def test_what_a_project_is_called_by_default(
    no_export: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, path: str, project: str, app: str
) -> None:
    """The checkpoint's stem; where that says nothing, the training run's name. Safe to type as a folder."""
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
def test_what_a_project_of_a_plain_export_is_called(
    ultralytics_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, project: str
) -> None:
    """The folder's name without `_executorch_model`; the same whether the folder or its .pte is named."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    shutil.copytree(ultralytics_export, folder)
    for model in (folder, f"{folder}/", f"{folder}/model.pte"):
        assert make("--pretend", model=model) == Path(f"{project}-linux-cpp")


def test_an_export_of_edgegen_remembers_what_its_model_is_called(exported: Path) -> None:
    """Whatever its folder is called."""
    shutil.copytree(exported, "best_executorch_model")
    assert make("--pretend", model="best_executorch_model") == Path("tiny-linux-cpp")


def test_an_official_name_is_not_fetched_by_pretend(no_export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--pretend writes nothing, and a checkpoint in the current folder is something."""
    monkeypatch.setattr("edgegen.sources.ultralytics.official._fetch", lambda *_: pytest.fail("it fetched"))
    arguments = ("new", *LINUX, "--model", "yolo11n.pt", "--pretend")
    refused(3, no_export, *arguments, says=("yolo11n.pt is not on disk", "--pretend"))


def test_an_official_name_offline_says_where_to_fetch_it(
    no_export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address, and the folder to put it into."""
    monkeypatch.setenv("YOLO_OFFLINE", "1")
    says = ("yolo11n.pt is not here", "https://", "/yolo11n.pt", str(no_export))
    refused(3, no_export, "new", *LINUX, "--model", "yolo11n.pt", says=says)


# --- other ways to give a model ---


def test_a_pte_and_its_metadata_from_elsewhere(exported: Path) -> None:
    """The same project as from the folder, but for golden vectors that no PyTorch stands behind."""
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


def test_a_folder_of_plain_ultralytics(
    ultralytics_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No vectors, no edgegen mapping, one decoded output: the .pte's shapes and the defaults decide."""
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
    assert sum(path.stat().st_size for path in (project / "vectors").iterdir()) < 2_000_000
    assert snapshot(ultralytics_export) == before


def test_two_projects_of_a_folder_without_vectors_are_the_same(
    ultralytics_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vectors that the reference draws are drawn alike each time."""
    monkeypatch.chdir(tmp_path)
    first, second = (make("--output", name, model=ultralytics_export) for name in ("first", "second"))
    assert contents(first) == contents(second)


def test_a_project_from_a_pte_needs_no_torch(
    exported: Path, ultralytics_export: Path, tmp_path: Path
) -> None:
    """Nor executorch, ultralytics or OpenCV: it is made in a second, also without golden vectors."""
    for model in (exported, ultralytics_export):
        shutil.rmtree(tmp_path / "app", ignore_errors=True)
        arguments = ("new", *LINUX, "--model", model, "--output", "app")
        answer = process(*arguments, folder=tmp_path, environment={"PYTHONPROFILEIMPORTTIME": "1"}).ok()
        imported = set(re.findall(r"\| +([\w.]+)$", answer.err, flags=re.MULTILINE))
        assert {"edgegen.commands.new", "yaml", "jinja2"} <= imported
        heavy = {"torch", "executorch", "ultralytics", "cv2", "torchvision", "rich", "PIL"}
        assert not {name for name in imported if name.partition(".")[0] in heavy}


def test_a_target_named_twice_is_one(exported: Path, tmp_path: Path) -> None:
    """And --output is its project, not a folder of projects."""
    answer = json.loads(
        edgegen("new", *LINUX, *LINUX, "--model", exported, "--output", "app", "--json").ok().out
    )
    assert [each["project"] for each in answer["projects"]] == ["app"]
    assert (tmp_path / "app" / "CMakeLists.txt").is_file()


def test_the_home_folder_is_meant_by_a_tilde(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in --model: shells leave the one in --output=~/app alone."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    shutil.move(exported, tmp_path / "home")
    assert make("--output=~/app", model="~") == tmp_path / "home" / "app"
    assert not (tmp_path / "~").exists()
