"""Tests of app names, bundle ids and class names that are hard to write into an iOS project."""

import shutil
from pathlib import Path

import pytest

from edgegen.base import naming
from edgegen.project import xcconfig
from edgegen.project.manifest import read
from edgegen_kits.ios import plist_check
from edgegen_kits.ios.bundle_check import check_bundle
from edgegen_kits.ios.project_check import check_project
from edgegen_kits.ios.settings_check import values
from tests.helpers.hard_ios import HARD_BUNDLE_ID, HARD_NAME, hard_ios, many_ios, named, new, texts
from tests.helpers.many_classes import APP_NAMES, NAMES
from tests.helpers.support import LINUX, edgegen, metadata_of, write_metadata, write_program

pytestmark = pytest.mark.full

__all__ = ["hard_ios", "many_ios"]

HARD_APP_NAMES = [
    *APP_NAMES, "$(VAR)", "$(PRODUCT_NAME)", "${VAR}", "$VAR", "$$", "$", "a $", "name;", ";", "#include",
    "a = b", "[sdk=x]", "%@", "%1$@ %n", '"', "'", '"#', "it's", "]]>", "&amp;", "\u05e9\u05dc\u05d5\u05dd!",
    "a  b", "$()",
]  # fmt: skip


def test_hard_app_names_reach_info_plist_unchanged(hard_ios: Path, tmp_path: Path) -> None:
    """Through xcconfig files and references in Info.plist. The names have quotes, `;`, `$(VAR)` and emoji."""
    folder = tmp_path / "app"
    (folder / "App").mkdir(parents=True)
    shutil.copy(hard_ios / "App/Info.plist", folder / "App")
    for name in HARD_APP_NAMES:
        named(name, folder)
        info = plist_check.expanded_info(folder)
        assert info["CFBundleDisplayName"] == name
        assert info["CFBundleIdentifier"] == "org.example.app"
        assert xcconfig.read(folder / "Config/Shared.xcconfig", folder).problems == []


def test_app_name_and_id_change_neither_info_plist_nor_the_project_file(
    hard_ios: Path, tiny_ios: Path
) -> None:
    """Except for the program's name in the project file."""
    assert (hard_ios / "App/Info.plist").read_bytes() == (tiny_ios / "App/Info.plist").read_bytes()
    hard, tiny = ((each / "App.xcodeproj/project.pbxproj").read_text() for each in (hard_ios, tiny_ios))
    assert hard.replace(naming.slug(HARD_NAME), "shapes") == tiny


def test_manifest_and_info_plist_have_the_given_name_and_bundle_id(
    hard_ios: Path, tiny_export: Path, tmp_path: Path
) -> None:
    """Without --bundle-id, the id is derived from the name."""
    info = plist_check.expanded_info(hard_ios)
    assert (info["CFBundleDisplayName"], info["CFBundleIdentifier"]) == (HARD_NAME, HARD_BUNDLE_ID)
    manifest = read(hard_ios)
    assert manifest is not None
    assert manifest.target == "ios"
    assert manifest.options["bundle_id"] == HARD_BUNDLE_ID
    made = new(tiny_export, tmp_path / "app", "--name", "Größe 犬 2")
    assert values(made)["APP_BUNDLE_ID"] == "org.example.grosse-2"
    assert "an example: App Store wants one of your own" in texts(made)["README.md"]
    assert "an example: App Store" not in texts(hard_ios)["README.md"]


def test_header_with_10000_hard_class_names_equals_that_of_linux_cpp(
    many_ios: Path, many_classes: Path, tmp_path: Path
) -> None:
    """The tests of linux-cpp compile this header and read it back. No Swift file has a class name."""
    options = ("--name", "犬", "--max-det", "30000", "--output", tmp_path / "linux")
    edgegen("new", *LINUX, "--model", many_classes, *options).ok()
    header = (tmp_path / "linux/src/model_info.h").read_bytes()
    assert (many_ios / "Core/model_info.h").read_bytes() == header
    assert NAMES[-1] in metadata_of(many_classes)["names"].values()  # type: ignore[attr-defined]
    swift = {name: text for name, text in texts(many_ios).items() if name.endswith(".swift")}
    assert swift
    assert not [name for name, text in swift.items() if NAMES[-1] in text]


def test_project_of_a_one_class_model_with_oblong_input_passes_the_checks(
    many_ios: Path, tmp_path: Path
) -> None:
    """The README says "1 class"."""
    model = tmp_path / "model"
    model.mkdir()
    write_program(model / "model.pte", 1)
    write_metadata(model, {"task": "detect", "imgsz": [160, 192], "stride": 32, "names": {0: "\\(x)"}})
    made = new(model, tmp_path / "app", "--name", "one")
    assert "1 class, input 192 x 160" in texts(made)["README.md"]
    assert "10000 classes, input 192 x 160" in texts(many_ios)["README.md"]
    assert check_project(made) + check_bundle(made) == []
