"""`edgegen update`: another model, other options, newer templates, kept edits."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgegen import __version__
from edgegen.project import base_files, manifest
from tests.cli.updates import BOOKS, HEADER, edit, fresh, older, update
from tests.helpers.once import ExportOf
from tests.helpers.places import TINY
from tests.helpers.support import (
    contents,
    edgegen,
    list_files,
    make,
    metadata_of,
    model_info,
    record_of,
    rejects,
    snapshot,
    write_metadata,
)

pytestmark = pytest.mark.full


@pytest.fixture
def app(exported: Path) -> Path:
    """Return a linux-cpp project named `app` in the current folder."""
    return make("--app", "studio", "--name", "birds", "--output", "app")


# --- options, edits and newer templates ---


@pytest.mark.proof("commands")
def test_update_of_an_unedited_project_equals_new_with_the_options(app: Path) -> None:
    """Every byte. The manifest has the new options and digests."""
    said = update("--conf", 0.4, "--max-det", 7, "--classes", "square")
    ours = {name: content for name, content in contents(app).items() if name not in BOOKS}
    assert ours == fresh("--conf", 0.4, "--max-det", 7, "--classes", "square")
    assert said["options"] == {
        "conf": {"from": 0.25, "to": 0.4},
        "max_det": {"from": 300, "to": 7},
        "classes": {"from": None, "to": "square"},
    }
    assert said["files"]["updated"] == ["README.md", HEADER]
    assert record_of(app)["options"]["conf"] == 0.4
    assert record_of(app)["files"] == {
        name: manifest.sha256(app / name) for name in list_files(app) if name != ".edgegen.yml"
    }


def test_second_update_changes_nothing(app: Path) -> None:
    """It keeps earlier options. `--classes all` resets the classes."""
    update("--conf", 0.4, "--classes", "square")
    before = snapshot(app)
    assert update()["changed"] is False
    assert snapshot(app) == before
    assert "is up to date" in edgegen("update", "app", "--no-verify").ok().out
    update("--classes", "all")
    assert model_info(app)["kKeptClasses"] == "{}"
    assert model_info(app)["kConfidence"] == "0.4"


@pytest.mark.proof("commands")
def test_update_merges_edits_with_changes_in_the_same_file(app: Path) -> None:
    """Files that only the owner edited, added or deleted stay as they are."""
    edit("README.md", "# birds\n", "# birds\n\nMine.\n")
    edit(HEADER, "#include", "// mine\n#include")
    edit("src/app/main.cpp", "#include", "// mine\n#include")
    (app / "src" / "mine.cpp").write_text("int mine;\n")
    (app / "vectors" / "README.md").unlink()
    main = (app / "src/app/main.cpp").read_bytes()
    said = update("--conf", 0.4)
    assert said["files"]["merged"] == ["README.md", HEADER]
    assert said["files"]["kept"] == ["src/app/main.cpp"]
    assert said["files"]["conflicts"] == []
    assert "// mine" in (app / HEADER).read_text()
    assert model_info(app)["kConfidence"] == "0.4"
    assert (app / "README.md").read_text().startswith("# birds\n\nMine.\n")
    assert (app / "src/app/main.cpp").read_bytes() == main
    assert (app / "src/mine.cpp").read_text() == "int mine;\n"
    assert not (app / "vectors" / "README.md").exists()


@pytest.mark.proof("commands")
def test_update_conflict_exits_8_and_marks_both_versions(app: Path) -> None:
    """Further updates are rejected until the conflict is resolved."""
    edit(HEADER, "kConfidence = 0.25;", "kConfidence = 0.33;")
    answer = edgegen("update", app, "--conf", 0.4)
    assert answer.code == 8
    assert f"{HEADER}: has both versions" in answer.out
    text = (app / HEADER).read_text()
    mine, theirs = (
        text.split("<<<<<<< yours\n")[1].split(f">>>>>>> edgegen {__version__}")[0].split("=======")
    )
    assert "kConfidence = 0.33;" in mine
    assert "kConfidence = 0.4;" in theirs
    for more in ((), ("--conf", 0.5), ("--model", "exported"), ("--pretend",)):
        answer = rejects(
            3, app, "update", app, *more, "--no-verify", says=("conflicts of an earlier update",)
        )
        assert "Render" not in answer  # rejected before anything is exported
    rejects(3, app, "verify", app, says=("conflicts of an earlier update",))
    (app / HEADER).write_text(text.split("<<<<<<<")[0] + mine + text.split(f"edgegen {__version__}\n")[1])
    assert update("--max-det", 9)["files"]["merged"] == [HEADER]
    assert model_info(app)["kConfidence"] == "0.33"
    assert model_info(app)["kMaxDetections"] == "9"


def test_update_restores_a_missing_base(app: Path) -> None:
    before = contents(app)
    (app / base_files.NAME).unlink()
    answer = edgegen("update", app, "--no-verify").ok()
    assert "only edgegen's record of the project changes" in answer.out
    assert contents(app) == before
    assert "is up to date" in edgegen("update", app, "--no-verify").ok().out


def test_update_notes_a_bundle_id_that_edited_ios_settings_override(exported: Path, tmp_path: Path) -> None:
    edgegen("new", "exported", "--target", "ios", "--name", "birds", "--output", "app").ok()
    settings = tmp_path / "app/Config/User.xcconfig"
    settings.write_text(settings.read_text() + "// mine\n")
    said = update("--bundle-id", "org.foo.bar")
    assert any("--bundle-id org.foo.bar is not written to" in note for note in said["notes"]), said["notes"]
    assert "org.foo.bar" not in settings.read_text()


@pytest.mark.parametrize("target", ["linux-cpp", "android"])
def test_update_keeps_edited_and_deleted_golden_vectors(
    export_of: ExportOf, exported: Path, tmp_path: Path, target: str
) -> None:
    """Also over several updates and with another model."""
    app = tmp_path / "app"
    edgegen("new", "exported", "--target", target, "--name", "birds", "--output", app).ok()
    mine = {
        "vectors/01.bin": (app / "vectors/01.bin").read_bytes() + b"mine",
        "vectors/02.bin": (app / "vectors/02.bin").read_bytes()[:7],
    }
    for name, content in mine.items():
        (app / name).write_bytes(content)
    (app / "vectors/03.bin").unlink()
    before = contents(app)
    said = update("--conf", 0.3)["files"]
    assert said["kept"] == [*mine]
    now = contents(app)
    binaries = [name for name in before if name.endswith((".bin", "index.json"))]
    assert [name for name in binaries if now.get(name) != before[name]] == []
    assert "vectors/03.bin" not in now
    assert json.loads(edgegen("status", app, "--json").ok().out)["edited"] == [*mine]
    other = export_of(TINY, (192, 192), "raw")
    said = update("--model", other, code=8)
    assert said["beside"] == {name: f"{name}.edgegen-new" for name in mine}
    assert said["files"]["deleted"] == ["vectors/03.bin"]
    assert update("--conf", 0.31)["files"]["kept"] == [*mine]
    assert {name: (app / name).read_bytes() for name in mine} == mine
    for name in mine:
        (app / f"{name}.edgegen-new").replace(app / name)
    assert update("--conf", 0.32)["files"]["kept"] == []


def test_update_writes_a_side_file_where_the_owner_has_a_new_files_name(app: Path) -> None:
    """Exit code 8. The side file is removed when the files are equal."""
    known = manifest.read(app)
    assert known is not None
    name = "CMakePresets.json"
    files = {each: digest for each, digest in known.files.items() if each != name}
    manifest.write(replace(known, files=files), app)
    ours = (app / name).read_bytes()
    (app / name).write_text("{}")
    said = update(code=8)
    assert said["beside"] == {name: f"{name}.edgegen-new"}
    assert (app / name).read_text() == "{}"
    assert (app / f"{name}.edgegen-new").read_bytes() == ours
    wrote_before = app / f"{name}.edgegen-new"  # as if an older version wrote other text
    wrote_before.write_text('{"version": 3}\n')
    known = manifest.read(app)
    assert known is not None
    files = {**known.files, name: manifest.sha256(wrote_before)}
    manifest.write(replace(known, files=files), app)
    assert update(code=8)["beside"] == {name: f"{name}.edgegen-new"}
    assert (app / f"{name}.edgegen-new").read_bytes() == ours
    assert not (app / f"{name}.edgegen-new.2").exists()
    assert (app / name).read_text() == "{}"
    says = f"a conflict is left: {name} is yours, and edgegen's version is in {name}.edgegen-new"
    assert update()["notes"] == [says]
    assert says in edgegen("update", app, "--no-verify").ok().out
    (app / name).write_bytes(ours)
    assert update()["files"]["removed"] == [f"{name}.edgegen-new"]
    assert update()["notes"] == []


def test_update_of_an_older_project_applies_newer_templates(app: Path) -> None:
    """Changed, new and removed files. A removed file that the owner edited stays."""
    now = fresh()
    older(app, "src/app/main.cpp", "int main() { return 0; }\n")
    (app / "CMakePresets.json").unlink()
    older(app, "src/gone.cpp", "int gone;\n")
    older(app, "src/gone_too.cpp", "int gone;\n")
    (app / "src/gone_too.cpp").write_text("int gone;\nint mine;\n")
    answer = edgegen("update", app, "--no-verify", "--pretend").ok()
    assert f"templates: edgegen 0.0.9 -> {__version__}" in answer.out
    said = update()
    assert said["edgegen"] == {"from": "0.0.9", "to": __version__}
    assert said["files"]["updated"] == ["src/app/main.cpp"]
    assert said["files"]["added"] == ["CMakePresets.json"]
    assert said["files"]["removed"] == ["src/gone.cpp"]
    assert said["files"]["without_place"] == ["src/gone_too.cpp"]
    mine = {"src/gone_too.cpp": b"int gone;\nint mine;\n"}
    assert {name: text for name, text in contents(app).items() if name not in BOOKS} == {**now, **mine}


def test_update_keeps_windows_line_ends_in_a_merged_file(app: Path) -> None:
    path = app / HEADER
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert update("--conf", 0.4)["files"]["merged"] == [HEADER]
    expected = fresh("--conf", 0.4)[HEADER].replace(b"\n", b"\r\n")
    assert path.read_bytes() == expected


def test_update_keeps_edited_ios_settings(exported: Path) -> None:
    edgegen("new", "--target", "ios", "--model", exported, "--output", "app").ok()
    edit("Config/User.xcconfig", "DEVELOPMENT_TEAM =", "DEVELOPMENT_TEAM = AAAAAAAAAA")
    mine = Path("app/Config/User.xcconfig").read_bytes()
    said = update("--name", "Terns", "--conf", 0.4)
    assert "Config/User.xcconfig" in said["files"]["kept"]
    assert Path("app/Config/User.xcconfig").read_bytes() == mine
    assert '"Terns"' in Path("app/Core/model_info.h").read_text()


def test_update_leaves_git_and_build_files_untouched(app: Path) -> None:
    """An executable file stays executable."""
    own = {".git/HEAD": "ref: main", "build/release/app": "ELF", "local.properties": "x"}
    for name, text in own.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text(text)
    edit(HEADER, "#include", "// mine\n#include")
    (app / HEADER).chmod(0o755)
    update("--conf", 0.4)
    assert {name: (app / name).read_text() for name in own} == own
    assert (app / HEADER).stat().st_mode & 0o777 == 0o755
    assert os.access(app / "scripts/get-aarch64-sdk.sh", os.X_OK)


def test_update_keeps_the_modes_of_files_it_rewrites(app: Path) -> None:
    for name, mode in (("README.md", 0o755), (HEADER, 0o440)):
        (app / name).chmod(mode)
    assert update("--conf", 0.4)["files"]["updated"] == ["README.md", HEADER]
    assert (app / "README.md").stat().st_mode & 0o777 == 0o755
    assert (app / HEADER).stat().st_mode & 0o777 == 0o440


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_update_status_and_diff_do_not_block_on_a_pipe(app: Path) -> None:
    """The pipe stays, and edgegen's file is written as a side file."""
    (app / "README.md").unlink()
    os.mkfifo(app / "README.md")
    assert "README.md is no file" in edgegen("diff", app).ok().err
    assert json.loads(edgegen("status", app, "--json").ok().out)["edited"] == ["README.md"]
    assert update("--conf", 0.4, code=8)["beside"] == {"README.md": "README.md.edgegen-new"}
    assert (app / "README.md").is_fifo()


# --- another model ---


def test_update_with_another_model_keeps_name_options_and_edits(app: Path, exported: Path) -> None:
    """The model has other class names."""
    shutil.copytree(exported, "second")
    write_metadata(Path("second"), metadata_of(exported) | {"names": {0: "ball", 1: "box", 2: "wedge"}})
    edit(HEADER, "#include", "// mine\n#include")
    update("--conf", 0.4)
    said = update("--model", "second")
    assert model_info(app)["kClassNames"] == '{ "ball"sv, "box"sv, "wedge"sv, }'
    assert model_info(app)["kAppName"] == '"birds"sv'
    assert model_info(app)["kConfidence"] == "0.4"
    assert "// mine" in (app / HEADER).read_text()
    assert said["model"]["from"]["origin"] == "exported"
    assert said["model"]["to"]["origin"] == "second"
    assert record_of(app)["options"]["model"] == "second"


def test_update_refuses_recorded_classes_that_the_next_model_lacks(app: Path, exported: Path) -> None:
    """The message says where the classes come from and what to type."""
    update("--classes", "circle")
    shutil.copytree(exported, "second")
    write_metadata(Path("second"), metadata_of(exported) | {"names": {0: "ball", 1: "box", 2: "wedge"}})
    answer = edgegen("update", app, "--model", "second", "--no-verify")
    assert answer.code == 2
    assert "the project was made with --classes circle, but the new model has other classes" in answer.err
    assert "or --classes all" in answer.err
    assert update("--model", "second", "--classes", "all")["options"]["classes"]["to"] is None


def test_update_keeps_edited_launcher_icons(exported: Path) -> None:
    """A new name changes the generated icons. An edited icon gets no side file."""
    edgegen("new", "--target", "android", "--model", exported, "--output", "app").ok()
    drawn = sorted(Path("app").glob("app/src/main/res/drawable-*/ic_launcher_sign.png"))
    assert len(drawn) > 3
    drawn[0].write_bytes(b"mine")
    said = update("--name", "Other name")
    assert said["files"]["conflicts"] == []
    assert said["files"]["kept"] == [drawn[0].relative_to("app").as_posix()]
    assert drawn[1].relative_to("app").as_posix() in said["files"]["updated"]


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
    """An edited source of the old task stays and is listed."""
    update("--conf", 0.4)
    edit("src/vision/tasks/detect.cpp", "#include", "// mine\n#include")
    shutil.copytree(task_export("classify"), "leaves")
    answer = edgegen("update", "app", "--model", "leaves", "--no-verify", "--json").ok()
    said = json.loads(answer.out)
    assert said["files"]["without_place"] == ["src/vision/tasks/detect.cpp"]
    assert "src/vision/decode.h" in said["files"]["removed"]
    assert "src/vision/tasks/classify.cpp" in said["files"]["added"]
    assert (said["model"]["from"]["task"], said["model"]["to"]["task"]) == ("detect", "classify")
    assert "--conf is dropped: the task `classify` has no such option" in answer.err
    mine = {"src/vision/tasks/detect.cpp": (app / "src/vision/tasks/detect.cpp").read_bytes()}
    ours = {name: content for name, content in contents(app).items() if name not in BOOKS}
    assert ours == {**fresh(model="leaves"), **mine}


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

    calls, export = [], exporting.export_checkpoint
    monkeypatch.setattr(
        "edgegen.export.exporting.export_checkpoint",
        lambda path, *more, **options: (calls.append(path), export(path, *more, **options)),
    )
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


def test_update_accepts_a_threshold_of_zero(app: Path) -> None:
    assert update("--conf", 0)["options"] == {"conf": {"from": 0.25, "to": 0.0}}


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


def test_update_of_the_package_moves_edited_android_sources(exported: Path) -> None:
    """The source folders are named after the package. Files of the owner stay, with a note."""
    edgegen("new", "--target", "android", "--app", "studio", "--model", exported, "--output", "app").ok()
    sources = "app/src/main/kotlin"
    old, new = f"{sources}/org/example/tiny/drawing", f"{sources}/com/me/terns/drawing"
    edit(f"{old}/Labels.kt", "package org.example.tiny\n", "package org.example.tiny\n\n// mine\n")
    Path("app", old, "Layer.kt").unlink()
    Path("app", old, "Mine.kt").write_text("package org.example.tiny\n")
    said = update("--package", "com.me.terns")
    assert f"{new}/Labels.kt" in said["files"]["merged"]
    assert said["notes"] == [f"your file {old}/Mine.kt stays; edgegen's files moved from there to {new}"]
    assert f"{new}/Layer.kt" in said["files"]["deleted"]
    assert said["files"]["without_place"] == said["files"]["conflicts"] == []
    text = Path("app", new, "Labels.kt").read_text()
    assert "package com.me.terns\n" in text
    assert "// mine\n" in text
    assert [path.name for path in Path("app", old).iterdir()] == ["Mine.kt"]
    assert not Path("app", new, "Layer.kt").exists()


# --- a project without a base ---


def without_base(project: Path, version: str = __version__) -> None:
    """Remove a project's base, as version 0.1.0 wrote none."""
    known = manifest.read(project)
    assert known is not None
    (project / base_files.NAME).unlink()
    files = {name: digest for name, digest in known.files.items() if name != base_files.NAME}
    versions = {**known.versions, "edgegen": version}
    manifest.write(replace(known, files=files, versions=versions), project)


def test_update_without_a_base_renders_the_original_files_again(app: Path) -> None:
    """The digests in the manifest prove that they are the original ones."""
    without_base(app)
    edit(HEADER, "#include", "// mine\n#include")
    assert update("--conf", 0.4)["files"]["merged"] == [HEADER]
    assert "// mine" in (app / HEADER).read_text()
    assert base_files.NAME in record_of(app)["files"]
    assert (app / base_files.NAME).is_file()


def test_update_without_a_base_writes_a_side_file_for_unknown_originals(app: Path) -> None:
    """The edited file stays, and a note says what to do."""
    older(app, "src/app/main.cpp", "int main() { return 0; }\n")
    without_base(app, "0.0.9")
    (app / "src/app/main.cpp").write_text("int main() { return 1; }\n")
    edit(HEADER, "#include", "// mine\n#include")
    said = update("--conf", 0.4, code=8)
    assert said["files"]["conflicts"] == ["src/app/main.cpp"]
    assert said["files"]["merged"] == [HEADER]
    assert said["notes"] == [
        "what edgegen 0.0.9 wrote in src/app/main.cpp is unknown: compare yours with "
        "src/app/main.cpp.edgegen-new"
    ]
    assert (app / "src/app/main.cpp").read_text() == "int main() { return 1; }\n"
    assert "int main" in (app / "src/app/main.cpp.edgegen-new").read_text()
