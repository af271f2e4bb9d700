"""What a template's migrations may do to a project, and what they never reach: links, builds, hooks."""

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
def _a_cache_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Copier keeps clones of what it fetched: not in the user's folders."""
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path.with_name(f"{tmp_path.name}-cache")))


@pytest.fixture
def app(exported: Path) -> Path:
    """Return a project of a template's v1.0.0."""
    path = template({"a.txt": "1\n2\n3\n", "conf/a.ini": "a\n"})
    committed(path, "v1.0.0")
    return new(path)


def migrates(*steps: str | Mapping[str, str], without: str = "") -> None:
    """Give the template a v2.0.0 with migrations; less one of its files."""
    path = Path("tpl")
    (path / "copier.yml").write_text(json.dumps({"_migrations": steps}))
    (path / "b.txt").write_text("b\n")
    (path / without).unlink() if without else None
    committed(path, "v2.0.0")


# --- links ---


@pytest.mark.parametrize("target", ["{here}/shared.ini", "../shared.ini", "../"])
def test_no_migration_writes_through_a_link_that_leads_out(app: Path, target: str) -> None:
    """Not under --pretend, either: the link is named, and what it leads to stays."""
    shared = Path("shared.ini")
    shared.write_text("mine\n")
    (app / "link").symlink_to(target.format(here=Path.cwd()))
    migrates("echo theirs > link || echo theirs > link/shared.ini")
    for pretend in ((), ("--pretend",)):
        refused(3, Path(), *UPDATE, *pretend, says=("app/link is a link to", "migrations"))
    assert shared.read_text() == "mine\n"


def test_a_link_inside_the_project_is_followed_in_the_copy(app: Path) -> None:
    """What a migration writes through it comes into the project with the rest."""
    (app / "link").symlink_to("a.txt")
    migrates("echo theirs > link")
    edgegen(*UPDATE, "--pretend").ok()
    assert (app / "a.txt").read_text() == "1\n2\n3\n"
    edgegen(*UPDATE).ok()
    assert (app / "a.txt").read_text() == "theirs\n"
    assert str((app / "link").readlink()) == "a.txt"


def test_a_link_that_a_migration_leads_elsewhere_is_refused(app: Path) -> None:
    """It is no less a link that a migration makes."""
    (app / "link").symlink_to("a.txt")
    migrates("ln -sf conf/a.ini link")
    refused(3, app, *UPDATE, says=("a link, link",))


def test_a_migration_gives_no_file_a_name_that_is_not_its_to_give(app: Path) -> None:
    """Edgegen's own are left alone."""
    migrates("echo a > .edgegen-notes")
    refused(3, app, *UPDATE, says=("'.edgegen-notes'", "edgegen's own"))


@pytest.mark.parametrize("stage", ["before", "after"])
def test_a_migration_makes_no_two_names_that_are_one_elsewhere(app: Path, stage: str) -> None:
    """Before the merge, or after it; of names that the owner chose it is said nothing."""
    step = {"command": "touch A.txt", "when": f"{{{{ _stage == '{stage}' }}}}"}
    migrates(step)
    refused(3, app, *UPDATE, says=("'A.txt' and 'a.txt'", "mend the migration"))
    (app / "CONF").write_text("mine\n")
    edgegen(*UPDATE).ok()


def test_where_exchanges_are_kept_a_migration_leaves_nothing(app: Path) -> None:
    """A plan there would decide about all files of the project."""
    migrates("mkdir .edgegen-exchange && echo '{}' > .edgegen-exchange/plan.json")
    edgegen(*UPDATE).ok()
    assert not (app / ".edgegen-exchange").exists()


# --- what is in the way ---


def test_builds_are_none_of_a_migrations_business(app: Path) -> None:
    """What it leaves in such a folder is dropped, and the owner's stays."""
    (app / "__pycache__").mkdir()
    (app / "__pycache__" / "a.pyc").write_text("mine\n")
    migrates("mkdir -p __pycache__ .venv; echo theirs | tee __pycache__/a.pyc .venv/x > made.txt")
    edgegen(*UPDATE).ok()
    assert (app / "__pycache__" / "a.pyc").read_text() == "mine\n"
    assert (app / "made.txt").read_text() == "theirs\n"
    assert not (app / ".venv").exists()


def test_a_folder_becomes_a_file_and_a_file_a_folder(app: Path) -> None:
    """With what was in it."""
    (app / "mine" / "deep").mkdir(parents=True)
    (app / "mine" / "deep" / "b.ini").write_text("b\n")
    migrates("mv mine/deep/b.ini c && rm -r mine && mv c mine", "mv a.txt b && mkdir a.txt && mv b a.txt/b")
    edgegen(*UPDATE).ok()
    assert (app / "mine").read_text() == "b\n"
    assert (app / "a.txt" / "b").read_text() == "1\n2\n3\n"


def test_a_folder_that_became_a_file_comes_back(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the exchange fails behind it, what was in the folder is put back, as is a file."""
    migrates("rm -r conf; mv a.txt conf; mkdir a.txt; touch a.txt/b z.txt", without="conf/a.ini")
    rename = Path.rename

    def full(path: Path, target: Path) -> Path:
        if path.name == "z.txt":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", full)
    refused(5, app, *UPDATE, says=("No space left",))


def test_a_read_only_file_is_exchanged(app: Path) -> None:
    """With its mode; what is written replaces a file, and is not written into it."""
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


def test_a_file_keeps_its_mode_whatever_wrote_it_anew(app: Path) -> None:
    """The owner's; that a migration makes one executable is meant."""
    (app / "a.txt").chmod(0o440)
    (app / "conf" / "a.ini").chmod(0o640)
    migrates("for f in a.txt conf/a.ini; do cp $f new; chmod 606 new; echo x >> new; mv -f new $f; done", RUN)
    edgegen(*UPDATE).ok()
    assert (app / "a.txt").read_text().endswith("x\n")
    modes = [(app / name).stat().st_mode & 0o777 for name in ("a.txt", "conf/a.ini")]
    assert modes == [0o440, 0o750]


def test_what_is_no_file_is_left_out_of_the_copy_and_said(app: Path) -> None:
    """A pipe, and a socket, stay where they are; of a read-only folder no copy is left behind."""
    os.mkfifo(app / "pipe")
    with socket.socket(socket.AF_UNIX) as served:
        served.bind(str(app / "socket"))
    (app / "mine").mkdir()
    (app / "mine" / "b.ini").write_text("b\n")
    (app / "mine").chmod(0o555)
    migrates("touch made.txt")
    answer = restricted(*UPDATE, folder=Path.cwd()).ok()
    assert "migrations ran without pipe, socket: no files, which nobody can copy" in answer.out
    assert (app / "pipe").is_fifo()
    assert (app / "socket").is_socket()
    assert sorted(path.name for path in Path().iterdir()) == ["app", "exported", "tpl"]


# --- git ---


def test_ignored_files_are_in_the_index(app: Path) -> None:
    """`git mv` takes every file of the project; what git cannot take in is an error."""
    (app / ".gitignore").write_text("secret\n")
    (app / "secret").write_text("mine\n")
    migrates("git mv secret secrets")
    said = json.loads(edgegen(*UPDATE, "--pretend", "--json").ok().out)
    assert said["files"]["migrated"] == ["secrets"]
    assert said["files"]["migrated_away"] == ["secret"]
    answer = edgegen(*UPDATE).ok().out
    assert "removed by the template's migrations" in answer
    assert (app / "secrets").read_text() == "mine\n"


def test_a_repository_without_a_commit_in_the_project_is_told(app: Path) -> None:
    """Git takes no such folder into an index."""
    (app / "lib").mkdir()
    git(app / "lib", "init", "--quiet")
    migrates("touch made.txt")
    refused(5, app, *UPDATE, says=("git cannot take in a copy",))


def test_the_repository_of_a_hook_is_left_alone(app: Path) -> None:
    """Its variables reach neither the clone of the template nor its migrations."""
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
