"""Tests of the kit that verifies Android projects: its compiler, programs and installation."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
from edgegen_kits.android import compiler, debian_source, dex, recipe
from edgegen_kits.android.app_build import APP_FLAGS
from edgegen_kits.android.compiler import Compilation, Compiler
from edgegen_kits.android.jvm import start as jvm_start  # before the tests' JVMs are kept
from edgegen_kits.android.kit import Kit
from edgegen_kits.common.commands import Commands
from edgegen_kits.common.recipe import STAMP
from tests.helpers.android_tools import run_jdk
from tests.helpers.support import PATIENCE, children_of, edgegen, start, wait_until
from tests.helpers.tools import missing


def compile_as_app(kit: Kit, source: Path, text: str, classpath: list[Path]) -> None:
    """Compile a file with the flags of an app; ToolchainError if that fails."""
    source.write_text(text, encoding="utf-8")
    with Commands() as commands, Compiler(kit, commands) as compiler:
        compiler.compile(Compilation([source], classpath, source.parent / "out", APP_FLAGS), "app/src/main")


@pytest.mark.full
def test_compiler_reports_a_warning_as_an_error_with_file_and_line(android_kit: Kit, tmp_path: Path) -> None:
    """The message has the compiler's words and no call stack."""
    source = tmp_path / "Unused.kt"
    source.write_text('fun name(): String = "a" as String\n', encoding="utf-8")
    with Commands() as commands, Compiler(android_kit, commands) as compiler:
        with pytest.raises(ToolchainError) as caught:
            compiler.compile(Compilation([source], [], tmp_path / "out", ("-Werror",)), "app/src/main")
        assert caught.value.message.startswith("app/src/main does not compile:\n")
        assert "Unused.kt:1:" in caught.value.message
        assert "warning" in caught.value.message
        assert "\tat " not in caught.value.message
        source.write_text('fun name(): String = "a"\n', encoding="utf-8")
        compiler.compile(Compilation([source], [], tmp_path / "out", ("-Werror",)), "app/src/main")
    assert (tmp_path / "out" / "UnusedKt.class").is_file()


@pytest.mark.full
def test_compiler_accepts_calls_that_a_newer_android_deprecates(android_kit: Kit, tmp_path: Path) -> None:
    """An app for Android 8 has no alternative, and Gradle only warns. Overrides are accepted too."""
    text = (
        'fun uri(a: android.os.Bundle) = a.getParcelable<android.net.Uri>("uri")\n'
        "class Own : android.app.Activity() {\n    override fun onBackPressed() = finish()\n}\n"
    )
    compile_as_app(android_kit, tmp_path / "Parcel.kt", text, [android_kit.stubs])


@pytest.mark.full
def test_compiler_rejects_kotlin_that_only_todays_sdk_rejects(android_kit: Kit, tmp_path: Path) -> None:
    """Older releases have no `Context.getDisplay()` that the property would override."""
    text = (
        "import androidx.activity.ComponentActivity\nimport androidx.core.content.ContextCompat\n\n"
        "abstract class Panel : ComponentActivity() {\n"
        "    private val display get() = ContextCompat.getDisplayOrDefault(this)\n}\n"
    )
    classpath = [android_kit.stubs, *android_kit.libraries]
    with pytest.raises(ToolchainError) as caught:
        compile_as_app(android_kit, tmp_path / "Panel.kt", text, classpath)
    assert "Panel.kt:5:" in caught.value.message
    assert "accidental override" in caught.value.message
    assert "getDisplay()" in caught.value.message


def test_compiler_that_fails_without_an_error_line_has_its_output_reported() -> None:
    """As one does that runs out of memory."""
    assert compiler._format_errors("Killed\n") == "Killed"


@pytest.mark.full
def test_jvm_is_started_from_the_archive_that_the_first_one_wrote(android_kit: Kit, tmp_path: Path) -> None:
    """A changed class path makes another entry, and the old one is deleted."""
    cache, jar = tmp_path / "jvm-cache", tmp_path / "r8.jar"
    shutil.copy(android_kit.r8, jar)

    def run() -> tuple[Path, bool]:
        with Commands() as commands:
            jvm_start(commands, cache, "ShrinkServer.java", [jar]).close()
            running = jvm_start(commands, cache, "ShrinkServer.java", [jar])
            command = " ".join(map(str, running._running.args))
            running.close()
        (entry,) = cache.iterdir()
        assert {path.name for path in entry.iterdir()} == {"program.jar", "classes.jsa"}
        return entry, f"-XX:SharedArchiveFile={entry}" in command

    first, uses_archive = run()
    assert uses_archive
    os.utime(jar, (1, 1))
    second, uses_archive = run()
    assert uses_archive
    assert second != first


@pytest.mark.full
def test_jvm_without_a_writable_cache_is_started_from_the_source(android_kit: Kit, tmp_path: Path) -> None:
    arguments = tmp_path / "arguments"
    arguments.write_text("-version\n")
    with Commands() as commands:
        cache = arguments / "jvm-cache"
        running = jvm_start(commands, cache, "CompileServer.java", android_kit.compiler)
        assert running.ask(f"{arguments}\n").startswith("0 ")
        running.close()


@pytest.mark.full
def test_dex_read_returns_the_classes_and_members_of_the_class_files(
    android_kit: Kit, tmp_path: Path
) -> None:
    (tmp_path / "Pair.java").write_text(
        "class Pair<T> { T left, right; static int made; Pair() { made++; } T swap() { return left; }"
        " interface Maker { Pair<?> make(); } }"
    )
    run_jdk("javac", "--release", "8", "-Xlint:-options", "-d", tmp_path / "out", tmp_path / "Pair.java")
    classes = sorted((tmp_path / "out").glob("*.class"))
    run_jdk(
        "java",
        "-cp",
        android_kit.r8,
        "com.android.tools.r8.D8",
        "--no-desugaring",
        "--output",
        tmp_path,
        *classes,
    )
    found = {each.name: each.members for each in dex.read((tmp_path / "classes.dex").read_bytes())}
    assert found.keys() == {"Pair", "Pair$Maker"}
    assert found["Pair"] == {"left", "right", "made", "<init>", "swap"}
    assert found["Pair$Maker"] == {"make"}
    with pytest.raises(ValueError, match="not a dex file"):
        list(dex.read(b"PK\3\4"))


def test_debian_source_that_is_missing_is_an_error_with_the_known_versions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if shutil.which("apt-get") is None:
        missing("apt-get")
    monkeypatch.setattr(debian_source, "VERSION", "10.0.1")
    with Commands() as commands, pytest.raises(ToolchainError) as caught:
        debian_source.fetch(tmp_path, commands)
    assert "no source package android-platform-frameworks-base 10.0.1 (it has: " in caught.value.message
    assert "Update edgegen" in caught.value.hint


def test_stop_ends_running_programs_and_prevents_new_ones() -> None:
    """Called when one of several programs fails, and on Ctrl-C."""
    commands = Commands()
    conversation = commands.start(["sleep", "600"])
    commands.stop()
    assert conversation._running.returncode == -signal.SIGTERM
    assert conversation.ask("anything\n") == ""
    with pytest.raises(ToolchainError, match="was not started"):
        commands.ask(["true"])


def test_ask_ends_a_program_at_the_timeout_and_returns_124() -> None:
    with Commands() as commands:
        said = commands.ask(["sleep", "60"], timeout=0.2)
    assert said.code == 124


# --- Installing the kit ---


def test_recipe_change_alters_only_the_digests_of_dependent_parts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Parts with an unchanged digest are not downloaded again."""
    before = recipe.digests()
    copy = Path(shutil.copytree(recipe.HERE, tmp_path / "kit", ignore=shutil.ignore_patterns("__pycache__")))
    monkeypatch.setattr(recipe, "HERE", copy)
    assert recipe.digests() == before
    (copy / "pom" / "libraries.xml").write_text("other")
    changed = {part for part, digest in recipe.digests().items() if digest != before[part]}
    assert changed == {"libraries", "resources", "doubles"}


@pytest.fixture
def home(android_kit: Kit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a home with a kit that a test may change: its files are hard links to the real kit's."""
    folder = tmp_path / "home"
    try:
        shutil.copytree(
            android_kit.folder, folder / "android", copy_function=lambda a, b: Path(b).hardlink_to(a)
        )
    except OSError:  # another file system
        shutil.copytree(android_kit.folder, folder / "android", dirs_exist_ok=True)
    monkeypatch.setenv("EDGEGEN_HOME", str(folder))
    return folder


def spoil(home: Path, part: str) -> None:
    """Make the stamp say that a part of the kit comes from another recipe."""
    stamp = home / "android" / STAMP
    content = json.loads(stamp.read_text())
    content["parts"][part] = "of another recipe"
    stamp.unlink()  # it is a hard link to the real kit's file
    stamp.write_text(json.dumps(content))


@pytest.mark.full
def test_install_rebuilds_only_the_outdated_part_of_the_kit(home: Path) -> None:
    """Doctor reports the kit as outdated before. The leftover folder of a killed process is removed."""
    spoil(home, "resources")
    (home / ".android.edgegen-tmp-leftover").mkdir()  # of a process that was killed
    answer = edgegen("doctor", "--target", "android", "--json")
    assert answer.code == 6
    problems = {row["problem"] for row in json.loads(answer.out)["tools"]}
    assert problems == {"", "made by another release of edgegen"}
    before = {path.name: path.stat().st_ino for path in (home / "android").iterdir() if path.is_file()}
    resources = next((home / "android" / "resources").iterdir()).stat().st_ino
    assert edgegen("doctor", "--target", "android", "--install").ok()
    after = {path.name: path.stat().st_ino for path in (home / "android").iterdir() if path.is_file()}
    assert {name for name in after if after[name] != before[name]} == {STAMP}
    assert next((home / "android" / "resources").iterdir()).stat().st_ino != resources
    assert sorted(path.name for path in home.iterdir()) == ["android", "android.lock"]


@pytest.mark.full
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.nightly)])
def test_interrupted_installation_keeps_the_old_kit_and_leaves_no_files(
    home: Path, number: signal.Signals
) -> None:
    """Its child processes have ended too."""
    for part in ("stubs", "doubles"):
        spoil(home, part)
    stamp = (home / "android" / STAMP).read_text()
    running = start("doctor", "--target", "android", "--install", folder=home)
    wait_until(lambda: list(home.glob(".android.edgegen-tmp-*/kit")), running)
    wait_until(lambda: children_of(running.pid), running)
    running.send_signal(number)
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130, out + err
    assert "Traceback" not in err
    assert sorted(path.name for path in home.iterdir()) == ["android", "android.lock"]
    assert (home / "android" / STAMP).read_text() == stamp
    assert (home / "android" / "android-36-stubs.jar").is_file()
