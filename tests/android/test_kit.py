"""Tests of the kit that verifies Android projects: its stubs, compiler, readers and installation."""

import json
import shutil
import signal
import subprocess
import zipfile
from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
from edgegen_kits.android import debian_source, dex, floor, public_names, recipe, stubs
from edgegen_kits.android.app_build import APP_FLAGS
from edgegen_kits.android.class_reader import Member
from edgegen_kits.android.compiler import Compilation, Compiler
from edgegen_kits.android.constants import parse_constant
from edgegen_kits.android.kit import Kit
from edgegen_kits.common.commands import Commands
from edgegen_kits.common.recipe import STAMP
from tests.helpers.support import PATIENCE, children_of, edgegen, start, wait_until
from tests.helpers.tools import missing

# In the format of api/current.txt, with its difficult cases.
API_LIST = """\
// Signature format: 2.0
package android.example {

  public abstract class Shape<T extends Number & Comparable<T>> implements java.util.List<T> {
    ctor protected Shape(@Nullable T, int...);
    method protected abstract <A> A[] map(@NonNull java.util.Map<String,T>, A[]) throws InterruptedException;
    method @Deprecated public static final int count();
    field public static final String NAME = "a \\"shape\\" \\u00e9";
    field public static final float NONE = (0.0f/0.0f);
    field public static final long MANY = 9000000000L; // 0x218711a00L
    field public static final char LETTER = 65; // 0x0041 'A'
    field protected int size;
  }

  public class Shape.Corner {
    ctor public Shape.Corner(int);
  }

  public static interface Shape.Listener {
    method public void onChanged(@NonNull android.example.Shape<?>);
    method public default int priority();
    field public static final int ALWAYS = 1; // 0x1
  }

  public enum Color {
    enum_constant public static final android.example.Color RED;
  }

  public @interface Marked {
  }

}
package java.lang {

  public class Object {
    ctor public Object();
  }

  public final class String {
  }

  public abstract class Number {
  }

  public interface Comparable<T> {
  }

}
package java.util {

  public interface List<E> {
  }

  public interface Map<K, V> {
  }

}
package java.lang.annotation {

  public interface Annotation {
  }

}
"""
USER = """\
package user;
import android.example.*;
import java.util.Map;
abstract class Square extends Shape<Integer> {
    Square() { super(null, 1, 2); size = (int) MANY; }
    @Override protected <A> A[] map(Map<String, Integer> from, A[] to) throws InterruptedException {
        Shape.Listener listener = shape -> System.out.println(NAME + LETTER + shape + count());
        System.out.println(Color.valueOf("RED") == Color.RED);
        listener.onChanged(this);
        new Corner(listener.priority() + Shape.Listener.ALWAYS);
        return Float.isNaN(NONE) ? to : null;
    }
}
@Marked class Circle {}
"""


@pytest.fixture
def api_list(tmp_path: Path) -> Path:
    path = tmp_path / "current.txt"
    path.write_text(API_LIST, encoding="utf-8")
    return path


def android_classes_only(jar: Path) -> None:
    """Remove java.* from a jar, because javac has these classes."""
    with zipfile.ZipFile(jar) as archive:
        kept = {name: archive.read(name) for name in archive.namelist() if name.startswith("android/")}
    with zipfile.ZipFile(jar, "w") as archive:
        for name, content in kept.items():
            archive.writestr(name, content)


def run(*command: object) -> str:
    """Run a program of the JDK."""
    if shutil.which(str(command[0])) is None:
        missing(str(command[0]))
    answer = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.mark.full
def test_javac_compiles_against_stubs(api_list: Path, tmp_path: Path) -> None:
    """The stubs keep generics, inner classes, enums, constants, exceptions and default methods."""
    jar = tmp_path / "stubs.jar"
    stubs.write_jar(api_list, jar)
    android_classes_only(jar)
    (tmp_path / "Square.java").write_text(USER.replace("abstract class", "public abstract class"), "utf-8")
    run("javac", "-Xlint:all,-options,-try", "-cp", jar, "-d", tmp_path / "out", tmp_path / "Square.java")
    said = run("javap", "-v", "-cp", jar, "android.example.Shape")
    assert "RuntimeInvisibleParameterAnnotations" in said
    assert "android.annotation.Nullable" in said
    assert "Deprecated: true" in said
    with zipfile.ZipFile(jar) as archive:
        assert 'a "shape" é'.encode() in archive.read("android/example/Shape.class")
    assert "float NaNf" in said


def test_stubs_of_an_older_release_lack_later_members_and_classes(api_list: Path, tmp_path: Path) -> None:
    """Constants may stay, because the compiler copies them."""
    older, jar = tmp_path / "older.jar", tmp_path / "stubs.jar"
    text = API_LIST.replace("    method @Deprecated public static final int count();\n", "")
    text = text.replace("  public @interface Marked {\n  }\n", "")
    (tmp_path / "older.txt").write_text(text, encoding="utf-8")
    stubs.write_jar(tmp_path / "older.txt", older)
    stubs.write_jar(api_list, jar, older)
    with zipfile.ZipFile(jar) as archive:
        assert "android/example/Marked.class" not in archive.namelist()
        assert "android/example/Shape$Corner.class" in archive.namelist()
        shape = archive.read("android/example/Shape.class")
    assert b"count" not in shape
    assert b"MANY" in shape


@pytest.mark.parametrize(
    ("text", "value"),
    [("(1.0f/0.0f)", float("inf")), ("(-1.0/0.0)", float("-inf")), ("3.4028235E38f", 3.4028235e38)],
)
def test_parse_constant_reads_javas_infinities_and_exponents(text: str, value: float) -> None:
    assert parse_constant("D", text) == value


@pytest.mark.full
def test_stubs_contain_the_classes_of_their_api_level(android_kit: Kit) -> None:
    """The stubs of API 26 have no class that came with 28 or later."""
    with zipfile.ZipFile(android_kit.stubs) as archive:
        newest = set(archive.namelist())
    with zipfile.ZipFile(android_kit.floor_stubs) as archive:
        oldest = set(archive.namelist())
    came_with_28, came_with_36 = "android/graphics/ImageDecoder", "android/media/quality/MediaQualityManager"
    assert {f"{came_with_28}.class", f"{came_with_36}.class"} <= newest - oldest
    assert {"android/view/View.class", "android/media/ExifInterface.class"} <= oldest


@pytest.mark.full
def test_stubs_have_public_and_protected_members_and_no_hidden_ones(android_kit: Kit) -> None:
    """Constants and newer members of java.* are included."""
    stubs_ = floor.Classes([android_kit.stubs])

    def names(of: str) -> set[str]:
        found = stubs_.find(of)
        assert found is not None, of
        return {name for name, _ in found.members}

    assert stubs_.has(Member("android/app/Activity", "getDisplay", "()Landroid/view/Display;"))
    assert {"getDisplay", "getAttributionTag"} <= names("android/content/Context")
    assert {"onCreate", "isInPictureInPictureMode"} <= names("android/app/Activity")
    assert names("android/app/Activity").isdisjoint({"mMainThread", "getActivityToken", "attach"})
    assert names("android/content/Context").isdisjoint({"getUser", "createApplicationContext"})
    assert {"BAKLAVA", "Q"} <= names("android/os/Build$VERSION_CODES")
    assert "of" in names("java/util/List")
    assert stubs_.find("android/app/ActivityThread") is None
    # In java.*, overrides with a narrower result exist only in this JDK.
    clear = [member for member in stubs_.find("java/nio/Buffer").members if member[0] == "clear"]
    assert clear == [("clear", "()Ljava/nio/Buffer;")]
    assert "clear" not in names("java/nio/ByteBuffer")


DECLARATIONS = """\
declare module android {
\texport module view {
\t\texport abstract class Shape<T>  extends java.lang.Object {
\t\t\tpublic static class: java.lang.Class<android.view.Shape<any>>;
\t\t\t/** @since 36
\t\t\t *  @deprecated Deprecated in API 37 */
\t\t\tpublic static SIZE: 4;
\t\t\tpublic constructor();
\t\t\tpublic function_(): void;
\t\t\tpublic draw(on: java.util.Map<string, number>, how: (a: number, b: any) => void): number;
\t\t}
\t\texport module Shape {
\t\t\texport class Listener extends java.lang.Object {
\t\t\t\tpublic constructor(implementation: {
\t\t\t\t\tonShape(shape: android.view.Shape<any>): void;
\t\t\t\t});
\t\t\t\tpublic onShape(shape: android.view.Shape<any>): void;
\t\t\t}
\t\t}
\t}
}
"""


def test_public_names_have_the_number_of_parameters() -> None:
    """Includes nested classes. Members of an anonymous implementation are left out."""
    shape, listener = "android/view/Shape", "android/view/Shape$Listener"
    assert list(public_names.read(DECLARATIONS.splitlines())) == [
        shape,
        f"{shape} class",
        f"{shape} SIZE",
        f"{shape} <init> 0",
        f"{shape} <init> 1",
        f"{shape} function 0",
        f"{shape} draw 2",
        listener,
        f"{listener} onShape 1",
    ]


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
    source = tmp_path / "Parcel.kt"
    text = (
        'fun uri(a: android.os.Bundle) = a.getParcelable<android.net.Uri>("uri")\n'
        "class Own : android.app.Activity() {\n    override fun onBackPressed() = finish()\n}\n"
    )
    source.write_text(text, encoding="utf-8")
    compilation = Compilation([source], [android_kit.stubs], tmp_path / "out", APP_FLAGS)
    with Commands() as commands, Compiler(android_kit, commands) as compiler:
        compiler.compile(compilation, "app/src/main")


@pytest.mark.full
def test_dex_read_returns_the_classes_and_members_of_the_class_files(
    android_kit: Kit, tmp_path: Path
) -> None:
    (tmp_path / "Pair.java").write_text(
        "class Pair<T> { T left, right; static int made; Pair() { made++; } T swap() { return left; }"
        " interface Maker { Pair<?> make(); } }"
    )
    run("javac", "--release", "8", "-Xlint:-options", "-d", tmp_path / "out", tmp_path / "Pair.java")
    classes = sorted((tmp_path / "out").glob("*.class"))
    run(
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
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
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
