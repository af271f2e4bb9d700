"""Display names, identifiers, and the names that the MODEL argument suggests."""

import keyword
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegen.base import naming
from edgegen.base.errors import UsageError
from edgegen.base.text import how_many
from tests.helpers.hard_texts import HARD
from tests.helpers.tools import missing


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "class",
        "My birds 2",
        "größe",
        "犬　猫",
        "שלום",
        "👨\u200d👩\u200d👧",
        "a" * 200,
        '"$%;`',
        "x" + "\u0301" * 3,
    ],
)
def test_printable_names_are_kept(name: str) -> None:
    """|Any script, emoji with joiners, quotes."""
    assert naming.check_display_name(name) == name


def test_display_name_loses_outer_whitespace() -> None:
    assert naming.check_display_name("  birds\n") == "birds"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "0 characters"),
        ("   ", "0 characters"),
        ("a" * 201, "201 characters"),
        ("a/b", "contains '/'"),
        ("..\\b", "contains '\\\\'"),
        ("a\nb", "U+000A"),
        ("a\0", "U+0000"),
        ("a\x1b[0m", "U+001B"),
        ("a\u202eb", "U+202E"),
        ("a\u2028b", "U+2028"),
        ("\ud800", "U+D800"),
        ("\u200d\u200d", "no visible character"),
    ],
)
def test_display_name_rejects_invalid_lengths_and_characters(name: str, said: str) -> None:
    """The message names the character; the exit code is 2."""
    with pytest.raises(UsageError) as caught:
        naming.check_display_name(name)
    assert said in caught.value.message
    assert "--name" in caught.value.hint
    caught.value.message.encode()  # can be printed


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My birds 2", "my_birds_2"),
        ("yolo11n-coco128", "yolo11n_coco128"),
        ("Größe", "grosse"),
        ("Ærø Łódź", "aero_lodz"),
        ("Crème brûlée", "creme_brulee"),
        ("ﬁne", "fine"),
        ("\uff12cars", "app_2cars"),
        ("C++", "c_plus_plus"),
        ("R&D's app", "r_and_ds_app"),
        ("__init__", "init_app"),
        ("a__b", "a_b"),
        ("class", "class_app"),
        ("Class", "class_app"),
        ("nullptr", "nullptr_app"),
        ("fun", "fun_app"),
        ("package", "package_app"),
        ("nonisolated", "nonisolated_app"),
        ("lambda", "lambda_app"),
        ("test", "test_app"),
        ("main", "main_app"),
        ("linux", "linux_app"),
        ("AppTests", "apptests_app"),
        ("Model", "model_app"),
        ("Vectors", "vectors_app"),
        ("con", "con_app"),
        ("LPT1", "lpt1_app"),
        ("classes", "classes"),
        ("日本語", "app"),
        ("😀", "app"),
        ("", "app"),
        ("../..", "app"),
        ("x" * 300, "x" * 64),
        ("ab " * 100, "ab_" * 21 + "a"),
    ],
)
def test_slug_transliterates_a_name_and_avoids_reserved_words(name: str, slug: str) -> None:
    assert naming.slug(name) == slug


@given(st.one_of(st.text(), st.sampled_from([*HARD, *sorted(naming.RESERVED)])))
def test_a_slug_is_an_identifier(name: str) -> None:
    """|For any name: ASCII letters, digits, single underscores, no keyword; its slug is itself."""
    slug = naming.slug(name)
    assert slug.isascii()
    assert slug.isidentifier()
    assert slug == slug.lower()
    assert not keyword.iskeyword(slug)
    assert "__" not in slug
    assert not slug.startswith("_")
    assert not slug.endswith("_")
    assert len(slug) <= naming.MAX_SLUG + len("_app")
    assert slug not in naming.RESERVED
    assert naming.slug(slug) == slug


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_cpp_compilers_accept_slugs_as_names(compiler: str, tmp_path: Path) -> None:
    """As a namespace, a type and a variable, in C++17 and C++20."""
    if not shutil.which(compiler):
        missing(compiler)
    slugs = {naming.slug(name) for name in [*naming.RESERVED, *HARD, "app", "vision", "detector"]}
    source = "\n".join(f"namespace {s} {{ struct {s} {{ int {s}_; }}; }}" for s in sorted(slugs))
    (tmp_path / "slugs.cpp").write_text(source + "\n")
    for standard in ("-std=gnu++17", "-std=gnu++20"):
        command = [
            compiler,
            standard,
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Werror",
            "-fsyntax-only",
            "slugs.cpp",
        ]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("yolo11n.pt", "yolo11n"),
        ("weights/YOLO11n.PT", "YOLO11n"),
        ("yolo11n_executorch_model", "yolo11n"),
        ("yolo11n_executorch_model/model.pte", "yolo11n"),
        ("yolo11n_executorch_model/yolo11n.pte", "yolo11n"),
        ("runs/detect/birds/weights/best.pt", "birds"),
        ("runs/detect/birds/weights/last.pt", "birds"),
        ("runs/detect/birds/weights/best_executorch_model", "birds"),
        ("runs/detect/birds/weights/best_executorch_model/model.pte", "birds"),
        ("runs/detect/birds/weights/../weights/best.pt", "birds"),
        ("exported/model.pte", "exported"),
        ("exported/", "exported"),
        ("/best.pt", "best"),
        ("/", "app"),
        ("birds.v2_executorch_model", "birds.v2"),
        ("birds.v2.pt", "birds.v2"),
        ("_executorch_model/x.pte", "x"),
        ("日本語.pt", "日本語"),
        ("a\nb.pt", "a b"),
        ("a \n\t b.pt", "a b"),
        ("a\\b.pt", "a b"),
        ("\x01.pt", "app"),
        ("x" * 240 + ".pt", "x" * 200),
    ],
)
def test_app_name_follows_from_the_model_path(model: str, name: str) -> None:
    """The stem of the file, or the training run if all its files have the same stem."""
    assert naming.name_from_path(Path(model)) == name
    assert naming.check_display_name(name) == name


def test_app_name_of_best_pt_is_the_run_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For `edgegen new --model best.pt`, typed in the folder of the run."""
    folder = tmp_path / "seagulls" / "weights"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert naming.name_from_path(Path("best.pt")) == "seagulls"
    assert naming.name_from_path(Path()) == "seagulls"


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("yolo11n", "yolo11n-linux-cpp"),
        ("My birds 2", "My-birds-2-linux-cpp"),
        ("birds.v2", "birds.v2-linux-cpp"),
        ("हिन्दी", "हिन्दी-linux-cpp"),
        ("$(id); rm -rf *", "id-rm-rf-linux-cpp"),
        ("..", "app-linux-cpp"),
        ("-rf", "rf-linux-cpp"),
        ("😀", "app-linux-cpp"),
        ("con", "con-linux-cpp"),
        ("語" * 100, "語" * 66 + "-linux-cpp"),
    ],
)
def test_default_project_folder_has_no_special_characters(name: str, folder: str) -> None:
    """Letters and digits of any script stay; nothing has a meaning for a shell or a file system."""
    assert naming.project_folder(name, "linux-cpp") == folder


@given(st.text())
def test_default_project_folder_is_one_short_path_component(name: str) -> None:
    """For any name; the length fits every file system."""
    folder = naming.project_folder(name, "linux-cpp")
    assert Path(folder).name == folder
    assert len(folder.encode()) < 255
    assert folder[0] not in "-."
    assert folder.endswith("-linux-cpp")


def test_java_keywords_are_those_that_javac_rejects(tmp_path: Path) -> None:
    """One package for each of our words, and for others that look like keywords, in one compilation."""
    if not shutil.which("javac"):
        missing("javac")
    others = {"record", "var", "yield", "sealed", "permits", "when", "in", "fun", "val", "object", "module"}
    words = sorted(naming.JAVA_KEYWORDS | others)
    for word in words:
        (tmp_path / f"{word}.java").write_text(f"package a.{word}.b;\nfinal class X {{}}\n")
    answer = subprocess.run(
        ["javac", "-proc:none", "-Xmaxerrs", "1000", "-d", "out", *(f"{word}.java" for word in words)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert {line.split(".java:")[0] for line in answer.stderr.splitlines() if "error:" in line} == set(
        naming.JAVA_KEYWORDS
    )


def test_how_many_uses_the_singular_only_for_one() -> None:
    assert [how_many(n, "picture") for n in (0, 1, 2)] == ["0 pictures", "1 picture", "2 pictures"]
    assert (how_many(3, "class"), how_many(3, "box")) == ("3 classes", "3 boxes")


@pytest.mark.parametrize(
    ("name", "folder"), [("CON", "CON-app"), ("aux.v2", "aux-app"), ("console", "console")]
)
def test_folder_name_avoids_windows_device_names(name: str, folder: str) -> None:
    """The computers of a class may have different systems."""
    assert naming.folder_name(name) == folder
