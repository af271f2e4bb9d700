"""Rendering of templates: rendered files, copied files, and compilation of the result."""

import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen import targets
from edgegen.base.errors import RenderError
from edgegen.project import render as rendering
from edgegen.project.option_table import STARTER, STUDIO
from edgegen.project.render import copy_template, fill_in_line_counts, render
from edgegen.project.task_files import is_needed
from tests.helpers.many_classes import APP_NAMES, MANY, NAMES
from tests.helpers.once import Once
from tests.helpers.support import LINUX, edgegen, list_files, metadata_of
from tests.helpers.tools import missing

WARNINGS = ("-std=c++17", "-Wall", "-Wextra", "-Werror")


# Prints the length of a text, a colon, and its bytes.
PUT = """
auto put = [](std::string_view text) {
  std::printf("%zu:", text.size());
  std::fwrite(text.data(), 1, text.size(), stdout);
};
"""


# --- the renderer ---


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the template `mine`, the only one."""
    (tmp_path / "templates" / "mine").mkdir(parents=True)
    monkeypatch.setattr(rendering, "templates_dir", lambda: tmp_path / "templates")
    return tmp_path / "templates" / "mine"


def test_render_renders_only_jinja_files(template: Path, tmp_path: Path) -> None:
    """They lose the suffix; all others are copied byte for byte."""
    odd = b"{{ name }}\r\n\t\xff\0 {% if %}"
    (template / "src").mkdir()
    (template / "src" / "copied.cpp").write_bytes(odd)
    (template / ".hidden").write_bytes(odd)
    (template / "src" / "rendered.h.jinja").write_text("{{ name | cpp_string }} {{ x.y }}\n\n")
    render("mine", {"name": "😀\n", "x": {"y": 2}}, tmp_path / "out")
    assert list_files(tmp_path / "out") == [".hidden", "src/copied.cpp", "src/rendered.h"]
    assert (tmp_path / "out" / "src" / "copied.cpp").read_bytes() == odd
    assert (tmp_path / "out" / ".hidden").read_bytes() == odd
    assert (tmp_path / "out" / "src" / "rendered.h").read_bytes() == '"😀\\n" 2\n\n'.encode()


def test_line_counts_of_a_readme_are_those_of_the_files(tmp_path: Path) -> None:
    """A file that does not exist is a mistake of the template."""
    readme = tmp_path / "README.md"
    (tmp_path / "a.cpp").write_text("1\n2\n")
    readme.write_text("| `a.cpp` | @lines(a.cpp) |\n")
    fill_in_line_counts(readme)
    assert readme.read_text() == "| `a.cpp` | 2 |\n"
    readme.write_text("@lines(b.cpp)\n")
    with pytest.raises(RenderError, match=r"README\.md counts the lines of b\.cpp, which does not exist"):
        fill_in_line_counts(readme)


def test_render_replaces_placeholder_folders_in_paths(template: Path, tmp_path: Path) -> None:
    """By one or more folders; names that only contain the placeholder stay."""
    for name in ("kotlin/__package__/ui/A.kt", "kotlin/__package__/B.kt.jinja", "my__package__/C.kt"):
        (template / name).parent.mkdir(parents=True, exist_ok=True)
        (template / name).write_text("{{ x }}\n")
    render("mine", {"x": 1}, tmp_path / "out", {"__package__": "org/example"})
    assert list_files(tmp_path / "out") == [
        "kotlin/org/example/B.kt", "kotlin/org/example/ui/A.kt", "my__package__/C.kt",
    ]  # fmt: skip
    assert (tmp_path / "out" / "kotlin/org/example/B.kt").read_text() == "1\n"
    assert (tmp_path / "out" / "kotlin/org/example/ui/A.kt").read_text() == "{{ x }}\n"


@pytest.mark.parametrize(
    "text",
    [
        "{{ nobody }}",
        "{{ name.nothing }}",
        "{% if nobody %}{% endif %}",
        "{% for x in nobody %}{% endfor %}",
        "{{ name | nobody }}",
        "{% nobody %}",
        "{{ name",
        "{% if name %}",
        "{% include 'nobody' %}",
    ],
)
def test_render_names_a_broken_template(template: Path, tmp_path: Path, text: str) -> None:
    """An unknown name, attribute, filter, tag or file never becomes an empty text."""
    (template / "src").mkdir()
    (template / "src" / "broken.h.jinja").write_text(text)
    with pytest.raises(RenderError, match=r"the template mine/src/broken\.h\.jinja is broken: .*") as caught:
        render("mine", {"name": "x"}, tmp_path / "out")
    assert caught.value.exit_code == 5


def test_render_keeps_scripts_executable_and_all_files_writable(template: Path, tmp_path: Path) -> None:
    """Rendered, copied and shared files."""
    for name in ("run.sh", "make.sh.jinja"):
        (template / name).write_text("#!/bin/sh\n")
        (template / name).chmod(0o555)
    (template / "plain.txt").write_text("x\n")
    (template / "plain.txt").chmod(0o444)
    render("mine", {}, tmp_path / "out")
    copy_template("mine", tmp_path / "out" / "shared")
    modes = {
        name: stat.S_IMODE((tmp_path / "out" / name).stat().st_mode) for name in list_files(tmp_path / "out")
    }
    assert {name for name, mode in modes.items() if mode & 0o100} == {
        "run.sh", "make.sh", "shared/run.sh", "shared/make.sh.jinja",
    }  # fmt: skip
    assert all(mode & 0o200 for mode in modes.values())


def test_render_keeps_existing_files(template: Path, tmp_path: Path) -> None:
    """Several templates fill one folder."""
    (template / "a.txt").write_text("a\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b.txt").write_text("b\n")
    render("mine", {}, tmp_path / "out")
    assert list_files(tmp_path / "out") == ["a.txt", "b.txt"]


def test_templates_dir_is_at_the_root_of_a_checkout() -> None:
    assert (rendering.templates_dir() / "linux-cpp" / "CMakePresets.json").is_file()


def test_installation_without_templates_is_reported_as_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "__file__", str(tmp_path / "a" / "b" / "c" / "render.py"))
    with pytest.raises(RenderError, match="templates are missing next to") as caught:
        rendering.templates_dir.__wrapped__()
    assert "install" in caught.value.hint


# --- the text of a project ---


@pytest.fixture(params=[STARTER, STUDIO])
def app(request: pytest.FixtureRequest) -> str:
    """Return the name of each app."""
    return str(request.param)


@pytest.fixture
def project(exported: Path, app: str) -> Path:
    """Return a project of each app, with a hard name and only one class."""
    options = ("--app", app, "--name", "Größe 犬 $x", "--classes", "1", "--output", "app")
    edgegen("new", *LINUX, "--model", exported, *options).ok()
    return Path("app")


def texts(project: Path) -> dict[str, str]:
    """Return every text file of a project, by path."""
    names = [name for name in list_files(project) if not name.endswith((".bin", ".jpg", ".pte", ".xz"))]
    return {name: (project / name).read_bytes().decode("utf-8") for name in names}


@pytest.mark.full
def test_text_files_of_a_project_have_clean_whitespace(project: Path) -> None:
    found = texts(project)
    assert len(found) > 50
    for name, text in found.items():
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name
        assert "\r" not in text, name
        assert "\t" not in text, name
        assert "\ufeff" not in text, name
        assert not re.search(r"[ \t]+$", text, flags=re.MULTILINE), name
        assert "\n\n\n\n" not in text, name


@pytest.mark.full
def test_project_has_no_traces_of_jinja(project: Path, app: str) -> None:
    """No `.jinja` file, tag, comment or expression."""
    templates = rendering.templates_dir()
    rendered = [
        (Path(inside) / path.relative_to(templates / folder)).as_posix().removesuffix(".jinja")
        for folder, inside in (
            ("linux-cpp", "."),
            (f"_{app}/linux-cpp", "."),
            *targets.find("linux-cpp").rendered,
        )
        for path in (templates / folder).rglob("*.jinja")
        if is_needed(folder, path.relative_to(templates / folder).as_posix(), "detect")
    ]
    assert "src/model_info.h" in rendered
    found = texts(project)
    assert set(rendered) <= found.keys()
    assert not [name for name in list_files(project) if name.endswith(".jinja")]
    for name in rendered:
        assert not re.search(r"\{%|%\}|\{\{\s|\{#|#\}|Undefined|\bNone\b", found[name]), name
    for name, text in found.items():
        assert not re.search(r"\{%-? |\{\{-? ?[a-z_.]+ (\||\}\})", text), name


@pytest.mark.full
def test_copied_files_of_a_project_equal_the_template(project: Path, app: str) -> None:
    """So tests can compile the templates."""
    templates = rendering.templates_dir()
    shared = targets.find("linux-cpp").rendered
    for folder, inside in (("linux-cpp", "."), (f"_{app}/linux-cpp", "."), *shared):
        for path in (templates / folder).rglob("*"):
            inner = path.relative_to(templates / folder).as_posix()
            needed = is_needed(folder, inner, "detect", ("raw",))
            if path.is_file() and path.suffix != ".jinja" and needed:
                name = Path(inside) / path.relative_to(templates / folder)
                assert (project / name).read_bytes() == path.read_bytes(), name


@pytest.mark.full
def test_scripts_of_a_project_are_executable_and_parse(project: Path) -> None:
    """Their interpreters are installed."""
    scripts = [name for name, text in texts(project).items() if text.startswith("#!")]
    assert "scripts/get-aarch64-sdk.sh" in scripts
    for name in scripts:
        assert (project / name).stat().st_mode & 0o111 == 0o111, name
        interpreter = texts(project)[name].splitlines()[0].removeprefix("#!").split()
        assert shutil.which(interpreter[0])
        subprocess.run([*interpreter, "-n", project / name], check=True, capture_output=True)
    others = set(list_files(project)) - set(scripts)
    assert not [name for name in others if (project / name).stat().st_mode & 0o111]


# --- names from the user ---


@pytest.fixture(scope="session")
def many_project(many_classes: Path, once: Once) -> Path:
    """Return the project of 10,000 classes."""

    def make(folder: Path) -> None:
        edgegen("new", *LINUX, "--model", many_classes, "--output", folder / "app").ok()

    return once("many-project", make) / "app"


def namespace_of(project: Path) -> str:
    """Return the namespace of a project's constants, which follows from the app's name."""
    header = (project / "src" / "model_info.h").read_text(encoding="utf-8")
    (name,) = re.findall(r"^namespace (\w+) {$", header, flags=re.MULTILINE)
    return str(name)


@pytest.fixture
def compile_and_run(tmp_path: Path) -> Callable[..., bytes]:
    """Return a function that compiles a main() with a project's model_info.h and returns its output."""
    compiler = shutil.which("g++")
    if compiler is None:
        missing("g++")

    def build(project: Path, body: str) -> bytes:
        source = tmp_path / "main.cpp"
        head = f'#include <cstdio>\n#include "model_info.h"\nusing namespace {namespace_of(project)};\n'
        source.write_text(f"{head}int main() {{\n{body}\n}}\n")
        program = tmp_path / "program"
        command = [compiler, *WARNINGS, "-I", project / "src", source, "-o", program]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stderr[:3000]
        return subprocess.run([program], capture_output=True, check=True).stdout

    return build


def read_back(printed: bytes) -> list[bytes]:
    """Return the texts printed by `put`: length, colon, bytes."""
    found = []
    while printed:
        length, _, rest = printed.partition(b":")
        found.append(rest[: int(length)])
        printed = rest[int(length) :]
    return found


@pytest.mark.full
def test_every_class_name_reads_back_byte_for_byte(
    many_classes: Path, many_project: Path, compile_and_run: Callable[..., bytes]
) -> None:
    """|Quotes, newlines, emoji, `$`, `%`, backslashes, 300 characters, trigraphs, NUL."""
    printed = compile_and_run(
        many_project,
        f"{PUT}\nfor (auto name : kClassNames) put(name);\nreturn std::size(kClassNames) == {MANY} ? 0 : 1;",
    )
    names = metadata_of(many_classes)["names"]
    assert isinstance(names, dict)
    assert list(names.values())[: len(NAMES)] == NAMES
    expected = [str(name).encode("utf-8") for name in names.values()]
    assert read_back(printed) == expected


@pytest.mark.full
def test_class_names_compile_with_trigraphs_enabled(many_project: Path, tmp_path: Path) -> None:
    """As in older standards and some embedded compilers."""
    source = tmp_path / "main.cpp"
    source.write_text(
        '#include "model_info.h"\n'
        f"int main() {{ return {namespace_of(many_project)}::kClassNames[0].size() != 0; }}\n"
    )
    command = ["g++", *WARNINGS, "-trigraphs", "-I", many_project / "src", "-fsyntax-only", source]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[:2000]


@pytest.mark.full
def test_constants_of_10000_classes_compile(
    many_project: Path, compile_and_run: Callable[..., bytes]
) -> None:
    compile_and_run(many_project, "return std::size(kClassNames) == 10000 ? 0 : 1;")


@pytest.mark.full
@pytest.mark.parametrize("name", APP_NAMES, ids=lambda name: ascii(name)[:24])
def test_any_app_name_reads_back(
    exported: Path, tmp_path: Path, compile_and_run: Callable[..., bytes], name: str
) -> None:
    """|A keyword, quotes, shell code, emoji, right-to-left text. The slug is an identifier."""
    edgegen("new", *LINUX, "--model", exported, "--name", name, "--output", "app").ok()
    assert read_back(compile_and_run(Path("app"), f"{PUT}\nput(kAppName);")) == [name.encode()]
    first, *_, project = (Path("app") / "CMakeLists.txt").read_text(encoding="utf-8").splitlines()[:3]
    assert first.startswith("# ")
    assert re.fullmatch(r"project\([a-z][a-z0-9_]* LANGUAGES CXX\)", project)
    assert {path.name for path in tmp_path.iterdir()} == {"app", "exported", "main.cpp", "program"}
