"""Tests of the Gradle files in an Android project, read with independent parsers."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgegen.base import pins
from edgegen_kits.android.kit import COMPILE, FLOOR, TARGET
from tests.helpers.android_tools import ktlint
from tests.helpers.hard_android import new, project, texts
from tests.helpers.mutating import copy_of
from tests.helpers.support import list_files

pytestmark = pytest.mark.full

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["project"]


def test_ktlint_accepts_the_gradle_files_and_notices_a_missing_bracket(project: Path, tmp_path: Path) -> None:
    scripts = [name for name in list_files(project) if name.endswith(".kts")]
    assert sorted(scripts) == [
        "app/build.gradle.kts",
        "build.gradle.kts",
        "parity/build.gradle.kts",
        "settings.gradle.kts",
        "vision/build.gradle.kts",
    ]
    copy = copy_of(project, tmp_path)
    broken = copy / "broken.gradle.kts"
    broken.write_text(texts(project)["app/build.gradle.kts"].replace("}\n", "\n", 1))
    messages = ktlint(copy, "**/*.kts", "**/*.kt")
    assert "Not a valid Kotlin file" in messages
    assert set(re.findall(r"^(\S+):\d+:\d+: ", messages, re.MULTILINE)) == {broken.name}


def catalog(project: Path) -> dict[str, Any]:
    return tomllib.loads(texts(project)["gradle/libs.versions.toml"])


def test_version_catalog_has_exactly_the_aliases_that_the_scripts_use(
    project: Path, tiny_export: Path, tmp_path: Path
) -> None:
    """The same holds for its versions. A starter has no tests of its app, and no libraries for them."""
    starter = new(tiny_export, tmp_path / "starter", "--app", "starter")
    for each in (project, starter):
        check_catalog(each)
    libraries = catalog(project)["libraries"].keys() - catalog(starter)["libraries"].keys()
    assert libraries == {"androidx-lifecycle-viewmodel-savedstate", "robolectric"}
    assert not re.search(r"\btestImplementation\b", texts(starter)["app/build.gradle.kts"])


def check_catalog(project: Path) -> None:
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


def test_gitignore_excludes_gradle_outputs_and_no_project_file(project: Path, tmp_path: Path) -> None:
    """Includes the build folder of each module in settings.gradle.kts."""
    modules = re.findall(r'^include\(":(\w+)"\)', texts(project)["settings.gradle.kts"], re.MULTILINE)
    assert sorted(modules) == ["app", "parity", "vision"]
    written = [f"{module}/build/a.class" for module in modules]
    written += [".gradle/a", ".kotlin/a", ".idea/a.xml", "build/a", "local.properties", "app/key.jks"]
    shutil.copy(project / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    command = ["git", "-C", tmp_path, "check-ignore", "--stdin"]
    asked = "\n".join([*written, *list_files(project)])
    answer = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)
    assert sorted(answer.stdout.splitlines()) == sorted(written)


def test_version_catalog_and_wrapper_have_the_pinned_versions(project: Path) -> None:
    """ExecuTorch is the exporter's release. The Gradle download has a SHA-256."""
    found = catalog(project)
    assert found["versions"]["executorch"] == pins.EXECUTORCH
    assert found["libraries"]["executorch-android"]["module"] == "org.pytorch:executorch-android"
    assert set(found["versions"].values()) <= set(pins.ANDROID.values())
    # The kit compiles against the same SDK as Gradle.
    kit_levels = (str(COMPILE), str(TARGET), str(FLOOR))
    assert kit_levels == tuple(found["versions"][f"{name}Sdk"] for name in ("compile", "target", "min"))
    lines = texts(project)["gradle/wrapper/gradle-wrapper.properties"].splitlines()
    properties = dict(line.split("=", 1) for line in lines)
    assert properties["distributionSha256Sum"] == pins.ANDROID["gradle_sha256"]
    version = pins.ANDROID["gradle"]
    assert (
        properties["distributionUrl"]
        == f"https\\://services.gradle.org/distributions/gradle-{version}-bin.zip"
    )


def test_gradle_wrapper_is_the_published_jar_and_only_gradlew_is_executable(project: Path) -> None:
    jar = (project / "gradle/wrapper/gradle-wrapper.jar").read_bytes()
    assert hashlib.sha256(jar).hexdigest() == pins.ANDROID["wrapper_sha256"]
    assert (project / "gradlew").stat().st_mode & 0o111 == 0o111
    assert [name for name in list_files(project) if (project / name).stat().st_mode & 0o100] == ["gradlew"]


def test_gradle_scripts_have_package_r8_and_abis(project: Path) -> None:
    """They also name the folder of the golden vectors."""
    app = texts(project)["app/build.gradle.kts"]
    for line in (
        'namespace = "in.co.birds"',
        'applicationId = "in.co.birds"',
        "isMinifyEnabled = true",
        "isShrinkResources = true",
        'abiFilters += listOf("arm64-v8a", "x86_64")',
    ):
        assert re.search(rf"^ +{re.escape(line)}(?: //.*)?$", app, re.MULTILINE), line
    assert "kotlin.android" not in app  # built into the Android plugin
    assert 'systemProperty("vectors", ' in texts(project)["parity/build.gradle.kts"]


def test_workflow_runs_gradle_tests_lint_builds_and_emulator_tests(project: Path) -> None:
    workflow = yaml.safe_load(texts(project)[".github/workflows/android.yml"])
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    commands = " ".join(step.get("run", "") + step.get("with", {}).get("script", "") for step in steps)
    assert re.search(r"zipalign\S* -c -P 16 4", commands)
    for task in ("test", "lint", "assembleDebug", "assembleRelease", "connectedDebugAndroidTest"):
        assert re.search(rf"\./gradlew [^\n]*\b{task}\b", commands), task
