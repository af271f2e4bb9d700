"""`edgegen update` of projects from a custom template: tags, branches, answers, failures."""

import json
import os
import shutil
from pathlib import Path

import pytest

from edgegen.project.custom_template.source import TemplateSource, parse
from tests.cli.templates import committed, git, new, template
from tests.helpers.support import edgegen, process, record_of, rejects, snapshot


@pytest.mark.full
def test_update_takes_the_newest_or_the_named_tag_of_a_template(exported: Path) -> None:
    """Edits are merged, answers are kept, and new questions take their default."""
    path = template(
        {"copier.yml": "greeting: Hello\n", "a.txt.jinja": "{{ greeting }}\n1\n2\n3\n", "old.txt": "old\n"}
    )
    committed(path, "v1.0.0")
    app = new(f"{path}@v1.0.0", "--data", "greeting=Moin")
    assert record_of(app)["options"]["template"]["version"] == "v1.0.0"
    (app / "a.txt").write_text("Moin\n1\n2\n3\nmine\n")
    (path / "copier.yml").write_text("greeting: Hello\nmark: '!'\n")
    (path / "a.txt.jinja").write_text("{{ greeting }}{{ mark }}\n1\n2\n3\n")
    (path / "old.txt").unlink()
    (path / "new.txt").write_text("new\n")
    committed(path, "v1.1.0")
    (path / "new.txt").write_text("newest\n")
    committed(path, "v2.0.0a1")

    brings = json.loads(edgegen("status", app, "--json").ok().out)
    assert brings["brings"] == ["a.txt", "new.txt", "old.txt"]
    assert brings["options"]["template"].endswith("@v1.0.0")
    assert brings["edited"] == ["a.txt"]
    assert "+mine" in process("diff", app, folder=Path()).ok().out

    answer = edgegen("update", app, "--json").ok()
    said = json.loads(answer.out)
    assert (app / "a.txt").read_text() == "Moin!\n1\n2\n3\nmine\n"
    assert not (app / "old.txt").exists()
    assert (app / "new.txt").read_text() == "new\n"
    assert said["options"]["template"]["to"].endswith("@v1.1.0")
    assert said["options"]["data mark"] == {"from": None, "to": "!"}
    assert said["files"]["merged"] == ["a.txt"]
    assert any("--trust" in note for note in said["notes"])
    assert "is up to date" in edgegen("update", app).ok().out

    edgegen("update", app, "--template", f"{path}@v2.0.0a1", "--data", "greeting=Ahoi").ok()
    assert (app / "new.txt").read_text() == "newest\n"
    assert (app / "a.txt").read_text() == "Ahoi!\n1\n2\n3\nmine\n"


@pytest.mark.full
def test_update_of_a_project_from_a_branch_stays_on_the_branch(exported: Path) -> None:
    """An older tag does not undo the branch's changes."""
    path = template({"a.txt": "tagged\n"})
    committed(path, "v1.0.0")
    git(path, "checkout", "--quiet", "-b", "dev")
    for text in ("first\n", "second\n"):
        (path / "a.txt").write_text(text)
        git(path, "commit", "--quiet", "--all", "--message", text)
        if text == "first\n":
            app = new(f"{path}@dev")
    edgegen("update", app, "--no-verify").ok()
    assert (app / "a.txt").read_text() == "second\n"
    edgegen("update", app, "--template", f"file://{path}", "--no-verify").ok()
    assert (app / "a.txt").read_text() == "tagged\n"


@pytest.mark.full
def test_update_with_a_template_conflict_exits_8_and_marks_the_file(exported: Path) -> None:
    path = template({"a.txt": "one\n"})
    committed(path, "v1")
    app = new(f"{path}@v1")
    (app / "a.txt").write_text("mine\n")
    (path / "a.txt").write_text("theirs\n")
    committed(path, "v2")
    assert edgegen("update", app).code == 8
    assert "<<<<<<< yours\nmine\n=======\ntheirs\n" in (app / "a.txt").read_text()


@pytest.mark.full
def test_failed_template_update_changes_nothing(exported: Path) -> None:
    """The template is deleted, broken, or has a new task that is not trusted."""
    path = template({"a.txt": "one\n"})
    app = new(path)
    before = snapshot(app)
    (path / "copier.yml").write_text("_tasks: [touch ran]\n")
    rejects(3, app, "update", app, says=("--trust",))
    (path / "copier.yml").write_text("")
    (path / "b.txt.jinja").write_text("{{ nothing }}")
    rejects(3, app, "update", app, says=("b.txt.jinja, line 1",))
    shutil.rmtree(path)
    rejects(3, app, "update", app, says=("there is no template",))
    assert "unknown" in edgegen("status", app).ok().out
    assert snapshot(app) == before


@pytest.mark.full
def test_template_update_with_another_model_changes_only_rendered_values(exported: Path) -> None:
    path = template({"a.py.jinja": "CONF = {{ edgegen.confidence | python_float }}\n", "b.py": "b\n"})
    app = new(path)
    said = json.loads(edgegen("update", app, "--model", exported, "--conf", 0.5, "--json").ok().out)
    assert (app / "a.py").read_text() == "CONF = 0.5\n"
    assert said["files"]["updated"] == ["a.py"]
    model = record_of(app)["options"]["name"] or "tiny"
    rejects(2, Path(), "update", app, "--add-model", exported, says=("shows one model",))
    edgegen("update", app, "--remove-model", model, "--add-model", exported, "--conf", 0.75).ok()
    assert (app / "a.py").read_text() == "CONF = 0.75\n"
    assert (app / "b.py").read_text() == "b\n"


@pytest.mark.full
def test_update_requires_answers_that_the_project_does_not_record(exported: Path) -> None:
    """These are secrets. No default replaces them. A secret that kept its default is not required."""
    config = "token: {type: str, secret: true, default: none}\npin: {default: 1}\n_secret_questions: [pin]\n"
    path = template({"copier.yml": config, "a.txt.jinja": "{{ token }} {{ pin }}\n"})
    app = new(path, "--data", "token=hush-hush")
    assert "hush-hush" not in (app / ".edgegen.yml").read_text()
    assert record_of(app)["options"]["template"]["secrets"] == ["token"]
    assert "unknown: token is secret" in edgegen("status", app).ok().out
    rejects(2, app, "update", app, says=("token is secret", "--data token=VALUE"))
    said = json.loads(edgegen("update", app, "--data", "token=b", "--no-verify", "--json").ok().out)
    assert (app / "a.txt").read_text() == "b 1\n"
    assert "token" not in str(said)


@pytest.mark.full
def test_answers_that_copier_does_not_record_are_kept_by_update(exported: Path) -> None:
    """Dates and sets, if they were given with --data."""
    path = template(
        {
            "copier.yml": "day: {type: yaml, default: 2024-01-01}\nsome: {type: yaml, default: ''}\n",
            "a.txt.jinja": "{{ day.year }} {{ (some or []) | sort }}",
        }
    )
    app = new(path, "--data", "day=2025-05-06", "--data", "some=!!set {b, a}")
    assert json.loads(edgegen("status", app, "--json").ok().out)["options"]["data day"] == "2025-05-06"
    (path / "b.txt").write_text("b")
    edgegen("update", app, "--no-verify").ok()
    assert (app / "b.txt").exists()
    assert (app / "a.txt").read_text() == "2025 ['a', 'b']"
    (path / "copier.yml").write_text("some: {type: yaml, default: ''}\n")
    (path / "a.txt.jinja").write_text("{{ some | sort }}")
    edgegen("update", app, "--no-verify").ok()
    assert (app / "a.txt").read_text() == "['a', 'b']"
    assert record_of(app)["options"]["template"]["data"] == {"some": "!!set {b, a}"}


@pytest.mark.full
def test_update_of_a_prerelease_never_takes_an_older_version(exported: Path) -> None:
    """It takes newer prereleases, and the first newer release."""
    path = template({})

    def tagged(tag: str) -> None:
        (path / "a.txt").write_text(tag)
        committed(path, tag)

    for tag in ("v1.0.0", "v2.0.0rc1"):
        tagged(tag)
    app = new(f"{path}@v2.0.0rc1")
    assert "is up to date" in edgegen("update", app, "--no-verify").ok().out
    assert "would change no file" in edgegen("status", app).ok().out
    for tags, goes_to in (("v2.0.0rc2",), "v2.0.0rc2"), (("v2.0.0", "v3.0.0a1"), "v2.0.0"), ((), "v2.0.0"):
        for tag in tags:
            tagged(tag)
        edgegen("update", app, "--no-verify").ok()
        assert (app / "a.txt").read_text() == goes_to


@pytest.mark.full
def test_update_notes_a_moved_tag_and_refuses_a_deleted_one(exported: Path) -> None:
    """The commit of the moved tag is taken."""
    path = template({"a.txt": "1\n"})
    committed(path, "v1.0.0")
    (path / "a.txt").write_text("2\n")
    committed(path, "v2.0.0")
    app = new(f"file://{path}")
    (path / "a.txt").write_text("3\n")
    git(path, "commit", "--quiet", "--all", "--message", "moved")
    git(path, "tag", "--force", "v2.0.0")
    answer = edgegen("update", app, "--no-verify").ok()
    assert "v2.0.0 of the template was moved" in answer.err
    assert (app / "a.txt").read_text() == "3\n"
    assert "was moved" not in edgegen("update", app, "--no-verify").ok().err
    git(path, "tag", "--delete", "v2.0.0")
    rejects(3, app, "update", app, says=("no tag, branch or commit 'v2.0.0'", f"git ls-remote file://{path}"))


@pytest.mark.full
def test_update_takes_the_new_address_of_a_moved_template(exported: Path) -> None:
    """Without it, the error names the option."""
    path = template({"a.txt": "1\n"})
    committed(path, "v1.0.0")
    app = new(f"file://{path}")
    path = path.rename(path.with_name("elsewhere"))
    (path / "a.txt").write_text("2\n")
    committed(path, "v1.1.0")
    rejects(3, app, "update", app, says=("cannot be fetched", "--template takes its new address"))
    edgegen("update", app, "--template", f"file://{path}", "--no-verify").ok()
    assert (app / "a.txt").read_text() == "2\n"


@pytest.mark.full
def test_update_notes_migrations_and_does_not_run_them(exported: Path) -> None:
    path = template({"a.txt": "1\n"})
    committed(path, "v1.0.0")
    app = new(f"{path}@v1.0.0")
    (path / "copier.yml").write_text("_migrations: [touch ran]\n")
    (path / "a.txt").write_text("2\n")
    committed(path, "v2.0.0")
    assert "has migrations, which edgegen does not run" in edgegen("update", app, "--trust").ok().err
    assert (app / "a.txt").read_text() == "2\n"
    assert not (app / "ran").exists()


@pytest.mark.full
def test_template_folder_is_used_as_it_is(exported: Path) -> None:
    """Also if it is a git repository with tags. The record tells two states of the folder apart."""
    path = template({"a.txt": "1\n"})
    committed(path, "v1.0.0")
    tagged = new(f"{path}@v1.0.0", output="tagged")
    (path / "a.txt").write_text("2\n")
    kept = [record_of(new(path, output=f"app-{number}"))["options"]["template"] for number in range(2)]
    assert kept[0] == kept[1]
    assert kept[0]["version"] == ""
    assert Path("app-0/a.txt").read_text() == "2\n"
    (path / "a.txt").write_text("3\n")
    edgegen("update", "app-0", "--no-verify").ok()
    assert Path("app-0/a.txt").read_text() == "3\n"
    assert record_of(Path("app-0"))["options"]["template"]["digest"] != kept[0]["digest"]
    said = json.loads(edgegen("update", tagged, "--template", path, "--no-verify", "--json").ok().out)
    assert (tagged / "a.txt").read_text() == "3\n"
    assert said["options"]["template"] == {"from": "../tpl@v1.0.0", "to": "../tpl"}


@pytest.mark.full
def test_read_only_file_is_replaced_and_keeps_its_mode(exported: Path) -> None:
    """It is replaced, not written into: a hard link keeps the old content."""
    path = template({"a.txt": "1\n"})
    app = new(path)
    (app / "a.txt").chmod(0o440)
    os.link(app / "a.txt", "same")
    (path / "a.txt").write_text("2\n")
    edgegen("update", app, "--no-verify").ok()
    assert (app / "a.txt").read_text() == "2\n"
    assert (app / "a.txt").stat().st_mode & 0o777 == 0o440
    assert Path("same").read_text() == "1\n"


@pytest.mark.full
def test_template_branch_with_a_slash_in_its_name_is_followed(exported: Path) -> None:
    """After the `@` of an address and of a folder's path."""
    path = template({"a.txt": "1\n"}, "me@home/tpl")
    committed(path, "v1.0.0")
    git(path, "checkout", "--quiet", "-b", "feature/camera")
    for number, place in enumerate((f"file://{path}@feature/camera", f"{path}@feature/camera")):
        app = new(place, output=f"app-{number}")
        (path / "a.txt").write_text(f"{number} on the branch\n")
        git(path, "commit", "--quiet", "--all", "--message", "more")
        edgegen("update", app, "--no-verify").ok()
        assert (app / "a.txt").read_text() == f"{number} on the branch\n"


@pytest.mark.full
def test_trusted_update_of_a_template_without_tests_notes_that(exported: Path) -> None:
    """Nothing can be verified. With --pretend, no task runs."""
    log = Path("log").resolve()
    path = template({"copier.yml": f"_tasks: ['touch made.txt; echo ran >> {log}']\n"})
    app = new(path, "--trust")
    assert log.read_text() == "ran\n"
    (path / "a.txt").write_text("a\n")
    pretended = edgegen("update", app, "--trust", "--pretend").ok()
    assert "tasks did not run" in pretended.err
    assert log.read_text() == "ran\n"
    said = json.loads(edgegen("update", app, "--trust", "--json").ok().out)
    assert said["files"]["added"] == ["a.txt"]
    assert any("names neither tests nor a program" in note for note in said["notes"])
    assert log.read_text() == "ran\nran\n"


@pytest.mark.full
def test_update_result_of_a_templates_own_tests_has_no_count(exported: Path) -> None:
    """They only pass or fail."""
    path = template({"copier.yml": "_edgegen: {test: [python, -c, pass]}\n"})
    app = new(path)
    (path / "a.txt").write_text("a\n")
    answer = edgegen("update", app, "--trust").ok()
    assert answer.out.splitlines()[-1] == "the same boxes as its own tests say"


@pytest.mark.full
def test_template_update_exits_6_when_git_is_missing(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not report that the template is no repository."""
    path = template({"a.txt": "1\n"})
    committed(path, "v1.0.0")
    app = new(f"{path}@v1.0.0")
    monkeypatch.setenv("PATH", str(Path("empty").resolve()))
    for words in ((), ("--template", f"{path}@v1.0.0")):
        rejects(6, app, "update", app, *words, says=("git is missing",))


@pytest.mark.parametrize(
    ("argument", "address", "ref"),
    [
        ("https://me@example.org/a/b", "https://me@example.org/a/b", ""),
        ("https://me@example.org/a/b@x/y", "https://me@example.org/a/b", "x/y"),
        ("https://me@example.org:80/@a/b", "https://me@example.org:80/@a/b", ""),
        ("https://example.org/a@b/c.git", "https://example.org/a@b/c.git", ""),
        ("https://example.org/a@b/c.git@v1", "https://example.org/a@b/c.git", "v1"),
        ("git@example.org:a/b", "git@example.org:a/b", ""),
        ("git@example.org:a/b@x/y", "git@example.org:a/b", "x/y"),
        ("git+ssh://git@example.org/a/b@v1", "git+ssh://git@example.org/a/b", "v1"),
    ],
)
def test_template_source_is_split_into_address_and_ref(argument: str, address: str, ref: str) -> None:
    """An `@` before the path is the user name; after it, the git ref."""
    assert parse(argument) == TemplateSource(address, ref)
