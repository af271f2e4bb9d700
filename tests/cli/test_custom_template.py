"""`edgegen new --template`, and the other commands for projects of a custom template."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.templates import committed, new, refuses, template
from tests.helpers.hard_texts import HARD
from tests.helpers.places import ROOT
from tests.helpers.support import contents, edgegen, process, record_of, rejects, snapshot

pytestmark = pytest.mark.full

PYTHON_PI = ROOT / "examples" / "templates" / "python-pi"
CLASSES = "{% for name in edgegen.model.class_names %}{{ name | python_string }},{% endfor %}"


# --- new projects ---


def test_template_folder_is_rendered_into_a_project(exported: Path) -> None:
    """Also checks the copied model, metadata, vectors and shared sources, and the manifest.

    Copier's file with the answers is not part of the project.
    """
    path = template(
        {
            "copier.yml": "greeting: Hello\n",
            "say.py.jinja": f"TEXT = {{{{ greeting | python_string }}}}\nNAMES = [{CLASSES}]\n",
            "{{ edgegen.slug }}.txt.jinja": "{{ edgegen.model.task }} {{ edgegen.model.input.width }}\n",
            "plain.txt": "{{ as it is }}\n",
            "{{_copier_conf.answers_file}}.jinja": "# copier\n{{ _copier_answers | to_nice_yaml }}",
        },
        model="data/m",
        vectors="data/v",
        shared={"cpp/vision": "vision", "model_info": "include", "vectors": "data/v"},
    )
    app = new(path, "--name", "My birds", "--data", 'greeting=a "b"')
    files = contents(app)
    assert files["say.py"].decode() == 'TEXT = "a \\"b\\""\nNAMES = ["circle","square","triangle",]\n'
    assert files["my_birds.txt"] == b"detect 160\n"
    assert files["plain.txt"] == b"{{ as it is }}\n"
    assert files["data/m/model.pte"] == (exported / "model.pte").read_bytes()
    assert {"data/m/metadata.yaml", "data/v/index.json", "include/model_info.h"} <= files.keys()
    assert files["data/v/README.md"].startswith(b"# Golden vectors\n")
    assert files["vision/decode.h"] == (ROOT / "templates/_shared/cpp/vision/decode.h").read_bytes()
    assert not [name for name in files if "answers" in name]
    kept = record_of(app)["options"]["template"]
    assert (kept["source"], kept["answers"]) == (f"../{path.name}", {"greeting": 'a "b"'})


def test_template_filters_escape_hostile_class_names(exported: Path) -> None:
    """The filters are available as an extension without --trust."""
    head = "_jinja_extensions: [edgegen.project.template_filters.Filters]\n"
    path = template({"copier.yml": head, "names.py.jinja": f"NAMES = [{CLASSES}]\n"})
    metadata = yaml.safe_load((exported / "metadata.yaml").read_text(encoding="utf-8"))
    hard = [name for name in HARD if name.strip() and len(name) < 10_000]
    for first in range(0, len(hard) - 2, 3):
        names = hard[first : first + 3]
        metadata["names"] = dict(enumerate(names))
        text = yaml.safe_dump(metadata, allow_unicode=True)
        (exported / "metadata.yaml").write_text(text, encoding="utf-8")
        values: dict[str, Any] = {}
        app = new(path, "--force")
        exec((app / "names.py").read_text(encoding="utf-8"), values)  # noqa: S102
        assert values["NAMES"] == names


def test_template_for_other_resizes_is_refused(exported: Path) -> None:
    """The example's letterbox is in the middle; a DETR stretches the picture."""
    path = template({"a.txt": ""}, resizes=["centre_crop", "stretch"])
    refuses(path, says=("with the resize centre_crop or stretch, and this one's is letterbox",))
    new(template({"a.txt": ""}, "other", resizes=["letterbox"]))
    refuses(template({"a.txt": ""}, "wrong", resizes=["crop"]), says=("unknown name 'crop'",))


def test_pretend_with_a_template_writes_nothing_and_runs_no_task(exported: Path) -> None:
    path = template({"copier.yml": "_tasks: [touch ran]\n", "a.txt": ""})
    before = snapshot(Path())
    answer = edgegen(
        *("new", "--model", exported, "--template", path, "--output", "app", "--pretend", "--trust")
    ).ok()
    assert "a.txt" in answer.out
    assert "ran" not in answer.out.split()
    assert snapshot(Path()) == before


def test_trusted_template_tasks_run_in_the_new_project(exported: Path) -> None:
    """A failing task leaves no files."""
    path = template({"copier.yml": '_tasks: [echo hello > made.txt, "git init -q", echo said]\n'})
    app = new(path, "--trust")
    assert (app / "made.txt").read_text() == "hello\n"
    assert "made.txt" in record_of(app)["files"]
    assert not (app / ".git").exists()
    shutil.rmtree(app)
    (path / "copier.yml").write_text("_tasks: [touch made.txt, exit 3]\n")
    refuses(path, "--trust", code=5, says=("non-zero exit status 3",))


def test_template_with_its_own_brackets_suffix_and_exclusions_records_answers(exported: Path) -> None:
    """The answers pass through a file that edgegen adds to the template."""
    config = (
        "_envops: {variable_start_string: '[[', variable_end_string: ']]'}\n"
        "_templates_suffix: .tpl\n_subdirectory: files\n_exclude: ['*.yml']\n_skip_if_exists: ['*.yml']\n"
        "greeting: Hello\n"
    )
    path = template({"copier.yml": config, "files/a.txt.tpl": "[[ greeting ]] {{ x }}\n", "files/b.yml": ""})
    app = new(path, "--data", "greeting=Moin")
    assert (app / "a.txt").read_text() == "Moin {{ x }}\n"
    assert not (app / "b.yml").exists()
    assert record_of(app)["options"]["template"]["answers"] == {"greeting": "Moin"}


def test_new_in_a_git_hook_ignores_the_hooks_repository(exported: Path) -> None:
    """The clone of the template does not see the hook's variables."""
    owner = Path("owner").resolve()
    owner.mkdir()
    (owner / "mine.txt").write_text("mine\n")
    committed(owner, "mine")
    path = template({"a.txt": "a\n"})
    committed(path, "v1.0.0")
    hook = {"GIT_DIR": f"{owner}/.git", "GIT_INDEX_FILE": f"{owner}/.git/index", "GIT_WORK_TREE": str(owner)}
    words = ("new", "--model", "exported", "--template", f"{path}@v1.0.0", "--output", "app")
    process(*words, folder=Path(), environment=hook).ok()
    assert record_of(Path("app"))["options"]["template"]["version"] == "v1.0.0"


def test_commands_without_a_template_do_not_import_copier(exported: Path) -> None:
    code = (
        "import sys; from edgegen.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: assert not {'copier', 'pydantic', 'questionary'} & {*sys.modules}, 'imported'"
    )
    new_app = ("new", "--model", "exported", "--target", "linux-cpp", "--output", "app")
    for words in (new_app, ("update", "app", "--no-verify"), ("template", "--help")):
        subprocess.run([sys.executable, "-c", code, *words], check=True, capture_output=True)


def test_generator_uses_no_private_module_of_copier() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "generator").rglob("*.py")]
    imports = [line.strip() for text in sources for line in text.splitlines() if "import" in line]
    found = {line.split()[1] for line in imports if line.startswith(("from copier", "import copier"))}
    assert found == {"copier", "copier.errors"}


# --- rejected templates and options ---


@pytest.mark.parametrize(
    ("files", "arguments", "code", "says"),
    [
        ({"copier.yml": "_tasks: [touch ran]\n"}, (), 3, ("touch ran", "--trust")),
        ({"copier.yml": "_jinja_extensions: [os.path]\n"}, (), 3, ("os.path", "--trust")),
        (
            {"copier.yml": "_external_data: {a: /etc/a.yml}\n", "b.jinja": "{{ _external_data.a }}"},
            (),
            3,
            ("outside its project", "/etc/a.yml", "--trust"),
        ),
        (
            {"a/b.txt.jinja": "one\n{{ nothing }}\n"},
            (),
            3,
            ("a/b.txt.jinja, line 2", "'nothing' is undefined"),
        ),
        ({"b.txt.jinja": "\n\n{{ edgegen.model.nams }}"}, (), 3, ("b.txt.jinja, line 3", "nams")),
        ({"b.txt.jinja": "one\n{% for %}\n"}, (), 3, ("b.txt.jinja, line 2",)),
        ({"b.txt.jinja": "{{ 3 | cpp_string }}"}, (), 3, ("b.txt.jinja, line 1", "TypeError")),
        ({"{{ nothing }}.txt": ""}, (), 3, ("{{ nothing }}.txt", "'nothing' is undefined")),
        ({"copier.yml": "\na: '{{ nothing }}'\n"}, (), 3, ("'nothing' is undefined",)),
        ({"{{ pathjoin('..', '..', 'out') }}.txt": ""}, (), 3, ("outside",)),
        ({"{{ 'n' * 300 }}.txt": ""}, (), 3, ("File name too long",)),
        ({"{{ 'a\\0b' }}.txt": ""}, (), 3, ("null byte",)),
        ({"copier.yml": "a: [\n"}, (), 3, ("copier.yml is not valid YAML", "line 2")),
        ({"copier.yml": "- a\n"}, (), 3, ("copier.yml is not a mapping",)),
        (
            {"copier.yml": "a: !include b.yml\n"},
            (),
            3,
            ("copier.yml is not valid YAML", "!include", "line 1"),
        ),
        ({"copier.yml": "_tasks: touch ran\n"}, (), 3, ("_tasks in copier.yml is 'touch ran'",)),
        ({"copier.yml": "many: {default: 3, type: odd}\n"}, (), 3, ('Unsupported type "odd"', "many")),
        ({"copier.yml": "edgegen: 1\n"}, (), 3, ("'edgegen'",)),
        ({"copier.yml": "who:\n  type: str\n"}, (), 2, ("--data who=",)),
        ({"copier.yml": "who:\n  type: str\n  when: '{{ true }}'\n"}, (), 2, ("--data who=",)),
        ({"copier.yml": "many: 3\n"}, ("--data", "mny=4"), 2, ("'mny'", "did you mean many?")),
        ({"copier.yml": "many: 3\n"}, ("--data", "many=x"), 2, ("many",)),
        ({"copier.yml": "many: 3\n"}, ("--data", "many"), 2, ("'many'",)),
        ({}, ("--target", "linux-cpp"), 2, ("--target linux-cpp",)),
        ({}, ("--package", "a.b"), 2, ("--package has no effect for template\n  leave it out\n",)),
        ({"a\\b.txt": ""}, (), 3, ("a\\\\b.txt", "contains a backslash")),
        ({".edgegen-exchange/old/a.txt": ""}, (), 3, ("'.edgegen-exchange'", "edgegen's own")),
        ({".edgegen.yml": ""}, (), 3, ("'.edgegen.yml'", "edgegen's own")),
        ({".edgegen-base.tar.xz": ""}, (), 3, ("'.edgegen-base.tar.xz'", "edgegen's own")),
        ({"src/con.txt": ""}, (), 3, ("'src/con.txt'", "con is a device")),
        ({"what?.txt": ""}, (), 3, ("'what?.txt'", "invalid on Windows")),
        ({"a": "", "A": ""}, (), 3, ("'A' and 'a'", "macOS")),
        ({"copier.yml": "_subdirectory: nowhere\n"}, (), 3, ("_subdirectory 'nowhere' in copier.yml",)),
        ({"copier.yml": "_subdirectory: ..\n"}, (), 3, ("_subdirectory '..' in copier.yml",)),
        ({"copier.yml": "_edgegen: {tasks: [pose]}\n"}, (), 3, ("for models of pose", "task is detect")),
        ({"Model/notes.txt": ""}, (), 3, ("'Model' and 'model'", "macOS")),
        ({"model/Model.pte": ""}, (), 3, ("'model/Model.pte' and 'model/model.pte'", "macOS")),
        ({"copier.yml": "_edgegen: {shared: {vectors: Src}}\n", "src/a": ""}, (), 3, ("'Src' and 'src'",)),
        ({"copier.yml": "_edgegen: {model: .GIT/m}\n"}, (), 3, ("'.GIT/m', which is git's own",)),
        ({"copier.yml": "_edgegen: {model: con}\n"}, (), 3, ("the folder 'con'", "con is a device")),
        (
            {"copier.yml": "_edgegen: {vectors: 'a '}\n"},
            (),
            3,
            ("the folder 'a '", "ends in a dot or a space"),
        ),
        ({"copier.yml": "_edgegen: {builds: ['a|b']}\n"}, (), 3, ("the folder 'a|b'", "it contains '|'")),
        (
            {"copier.yml": "_edgegen: {shared: {vectors: .Edgegen-x}}\n"},
            (),
            3,
            ("'.Edgegen-x'", "reserved for edgegen"),
        ),
        (
            {"copier.yml": "_edgegen: {builds: [model]}\n"},
            (),
            3,
            ("model, vectors and builds in copier.yml",),
        ),
        ({"copier.yml": "_edgegen: {tasks: [fly]}\n"}, (), 3, ("'fly'",)),
        ({"copier.yml": "_edgegen: {model: ../m}\n"}, (), 3, ("copier.yml", "'../m'")),
        ({"copier.yml": "_edgegen: {model: .edgegen.yml}\n"}, (), 3, ("'.edgegen.yml'",)),
        ({"copier.yml": "_edgegen: {modle: m}\n"}, (), 3, ("'modle'",)),
        ({"copier.yml": "_edgegen: {shared: {cpp: a}}\n"}, (), 3, ("'cpp'",)),
        ({"copier.yml": "_edgegen: {show: [python, a.py]}\n"}, (), 3, ("{image}",)),
        ({"model/model.pte": ""}, (), 3, ("model/model.pte",)),
        ({"vectors/01.bin": ""}, (), 3, ("vectors/01.bin", "edgegen's own")),
        ({"model": ""}, (), 3, ("'model'", "edgegen's own", "leave it out")),
        (
            {"copier.yml": "_edgegen: {shared: {vectors: a.md/b}}\n", "a.md": ""},
            (),
            3,
            ("'a.md'", "edgegen's own"),
        ),
    ],
    ids=str,
)
def test_invalid_template_or_option_is_refused_with_its_place(
    exported: Path, files: dict[str, str], arguments: tuple[str, ...], code: int, says: tuple[str, ...]
) -> None:
    """The message names the file and line, the question, or the option. Nothing is written."""
    refuses(template(files), *arguments, code=code, says=says)


def test_template_with_a_link_out_of_its_folder_is_refused(exported: Path) -> None:
    """Whether copier would follow the link or copy it."""
    path = template({})
    (path / "link").symlink_to("/etc/passwd")
    refuses(path, says=("outside",))
    (path / "copier.yml").write_text("_preserve_symlinks: true\n")
    refuses(path, says=("link",))


def test_source_that_is_no_template_is_refused(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without copier.yml, a missing path, a file, no network, an unknown tag."""
    Path("empty").mkdir()
    refuses("empty", says=("it has no copier.yml",))
    Path("empty/copier.yml").mkdir()
    refuses("empty", says=("it has no copier.yml",))
    refuses(template({"copier.yaml": ""}, "two"), says=("copier.yaml and copier.yml", "give it one"))
    refuses("nowhere", says=("there is no template nowhere",))
    refuses(exported / "model.pte", says=("model.pte cannot be read", "give a folder"))
    refuses("  ", says=("empty",))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "http.proxy")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "http://127.0.0.1:9")
    refuses("https://example.invalid/a/b.git@v1", says=("cannot be fetched", "the folder of a clone"))
    path = template({})
    refuses(f"{path}@v1", says=("cannot be fetched", "git repository"))
    committed(path, "v1")
    refuses(f"{path}@v7", says=("'v7'", "git ls-remote"))
    refuses(f"file://{path}@v7", says=("'v7'",))


def test_new_with_a_template_exits_6_when_copier_is_missing(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the package to install."""
    monkeypatch.setitem(sys.modules, "copier", None)
    refuses(template({}), code=6, says=("copier", "pip install"))


def test_verify_compares_the_output_of_a_templates_program(exported: Path) -> None:
    """Wrong boxes fail the stage. Output that is not JSON fails with the command to run."""
    path = template(
        {"show.py": 'print(\'{"images": [{"detections": []}]}\')\n'}, show=["python", "show.py", "{image}"]
    )
    app = new(path)
    seen = edgegen("verify", app, "--json")
    assert seen.code == 7
    assert json.loads(seen.out)["stages"][0]["name"] == "app"
    (app / "show.py").write_text("print('hello')\n")
    rejects(7, Path(), "verify", app, says=("no JSON", "'hello'", "show.py"))


def test_template_options_without_a_template_are_refused(exported: Path) -> None:
    """A linux-cpp project cannot be updated with a template."""
    target = ("--model", exported, "--target", "linux-cpp")
    for words in (("--data", "a=1"), ("--trust",)):
        rejects(2, Path(), "new", *target, *words, says=("--template",))
    edgegen("new", *target, "--output", "app").ok()
    path = template({})
    rejects(2, Path(), "update", "app", "--template", path, says=("not made from a template",))


def test_address_that_cannot_be_fetched_is_refused(exported: Path) -> None:
    err = refuses("file:///nowhere/at/all.git", says=("cannot be fetched",))
    assert "/nowhere/at/all.git" in err


# --- other commands ---


def test_other_commands_accept_a_template_project_or_explain_why_not(exported: Path) -> None:
    path = template({"check.py": "import sys; sys.exit(0)\n"}, test=["python", "check.py"])
    app = new(path)
    assert json.loads(edgegen("inspect", app, "--json").ok().out)["target"] == "template"
    seen = json.loads(edgegen("verify", app, "--json").ok().out)
    assert [stage["name"] for stage in seen["stages"]] == ["own tests"]
    edgegen("report", app, "--output", "report.html").ok()
    (app / "check.py").write_text("import sys; print('seven is wrong'); sys.exit(1)\n")
    answer = edgegen("verify", app)
    assert answer.code == 7
    assert "seven is wrong" in answer.out
    silent = new(template({}, "silent"), output="silent-app")
    rejects(2, Path(), "verify", silent, says=("neither tests nor a program",))
    Path("data.yaml").write_text("val: .\nnames: [circle, square, triangle]\n")
    rejects(3, Path(), "evaluate", app, "--data", "data.yaml", says=("whose template has no `show`",))
    rejects(2, Path(), "benchmark", app, "--device", says=("cannot be started from here",))
    rejects(2, Path(), "verify", silent, "--device", says=("runs on this computer",))


def test_manifest_with_changed_template_claims_is_refused(exported: Path) -> None:
    """Claims must not lead outside the project."""
    app = new(template({}))
    record = record_of(app)
    record["options"]["template"]["claims"]["model"] = "../../elsewhere"
    (app / ".edgegen.yml").write_text(yaml.safe_dump(record), encoding="utf-8")
    rejects(3, Path(), "verify", app, says=("'../../elsewhere'",))
    record["options"]["template"] |= {"claims": {}, "answers": ["many"]}
    (app / ".edgegen.yml").write_text(yaml.safe_dump(record), encoding="utf-8")
    edgegen("status", app).ok()
    rejects(3, Path(), "update", app, says=("cannot be read",))
    del record["options"]["template"]
    (app / ".edgegen.yml").write_text(yaml.safe_dump(record), encoding="utf-8")
    rejects(3, Path(), "status", app, says=("which template",))


# --- the example ---


def test_example_template_shows_pytorchs_boxes_and_updates_to_its_next_tag(exported: Path) -> None:
    """From a git repository. The update is trusted, so it is verified, too."""
    repository = Path(shutil.copytree(PYTHON_PI, "python-pi")).resolve()
    committed(repository, "v1.0.0")
    app = new(f"file://{repository}@v1.0.0", "--data", "service=true", "--name", 'Bird "Finder"')
    assert (app / "bird_finder.service").is_file()
    main = repository / "template" / "main.py"
    main.write_text(main.read_text().replace("or 'nothing'", "or 'nothing that it knows'"))
    committed(repository, "v1.1.0")
    said = json.loads(edgegen("update", app, "--trust", "--json").ok().out)
    assert said["files"]["updated"] == ["main.py"]
    assert said["verified"]["passed"] is True
    assert {stage["name"] for stage in said["verified"]["stages"]} == {"app", "own tests"}
    assert said["verified"]["detections"] > 0
