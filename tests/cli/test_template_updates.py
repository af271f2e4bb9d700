"""`edgegen update` of projects from a custom template: tags, branches, migrations, failures."""

import json
import shutil
from pathlib import Path

import pytest

from edgegen.project.own_template.source import Source, parse
from tests.cli.templates import committed, git, new, template
from tests.helpers.support import edgegen, process, record_of, refused, snapshot


@pytest.fixture(autouse=True)
def _separate_copier_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep copier's clones out of the user's folders."""
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path.with_name(f"{tmp_path.name}-cache")))


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
    edgegen("update", app, "--template", path, "--no-verify").ok()
    assert (app / "a.txt").read_text() == "tagged\n"


@pytest.mark.full
def test_update_with_a_template_conflict_exits_8_and_marks_the_file(exported: Path) -> None:
    path = template({"a.txt": "one\n"})
    committed(path, "v1")
    app = new(path)
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
    refused(3, app, "update", app, says=("--trust",))
    (path / "copier.yml").write_text("")
    (path / "b.txt.jinja").write_text("{{ nothing }}")
    refused(3, app, "update", app, says=("b.txt.jinja, line 1",))
    shutil.rmtree(path)
    refused(3, app, "update", app, says=("there is no template",))
    assert "not known" in edgegen("status", app).ok().out
    assert snapshot(app) == before


@pytest.mark.full
def test_template_update_with_another_model_changes_only_rendered_values(exported: Path) -> None:
    path = template({"a.py.jinja": "CONF = {{ edgegen.confidence | python_float }}\n", "b.py": "b\n"})
    app = new(path)
    said = json.loads(edgegen("update", app, "--model", exported, "--conf", 0.5, "--json").ok().out)
    assert (app / "a.py").read_text() == "CONF = 0.5\n"
    assert said["files"]["updated"] == ["a.py"]
    model = record_of(app)["options"]["name"] or "tiny"
    refused(2, Path(), "update", app, "--add-model", exported, says=("shows one model",))
    edgegen("update", app, "--remove-model", model, "--add-model", exported, "--conf", 0.75).ok()
    assert (app / "a.py").read_text() == "CONF = 0.75\n"
    assert (app / "b.py").read_text() == "b\n"


@pytest.mark.full
def test_update_requires_answers_that_the_project_does_not_record(exported: Path) -> None:
    """Secrets, and answers that only YAML can express. No default replaces them."""
    config = (
        "token: {type: str, secret: true, default: none}\n"
        "pin: {type: int, secret: true, default: 1}\n"
        "some: {type: yaml, default: ''}\n"
    )
    path = template({"copier.yml": config, "a.txt.jinja": "{{ token }} {{ (some or []) | sort }}\n"})
    app = new(path, "--data", "token=hush-hush", "--data", "some=!!set {b, a}", "--data", "pin=1")
    assert "hush-hush" not in (app / ".edgegen.yml").read_text()
    assert record_of(app)["options"]["template"]["forgotten"] == ["token", "some"]
    assert "not known: token is secret" in edgegen("status", app).ok().out
    refused(2, app, "update", app, says=("token is secret", "--data token=..."))
    refused(2, app, "update", app, "--data", "token=b", says=("said of some", "--data some=..."))
    said = json.loads(
        edgegen("update", app, "--data", "token=b", "--data", "some=!!set {c}", "--no-verify", "--json")
        .ok()
        .out
    )
    assert (app / "a.txt").read_text() == "b ['c']\n"
    assert "token" not in str(said)
    edgegen("update", app, "--data", "token=none", "--data", "some=", "--no-verify").ok()
    assert "forgotten" not in record_of(app)["options"]["template"]
    edgegen("update", app, "--no-verify").ok()


@pytest.mark.full
def test_date_answer_is_kept_by_update(exported: Path) -> None:
    """Copier's own answers file does not keep it."""
    path = template(
        {"copier.yml": "day: {type: yaml, default: 2024-01-01}\n", "a.txt.jinja": "{{ day.year }}"}
    )
    app = new(path, "--data", "day=2025-05-06")
    assert json.loads(edgegen("status", app, "--json").ok().out)["options"]["data day"] == "2025-05-06"
    (path / "b.txt").write_text("b")
    edgegen("update", app, "--no-verify").ok()
    assert (app / "b.txt").exists()
    assert (app / "a.txt").read_text() == "2025"


@pytest.mark.full
def test_update_of_a_prerelease_never_takes_an_older_version(exported: Path) -> None:
    """It takes newer prereleases, and the first newer release. A note says that it stays."""
    path = template({})

    def tagged(tag: str) -> None:
        (path / "a.txt").write_text(tag)
        committed(path, tag)

    for tag in ("v1.0.0", "v2.0.0rc1"):
        tagged(tag)
    app = new(f"{path}@v2.0.0rc1")
    answer = edgegen("update", app, "--no-verify").ok()
    assert "no newer version than v2.0.0rc1: it stays there" in answer.err
    assert "is up to date" in answer.out
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
    app = new(path)
    (path / "a.txt").write_text("3\n")
    git(path, "commit", "--quiet", "--all", "--message", "moved")
    git(path, "tag", "--force", "v2.0.0")
    answer = edgegen("update", app, "--no-verify").ok()
    assert "v2.0.0 of the template is another commit by now" in answer.err
    assert (app / "a.txt").read_text() == "3\n"
    assert "another commit" not in edgegen("update", app, "--no-verify").ok().err
    git(path, "tag", "--delete", "v2.0.0")
    refused(3, app, "update", app, says=("has no tag v2.0.0 any more", f"--template {path}@v1.0.0"))


@pytest.mark.full
def test_update_takes_the_new_address_of_a_moved_template(exported: Path) -> None:
    """Without it, the error names the option."""
    path = template({"a.txt": "1\n"})
    committed(path, "v1.0.0")
    app = new(f"file://{path}")
    path = path.rename(path.with_name("elsewhere"))
    (path / "a.txt").write_text("2\n")
    committed(path, "v1.1.0")
    refused(3, app, "update", app, says=("cannot be fetched", "--template takes where it is now"))
    edgegen("update", app, "--template", f"file://{path}", "--no-verify").ok()
    assert (app / "a.txt").read_text() == "2\n"


@pytest.mark.full
def test_update_moves_a_project_from_a_tag_to_a_plain_folder(exported: Path) -> None:
    """A plain folder has no tags. If the old repository lost its .git, the update fails."""
    path = template({"a.txt": "1\n"})
    committed(path, "v1.0.0")
    app = new(path)
    plain = template({"a.txt": "2\n", "copier.yml": "_migrations: [touch ran]\n"}, "plain")
    said = json.loads(edgegen("update", app, "--template", plain, "--no-verify", "--json").ok().out)
    assert (app / "a.txt").read_text() == "2\n"
    assert said["options"]["template"] == {"from": f"{path}@v1.0.0", "to": str(plain)}
    app = new(f"{path}@v1.0.0", output="another")
    shutil.rmtree(path / ".git")
    refused(3, app, "update", app, says=("is no git repository any more",))


@pytest.mark.full
def test_uncommitted_template_has_the_same_record_until_it_changes(exported: Path) -> None:
    """Copier commits it each time. Manifest and answers file must not show that."""
    path = template({"a.txt": "1\n", "{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers }}"})
    git(path, "init", "--quiet")
    git(path, "add", "a.txt")
    kept = []
    for number, text in enumerate(("1\n", "1\n", "2\n")):
        (path / "a.txt").write_text(text)
        kept.append(record_of(new(path, output=f"app-{number}"))["options"]["template"])
    assert kept[0]["version"] == "dirty"
    assert kept[0] == kept[1]
    assert kept[0]["digest"] != kept[2]["digest"]
    committed(path, "spring")
    assert {"commit"} < (app := record_of(new(path, output="clean"))["options"]["template"]).keys()
    assert app["version"] == "spring"
    (path / "a.txt").write_text("3\n")
    first, second = (record_of(new(path, output=name))["options"]["template"] for name in ("app-4", "app-5"))
    assert first == second
    assert first["version"] == "spring-dirty"
    assert Path("app-4/.copier-answers.yml").read_text() == Path("app-5/.copier-answers.yml").read_text()
    (path / "a.txt").write_text("4\n")
    edgegen("update", "app-5", "--no-verify").ok()
    assert Path("app-5/a.txt").read_text() == "4\n"


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
    path = template(
        {"copier.yml": "_tasks: ['touch made.txt; echo ran >> {{ _copier_conf.src_path }}/../log']\n"}
    )
    app = new(path, "--trust")
    log = Path("log")
    assert log.read_text() == "ran\n"
    (path / "a.txt").write_text("a\n")
    pretended = edgegen("update", app, "--trust", "--pretend").ok()
    assert "none was run" in pretended.err
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
    app = new(path)
    monkeypatch.setenv("PATH", str(Path("empty").resolve()))
    for words in ((), ("--template", f"{path}@v1.0.0")):
        refused(6, app, "update", app, *words, says=("git is not here to look for versions",))


@pytest.mark.parametrize(
    ("argument", "address", "ref"),
    [
        ("https://me@example.org/a/b", "https://me@example.org/a/b", ""),
        ("https://me@example.org/a/b@x/y", "https://me@example.org/a/b", "x/y"),
        ("https://me@example.org:80/@a/b", "https://me@example.org:80/@a/b", ""),
        ("https://example.org/a@b/c.git@x@y", "https://example.org/a@b/c.git", "x@y"),
        ("git@example.org:a/b", "git@example.org:a/b", ""),
        ("git@example.org:a/b@x/y", "git@example.org:a/b", "x/y"),
        ("git+ssh://git@example.org/a/b@v1", "git+ssh://git@example.org/a/b", "v1"),
        ("gh:a/b@x/y", "gh:a/b", "x/y"),
        ("gh:a/b", "gh:a/b", ""),
    ],
)
def test_template_source_is_split_into_address_and_ref(argument: str, address: str, ref: str) -> None:
    """An `@` before the path is the user name; after it, the git ref."""
    assert parse(argument) == Source(address, ref)


# --- migrations ---

MIGRATIONS = """
_migrations:
- command: '{{ _copier_python }} "{{ _copier_conf.src_path }}/steps/before.py"'
  version: v2.0.0
  when: "{{ _stage == 'before' }}"
- command: [sh, -c, 'echo $STAGE $VERSION_FROM $VERSION_TO $VERSION_CURRENT $COPIER_OPERATION >> steps.log']
  version: v2.0.0
- command: echo {{ greeting }} {{ edgegen.slug }} $VERSION_PEP440_FROM $VERSION_PEP440_TO >> steps.log
- command: echo never >> steps.log
  version: v3.0.0
- command: echo never >> steps.log
  version: v1.0.0
"""
BEFORE = """
import pathlib, subprocess
assert "mine" in pathlib.Path("settings.txt").read_text()
subprocess.run(["git", "mv", "settings.txt", "options.txt"], check=True)
pathlib.Path("secret").rename("secrets.txt")
"""


@pytest.fixture
def two_versions(exported: Path) -> Path:
    """Return an edited project of v1.0.0 of a template whose v2.0.0 has migrations."""
    path = template({"copier.yml": "greeting: Hello\n", "settings.txt": "1\n2\n3\n4\n", "b.txt": "b\n"})
    committed(path, "v1.0.0")
    app = new(path, "--data", "greeting=Moin", "--name", "Birds")
    (app / "settings.txt").write_text("1 mine\n2\n3\n4\n")
    (app / "secret").write_text("my own\n")
    (path / "settings.txt").rename(path / "options.txt")
    (path / "options.txt").write_text("1\n2\n3\n4 theirs\n")
    (path / "copier.yml").write_text("greeting: Hello\n_exclude: [copier.yml, steps, .git]\n" + MIGRATIONS)
    (path / "steps").mkdir()
    (path / "steps" / "before.py").write_text(BEFORE)
    committed(path, "v2.0.0")
    return app


@pytest.mark.full
def test_trusted_migrations_between_versions_run_and_edits_follow_their_file(two_versions: Path) -> None:
    """At their stages, with copier's variables."""
    app = two_versions
    refused(3, app, "update", app, says=("before.py", "v1.0.0", "--trust", "\"sh -c 'echo $STAGE"))
    before = snapshot(Path())
    pretended = json.loads(edgegen("update", app, "--trust", "--no-verify", "--pretend", "--json").ok().out)
    assert snapshot(Path()) == before
    assert edgegen("status", app).ok().out  # runs no migration
    said = json.loads(edgegen("update", app, "--trust", "--no-verify", "--json").ok().out)
    assert said["files"] == pretended["files"]
    assert said["files"]["migrated"] == ["options.txt", "secrets.txt", "steps.log"]
    assert said["files"]["migrated_away"] == ["secret", "settings.txt"]
    assert said["files"]["merged"] == ["options.txt"]
    assert (app / "options.txt").read_text() == "1 mine\n2\n3\n4 theirs\n"
    assert (app / "secrets.txt").read_text() == "my own\n"
    assert not (app / "settings.txt").exists()
    assert not (app / "secret").exists()
    assert not (app / ".git").exists()
    first, second = (app / "steps.log").read_text().splitlines()
    assert first == "after v1.0.0 v2.0.0 v2.0.0 update"
    assert second == "Moin birds 1.0.0 2.0.0"
    assert "is up to date" in edgegen("update", app).ok().out  # no migration is due, so it needs no --trust


@pytest.mark.full
def test_failed_migration_leaves_the_project_unchanged(two_versions: Path) -> None:
    """The message has the command and its exit code. A new link is rejected."""
    app, path = two_versions, Path("tpl")
    config = (path / "copier.yml").read_text()
    failing = (
        ("cat options.txt && exit 7", 5, ("a migration", "failed with code 7", "&& exit 7")),
        ("'echo {{ nothing }}'", 3, ("'nothing' is undefined",)),
        ("ln -s /etc/passwd x", 3, ("a link, x",)),
    )
    for number, (step, code, says) in enumerate(failing, start=1):
        (path / "copier.yml").write_text(f"{config}- {step}\n")
        committed(path, f"v2.0.{number}")
        refused(code, app, "update", app, "--trust", "--no-verify", says=says)


@pytest.mark.full
def test_migrations_are_skipped_from_unversioned_tags_and_to_older_versions(exported: Path) -> None:
    """A note says why."""
    path = template({"copier.yml": "_migrations: [touch ran]\n"})
    for tag in ("spring", "v1.0.0", "v2.0.0"):
        (path / "a.txt").write_text(tag)
        committed(path, tag)
    app = new(f"{path}@spring")
    for ref, trust, why in (
        ("v1.0.0", (), "spring is no version"),
        ("v2.0.0", ("--trust",), ""),
        ("v1.0.0", (), "it goes back"),
    ):
        words = ("update", app, "--template", f"{path}@{ref}", "--no-verify", *trust)
        assert why in " ".join(edgegen(*words).ok().err.split())
        assert (app / "a.txt").read_text() == ref
        assert (app / "ran").exists() == bool(trust)
        (app / "ran").unlink(missing_ok=True)
