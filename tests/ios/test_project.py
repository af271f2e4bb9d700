"""Tests of the files of an iOS project, and of the options of `edgegen new`."""

import plistlib
import re
from pathlib import Path

import pytest
from openstep_plist import loads

from edgegen.project.render import templates_dir
from edgegen.project.task_files import is_needed
from edgegen_kits.ios.bundle_check import check_bundle
from edgegen_kits.ios.project_check import check_project
from tests.helpers.hard_ios import HARD_BUNDLE_ID, HARD_NAME, IOS, hard_ios, many_ios, new, texts
from tests.helpers.support import LINUX, edgegen, list_files, rejects, snapshot
from tests.ios import file_checks

pytestmark = pytest.mark.full

__all__ = ["hard_ios", "many_ios"]


# --- Contents ---


def test_text_files_have_unix_line_ends_and_no_template_syntax(hard_ios: Path) -> None:
    file_checks.check_every_file_is_tidy(hard_ios)


def test_every_text_of_the_catalogs_is_managed_by_hand(hard_ios: Path) -> None:
    file_checks.check_every_text_is_managed_by_hand(hard_ios)


def test_previews_of_xcode_can_run(hard_ios: Path) -> None:
    file_checks.check_previews_can_run(hard_ios)


def test_files_without_placeholders_equal_the_templates(hard_ios: Path) -> None:
    """The shared C++ core too: its tests compile the same bytes that a user gets."""
    places = {"ios": ".", "_studio/ios": "."}
    places |= {
        f"_shared/cpp/{part}": f"Core/{part}"
        for part in ("vision", "tracking", "stored", "support", "detector", "json", "capture", "parity")
    }
    for source, place in places.items():
        folder = templates_dir() / source
        copied = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".jinja"]
        names = {path: path.relative_to(folder).as_posix() for path in copied}
        copied = [
            path for path in copied if is_needed(source, names[path], "detect", ("raw",))
        ]  # files of other tasks are left out
        assert copied
        for path in copied:
            copy = hard_ios / place / path.relative_to(folder)
            assert copy.read_bytes() == path.read_bytes(), copy


def test_every_icon_has_an_accessibility_label_or_is_hidden(hard_ios: Path) -> None:
    """An icon is hidden from screen readers if a text next to it says the same."""
    icons = 0
    for name, text in texts(hard_ios).items():
        lines = text.splitlines() if name.startswith("App/") and name.endswith(".swift") else []
        for number, line in enumerate(lines):
            if "Image(systemName:" in line:
                icons += 1
                after = "\n".join(lines[number : number + 16])
                assert re.search(r"\.accessibility(Label|Hidden)\(", after), (name, line)
    assert icons > 3


def test_new_with_the_same_options_writes_the_same_bytes(
    hard_ios: Path, tiny_export: Path, tmp_path: Path
) -> None:
    options = ("--name", HARD_NAME, "--bundle-id", HARD_BUNDLE_ID, "--classes", "1", "--ci", "github")
    made = new(tiny_export, tmp_path / "app", *options)
    assert list_files(made) == list_files(hard_ios)
    assert not [
        name
        for name in list_files(made)
        if name != ".edgegen.yml" and (made / name).read_bytes() != (hard_ios / name).read_bytes()
    ]


def test_checks_find_no_problem_in_projects_with_hard_names(hard_ios: Path, many_ios: Path) -> None:
    """One project keeps one class, the other has 10,000 classes."""
    for project in (hard_ios, many_ios):
        assert check_project(project) == []
        assert check_bundle(project) == []


def test_third_party_parsers_read_the_project_file_and_the_plists(hard_ios: Path) -> None:
    content = loads(texts(hard_ios)["App.xcodeproj/project.pbxproj"])
    assert len(content["objects"]) > 30
    info = plistlib.loads((hard_ios / "App/Info.plist").read_bytes())
    assert info["NSCameraUsageDescription"]
    assert info["UILaunchScreen"] == {"UIColorName": "LaunchBackground"}
    assert info["ITSAppUsesNonExemptEncryption"] is False
    privacy = plistlib.loads((hard_ios / "App/Resources/PrivacyInfo.xcprivacy").read_bytes())
    assert privacy["NSPrivacyTracking"] is False
    assert privacy["NSPrivacyCollectedDataTypes"] == []


# --- Options ---


def test_new_for_all_targets_writes_the_same_model_and_vectors(exported: Path) -> None:
    options = ("--package", "org.example.a", "--bundle-id", "org.example.b")
    edgegen("new", "--model", exported, "--target", "all", *options, "--output", "birds").ok()
    assert sorted(path.name for path in Path("birds").iterdir()) == ["android", "ios", "linux-cpp"]
    vectors = [snapshot(Path("birds", target, "vectors")) for target in ("android", "ios", "linux-cpp")]
    assert vectors[0]
    assert vectors[0] == vectors[1] == vectors[2]
    models = {
        Path("birds", place, "model.pte").read_bytes()
        for place in ("android/app/src/main/assets/model", "ios/Model", "linux-cpp/model")
    }
    assert len(models) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((*IOS, "--bundle-id", "birds"), ("two parts", "org.example.birds")),
        ((*IOS, "--bundle-id", "org.my_birds"), ("'my_birds'", "org.example.my-birds")),
        ((*IOS, "--bundle-id", ""), ("empty", "org.example.app")),
        ((*IOS, "--bundle-id", "org.größe"), ("'größe'", "org.example.grosse")),
        ((*IOS, "--bundle-id", "org." + "a" * 252), ("256 characters", "255")),
        ((*LINUX, "--bundle-id", "a.b"), ("--bundle-id", "--target ios")),
        (("--target", "android", "--bundle-id", "a.b"), ("--bundle-id", "--target ios")),
        ((*IOS, "--package", "a.b"), ("--package", "--target android")),
        ((*IOS, "--ci", "gitlab"), ("'gitlab'", "github")),
        ((*LINUX, "--ci", "github"), ("--ci", "--target android or ios")),
    ],
)
def test_new_exits_2_on_wrong_options_and_suggests_right_ones(
    exported: Path, tmp_path: Path, options: tuple[str, ...], says: tuple[str, ...]
) -> None:
    """Nothing is written to the disk."""
    rejects(2, tmp_path, "new", "--model", exported, "--output", "app", *options, says=says)


def test_new_prints_the_next_commands_with_a_quoted_folder(exported: Path) -> None:
    out = edgegen("new", *IOS, "--model", exported, "--output", "my birds").ok().out
    assert "\nAn ios project of" in out
    assert "    cd 'my birds'\n    open App.xcodeproj" in out
