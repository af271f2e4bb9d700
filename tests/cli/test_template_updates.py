"""`edgegen update` of projects that a template made: tags, branches, migrations, all of it or nothing."""

import json
import shutil
from pathlib import Path

import pytest

from edgegen.project.own_template.source import Source, parse
from tests.cli.templates import committed, git, new, template
from tests.helpers.support import edgegen, process, record_of, refused, snapshot


@pytest.fixture(autouse=True)
def _a_cache_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Copier keeps clones of what it fetched: not in the user's folders."""
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path.with_name(f"{tmp_path.name}-cache")))


@pytest.mark.full
def test_a_project_follows_its_template_from_tag_to_tag(exported: Path) -> None:
    """The newest, or one that is named; edits are merged, answers kept, new questions take their default."""
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
def test_a_project_of_a_branch_stays_on_it(exported: Path) -> None:
    """An older tag does not take back what the branch brought."""
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
def test_conflicts_with_a_template_stand_in_the_file(exported: Path) -> None:
    """With exit code 8, as in every project."""
    path = template({"a.txt": "one\n"})
    committed(path, "v1")
    app = new(path)
    (app / "a.txt").write_text("mine\n")
    (path / "a.txt").write_text("theirs\n")
    committed(path, "v2")
    assert edgegen("update", app).code == 8
    assert "<<<<<<< yours\nmine\n=======\ntheirs\n" in (app / "a.txt").read_text()


@pytest.mark.full
def test_an_update_that_fails_changes_nothing(exported: Path) -> None:
    """A template that is gone, broken, or wants to run something by now."""
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
def test_an_update_takes_another_model(exported: Path) -> None:
    """What the template makes of its values changes, and nothing else."""
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
def test_what_a_project_does_not_keep_is_said_again(exported: Path) -> None:
    """A secret, and what YAML alone holds: no default takes its place; no secret stands in the books."""
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
def test_a_date_is_kept(exported: Path) -> None:
    """Copier's own file of answers does not."""
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
def test_a_project_of_a_prerelease_does_not_go_back(exported: Path) -> None:
    """To newer prereleases, and to the first newer version; never to an older one, and that is said."""
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
def test_a_tag_that_moved_or_is_gone_is_told(exported: Path) -> None:
    """What is at the tag now comes in; without the tag, nothing older does."""
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
def test_a_template_that_moved_is_named_anew(exported: Path) -> None:
    """A repository that is gone is an error that says how; its new place goes on where the old one was."""
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
def test_a_project_of_a_tag_moves_to_a_plain_folder(exported: Path) -> None:
    """Which has no tags to look for; that none is found where it came from is an error still."""
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
def test_what_is_not_committed_is_one_version_until_it_changes(exported: Path) -> None:
    """Copier commits it anew each time: neither the books nor the answers' file tell of that."""
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
def test_a_branch_may_have_a_slash_in_its_name(exported: Path) -> None:
    """Behind the `@` of an address as of a folder's path; a project of it follows it."""
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
def test_a_template_without_tests_can_be_trusted(exported: Path) -> None:
    """That nothing can be verified is a note; under --pretend no task runs."""
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
def test_a_templates_own_tests_count_nothing(exported: Path) -> None:
    """They ran and passed: there is no number of things that they saw."""
    path = template({"copier.yml": "_edgegen: {test: [python, -c, pass]}\n"})
    app = new(path)
    (path / "a.txt").write_text("a\n")
    answer = edgegen("update", app, "--trust").ok()
    assert answer.out.splitlines()[-1] == "the same boxes as its own tests say"


@pytest.mark.full
def test_versions_are_looked_for_with_git(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it that is said, and not that the template is no repository."""
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
def test_what_stands_behind_an_address(argument: str, address: str, ref: str) -> None:
    """An `@` before the path says who asks; behind it, which state."""
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
    """Return a project of a template's v1.0.0, edited, whose v2.0.0 has migrations."""
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
def test_migrations_run_where_they_are_trusted(two_versions: Path) -> None:
    """Those of the versions between, at their stages, with copier's variables; an edit follows its file."""
    app = two_versions
    refused(3, app, "update", app, says=("before.py", "v1.0.0", "--trust", "\"sh -c 'echo $STAGE"))
    before = snapshot(Path())
    pretended = json.loads(edgegen("update", app, "--trust", "--no-verify", "--pretend", "--json").ok().out)
    assert snapshot(Path()) == before
    assert edgegen("status", app).ok().out  # which runs nothing
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
    assert "is up to date" in edgegen("update", app).ok().out  # no program is due: no trust is needed


@pytest.mark.full
def test_a_migration_that_fails_takes_the_update_back(two_versions: Path) -> None:
    """The command and its exit code are named; a link is none of a project's files."""
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
def test_migrations_of_a_version_that_is_none(exported: Path) -> None:
    """They are not run, and that is said; nor are those of a template that goes back."""
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
