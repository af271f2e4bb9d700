"""Tests of the Android project: its files, hard names and models with real compilers, and its options."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from edgegen.project.render import templates_dir
from edgegen.project.task_files import is_needed
from edgegen.targets.android import target as android
from edgegen_kits.android.app_build import Built
from tests.helpers.android_tools import kotlinc, ktlint, resource_strings, run_java, the_kit
from tests.helpers.hard_android import (
    ANDROID,
    built,
    many_project,
    new,
    project,
    record,
    sample_of,
    texts,
)
from tests.helpers.many_classes import APP_NAMES, NAMES
from tests.helpers.support import (
    edgegen,
    list_files,
    metadata_of,
    rejects,
    snapshot,
    write_metadata,
    write_program,
)

__all__ = ["built", "many_project", "project"]

HARD_APP_NAMES = [
    *APP_NAMES, "$name", "${name}", '"""', "@string", "@id", "?attr", "@null", "'", "%1$s", "]]>", "<!-- -->",
    "\u05e9\u05dc\u05d5\u05dd!", "a  b", "val", "%d %s", "7up", "Élan",
]  # fmt: skip


# --- Contents ---


@pytest.mark.full
def test_text_files_have_unix_line_ends_and_no_template_syntax(project: Path) -> None:
    """No tabs and no trailing blanks either. Gradle's own scripts are exempt."""
    found = texts(project)
    assert found.pop("gradlew.bat").count("\r\n") > 50
    assert "\r" not in found.pop("gradlew")
    for name, text in found.items():
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name
        assert not re.search(r"[\t\r\ufeff]|[ ]+$|\n\n\n\n", text, flags=re.MULTILINE), name
        assert not re.search(r"(?<!\$)\{\{|\{%|\{#|#\}|Undefined", text), name
    assert not [name for name in list_files(project) if name.endswith(".jinja") or "__" in name]


@pytest.mark.full
def test_kotlin_files_of_the_app_are_in_the_folders_of_their_package(project: Path) -> None:
    """Keywords in the package are in backticks. vision/, parity/ and edgegen/ have packages of their own."""
    app = [name for name in list_files(project) if re.match(r"app/src/\w+/kotlin/(?!edgegen/)", name)]
    assert app
    for name in app:
        assert re.match(r"app/src/\w+/kotlin/in/co/birds/", name)
        assert re.search(r"^package `in`\.co\.birds(\.\w+)*$", texts(project)[name], re.MULTILINE), name
    assert "vision/src/main/kotlin/vision/TheModel.kt" in list_files(project)


@pytest.mark.full
def test_files_without_placeholders_equal_the_templates(project: Path) -> None:
    """The template folder compiles with the same bytes that a user gets."""
    for source in ("android", "_studio/android"):
        template = templates_dir() / source
        every = {
            path.relative_to(template).as_posix(): path for path in template.rglob("*") if path.is_file()
        }
        copied = [
            path
            for name, path in every.items()
            if path.suffix != ".jinja" and is_needed(source, name, "detect", ("raw",))
        ]
        assert copied
        for path in copied:
            name = path.relative_to(template).as_posix().replace("__package__", "in/co/birds")
            assert (project / name).read_bytes() == path.read_bytes(), name


@pytest.mark.full
def test_manifest_records_the_given_or_derived_package(
    project: Path, tiny_export: Path, tmp_path: Path
) -> None:
    """`verify` and a later `new` read it."""
    assert record(project)["options"]["package"] == "in.co.birds"
    assert record(project)["options"]["ci"] == "github"
    made = new(tiny_export, tmp_path / "app", "--name", "Größe 犬")
    assert record(made)["options"]["package"] == "org.example.grosse"
    assert not (made / ".github").exists()


@pytest.mark.full
def test_no_manifest_asks_for_the_internet_permission(project: Path) -> None:
    """The README promises it."""
    assert "no INTERNET permission" in texts(project)["README.md"]
    manifests = [text for name, text in texts(project).items() if name.endswith("AndroidManifest.xml")]
    assert manifests
    assert not [text for text in manifests if "INTERNET" in text]


@pytest.mark.full
def test_readme_names_only_existing_paths_and_headings(project: Path) -> None:
    """Checks paths in backticks and links within the page."""
    readme = texts(project)["README.md"]
    made_by_a_build = ("app/build/", "local.properties", "~")
    paths = [
        path
        for path in re.findall(r"`([\w./*-]+/[\w./*-]*)`", readme)
        if not path.startswith(made_by_a_build)
    ]
    assert len(paths) > 8
    assert not [path for path in paths if not list(project.glob(path.rstrip("/")))]
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in readme.splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", readme)) <= headings


# --- Compilers ---


@pytest.mark.full
def test_10000_hard_class_names_compile_and_read_back(
    built: Built, many_classes: Path, tmp_path: Path
) -> None:
    """The names have quotes, `$`, triple quotes, newlines, emoji and NUL, and exceed a method's 64 KB."""
    main = tmp_path / "main.kt"
    main.write_text(
        """
import vision.THE_MODEL

fun main() {
    println("${THE_MODEL.inputWidth} ${THE_MODEL.inputHeight}")
    for (text in listOf(THE_MODEL.appName) + THE_MODEL.classNames) {
        val bytes = text.toByteArray()
        println(bytes.size)
        System.out.write(bytes)
    }
}
"""
    )
    kotlinc([main], tmp_path / "classes", classpath=[built.vision])
    size, _, printed = run_java("MainKt", tmp_path / "classes", built.vision).partition(b"\n")
    assert size == b"192 160"
    name, *classes = read_back(printed)
    assert name == '@string it\'s """'
    names = metadata_of(many_classes)["names"]
    assert isinstance(names, dict)
    assert classes[: len(NAMES)] == NAMES
    assert classes == [str(each) for each in names.values()]


@pytest.mark.full
def test_parity_in_kotlin_passes_on_the_whole_vectors_and_on_the_sample(built: Built, tmp_path: Path) -> None:
    """Runs all stages that need no model."""
    main = tmp_path / "main.kt"
    main.write_text(
        """
import java.io.File
import vision.THE_MODEL
import vision.parity.GoldenVectors
import vision.parity.Parity

fun main(folders: Array<String>) {
    for (folder in folders) {
        val vectors = GoldenVectors.read { File(folder, it).inputStream() }
        println(Parity(THE_MODEL, vectors).run(null).toJson())
    }
}
"""
    )
    json_jar = the_kit().library("org.json.json")
    kotlinc([main], tmp_path / "classes", classpath=[built.parity, built.vision, json_jar])
    project = built.project.folder
    folders = [str(project / "vectors"), str(sample_of(project))]
    printed = run_java(
        "MainKt", tmp_path / "classes", built.parity, built.vision, json_jar, arguments=folders
    )
    whole, sample = (json.loads(line) for line in printed.splitlines())
    for report in (whole, sample):
        assert report["passed"], report
        assert {stage["name"] for stage in report["stages"] if stage["compared"]} >= {
            "constants", "letterbox", "tensor", "decode", "nms",
        }  # fmt: skip
    assert 3 <= sample["images"] <= whole["images"]


def read_back(printed: bytes) -> list[str]:
    found = []
    while printed:
        length, _, rest = printed.partition(b"\n")
        found.append(rest[: int(length)].decode())
        printed = rest[int(length) :]
    return found


@pytest.mark.full
def test_hard_app_names_compile_and_read_back(tiny_export: Path, tmp_path: Path) -> None:
    """In Kotlin, Android resources and Gradle files. The names have quotes, `@string`, emoji and Hebrew."""
    constants, resources = [], []
    for number, name in enumerate(HARD_APP_NAMES):
        made = new(tiny_export, tmp_path / f"app{number}", "--name", name)
        constants.append(renamed(made, number, tmp_path / "kotlin"))
        text = (made / "app/src/main/res/values/app.xml").read_text(encoding="utf-8")
        path = tmp_path / f"res{number}" / "values" / "app.xml"
        path.parent.mkdir(parents=True)
        path.write_text(text.replace('"app_name"', f'"app_name{number}"'), encoding="utf-8")
        resources.append(path)
    strings = resource_strings(tmp_path, resources)
    assert [strings[f"app_name{number}"] for number in range(len(HARD_APP_NAMES))] == HARD_APP_NAMES
    assert printed(tmp_path, constants, "appName") == HARD_APP_NAMES
    assert ktlint(tmp_path, "app*/*.kts", "app*/*/*.kts") == ""


def renamed(project: Path, number: int, folder: Path) -> Path:
    """Copy a project's constants into a separate package, so that many can be compiled together."""
    text = (project / "vision/src/main/kotlin/vision/TheModel.kt").read_text(encoding="utf-8")
    folder.mkdir(exist_ok=True)
    path = folder / f"TheModel{number}.kt"
    text = text.replace("package vision\n", f"package vision{number}\n\nimport vision.*\n", 1)
    path.write_text(text, encoding="utf-8")
    return path


def printed(folder: Path, constants: Sequence[Path], what: str) -> list[str]:
    """Compile constants and return what they say, as text."""
    puts = "\n".join(f"    put(vision{number}.THE_MODEL.{what})" for number in range(len(constants)))
    main = folder / "main.kt"
    main.write_text(
        f"""
private fun put(value: Any) {{
    val bytes = value.toString().toByteArray()
    println(bytes.size)
    System.out.write(bytes)
}}

fun main() {{
{puts}
}}
"""
    )
    core = sorted((templates_dir() / "android/vision/src/main").rglob("*.kt"))
    kotlinc([*constants, main, *core], folder / "classes")
    return read_back(run_java("MainKt", folder / "classes"))


@pytest.mark.full
def test_project_of_a_one_class_model_compiles_with_and_without_a_name(tmp_path: Path) -> None:
    constants = []
    model = tmp_path / "model"
    model.mkdir()
    write_program(model / "model.pte", 1)
    for number, name in enumerate(("only", "")):
        write_metadata(model, {"task": "detect", "imgsz": [160, 192], "stride": 32, "names": {0: name}})
        made = new(model, tmp_path / f"app{number}", "--name", "one")
        assert "1 class," in (made / "README.md").read_text()
        constants.append(renamed(made, number, tmp_path / "kotlin"))
    assert printed(tmp_path, constants, "classNames") == ["[only]", "[]"]


# --- Options ---


@pytest.mark.full
def test_new_with_two_targets_writes_the_same_model_and_vectors_to_both(
    exported: Path, tmp_path: Path
) -> None:
    """`--target all` writes every target."""
    both = ("--target", "android", "--target", "linux-cpp", "--package", "a.b")
    edgegen("new", "--model", exported, *both, "--output", "birds").ok()
    assert sorted(path.name for path in Path("birds").iterdir()) == ["android", "linux-cpp"]
    model = Path("birds/android", android.TARGET.model_dir, "model.pte")
    assert model.read_bytes() == Path("birds/linux-cpp/model/model.pte").read_bytes()
    assert snapshot(Path("birds/android/vectors")) == snapshot(Path("birds/linux-cpp/vectors"))
    edgegen("new", "--model", exported, "--target", "all", "--package", "a.b", "--output", "every").ok()
    for target in ("android", "linux-cpp"):
        assert list_files(Path("every", target)) == list_files(Path("birds", target))
    assert record(Path("every/linux-cpp"))["target"] == "linux-cpp"


@pytest.mark.full
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--target", "android", "--package", "birds"), ("two parts", "org.example.birds")),
        (("--target", "android", "--package", "org.my-birds"), ("'my-birds'", "org.example.my_birds")),
        (("--target", "android", "--package", "org.class"), ("'class'", "org.example.class_app")),
        (("--target", "android", "--package", ""), ("empty", "org.example.app")),
        (("--target", "linux-cpp", "--package", "a.b"), ("--package", "--target android")),
        (("--target", "linux-cpp", "--ci", "github"), ("--ci", "--target android")),
        (("--target", "android", "--ci", "gitlab"), ("'gitlab'", "github")),
        (("--target", "android", "--target", "windows"), ("'windows'", "android")),
    ],
)
def test_new_exits_2_on_wrong_options_and_suggests_right_ones(
    exported: Path, tmp_path: Path, options: tuple[str, ...], says: tuple[str, ...]
) -> None:
    """Nothing is written to the disk."""
    rejects(2, tmp_path, "new", "--model", exported, "--output", "app", *options, says=says)


@pytest.mark.full
def test_new_replaces_a_project_of_another_target_only_with_force(exported: Path, tmp_path: Path) -> None:
    edgegen("new", "--target", "linux-cpp", "--model", exported, "--output", "app").ok()
    command = ("new", *ANDROID, "--model", exported, "--output", "app")
    rejects(3, tmp_path, *command, says=("another target: linux-cpp", "--output", "--force"))
    edgegen(*command, "--force").ok()
    assert not Path("app/CMakeLists.txt").exists()
    assert record(Path("app"))["target"] == "android"


@pytest.mark.full
def test_new_with_two_targets_rejects_an_existing_project_as_output(exported: Path, tmp_path: Path) -> None:
    """Otherwise birds/android would be a project within the project birds/."""
    edgegen("new", "--target", "linux-cpp", "--model", exported, "--output", "birds").ok()
    command = ("new", "--model", exported, "--target", "all", "--output", "birds")
    rejects(3, tmp_path, *command, says=("is a project (linux-cpp)", "--output", "--force"))
    Path("birds/.edgegen.yml").write_text("damaged: [")
    edgegen(*command, "--force").ok()


@pytest.mark.full
def test_new_replaces_an_unedited_project_and_keeps_an_edited_one(exported: Path, tmp_path: Path) -> None:
    """Build outputs do not count as edits. The folders of the earlier package are removed."""
    app = new(exported, Path("app"), "--package", "org.example.one")
    for name in (".gradle/x", "app/build/y", "local.properties", ".idea/z"):
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text("made by a build\n")
    new(exported, app, "--package", "org.example.two")
    kotlin = app / "app/src/main/kotlin/org/example"
    assert [path.name for path in kotlin.iterdir()] == ["two"]
    assert (app / "local.properties").exists()
    (kotlin / "two/MainActivity.kt").write_text("mine\n")
    command = ("new", *ANDROID, "--model", exported, "--output", app)
    rejects(3, tmp_path, *command, says=("was edited", "two/MainActivity.kt", "--force"))


@pytest.mark.full
def test_pretend_lists_all_files_and_writes_none(exported: Path, tmp_path: Path) -> None:
    """Includes the icon, the sample vectors and the package folders."""
    before = snapshot(tmp_path)
    out = edgegen("new", *ANDROID, "--model", exported, "--package", "a.b", "--pretend").ok().out
    assert snapshot(tmp_path) == before
    for name in (
        "kotlin/a/b/MainActivity.kt",
        "assets/vectors/index.json",
        "ic_launcher.xml",
        "gradle-wrapper.jar",
    ):
        assert re.search(rf"^  \S*{re.escape(name)}$", out, re.MULTILINE), name


@pytest.mark.full
def test_new_prints_the_next_commands_with_a_quoted_folder(exported: Path, tmp_path: Path) -> None:
    out = edgegen("new", *ANDROID, "--model", exported, "--output", "my birds").ok().out
    assert "\nAn android project of" in out
    assert "    cd 'my birds'\n" in out
    assert "    ./gradlew test\n" in out
