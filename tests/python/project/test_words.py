"""What apps say and look like comes from one place."""

import json
import plistlib
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from edgegen.project import words
from tests.helpers.once import Once
from tests.helpers.support import process


@pytest.fixture(scope="module")
def projects(once: Once, tiny_export: Path) -> Path:
    """Return a folder with an Android and an iOS project."""

    def make(folder: Path) -> None:
        options = ("--target", "android", "--target", "ios", "--output", "projects")
        process("new", "--model", tiny_export, *options, folder=folder).ok()

    return once("words", make) / "projects"


@pytest.mark.parametrize("platform", ["android", "ios", words.IOS_INFO])
def test_every_text_says_something(platform: str) -> None:
    """No text is empty, and none has blanks around it."""
    for text in words.texts(platform).values():
        assert text.value, text.key
        assert text.value == text.value.strip(), text.key


def test_values_are_written_as_each_platform_reads_them() -> None:
    """`{0}` becomes %1$s for Android and %1$@ for iOS."""
    assert words.texts("android")["model_unexpected"].value == "The model cannot be used: %1$s"
    assert words.texts("ios")["model_unexpected"].value == "The model cannot be used: %1$@"


def test_platforms_differ_only_where_the_file_says_so() -> None:
    """What both platforms have is the same but for the placeholders, unless it stands there twice."""
    android, ios = words.texts("android"), words.texts("ios")
    same = [key for key in android.keys() & ios.keys() if _plain(android[key]) == _plain(ios[key])]
    assert len(same) > 20
    assert _plain(android["model_not_in_app"]) != _plain(ios["model_not_in_app"])


def test_a_text_of_one_task_is_in_no_other_app() -> None:
    """An iOS app has no text that it never shows."""
    tasks = (None, "depth", "detect", "pose")
    everything, depth, detect, pose = (words.texts("ios", task) for task in tasks)
    assert {"distances", "distance_there", "no_distance_there", "measure_middle"} <= set(everything) - set(
        detect
    )
    assert {"follow_things", "class_without_name"} <= set(everything) - set(depth)
    assert set(pose) - set(detect) == {"points_seen"}
    assert set(depth) | set(pose) == set(everything)


def test_what_is_said_of_several_models_is_in_no_app_of_one() -> None:
    """Texts about the choice are there only where they are asked for."""
    alone, several = words.texts("android"), words.texts("android", several=True)
    assert set(several) - set(alone) == {"model_choice", "model_choice_hint", "model_failed", "model_kept"}


@pytest.mark.full
def test_an_android_app_has_them_all(projects: Path) -> None:
    """strings.xml of a rendered project holds every text of the file, and nothing else."""
    tree = ElementTree.parse(projects / "android/app/src/main/res/values/strings.xml")  # noqa: S314 - our own
    assert {each.get("name") for each in tree.getroot()} == set(words.texts("android"))


@pytest.mark.full
def test_an_ios_app_has_them_all(projects: Path) -> None:
    """The string catalog of a rendered project holds every text of the file, and nothing else."""
    assert _catalog(projects / "ios/App/Resources/Localizable.xcstrings") == {
        key: (text.value, text.comment) for key, text in words.texts("ios", "detect").items()
    }


@pytest.mark.full
def test_why_ios_asks_stands_where_ios_looks(projects: Path) -> None:
    """In InfoPlist.xcstrings, where it can be translated, and the same in Info.plist; nowhere else."""
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


def test_a_comment_fits_its_text() -> None:
    """It names every value that the text holds, and is that of no other matter."""
    found = words.texts("ios")
    for text in found.values():
        assert set(re.findall(r"%\d\$@", text.value)) <= set(re.findall(r"%\d\$@", text.comment)), text.key
    assert found["model_backend_missing"].comment == "The model. %1$@: the names of the model's backends."
    assert found["nothing_found"].section == found["preview"].section != found["stats_camera"].section


def test_a_tablet_is_no_phone() -> None:
    """The apps run on both."""
    assert not [
        text for name in ("android", "ios") for text in words.texts(name).values() if "phone" in text.value
    ]


def _catalog(path: Path) -> dict[str, tuple[str, str]]:
    """Return the English texts of a string catalog with their comments."""
    strings = json.loads(path.read_text(encoding="utf-8"))["strings"]
    return {
        key: (entry["localizations"]["en"]["stringUnit"]["value"], entry["comment"])
        for key, entry in strings.items()
    }


def _plain(text: words.Text) -> str:
    return text.value.replace("$s", "").replace("$@", "")
