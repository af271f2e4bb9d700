"""`edgegen new --pretend`, and `edgegen new` into an existing project."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.helpers.support import (
    LINUX,
    STEP,
    Answer,
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

# --- pretend ---


def test_pretend_lists_the_files_of_a_real_run_and_writes_none(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also checks that nothing is left in the temporary folder."""
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
    (project_as_json,) = as_json["projects"]
    assert project_as_json == {
        "project": "a/b/app",
        "target": "linux-cpp",
        "files": files,
        "kept": [],
        "overwritten": [],
    }
    assert as_json.keys() == {"model", "seconds", "projects"}


def test_pretend_refuses_an_occupied_output_folder(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "mine").write_text("mine")
    rejects(3, tmp_path, "new", *LINUX, "--model", exported, "--output", "app", "--pretend", says=("mine",))


# --- a second run ---


def test_second_run_of_the_same_command_changes_nothing(exported: Path) -> None:
    first = snapshot(make())
    assert snapshot(make()) == first


def test_replacing_a_project_keeps_the_users_own_files(exported: Path) -> None:
    """The user's files are a .git folder, files in edgegen's folders, and build results."""
    project = make("--name", "old")
    own = {".git/HEAD": "ref: main", "src/mine.cpp": "int mine;", "build/release/app": "ELF", "notes.md": "x"}
    for name, text in own.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    assert make("--name", "new") == project
    assert model_info(project)["kAppName"] == '"new"sv'
    assert {name: (project / name).read_text() for name in own} == own
    assert sorted([*record_of(project)["files"], *own, ".edgegen.yml"]) == list_files(project)


def test_force_overwrites_only_files_of_the_same_name(exported: Path, tmp_path: Path) -> None:
    """The folder is not an edgegen project, so without --force it is rejected."""
    (tmp_path / "app" / "src").mkdir(parents=True)
    (tmp_path / "app" / "src" / "model_info.h").write_text("theirs")
    (tmp_path / "app" / "src" / "theirs.h").write_text("theirs")
    arguments = ("new", *LINUX, "--model", exported, "--output", "app")
    rejects(3, tmp_path, *arguments, says=("did not make it (it contains src)",))
    edgegen(*arguments, "--force").ok()
    assert (tmp_path / "app" / "src" / "theirs.h").read_text() == "theirs"
    assert "kClassNames" in (tmp_path / "app" / "src" / "model_info.h").read_text()
    edgegen(*arguments).ok()  # the folder is an edgegen project now


def test_new_treats_a_deleted_file_as_an_edit(exported: Path, tmp_path: Path) -> None:
    """Users who removed a file on purpose do not want it back."""
    project = make()
    (project / "vectors" / "README.md").unlink()
    says = ("was edited: vectors/README.md",)
    rejects(3, tmp_path, "new", *LINUX, "--model", exported, "--output", project, says=says)


def test_new_ignores_a_changed_file_mode(exported: Path) -> None:
    """Only a changed content is an edit."""
    project = make()
    (project / "CMakeLists.txt").chmod(0o755)
    make()


def test_new_regenerates_a_project_from_its_own_model_folder(exported: Path) -> None:
    project = make("--name", "app")
    before = contents(project)
    make("--name", "app", "--output", project, model=project / "model")
    after = contents(project)
    assert after.keys() == before.keys()
    assert after["model/model.pte"] == before["model/model.pte"]


def test_new_takes_class_names_from_edited_metadata(exported: Path) -> None:
    """Users may correct class names in the export."""
    write_metadata(exported, metadata_of(exported) | {"names": {0: "ball", 1: "box", 2: "wedge"}})
    assert model_info(make())["kClassNames"] == '{ "ball"sv, "box"sv, "wedge"sv, }'


def test_force_lists_the_edited_files_that_it_overwrites(exported: Path) -> None:
    """One line for each file, at most ten. A deleted file that is restored is not listed."""
    project = make()
    (project / "CMakeLists.txt").write_text("mine")
    (project / "vectors" / "README.md").unlink()
    answer = edgegen("new", *LINUX, "--model", exported, "--output", project, "--force", "--json").ok()
    assert _notes(answer) == [f"overwrites your {project}/CMakeLists.txt"]
    assert json.loads(answer.out)["projects"][0]["overwritten"] == ["CMakeLists.txt"]
    edited = sorted(project.glob("src/**/*.cpp"))[:13]
    for path in edited:
        path.write_text("mine")
    notes = _notes(edgegen("new", *LINUX, "--model", exported, "--output", project, "--force").ok())
    assert notes == [*(f"overwrites your {path}" for path in edited[:10]), "and 3 more of your files"]
    assert _notes(edgegen("new", *LINUX, "--model", exported, "--output", project, "--force").ok()) == []


@pytest.mark.usefixtures("no_export")
def test_force_lists_overwritten_files_in_exports_and_foreign_folders(
    exported: Path, tmp_path: Path, tiny_checkpoint: Path
) -> None:
    (tmp_path / "app" / "src").mkdir(parents=True)
    (tmp_path / "app" / "src" / "model_info.h").write_text("theirs")
    answer = edgegen("new", *LINUX, "--model", exported, "--output", "app", "--force").ok()
    assert _notes(answer) == ["overwrites your app/src/model_info.h"]
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "metadata.yaml").write_text("theirs")
    answer = edgegen("export", "--model", tiny_checkpoint, "--output", "export", "--force").ok()
    assert _notes(answer) == ["overwrites your export/metadata.yaml"]


# --- files that users edit ---

TEAM = "DEVELOPMENT_TEAM = AAAAAAAAAA"


@pytest.fixture
def with_a_team(exported: Path) -> Path:
    """Return the edited settings file of an iOS project: team, bundle ID and version."""
    new_ios(exported, "--name", "birds")
    settings = Path("app/Config/User.xcconfig")
    text = settings.read_text().replace("DEVELOPMENT_TEAM =", TEAM).replace("= 1.0", "= 2.5")
    settings.write_text(text.replace("org.example.birds", "com.me.birds"))
    return settings


def new_ios(exported: Path, *options: object) -> Answer:
    return edgegen("new", "--target", "ios", "--model", exported, "--output", "app", *options).ok()


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_new_keeps_edited_ios_settings_when_the_model_changes(
    exported: Path, with_a_team: Path, force: tuple[str, ...]
) -> None:
    """Team, bundle ID and version stay, with and without --force. All other files are regenerated."""
    mine = with_a_team.read_text()
    for name in ("terns", "gulls"):
        answer = new_ios(exported, "--name", name, *force, "--json")
        assert with_a_team.read_text() == mine
        assert f'"{name}"sv' in Path("app/Core/model_info.h").read_text()
        assert "keeps app/Config/User.xcconfig, which you edited" in _notes(answer)
        assert json.loads(answer.out)["projects"][0]["kept"] == ["Config/User.xcconfig"]
        assert json.loads(answer.out)["projects"][0]["overwritten"] == []


def test_pretend_lists_kept_and_overwritten_files(exported: Path, tmp_path: Path, with_a_team: Path) -> None:
    Path("app/README.md").write_text("mine")
    before = snapshot(tmp_path)
    assert _notes(new_ios(exported, "--pretend", "--force", "--name", "birds")) == [
        "keeps app/Config/User.xcconfig, which you edited",
        "overwrites your app/README.md",
    ]
    assert snapshot(tmp_path) == before


def test_new_refuses_other_edits_next_to_edited_ios_settings(
    exported: Path, tmp_path: Path, with_a_team: Path
) -> None:
    """--force overwrites only the other edits. A deleted settings file is an edit, too."""
    again = ("new", "--target", "ios", "--model", exported, "--output", "app")
    mine = with_a_team.read_text()
    (tmp_path / "app" / "README.md").write_text("mine")
    assert "User.xcconfig" not in rejects(3, tmp_path, *again, says=("was edited: README.md",))
    edgegen(*again, "--force").ok()
    assert with_a_team.read_text() == mine
    with_a_team.unlink()
    rejects(3, tmp_path, *again, says=("was edited: Config/User.xcconfig",))


def test_new_reports_options_that_edited_ios_settings_override(exported: Path, with_a_team: Path) -> None:
    """Only typed options with a different value are reported. The file may include others."""
    (included := Path("team.xcconfig").absolute()).write_text(f"{TEAM}\n")
    with_a_team.write_text(f'{with_a_team.read_text()}#include "{included}"\n')
    kept = "keeps app/Config/User.xcconfig, which you edited"
    assert _notes(new_ios(exported)) == [kept]
    assert _notes(new_ios(exported, "--name", "birds", "--bundle-id", "com.me.birds")) == [kept]
    assert _notes(new_ios(exported, "--name", "terns", "--bundle-id", "org.a.b")) == [
        kept,
        "--name terns is not written to app/Config/User.xcconfig, which says birds: change it there",
        "--bundle-id org.a.b is not written to app/Config/User.xcconfig, which says com.me.birds: change it "
        "there",
    ]


def test_force_keeps_ios_settings_when_the_record_is_damaged(exported: Path, with_a_team: Path) -> None:
    """Without a valid `.edgegen.yml`, edgegen cannot know whether the file was edited."""
    mine = with_a_team.read_text()
    Path("app/.edgegen.yml").write_text("<<<<<<< HEAD")
    new_ios(exported, "--force")
    assert with_a_team.read_text() == mine


def test_force_overwrites_ios_settings_when_the_target_changes(exported: Path, with_a_team: Path) -> None:
    """A Linux project does not use the settings of an iOS project."""
    answer = edgegen("new", *LINUX, "--model", exported, "--output", "app", "--force").ok()
    assert _notes(answer)[0] == "overwrites your app/Config/User.xcconfig"
    assert not with_a_team.exists()


# --- the command in a project's README ---


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("linux-cpp", ("--conf", "0.4", "--max-det", "7", "--classes", "0,triangle")),
        ("android", ("--package", "org.my.birds", "--ci", "github")),
        ("ios", ("--bundle-id", "org.my.birds", "--iou", "0.55", "--ci", "github")),
        ("ios", ()),
    ],
)
def test_command_in_project_readme_makes_the_same_app_for_another_model(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, options: tuple[str, ...]
) -> None:
    """The command runs in the project's folder with only the model replaced."""
    name = ("--name", "it's `my` $(app)") if options else ()
    new = ("new", "--target", target, "--app", "studio", "--model", exported, "--output", "app")
    edgegen(*new, *name, *options).ok()
    before = {each: text for each, text in contents(Path("app")).items() if each != ".edgegen.yml"}
    (line,) = re.findall(r"^edgegen new .*$", Path("app/README.md").read_text(), re.MULTILINE)
    words = shlex.split(line)
    assert words[:4] == ["edgegen", "new", "--model", "best.pt"]
    exported.rename(tmp_path / "another")  # the app's name must not come from this folder
    monkeypatch.chdir(tmp_path / "app")
    answer = edgegen("new", "--model", tmp_path / "another", *words[4:]).ok()
    assert _notes(answer) == []
    assert "is in this folder. Type:" in answer.out
    assert "cd " not in answer.out
    after = contents(tmp_path / "app")
    assert {each: text for each, text in after.items() if each != ".edgegen.yml"} == before


def _notes(answer: Answer) -> list[str]:
    """Return the lines on stderr that are neither steps nor say that the export has one program only."""
    lines = [line for line in answer.err.splitlines() if "has no program for Core ML" not in line]
    return [line.strip() for line in lines if not STEP.fullmatch(line)]
