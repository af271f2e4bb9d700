"""Tests of the Android kit's stubs of the SDK, and of the lists of names that it reads."""

import zipfile
from pathlib import Path

import pytest

from edgegen_kits.android import floor, public_names, stubs
from edgegen_kits.android.class_reader import Member
from edgegen_kits.android.constants import parse_constant
from edgegen_kits.android.kit import Kit
from tests.helpers.android_tools import run_jdk

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


@pytest.mark.full
def test_javac_compiles_against_stubs(api_list: Path, tmp_path: Path) -> None:
    """The stubs keep generics, inner classes, enums, constants, exceptions and default methods."""
    jar = tmp_path / "stubs.jar"
    stubs.write_jar(api_list, jar)
    android_classes_only(jar)
    (tmp_path / "Square.java").write_text(USER.replace("abstract class", "public abstract class"), "utf-8")
    run_jdk("javac", "-Xlint:all,-options,-try", "-cp", jar, "-d", tmp_path / "out", tmp_path / "Square.java")
    said = run_jdk("javap", "-v", "-cp", jar, "android.example.Shape")
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
