"""`edgegen update`: other options, newer templates, merged edits and conflicts."""

from dataclasses import replace
from pathlib import Path

import pytest

from edgegen import __version__
from edgegen.project import base_files, manifest
from tests.cli.updates import HEADER, edit, files_of, fresh, older, update
from tests.helpers.support import contents, edgegen, list_files, model_info, record_of, rejects, snapshot

pytestmark = pytest.mark.full


@pytest.mark.proof("commands")
def test_update_of_an_unedited_project_equals_new_with_the_options(app: Path) -> None:
    """Every byte. The manifest has the new options and digests."""
    said = update("--conf", 0.4, "--max-det", 7, "--classes", "square")
    assert files_of(app) == fresh("--conf", 0.4, "--max-det", 7, "--classes", "square")
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


def test_update_accepts_a_threshold_of_zero(app: Path) -> None:
    assert update("--conf", 0)["options"] == {"conf": {"from": 0.25, "to": 0.0}}


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


def test_update_of_an_older_project_applies_newer_templates(app: Path) -> None:
    """Changed, new and removed files. A removed file that the owner edited is renamed."""
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
    assert said["beside"] == {"src/gone_too.cpp": "src/gone_too.cpp.edgegen-old"}
    mine = {"src/gone_too.cpp.edgegen-old": b"int gone;\nint mine;\n"}
    assert files_of(app) == {**now, **mine}


def test_update_restores_a_missing_base(app: Path) -> None:
    before = contents(app)
    (app / base_files.NAME).unlink()
    answer = edgegen("update", app, "--no-verify").ok()
    assert "only edgegen's record of the project changes" in answer.out
    assert contents(app) == before
    assert "is up to date" in edgegen("update", app, "--no-verify").ok().out


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
