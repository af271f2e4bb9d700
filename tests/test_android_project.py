"""The Android project: hard names and models through real compilers, Gradle files through real parsers."""

import hashlib
import json
import re
import shutil
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from android_tools import kotlinc, ktlint, resource_strings, run_java, the_kit
from conftest import Once
from edgegen import icon, pins
from edgegen.android_kit.app_build import Built, Project, build
from edgegen.android_kit.commands import Commands
from edgegen.reference import nms
from edgegen.render import templates_dir
from edgegen.targets import android
from edgegen.vector_sample import write_sample
from support import edgegen, list_files, metadata_of, refused, snapshot, write_metadata, write_program
from test_render import APP_NAMES, NAMES, many_classes

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["many_classes"]

ANDROID = ("--target", "android")
HARD_APP_NAMES = [
    *APP_NAMES, "$name", "${name}", '"""', "@string", "@id", "?attr", "@null", "'", "%1$s", "]]>", "<!-- -->",
    "\u05e9\u05dc\u05d5\u05dd!", "a  b", "val", "%d %s", "7up", "Élan",
]  # fmt: skip
# Parts that only Kotlin reserves, and capitals.
KEYWORD_PACKAGE = "in.co.birds"
HARD_PACKAGE = "com.Example.fun.when"


def new(model: Path, output: Path, *options: object) -> Path:
    edgegen("new", *ANDROID, "--model", model, "--output", output, *options).ok()
    return output


@pytest.fixture(scope="session")
def project(tiny_export: Path, once: Once) -> Path:
    """Return a project with a hard name and a package of Kotlin's keywords. Not to be written into."""
    options = ("--name", 'Größe 犬 "$x"', "--package", KEYWORD_PACKAGE, "--classes", "1", "--ci", "github")
    return once("android-project", lambda folder: new(tiny_export, folder / "app", *options)) / "app"


@pytest.fixture(scope="session")
def many_project(many_classes: Path, once: Once) -> Path:
    """Return the project of 10,000 classes, the first with hard names, and an oblong input."""
    options = ("--name", '@string it\'s """', "--package", HARD_PACKAGE, "--max-det", "30000")
    return once("android-many", lambda folder: new(many_classes, folder / "app", *options)) / "app"


def texts(project: Path) -> dict[str, str]:
    binary = (".bin", ".pte", ".png", ".jar")
    names = [name for name in list_files(project) if not name.endswith(binary)]
    return {name: (project / name).read_bytes().decode("utf-8") for name in names}


# --- what is in it ---


def test_every_file_is_tidy(project: Path) -> None:
    """But for Gradle's own scripts: Unix line ends, no tabs, no blanks at the end, nothing of a template."""
    found = texts(project)
    assert len(found) > 60
    assert found.pop("gradlew.bat").count("\r\n") > 50
    assert "\r" not in found.pop("gradlew")
    for name, text in found.items():
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name
        assert not re.search(r"[\t\r\ufeff]|[ ]+$|\n\n\n\n", text, flags=re.MULTILINE), name
        assert not re.search(r"(?<!\$)\{\{|\{%|\{#|#\}|Undefined", text), name
    assert not [name for name in list_files(project) if name.endswith(".jinja") or "__" in name]


def test_kotlin_lies_in_the_folders_of_its_package(project: Path) -> None:
    """app/ in the user's package, its keywords in backticks; vision/ in its own."""
    app = [name for name in list_files(project) if re.match(r"app/src/\w+/kotlin/", name)]
    assert len(app) > 20
    for name in app:
        assert re.match(r"app/src/\w+/kotlin/in/co/birds/", name)
        assert re.search(r"^package `in`\.co\.birds(\.\w+)*$", texts(project)[name], re.MULTILINE), name
    assert "vision/src/main/kotlin/vision/ModelInfo.kt" in list_files(project)


def test_what_needs_no_rendering_is_the_template_itself(project: Path) -> None:
    """Byte for byte: what a compiler sees where the template lies is what a user gets."""
    template = templates_dir() / "android"
    copied = [path for path in template.rglob("*") if path.is_file() and path.suffix != ".jinja"]
    assert len(copied) > 20
    for path in copied:
        name = path.relative_to(template).as_posix().replace("__package__", "in/co/birds")
        assert (project / name).read_bytes() == path.read_bytes(), name


def test_the_package_is_recorded(project: Path, tiny_export: Path, tmp_path: Path) -> None:
    """As given, or the one made from the name: what verify and a later `new` go by."""
    assert record(project)["options"]["package"] == "in.co.birds"
    assert record(project)["options"]["ci"] == "github"
    made = new(tiny_export, tmp_path / "app", "--name", "Größe 犬")
    assert record(made)["options"]["package"] == "org.example.grosse"
    assert not (made / ".github").exists()


def record(project: Path) -> dict[str, Any]:
    loaded = yaml.safe_load((project / ".edgegen.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def test_the_app_may_not_use_the_network(project: Path) -> None:
    """README promises it; no manifest asks for it."""
    assert "no INTERNET permission" in texts(project)["README.md"]
    manifests = [text for name, text in texts(project).items() if name.endswith("AndroidManifest.xml")]
    assert manifests
    assert not [text for text in manifests if "INTERNET" in text]


def test_the_readme_names_only_what_is_there(project: Path) -> None:
    """Paths in backticks exist, and links within the page lead somewhere."""
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


# --- the compilers ---


@pytest.fixture(scope="session")
def built(many_project: Path, once: Once) -> Built:
    """Return all of the project of 10,000 classes compiled: resources, vision/, app/ and the tests."""
    kit = the_kit()

    def make(folder: Path) -> None:
        with Commands() as commands:
            build(kit, Project(many_project), folder / "built", commands)

    folder = once("android-many-built", make) / "built"
    return Built(Project(many_project), HARD_PACKAGE, folder)


def test_10000_hard_class_names_compile_and_read_back(
    built: Built, many_classes: Path, tmp_path: Path
) -> None:
    """Quotes, `$`, triple quotes, newlines, emoji, NUL; past the 64 KB of a method."""
    main = tmp_path / "main.kt"
    main.write_text(
        """
import vision.ModelInfo

fun main() {
    println("${ModelInfo.INPUT_WIDTH} ${ModelInfo.INPUT_HEIGHT}")
    for (text in listOf(ModelInfo.APP_NAME, *ModelInfo.CLASS_NAMES)) {
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


def test_the_projects_own_parity_passes_on_both_sets_of_vectors(built: Built, tmp_path: Path) -> None:
    """All stages that need no model, in Kotlin: on the whole golden vectors and on the small part."""
    main = tmp_path / "main.kt"
    main.write_text(
        """
import java.io.File
import vision.parity.GoldenVectors
import vision.parity.Parity

fun main(folders: Array<String>) {
    for (folder in folders) {
        println(Parity(GoldenVectors.read { File(folder, it).inputStream() }).run(null).toJson())
    }
}
"""
    )
    json_jar = the_kit().library("org.json.json")
    kotlinc([main], tmp_path / "classes", classpath=[built.vision, json_jar])
    project = built.project.folder
    folders = [str(project / "vectors"), str(sample_of(project))]
    printed = run_java("MainKt", tmp_path / "classes", built.vision, json_jar, arguments=folders)
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


def test_any_app_name_compiles_and_reads_back(tiny_export: Path, tmp_path: Path) -> None:
    """In Kotlin, in Android's resources and in Gradle's files: quotes, `@string`, emoji, right-to-left."""
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
    assert printed(tmp_path, constants, "APP_NAME") == HARD_APP_NAMES
    assert ktlint(tmp_path, "app*/*.kts", "app*/*/*.kts") == ""


def renamed(project: Path, number: int, folder: Path) -> Path:
    """Copy a project's constants into a package of their own, so that many can be compiled at once."""
    text = (project / "vision/src/main/kotlin/vision/ModelInfo.kt").read_text(encoding="utf-8")
    folder.mkdir(exist_ok=True)
    path = folder / f"ModelInfo{number}.kt"
    path.write_text(
        re.sub(r"^package vision$", f"package vision{number}", text, count=1, flags=re.MULTILINE),
        encoding="utf-8",
    )
    return path


def printed(folder: Path, constants: Sequence[Path], what: str) -> list[str]:
    """Compile constants and return what they say, as text."""
    puts = "\n".join(f"    put(vision{number}.ModelInfo.{what})" for number in range(len(constants)))
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
    kotlinc([*constants, main], folder / "classes")
    return read_back(run_java("MainKt", folder / "classes"))


def test_one_class_is_enough(tmp_path: Path) -> None:
    """A model of one class, with and without a name."""
    constants = []
    model = tmp_path / "model"
    model.mkdir()
    write_program(model / "model.pte", 1)
    for number, name in enumerate(("only", "")):
        write_metadata(model, {"task": "detect", "imgsz": [160, 192], "stride": 32, "names": {0: name}})
        made = new(model, tmp_path / f"app{number}", "--name", "one")
        assert "1 class," in (made / "README.md").read_text()
        constants.append(renamed(made, number, tmp_path / "kotlin"))
    assert printed(tmp_path, constants, "CLASS_NAMES.toList()") == ["[only]", "[]"]


# --- Gradle ---


def test_the_gradle_files_are_kotlin(project: Path, tmp_path: Path) -> None:
    """Every Kotlin file parses and is in style, says ktlint; a missing bracket it sees."""
    scripts = [name for name in list_files(project) if name.endswith(".kts")]
    assert sorted(scripts) == [
        "app/build.gradle.kts",
        "build.gradle.kts",
        "settings.gradle.kts",
        "vision/build.gradle.kts",
    ]
    assert ktlint(project, "**/*.kts", "**/*.kt") == ""
    broken = tmp_path / "build.gradle.kts"
    broken.write_text(texts(project)["app/build.gradle.kts"].replace("}\n", "\n", 1))
    assert "Not a valid Kotlin file" in ktlint(tmp_path, "build.gradle.kts")


def catalog(project: Path) -> dict[str, Any]:
    return tomllib.loads(texts(project)["gradle/libs.versions.toml"])


def test_the_catalog_holds_what_the_scripts_use(project: Path) -> None:
    """Every alias that a script names is there, every one that is there is used, every version too."""
    found = catalog(project)
    scripts = "\n".join(text for name, text in texts(project).items() if name.endswith(".kts"))
    scripts = re.sub(r"//.*", "", scripts)
    used = set(re.findall(r"\blibs\.([\w.]+?)(?:\.get\(\)|\)|$)", scripts, flags=re.MULTILINE))
    libraries = {name.replace("-", ".") for name in found["libraries"]}
    plugins = {"plugins." + name.replace("-", ".") for name in found["plugins"]}
    asked = {name for name in used if name.startswith("versions.")}
    assert used - asked == libraries | plugins
    entries = [*found["libraries"].values(), *found["plugins"].values()]
    referred = {entry["version"]["ref"] for entry in entries}
    assert referred | {name.removeprefix("versions.") for name in asked} == set(found["versions"])
    assert asked == {"versions.compileSdk", "versions.minSdk", "versions.targetSdk"}


def test_the_versions_are_the_pinned_ones(project: Path) -> None:
    """The runtime is the exporter's release; Gradle is downloaded by its digest."""
    found = catalog(project)
    assert found["versions"]["executorch"] == pins.EXECUTORCH
    assert found["libraries"]["executorch-android"]["module"] == "org.pytorch:executorch-android"
    assert set(found["versions"].values()) <= set(pins.ANDROID.values())
    lines = texts(project)["gradle/wrapper/gradle-wrapper.properties"].splitlines()
    properties = dict(line.split("=", 1) for line in lines)
    assert properties["distributionSha256Sum"] == pins.ANDROID["gradle_sha256"]
    version = pins.ANDROID["gradle"]
    assert (
        properties["distributionUrl"]
        == f"https\\://services.gradle.org/distributions/gradle-{version}-bin.zip"
    )


def test_the_wrapper_is_gradles(project: Path) -> None:
    """Byte for byte the jar that Gradle publishes a digest of; scripts that run where they should."""
    jar = (project / "gradle/wrapper/gradle-wrapper.jar").read_bytes()
    assert hashlib.sha256(jar).hexdigest() == pins.ANDROID["wrapper_sha256"]
    assert (project / "gradlew").stat().st_mode & 0o111 == 0o111
    assert [name for name in list_files(project) if (project / name).stat().st_mode & 0o100] == ["gradlew"]


def test_the_scripts_say_what_was_asked_for(project: Path) -> None:
    """The package, R8, the ABIs, the uncompressed model, and where the tests find the vectors."""
    app = texts(project)["app/build.gradle.kts"]
    for line in (
        'namespace = "in.co.birds"',
        'applicationId = "in.co.birds"',
        "isMinifyEnabled = true",
        "isShrinkResources = true",
        'abiFilters += listOf("arm64-v8a", "x86_64")',
        'noCompress += "pte"',
    ):
        assert re.search(rf"^ +{re.escape(line)}(?: //.*)?$", app, re.MULTILINE), line
    assert "kotlin.android" not in app  # built into the Android plugin
    assert 'systemProperty("vectors", ' in texts(project)["vision/build.gradle.kts"]


def test_the_workflow_runs_what_gradle_knows(project: Path) -> None:
    """GitHub's file is YAML; it builds, tests, and tests on an emulator."""
    workflow = yaml.safe_load(texts(project)[".github/workflows/android.yml"])
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    commands = " ".join(step.get("run", "") + step.get("with", {}).get("script", "") for step in steps)
    for task in ("test", "assembleDebug", "assembleRelease", "connectedDebugAndroidTest"):
        assert re.search(rf"\./gradlew [^\n]*\b{task}\b", commands), task


# --- the self-check's vectors ---


def sample_of(project: Path) -> Path:
    return project / "app/src/main/assets/vectors"


def deflated(folder: Path) -> int:
    return sum(len(zlib.compress(path.read_bytes())) for path in folder.iterdir())


def pictures_of(folder: Path) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """Return every picture's entry and its arrays."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    types = {"u8": np.uint8, "u32": np.uint32, "f32": np.float32}
    found = []
    for entry in index["pictures"]:
        data = (folder / entry["file"]).read_bytes()
        arrays = {
            name: np.frombuffer(
                data, types[place["dtype"]], int(np.prod(place["shape"])), place["offset"]
            ).reshape(place["shape"])
            for name, place in entry["arrays"].items()
        }
        found.append((entry, arrays))
    return found


def hold_against_the_whole(sample: Path, vectors: Path) -> int:
    """Find every number of a sample in the whole vectors; return how many candidates are left out."""
    whole = {entry["file"]: arrays for entry, arrays in pictures_of(vectors)}
    left_out = 0
    for entry, arrays in pictures_of(sample):
        full = whole[entry["file"]]
        assert arrays.keys() == full.keys()
        chosen = np.isin(full["decode.candidate"], arrays["decode.candidate"])
        left_out += np.count_nonzero(~chosen)
        assert full["decode.score"][~chosen].max(initial=0) <= arrays["decode.score"].min()
        for name, array in arrays.items():
            if name.startswith("decode."):
                np.testing.assert_array_equal(array, full[name][chosen])
            elif name.startswith("raw.row."):
                rows = np.isin(full["raw.row.candidate"], arrays["raw.row.candidate"])
                np.testing.assert_array_equal(array, full[name][rows])
            elif name != "nms.keep":
                np.testing.assert_array_equal(array, full[name])
        kept = nms(
            arrays["decode.box"], arrays["decode.score"], arrays["decode.class"].astype(np.int64),
            entry["iou"], entry["max_det"], entry["agnostic"],
        )  # fmt: skip
        np.testing.assert_array_equal(arrays["nms.keep"], kept)
        assert len(kept) > 0
    return left_out


@pytest.mark.parametrize("which", ["project", "many_project"])
def test_the_sample_is_small_and_sound(which: str, request: pytest.FixtureRequest) -> None:
    """At most 128 KB in an APK, three pictures or more, and some with boxes if there are any."""
    project = request.getfixturevalue(which)
    assert 0 < deflated(sample_of(project)) <= 128 * 1024
    hold_against_the_whole(sample_of(project), project / "vectors")
    sample, whole = pictures_of(sample_of(project)), pictures_of(project / "vectors")
    assert len(sample) >= 3
    with_boxes = [any(len(arrays.get("boxes.class", ())) for _, arrays in each) for each in (sample, whole)]
    assert with_boxes[0] == with_boxes[1]


@pytest.mark.parametrize("most", [90_000, 75_000, 60_000, 40_000])
def test_a_smaller_sample_is_sound_too(project: Path, tmp_path: Path, most: int) -> None:
    """Of fewer candidates, the best ones: NMS in numpy keeps of them what the sample says."""
    write_sample(project / "vectors", tmp_path / "sample", most)
    assert 0 < deflated(tmp_path / "sample") <= most
    assert hold_against_the_whole(tmp_path / "sample", project / "vectors") > 0


def test_pictures_with_boxes_come_first(project: Path, tmp_path: Path) -> None:
    """Also where the smallest picture shows nothing."""
    vectors = Path(shutil.copytree(project / "vectors", tmp_path / "vectors"))
    index = json.loads((vectors / "index.json").read_text(encoding="utf-8"))
    smallest = min(index["pictures"], key=lambda entry: (vectors / entry["file"]).stat().st_size)
    for name in ("box", "score", "class"):
        smallest["arrays"][f"boxes.{name}"]["shape"][0] = 0
    (vectors / "index.json").write_text(json.dumps(index), encoding="utf-8")
    write_sample(vectors, tmp_path / "sample", 1)
    ((entry, arrays),) = pictures_of(tmp_path / "sample")
    assert entry["file"] != smallest["file"]
    assert len(arrays["boxes.class"]) > 0


def test_the_sample_has_a_picture_however_small_it_is_to_be(project: Path, tmp_path: Path) -> None:
    """The smallest one that shows something, with its best candidate."""
    write_sample(project / "vectors", tmp_path / "sample", 1)
    ((_, arrays),) = pictures_of(tmp_path / "sample")
    assert len(arrays["decode.score"]) == 1
    assert len(arrays["boxes.class"]) > 0


@pytest.mark.parametrize("damage", ["shape", "dtype", "cut"])
def test_damaged_vectors_are_no_bug(exported: Path, tmp_path: Path, damage: str) -> None:
    """Exit code 3, and nothing is written."""
    index = exported / "vectors" / "index.json"
    content = json.loads(index.read_text())
    place = content["pictures"][0]["arrays"]["nms.keep"]
    if damage == "cut":
        content["pictures"][0]["arrays"]["decode.score"]["offset"] = 10**9
    else:
        place[damage] = {"shape": "many", "dtype": "f99"}[damage]
    index.write_text(json.dumps(content))
    refused(3, tmp_path, "new", *ANDROID, "--model", exported, "--output", "app", says=("golden vectors",))


# --- the icon ---


def test_the_icon_stands_out() -> None:
    """White on each of the colours has a contrast of 4.5 or more (WCAG)."""
    for color in icon.COLORS:
        channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert 1.05 / (luminance + 0.05) >= 4.5, color


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("Bird Finder", "B"), ("birds", "B"), ('"quoted"', "Q"), ("😀 app", "A"), ("7up", "7"), ("Élan", "E"),
        ("e\u0301lan", "E"), ("ßa", "S"), ("\ufb01ne", "F"), ("犬", ""), ("שלום", ""), ("😀", ""), ("--", ""),
    ],
)  # fmt: skip
def test_the_icons_letter(name: str, letter: str) -> None:
    """The first letter or digit that our font has, else a symbol."""
    assert icon.design(name).letter == letter
    assert icon.design(name) == icon.design(name)


@pytest.mark.parametrize("letter", [*"ABGIJMQWgj7"])
def test_the_letter_lies_in_the_middle(letter: str, tmp_path: Path) -> None:
    """Within the box that is drawn around it, in every density, in few bytes."""
    icon.draw_letter(icon.Icon("#000000", letter), tmp_path)
    total = 0
    for density, scale in icon.DENSITIES.items():
        path = tmp_path / f"drawable-{density}" / icon.LETTER_FILE
        total += path.stat().st_size
        with Image.open(path) as image:
            assert image.size == (round(108 * scale), round(108 * scale))
            box = image.getchannel("A").getbbox()
        assert box is not None
        left, top, right, bottom = (value / scale for value in box)
        assert left > 36
        assert top > 36
        assert right < 72
        assert bottom < 72
        assert abs((left + right) / 2 - 54) < 2
        assert abs((top + bottom) / 2 - 54) < 2
    assert total < 10_000


def test_an_app_has_the_icon_of_its_name(project: Path, tiny_export: Path, tmp_path: Path) -> None:
    """A letter where there is one, an eye where there is none: each under the one name that is asked for."""
    resources = project / "app/src/main/res"
    assert 'android:drawable="@drawable/ic_launcher_sign"' in (
        resources / "drawable/ic_launcher_foreground.xml"
    ).read_text(encoding="utf-8")
    assert len(list(resources.glob("drawable-*/ic_launcher_sign.png"))) == 5
    assert not (resources / "drawable/ic_launcher_sign.xml").exists()
    color = icon.design('Größe 犬 "$x"').color
    assert color in (resources / "drawable/ic_launcher_background.xml").read_text(encoding="utf-8")
    resources = new(tiny_export, tmp_path / "app", "--name", "犬") / "app/src/main/res"
    assert (resources / "drawable/ic_launcher_sign.xml").is_file()
    assert not list(resources.glob("drawable-*"))


# --- options ---


def test_two_targets_come_from_one_export(exported: Path, tmp_path: Path) -> None:
    """A folder each, the same model and the same vectors; `all` is every target."""
    both = ("--target", "android", "--target", "linux-cpp", "--package", "a.b")
    edgegen("new", "--model", exported, *both, "--output", "birds").ok()
    assert sorted(path.name for path in Path("birds").iterdir()) == ["android", "linux-cpp"]
    model = Path("birds/android", android.TARGET.model_dir, "model.pte")
    assert model.read_bytes() == Path("birds/linux-cpp/model/model.pte").read_bytes()
    assert snapshot(Path("birds/android/vectors")) == snapshot(Path("birds/linux-cpp/vectors"))
    edgegen("new", "--model", exported, "--target", "all", "--package", "a.b", "--output", "every").ok()
    assert list_files(Path("every")) == list_files(Path("birds"))
    assert record(Path("every/linux-cpp"))["target"] == "linux-cpp"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--target", "android", "--package", "birds"), ("two parts", "org.example.birds")),
        (("--target", "android", "--package", "org.my-birds"), ("'my-birds'", "org.my_birds")),
        (("--target", "android", "--package", "org.class"), ("'class'", "org.class_app")),
        (("--target", "android", "--package", ""), ("empty", "org.example.app")),
        (("--target", "linux-cpp", "--package", "a.b"), ("--package", "--target android")),
        (("--target", "linux-cpp", "--ci", "github"), ("--ci", "--target android")),
        (("--target", "android", "--ci", "gitlab"), ("'gitlab'", "github")),
        (("--target", "android", "--target", "windows"), ("'windows'", "android")),
    ],
)
def test_wrong_options_are_refused(
    exported: Path, tmp_path: Path, options: tuple[str, ...], says: tuple[str, ...]
) -> None:
    """Exit code 2, what is wrong, what to type instead, and nothing on disk."""
    refused(2, tmp_path, "new", "--model", exported, "--output", "app", *options, says=says)


def test_a_project_of_another_target_is_not_replaced(exported: Path, tmp_path: Path) -> None:
    """The message says what to do; one of the ways is one."""
    edgegen("new", "--target", "linux-cpp", "--model", exported, "--output", "app").ok()
    command = ("new", *ANDROID, "--model", exported, "--output", "app")
    refused(3, tmp_path, *command, says=("another target: linux-cpp", "--output", "--force"))
    edgegen(*command, "--force").ok()
    assert not Path("app/CMakeLists.txt").exists()
    assert record(Path("app"))["target"] == "android"


def test_two_targets_do_not_go_into_a_project(exported: Path, tmp_path: Path) -> None:
    """birds/ is an older project: birds/android in it would be a project in a project."""
    edgegen("new", "--target", "linux-cpp", "--model", exported, "--output", "birds").ok()
    command = ("new", "--model", exported, "--target", "all", "--output", "birds")
    refused(3, tmp_path, *command, says=("itself a project (linux-cpp)", "--output", "--force"))


def test_an_older_project_is_replaced_and_an_edited_one_is_not(exported: Path, tmp_path: Path) -> None:
    """What building leaves behind is nobody's edit; another package's folders go."""
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
    refused(3, tmp_path, *command, says=("was edited", "two/MainActivity.kt", "--force"))


def test_pretending_lists_the_whole_project(exported: Path, tmp_path: Path) -> None:
    """Icon, sample and package folders too; nothing is written."""
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


def test_what_to_type_next(exported: Path, tmp_path: Path) -> None:
    """The folder, quoted for a shell, and Gradle's commands."""
    out = edgegen("new", *ANDROID, "--model", exported, "--output", "my birds").ok().out
    assert "\nAn android project of" in out
    assert "    cd 'my birds'\n" in out
    assert "    ./gradlew test\n" in out
