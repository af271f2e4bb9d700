"""Tests of the check that compiled classes use only what the oldest supported Android (API 26) has."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
from edgegen_kits.android import floor
from edgegen_kits.android.compiler import Compilation, Compiler
from edgegen_kits.android.kit import Kit
from edgegen_kits.common.commands import Commands

pytestmark = pytest.mark.full

Held = Callable[..., None]

NEWER_CLASS = """\
package app
import android.graphics.ImageDecoder
import java.io.File
fun decode(file: File) = ImageDecoder.decodeBitmap(ImageDecoder.createSource(file))
"""
LATER_INTERFACE = """\
package app
import android.media.MediaRecorder
fun end(recorder: MediaRecorder) = recorder.stop()
"""


@pytest.fixture
def held(android_kit: Kit, tmp_path: Path) -> Held:
    """Return a function that compiles files for the newest Android and checks them against the oldest."""

    def hold(files: dict[str, str], *, is_plain: bool = False) -> None:
        sources: Sequence[Path] = [tmp_path / name for name in files]
        for path, text in zip(sources, files.values(), strict=True):
            path.write_text(text, encoding="utf-8")
        classpath, out = [android_kit.stubs, *android_kit.libraries], tmp_path / "out"
        flags = () if is_plain else ("-no-jdk",)
        with Commands() as commands, Compiler(android_kit, commands) as compiler:
            compiler.compile(Compilation(sources, [] if is_plain else classpath, out, flags), "app")
        compiled, plain = ([], [out]) if is_plain else ([out], [])
        floor.check(android_kit, compiled, sources, android_kit.libraries, plain=plain)

    return hold


def refused(held: Held, files: dict[str, str], *, is_plain: bool = False) -> str:
    with pytest.raises(ToolchainError) as caught:
        held(files, is_plain=is_plain)
    assert "Android API 26 (minSdk) lacks these members" in caught.value.message
    assert "@RequiresApi" in caught.value.hint
    assert "removeAt(0)" in caught.value.hint
    return caught.value.message


def test_floor_rejects_a_newer_class_in_files_without_requires_api(held: Held) -> None:
    """The annotation exempts its own file only."""
    assert "Newer.kt:2: android.graphics.ImageDecoder\n" in refused(held, {"Newer.kt": NEWER_CLASS})
    looks = NEWER_CLASS.replace("fun decode", "@androidx.annotation.RequiresApi(28)\nfun decode")
    held({"Newer.kt": looks})
    other = NEWER_CLASS.replace("decode(", "read(")
    said = refused(held, {"Newer.kt": looks, "Other.kt": other})
    assert "Other.kt:2:" in said
    assert "Newer.kt" not in said


def test_floor_rejects_a_newer_member_and_names_file_and_line(held: Held) -> None:
    """Also for a class that later got another interface, and for a subclass in the app."""
    held({"Older.kt": LATER_INTERFACE})
    newer = LATER_INTERFACE.replace("end", "ask").replace("stop()", "activeMicrophones")
    said = refused(held, {"Older.kt": LATER_INTERFACE, "Newer.kt": newer})
    assert "Newer.kt:3: android.media.MediaRecorder.getActiveMicrophones\n" in said
    assert "Older.kt" not in said
    own = "package app\nclass Own(c: android.content.Context) : android.view.View(c)\n"
    held({"Own.kt": own + "fun tag(view: Own) = view.tag\n"})
    assert "Own.kt:3: app.Own.getUniqueDrawingId\n" in refused(
        held, {"Own.kt": own + "fun number(view: Own) = view.uniqueDrawingId\n"}
    )


def test_floor_rejects_java_list_members_that_hide_kotlins(held: Held) -> None:
    """Compiled for a later SDK, the line calls java.util.List.removeFirst of Android 15 and not Kotlin's.

    Modules without Android are compiled for Java 8, and call Kotlin's.
    """
    for call in ("removeFirst", "removeLast"):
        line = f"fun take(a: MutableList<String>) = a.{call}()\n"
        assert f"A.kt:2: java.util.List.{call}\n" in refused(held, {"A.kt": "package app\n" + line})
        held({"Plain.kt": "package app\n" + line}, is_plain=True)
    held({"B.kt": "package app\nfun take(a: ArrayDeque<String>) = a.removeFirst()\n"})
    held({"C.kt": "package app\nfun take(a: MutableList<String>) = a.removeAt(0)\n"})


def test_floor_rejects_a_newer_type_that_is_only_a_parameter_or_array_element(held: Held) -> None:
    package = "package app\n"
    assert "A.kt:2: android.graphics.ImageDecoder\n" in refused(
        held, {"A.kt": package + "fun take(decoder: android.graphics.ImageDecoder?) = decoder != null\n"}
    )
    assert "B.kt:2: android.graphics.ImageDecoder\n" in refused(
        held, {"B.kt": package + "fun make() = arrayOfNulls<android.graphics.ImageDecoder>(1)\n"}
    )


def test_floor_rejects_java_classes_and_members_that_android_lacks(held: Held) -> None:
    """In a module without Android: a class, a member, and a member with another result type on Android."""
    plain = (
        "package app\nimport java.lang.management.ManagementFactory\n"
        "fun name() = ManagementFactory.getRuntimeMXBean().name\n"
    )
    assert "A.kt:2: java.lang.management.ManagementFactory\n" in refused(held, {"A.kt": plain}, is_plain=True)
    later = "package app\nfun joined(a: List<String>) = java.util.List.copyOf(a)\n"
    assert "B.kt:2: java.util.List.copyOf\n" in refused(held, {"B.kt": later}, is_plain=True)
    turned = "package app\nfun turned(bytes: java.nio.ByteBuffer) = bytes.flip()\n"
    assert "C.kt:2: java.nio.ByteBuffer.flip\n" in refused(held, {"C.kt": turned}, is_plain=True)
    held({"D.kt": "package app\nfun sum(a: List<Int>) = a.stream().mapToInt { it }.sum()\n"}, is_plain=True)


def test_floor_accepts_a_newer_constant(held: Held) -> None:
    """The compiler copies its value."""
    held({"Version.kt": "package app\nfun isNew(sdk: Int) = sdk >= android.os.Build.VERSION_CODES.Q\n"})


def test_floor_accepts_lambdas(held: Held) -> None:
    """D8 replaces their invokedynamic calls by classes, so that they are not called on a phone."""
    held({"Later.kt": "package app\nfun later(view: android.view.View) = view.post { view.invalidate() }\n"})
