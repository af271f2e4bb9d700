"""The texts of the apps come from one file."""

import json
import plistlib
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from edgegen.project import words
from edgegen.project.render import templates_dir
from tests.helpers.once import Once
from tests.helpers.support import process


@pytest.fixture(scope="module")
def projects(once: Once, tiny_export: Path) -> Path:
    """Return a folder with an Android and an iOS project."""

    def make(folder: Path) -> None:
        options = ("--target", "android", "--target", "ios", "--app", "studio", "--output", "projects")
        process("new", "--model", tiny_export, *options, folder=folder).ok()

    return once("words", make) / "projects"


@pytest.mark.parametrize("platform", ["android", "ios", words.IOS_INFO])
def test_no_app_text_is_empty_or_padded(platform: str) -> None:
    for text in words.texts(platform).values():
        assert text.value, text.key
        assert text.value == text.value.strip(), text.key


def test_placeholders_have_the_syntax_of_the_platform() -> None:
    assert words.texts("android")["line_counts"].value == "%1$s in, %2$s out"
    assert words.texts("ios")["line_counts"].value == "%1$@ in, %2$@ out"


def test_platforms_share_texts_unless_the_file_has_both() -> None:
    """Only the placeholders differ."""
    android, ios = words.texts("android"), words.texts("ios")
    same = [key for key in android.keys() & ios.keys() if _plain(android[key]) == _plain(ios[key])]
    assert len(same) > 20
    assert _plain(android["model_not_in_app"]) != _plain(ios["model_not_in_app"])


def test_ios_app_has_only_the_texts_of_its_task() -> None:
    tasks = (None, "depth", "detect", "pose")
    everything, depth, detect, pose = (words.texts("ios", task) for task in tasks)
    assert {"distances", "distance_there", "no_distance_there", "measure_middle"} <= set(everything) - set(
        detect
    )
    assert {"follow_things", "class_without_name"} <= set(everything) - set(depth)
    assert set(pose) - set(detect) == {"points_seen"}
    assert set(depth) | set(pose) == set(everything)


def test_app_of_one_model_has_no_texts_about_several() -> None:
    alone, several = words.texts("android"), words.texts("android", several=True)
    assert set(several) - set(alone) == {"model_choice", "model_choice_hint", "model_failed", "model_kept"}


@pytest.mark.full
def test_android_project_has_exactly_the_texts_of_the_file(projects: Path) -> None:
    tree = ElementTree.parse(projects / "android/app/src/main/res/values/strings.xml")  # noqa: S314 - our own
    assert {each.get("name") for each in tree.getroot()} == set(words.texts("android"))


@pytest.mark.full
def test_ios_project_has_exactly_the_texts_of_the_file(projects: Path) -> None:
    assert _catalog(projects / "ios/App/Resources/Localizable.xcstrings") == {
        key: (text.value, text.comment) for key, text in words.texts("ios", "detect").items()
    }


@pytest.mark.full
def test_ios_permission_texts_are_in_infoplist_catalog_and_info_plist(projects: Path) -> None:
    """The catalog allows translations; no other file has them."""
    reasons = words.texts(words.IOS_INFO)
    assert set(reasons) == {"NSCameraUsageDescription", "NSPhotoLibraryAddUsageDescription"}
    assert not reasons.keys() & words.texts("ios").keys()
    assert _catalog(projects / "ios/App/Resources/InfoPlist.xcstrings") == {
        key: (text.value, text.comment) for key, text in reasons.items()
    }
    info = plistlib.loads((projects / "ios/App/Info.plist").read_bytes())
    assert {key: value for key, value in info.items() if key.endswith("UsageDescription")} == {
        key: text.value for key, text in reasons.items()
    }


def test_comment_of_an_ios_text_explains_every_placeholder() -> None:
    """And no comment belongs to another section."""
    found = words.texts("ios")
    for text in found.values():
        assert set(re.findall(r"%\d\$@", text.value)) <= set(re.findall(r"%\d\$@", text.comment)), text.key
    assert found["verdict_precision"].comment.startswith(f"{found['verdict_precision'].section}. %1$@: ")
    assert found["nothing_found"].section == found["preview"].section != found["stats_camera"].section


def test_no_app_text_says_phone() -> None:
    """The apps run on tablets, too."""
    assert not [
        text for name in ("android", "ios") for text in words.texts(name).values() if "phone" in text.value
    ]


def test_no_app_text_needs_a_developer_to_understand_it() -> None:
    """The log has what a developer can do. Starters and apps with an extra program have tables of texts."""
    catalog = "ios/App/Resources/Localizable.xcstrings.jinja"
    tables = [
        templates_dir() / "_starter/android/app/src/main/res/values/strings.xml.jinja",
        templates_dir() / "_starter" / catalog,
        templates_dir() / "_studio" / catalog,
        templates_dir() / "_selection/android/app/src/main/res/values/backends.xml",
    ]
    lines = [text.value for name in ("android", "ios") for text in words.texts(name).values()]
    lines += [
        text
        for path in tables
        for line in path.read_text(encoding="utf-8").splitlines()
        for text in re.findall(r'>(.+)</|"value" : "(.+?)"', line)
        for text in text
    ]
    jargon = re.compile(
        r"ExecuTorch|edgegen|PyTorch|Python|backend|program\b|parity|tensor|decode|delegate|metadata|operator"
        r"|export|checksum|golden|vector|letterbox|stage|result processor|runtime|\.pte|assets|32-bit|int8"
        r"|developer (must|should)|generate",
        re.IGNORECASE,
    )
    assert len(lines) > 200
    assert [line for line in lines if jargon.search(line)] == []


def _catalog(path: Path) -> dict[str, tuple[str, str]]:
    """Return the English texts of a string catalog with their comments."""
    strings = json.loads(path.read_text(encoding="utf-8"))["strings"]
    return {
        key: (entry["localizations"]["en"]["stringUnit"]["value"], entry["comment"])
        for key, entry in strings.items()
    }


def _plain(text: words.Text) -> str:
    return text.value.replace("$s", "").replace("$@", "")
