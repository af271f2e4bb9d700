"""A template's migrations: which files of a project they may change, and which they never reach."""

import json
import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from edgegen.commands.change import BOOKS, write
from edgegen.project.merging import Plan
from tests.cli.templates import committed, git, new, template
from tests.helpers.support import edgegen, process, refused, restricted

pytestmark = pytest.mark.full

RUN = "chmod +x conf/a.ini"
UPDATE = ("update", "app", "--trust", "--no-verify")


@pytest.fixture(autouse=True)
def _separate_copier_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep copier's clones out of the user's folders."""
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path.with_name(f"{tmp_path.name}-cache")))


@pytest.fixture
def app(exported: Path) -> Path:
    """Return a project made from v1.0.0 of a template."""
    path = template({"a.txt": "1\n2\n3\n", "conf/a.ini": "a\n"})
    committed(path, "v1.0.0")
    return new(path)


def migrates(*steps: str | Mapping[str, str], without: str = "") -> None:
    """Commit a v2.0.0 of the template with migrations, without one of its files."""
    path = Path("tpl")
    (path / "copier.yml").write_text(json.dumps({"_migrations": steps}))
    (path / "b.txt").write_text("b\n")
    (path / without).unlink() if without else None
    committed(path, "v2.0.0")


# --- links ---


@pytest.mark.parametrize("target", ["{here}/shared.ini", "../shared.ini", "../"])
def test_update_refuses_migrations_when_a_link_leads_out_of_the_project(app: Path, target: str) -> None:
    """Also with --pretend. The message names the link, and its target is unchanged."""
    shared = Path("shared.ini")
    shared.write_text("mine\n")
    (app / "link").symlink_to(target.format(here=Path.cwd()))
    migrates("echo theirs > link || echo theirs > link/shared.ini")
    for pretend in ((), ("--pretend",)):
        refused(3, Path(), *UPDATE, *pretend, says=("app/link is a link to", "migrations"))
    assert shared.read_text() == "mine\n"


def test_migration_may_write_through_a_link_inside_the_project(app: Path) -> None:
    (app / "link").symlink_to("a.txt")
    migrates("echo theirs > link")
    edgegen(*UPDATE, "--pretend").ok()
    assert (app / "a.txt").read_text() == "1\n2\n3\n"
    edgegen(*UPDATE).ok()
    assert (app / "a.txt").read_text() == "theirs\n"
    assert str((app / "link").readlink()) == "a.txt"


def test_link_changed_by_a_migration_is_refused(app: Path) -> None:
    (app / "link").symlink_to("a.txt")
    migrates("ln -sf conf/a.ini link")
    refused(3, app, *UPDATE, says=("a link, link",))


def test_migration_that_writes_a_reserved_edgegen_file_is_refused(app: Path) -> None:
    migrates("echo a > .edgegen-notes")
    refused(3, app, *UPDATE, says=("'.edgegen-notes'", "edgegen's own"))


@pytest.mark.parametrize("stage", ["before", "after"])
def test_migration_that_makes_names_equal_but_for_case_is_refused(app: Path, stage: str) -> None:
    """Before or after the merge. The owner's own names are accepted."""
    step = {"command": "touch A.txt", "when": f"{{{{ _stage == '{stage}' }}}}"}
    migrates(step)
    refused(3, app, *UPDATE, says=("'A.txt' and 'a.txt'", "fix the migration"))
    (app / "CONF").write_text("mine\n")
    edgegen(*UPDATE).ok()


def test_files_of_a_migration_in_the_exchange_folder_are_dropped(app: Path) -> None:
    """A plan in this folder would decide about all files of the project."""
    migrates("mkdir .edgegen-exchange && echo '{}' > .edgegen-exchange/plan.json")
    edgegen(*UPDATE).ok()
    assert not (app / ".edgegen-exchange").exists()


# --- builds, folders, modes and special files ---


def test_files_of_a_migration_in_build_folders_are_dropped(app: Path) -> None:
    """The owner's files there stay."""
    (app / "__pycache__").mkdir()
    (app / "__pycache__" / "a.pyc").write_text("mine\n")
    migrates("mkdir -p __pycache__ .venv; echo theirs | tee __pycache__/a.pyc .venv/x > made.txt")
    edgegen(*UPDATE).ok()
    assert (app / "__pycache__" / "a.pyc").read_text() == "mine\n"
    assert (app / "made.txt").read_text() == "theirs\n"
    assert not (app / ".venv").exists()


def test_migration_may_turn_a_folder_into_a_file_and_back(app: Path) -> None:
    (app / "mine" / "deep").mkdir(parents=True)
    (app / "mine" / "deep" / "b.ini").write_text("b\n")
    migrates("mv mine/deep/b.ini c && rm -r mine && mv c mine", "mv a.txt b && mkdir a.txt && mv b a.txt/b")
    edgegen(*UPDATE).ok()
    assert (app / "mine").read_text() == "b\n"
    assert (app / "a.txt" / "b").read_text() == "1\n2\n3\n"


def test_failed_exchange_restores_a_folder_that_became_a_file(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrates("rm -r conf; mv a.txt conf; mkdir a.txt; touch a.txt/b z.txt", without="conf/a.ini")
    rename = Path.rename

    def full(path: Path, target: Path) -> Path:
        if path.name == "z.txt":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", full)
    refused(5, app, *UPDATE, says=("No space left",))


def test_read_only_file_is_replaced_and_keeps_its_mode(app: Path) -> None:
    """It is replaced, not written into: a hard link keeps the old content."""
    (app / "a.txt").chmod(0o444)
    migrates("true")
    Path("tpl/a.txt").write_text("1\n2\n3 theirs\n")
    committed(Path("tpl"), "v2.0.1")
    edgegen(*UPDATE).ok()
    assert (app / "a.txt").read_text() == "1\n2\n3 theirs\n"
    assert (app / "a.txt").stat().st_mode & 0o777 == 0o444

    there, rendered = Path("there"), Path("rendered")
    for folder in (there, rendered):
        folder.mkdir()
        for name in (*BOOKS, "a.txt"):
            (folder / name).write_text(folder.name)
    (there / "a.txt").chmod(0o440)
    os.link(there / "a.txt", "same")
    write(there, rendered, Plan(sources={"a.txt": "a.txt"}), there)
    assert (there / "a.txt").read_text() == "rendered"
    assert (there / "a.txt").stat().st_mode & 0o777 == 0o440
    assert Path("same").read_text() == "there"


def test_file_rewritten_by_a_migration_keeps_its_owners_mode(app: Path) -> None:
    """Unless the migration makes it executable on purpose."""
    (app / "a.txt").chmod(0o440)
    (app / "conf" / "a.ini").chmod(0o640)
    migrates("for f in a.txt conf/a.ini; do cp $f new; chmod 606 new; echo x >> new; mv -f new $f; done", RUN)
    edgegen(*UPDATE).ok()
    assert (app / "a.txt").read_text().endswith("x\n")
    modes = [(app / name).stat().st_mode & 0o777 for name in ("a.txt", "conf/a.ini")]
    assert modes == [0o440, 0o750]


def test_pipes_and_sockets_are_left_out_of_the_copy_and_reported(app: Path) -> None:
    """They stay in the project. A read-only folder leaves no copy behind."""
    os.mkfifo(app / "pipe")
    with socket.socket(socket.AF_UNIX) as served:
        served.bind(str(app / "socket"))
    (app / "mine").mkdir()
    (app / "mine" / "b.ini").write_text("b\n")
    (app / "mine").chmod(0o555)
    migrates("touch made.txt")
    answer = restricted(*UPDATE, folder=Path.cwd()).ok()
    assert "migrations ran without pipe, socket: not regular files" in answer.out
    assert (app / "pipe").is_fifo()
    assert (app / "socket").is_socket()
    assert sorted(path.name for path in Path().iterdir()) == ["app", "exported", "tpl"]


# --- git ---


def test_migration_may_move_git_ignored_files(app: Path) -> None:
    """`git mv` in a migration works for every file of the project."""
    (app / ".gitignore").write_text("secret\n")
    (app / "secret").write_text("mine\n")
    migrates("git mv secret secrets")
    said = json.loads(edgegen(*UPDATE, "--pretend", "--json").ok().out)
    assert said["files"]["migrated"] == ["secrets"]
    assert said["files"]["migrated_away"] == ["secret"]
    answer = edgegen(*UPDATE).ok().out
    assert "removed by the template's migrations" in answer
    assert (app / "secrets").read_text() == "mine\n"


def test_update_fails_for_a_nested_repository_without_a_commit(app: Path) -> None:
    """Git cannot add such a folder to an index."""
    (app / "lib").mkdir()
    git(app / "lib", "init", "--quiet")
    migrates("touch made.txt")
    refused(5, app, *UPDATE, says=("git cannot take in a copy",))


def test_update_in_a_git_hook_ignores_the_hooks_repository(app: Path) -> None:
    """Neither the template's clone nor its migrations see the hook's variables."""
    owner = Path("owner").resolve()
    owner.mkdir()
    (owner / "mine.txt").write_text("mine\n")
    committed(owner, "mine")
    migrates("git rev-parse --git-dir > where.txt && git -c user.name=a -c user.email=a@b commit -qm theirs")
    before = [_said(owner, *words) for words in (("rev-parse", "HEAD"), ("status", "--short", "--branch"))]
    hook = {
        "GIT_DIR": str(owner / ".git"),
        "GIT_INDEX_FILE": str(owner / ".git" / "index"),
        "GIT_WORK_TREE": str(owner),
    }
    answer = process(*UPDATE, folder=Path(), environment=hook)
    after = [_said(owner, *words) for words in (("rev-parse", "HEAD"), ("status", "--short", "--branch"))]
    assert after == before
    answer.ok()
    assert (app / "where.txt").read_text() == ".git\n"


def _said(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout
