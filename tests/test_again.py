"""A run that only pretends, and a run where a project is already."""

import json
from pathlib import Path

import pytest

from support import (
    LINUX,
    contents,
    edgegen,
    list_files,
    make,
    metadata_of,
    model_info,
    record_of,
    refused,
    snapshot,
    write_metadata,
)

# --- pretend ---


def test_pretend_lists_what_a_real_run_writes(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file, in order; and writes nothing: the temporary folder is as empty as before, too."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    before = snapshot(tmp_path)
    listed = edgegen("new", *LINUX, "--model", exported, "--output", "a/b/app", "--pretend").ok()
    as_json = json.loads(
        edgegen("new", *LINUX, "--model", exported, "--output", "a/b/app", "--pretend", "--json").ok().out
    )
    assert snapshot(tmp_path) == before
    project = make("--output", "a/b/app")
    files = list_files(project)
    head, *lines = listed.out.splitlines()
    assert head == f"Would write {len(files)} files to a/b/app:"
    assert [line.strip() for line in lines] == files
    assert as_json["projects"] == [{"project": "a/b/app", "target": "linux-cpp", "files": files}]
    assert as_json.keys() == {"model", "seconds", "projects"}


def test_pretend_refuses_what_a_real_run_refuses(exported: Path, tmp_path: Path) -> None:
    """An occupied folder is found out without --pretend's help being wrong."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "mine").write_text("mine")
    refused(3, tmp_path, "new", *LINUX, "--model", exported, "--output", "app", "--pretend", says=("mine",))


# --- again ---


def test_a_second_run_changes_nothing(exported: Path) -> None:
    """The same command twice: the same project, as if it had been run once."""
    first = snapshot(make())
    assert snapshot(make()) == first


def test_a_replaced_project_keeps_what_is_the_users(exported: Path) -> None:
    """A .git, own files also in edgegen's folders, build results; edgegen's own files are all exchanged."""
    project = make("--name", "old")
    own = {".git/HEAD": "ref: main", "src/mine.cpp": "int mine;", "build/release/app": "ELF", "notes.md": "x"}
    for name, text in own.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    assert make("--name", "new") == project
    assert model_info(project)["kAppName"] == '"new"sv'
    assert {name: (project / name).read_text() for name in own} == own
    assert sorted([*record_of(project)["files"], *own, ".edgegen.yml"]) == list_files(project)


def test_force_writes_beside_what_is_there(exported: Path, tmp_path: Path) -> None:
    """Into a folder of somebody else: files of the same name are overwritten, all others stay."""
    (tmp_path / "app" / "src").mkdir(parents=True)
    (tmp_path / "app" / "src" / "model_info.h").write_text("theirs")
    (tmp_path / "app" / "src" / "theirs.h").write_text("theirs")
    arguments = ("new", *LINUX, "--model", exported, "--output", "app")
    refused(3, tmp_path, *arguments, says=("did not make it (it holds src)",))
    edgegen(*arguments, "--force").ok()
    assert (tmp_path / "app" / "src" / "theirs.h").read_text() == "theirs"
    assert "kClassNames" in (tmp_path / "app" / "src" / "model_info.h").read_text()
    edgegen(*arguments).ok()  # from now on it is ours


def test_a_deleted_file_is_an_edit(exported: Path, tmp_path: Path) -> None:
    """A user who removed a test on purpose does not want it back."""
    project = make()
    (project / "vectors" / "README.md").unlink()
    says = ("was edited: vectors/README.md",)
    refused(3, tmp_path, "new", *LINUX, "--model", exported, "--output", project, says=says)


def test_a_file_that_became_executable_is_no_edit(exported: Path) -> None:
    """Only content counts."""
    project = make()
    (project / "CMakeLists.txt").chmod(0o755)
    make()


def test_a_project_made_of_its_own_model_folder(exported: Path) -> None:
    """The model that a project holds is enough to make it again, in its own place."""
    project = make("--name", "app")
    before = contents(project)
    make("--name", "app", "--output", project, model=project / "model")
    after = contents(project)
    assert after.keys() == before.keys()
    assert after["model/model.pte"] == before["model/model.pte"]


def test_an_edited_metadata_is_what_counts(exported: Path) -> None:
    """Names may be corrected in the export: the project has the new ones, and the export's vectors."""
    write_metadata(exported, metadata_of(exported) | {"names": {0: "ball", 1: "box", 2: "wedge"}})
    assert model_info(make())["kClassNames"] == '{ "ball"sv, "box"sv, "wedge"sv, }'
