"""Tests of check_bundle: settings, Info.plist, privacy manifest, assets and texts of an iOS app."""

import json
import plistlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from edgegen.project import words
from edgegen_kits.ios import source_rules
from edgegen_kits.ios.bundle_check import check_bundle
from tests.helpers.hard_ios import broken, hard_ios
from tests.ios.changes import Change, appended, edited, removed, replaced, written

pytestmark = pytest.mark.full

__all__ = ["broken", "hard_ios"]

ASSETS = "App/Resources/Assets.xcassets"
ICON = f"{ASSETS}/AppIcon.appiconset"
ACCENT = f"{ASSETS}/AccentColor.colorset/Contents.json"
CATALOG = "App/Resources/Localizable.xcstrings"
INFO_CATALOG = "App/Resources/InfoPlist.xcstrings"
INFO = "App/Info.plist"
PRIVACY = "App/Resources/PrivacyInfo.xcprivacy"
SWIFT = "App/DetectorApp.swift"


# --- Mutations ---


def drawn(name: str, side: int, mode: str = "RGB", kind: str = "PNG") -> Change:
    return lambda project: Image.new(mode, (side, side)).save(project / ICON / name, kind)


def said(content: dict[str, Any], key: str, value: str, language: str = "en") -> None:
    """Set a text of the string catalog."""
    entry = content["strings"].setdefault(key, {"localizations": {}})
    entry["localizations"][language] = {"stringUnit": {"state": "translated", "value": value}}


def info_text(key: str) -> str:
    return words.texts(words.IOS_INFO)[key].value


BROKEN: dict[str, tuple[Change, str]] = {
    # Settings
    "a setting without a value": (appended("Config/App.xcconfig", "NOTHING"), "NOTHING is not followed by ="),
    "a setting that is misspelt": (
        appended("Config/App.xcconfig", "INFOPLIST_FLE = x"),
        "Xcode knows no INFOPLIST_FLE, but it knows INFOPLIST_FILE",
    ),
    "a setting that nothing uses": (
        appended("Config/User.xcconfig", "MY_OWN = 1"),
        "MY_OWN is set and used nowhere",
    ),
    "a reference to nothing": (
        replaced("Config/App.xcconfig", r"= \$\(APP_BUNDLE_ID\)", "= $(BUNDLE)"),
        "refers to BUNDLE, which is set nowhere",
    ),
    "a file that is not included": (
        written("Config/Mine.xcconfig", "A = 1\n"),
        "no settings file includes Config/Mine.xcconfig",
    ),
    "a file that is not there": (removed("Config/User.xcconfig"), "User.xcconfig does not exist"),
    "an open quote": (
        replaced("Config/Shared.xcconfig", r'Bridge/include"', "Bridge/include"),
        'HEADER_SEARCH_PATHS: a " is not closed',
    ),
    "headers that are not there": (
        replaced("Config/Shared.xcconfig", "SRCROOT\\)/Core", "SRCROOT)/Gone"),
        "HEADER_SEARCH_PATHS names ./Gone",
    ),
    "a bridging header that is not there": (
        removed("Bridge/include/VisionCore/VisionCore.h"),
        "SWIFT_OBJC_BRIDGING_HEADER is Bridge/include/VisionCore/VisionCore.h",
    ),
    # Info.plist
    "a plist that is no XML": (replaced(INFO, "</dict>", ""), f"{INFO}: it cannot be read"),
    "a key that is missing": (
        replaced(INFO, r"\t<key>CFBundleVersion</key>\n.*\n", ""), f"{INFO}: CFBundleVersion is missing",
    ),
    "a value of another type": (
        replaced(INFO, "(<key>ITSAppUsesNonExemptEncryption</key>\n\t)<false/>", r"\1<string>NO</string>"),
        "ITSAppUsesNonExemptEncryption should be a bool, and is a str",
    ),
    "a camera reason that is empty": (
        replaced(INFO, "(<key>NSCameraUsageDescription</key>\n\t)<string>.*<", r"\1<string> <"),
        "NSCameraUsageDescription is empty",
    ),
    "an orientation that there is not": (
        replaced(INFO, "OrientationLandscapeLeft", "OrientationDiagonal"),
        "UIInterfaceOrientationDiagonal, and there is no",
    ),
    "a plist's reference to nothing": (
        replaced(INFO, r"\$\(EXECUTABLE_NAME\)", "$(PROGRAM)"), "refers to PROGRAM, which is set nowhere",
    ),
    "a version that is a word": (
        replaced("Config/User.xcconfig", "= 1.0", "= one"), "CFBundleShortVersionString is 'one'",
    ),
    "a bundle id with an underscore": (
        replaced("Config/User.xcconfig", "(APP_BUNDLE_ID =).*", r"\1 org.my_app"),
        f"{INFO}: CFBundleIdentifier is 'org.my_app', which is APP_BUNDLE_ID in Config/User.xcconfig: "
        "'my_app' is not made of letters, digits and inner hyphens (a-z, A-Z, 0-9, -); "
        "org.example.my-app would do",
    ),
    "a bundle id of one part in the plist itself": (
        replaced(INFO, r"\$\(PRODUCT_BUNDLE_IDENTIFIER\)", "birds"),
        "CFBundleIdentifier is 'birds': it needs two parts or more",
    ),
    "a name that is empty": (
        replaced("Config/User.xcconfig", "(CFBundleDisplayName =).*", r"\1"), "CFBundleDisplayName is empty",
    ),
    # Privacy manifest
    "an app that follows people": (replaced(PRIVACY, "<false/>", "<true/>"), "the app tracks users"),
    "a privacy key that there is not": (
        replaced(PRIVACY, "NSPrivacyTracking<", "NSPrivacyTrack<"),
        "is no key of",
    ),
    "a category that there is not": (
        replaced(PRIVACY, "CategoryUserDefaults", "CategoryUserSettings"), "is no category of Apple's",
    ),
    "a reason of another category": (
        replaced(PRIVACY, "CA92.1", "C617.1"),
        "C617.1 is no reason for NSPrivacyAccessedAPICategoryUserDefaults",
    ),
    "a category that the code needs": (
        appended(SWIFT, "let up = ProcessInfo.processInfo.systemUptime"),
        f"NSPrivacyAccessedAPICategorySystemBootTime is not in it, and {SWIFT} uses it",
    ),
    "a category that nothing needs": (
        replaced(PRIVACY, r"CategoryUserDefaults(.|\n)*?CA92\.1", "CategoryActiveKeyboards</string><key>"
                 "NSPrivacyAccessedAPITypeReasons</key><array><string>54BD.1"),
        "NSPrivacyAccessedAPICategoryActiveKeyboards is in it, and nothing uses it",
    ),
    # Assets
    "an icon of another size": (
        drawn("AppIcon.png", 512),
        "AppIcon.png is 512 x 512 pixels, and should be 1024 x 1024",
    ),
    "an icon with an alpha channel": (drawn("AppIcon.png", 1024, "RGBA"), "AppIcon.png has an alpha channel"),
    "an icon that is no PNG": (
        drawn("AppIcon.png", 1024, kind="JPEG"),
        "AppIcon.png is no PNG picture",
    ),
    "an icon that is no picture": (written(f"{ICON}/AppIcon.png", "x"), "AppIcon.png is no PNG picture"),
    "an icon that is gone": (
        removed(f"{ICON}/AppIcon-Dark.png"),
        "AppIcon-Dark.png is in Contents.json, and not on",
    ),
    "a picture that nobody named": (drawn("More.png", 8), "More.png is on disk, and not in Contents.json"),
    "an idiom that there is not": (
        edited(f"{ICON}/Contents.json", lambda c: c["images"][0].update(idiom="phone")),
        "'phone' is no idiom of iOS",
    ),
    "an appearance that there is not": (
        edited(f"{ICON}/Contents.json", lambda c: c["images"][1]["appearances"][0].update(value="dim")),
        "luminosity dim is no appearance",
    ),
    "two icons for one place": (
        edited(f"{ICON}/Contents.json", lambda c: c["images"].append(c["images"][0])),
        "there are 2 entries for",
    ),
    "an icon set without a list": (removed(f"{ICON}/Contents.json"), "Contents.json cannot be read"),
    "a catalog without its version": (
        edited(f"{ASSETS}/Contents.json", lambda c: c["info"].update(version=2)),
        "has no info of an author and version 1",
    ),
    "a colour without a component": (
        edited(ACCENT, lambda c: c["colors"][0]["color"]["components"].pop("red")), "a colour has no red",
    ),
    "a component out of range": (
        edited(ACCENT, lambda c: c["colors"][0]["color"]["components"].update(red="1.5")),
        "red is '1.5', and should be",
    ),
    "a colour space that there is not": (
        edited(ACCENT, lambda c: c["colors"][0]["color"].update({"color-space": "cmyk"})),
        "no colour of a known colour",
    ),
    "an accent colour that is not there": (
        replaced("Config/App.xcconfig", "= AccentColor", "= Gone"),
        "Gone.colorset is used, but is in no asset",
    ),
    "an icon that is not there": (
        replaced("Config/App.xcconfig", "= AppIcon", "= Gone"),
        "Gone.appiconset is used, but is in no asset",
    ),
    "a launch colour that is not there": (
        replaced(INFO, "LaunchBackground", "Gone"), "Gone.colorset is used, but is in no asset catalog",
    ),
    # Texts
    "a catalog that is no JSON": (written(CATALOG, "{"), f"{CATALOG}: "),
    "a catalog of another version": (
        edited(CATALOG, lambda c: c.update(version="2.0")),
        "no string catalog of version",
    ),
    "a key that is not there": (
        appended(SWIFT, 'let x = String(localized: "gone")'), f"{SWIFT}: 'gone' is not in {CATALOG}",
    ),
    "a key that SwiftUI looks up": (appended(SWIFT, 'let x = Text("gone_too")'), "'gone_too' is not in"),
    "a text that nothing uses": (edited(CATALOG, lambda c: said(c, "unused", "x")), "unused is used nowhere"),
    "a text that is not there": (
        edited(CATALOG, lambda c: c["strings"]["self_check"]["localizations"].pop("en")),
        "self_check: it has no English",
    ),
    "a text that is empty": (
        edited(CATALOG, lambda c: said(c, "self_check", "")),
        "self_check: its text in en is empty",
    ),
    "a translation without the value": (
        edited(CATALOG, lambda c: said(c, "verdict_precision", "kaputt", "de")),
        "its texts have different placeholders",
    ),
    "placeholders of two kinds": (
        edited(CATALOG, lambda c: said(c, "verdict_precision", "%1$@ %@")),
        "mixes numbered and plain placeholders",
    ),
    "a value too few": (
        edited(CATALOG, lambda c: said(c, "verdict_precision", "%1$@ %2$@")),
        "places for 2 values, but the code passes 1",
    ),
    "a number where a text is given": (
        edited(CATALOG, lambda c: said(c, "verdict_precision", "%1$d")),
        "verdict_precision takes value 1 as %d, but the code passes a text, %@",
    ),
    "a long number where a text is given": (
        edited(CATALOG, lambda c: said(c, "stats_stages", "%1$@ %2$@ %3$lld")),
        "stats_stages takes value 3 as %d, but the code passes a text",
    ),
    "a text that iOS alone shows": (
        edited(CATALOG, lambda c: said(c, "camera_reason", info_text("NSCameraUsageDescription"))),
        f"{CATALOG}: camera_reason is used nowhere",
    ),
    # Texts that iOS shows
    "a catalog of iOS's texts that is no JSON": (written(INFO_CATALOG, "{"), f"{INFO_CATALOG}: "),
    "a text of iOS's that is empty": (
        edited(INFO_CATALOG, lambda c: said(c, "NSCameraUsageDescription", "")),
        "NSCameraUsageDescription: its text in en is empty",
    ),
    "a key that Info.plist has not": (
        edited(INFO_CATALOG, lambda c: said(c, "NSMicrophoneUsageDescription", "x")),
        f"{INFO_CATALOG}: NSMicrophoneUsageDescription is no key of {INFO}",
    ),
    "a reason that is not translated": (
        edited(INFO_CATALOG, lambda c: c["strings"].pop("NSPhotoLibraryAddUsageDescription")),
        f"{INFO_CATALOG}: NSPhotoLibraryAddUsageDescription is missing",
    ),
    "a reason that was changed in the plist alone": (
        replaced(INFO, "(<key>NSCameraUsageDescription</key>\n\t)<string>.*<", r"\1<string>To see.<"),
        f"{INFO_CATALOG}: NSCameraUsageDescription is another text than in {INFO}: iOS shows this one",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_check_bundle_names_each_mutation(broken: Path, what: str) -> None:
    """Xcode, App Store or a phone would report these errors later or not at all."""
    change, says = BROKEN[what]
    change(broken)
    problems = check_bundle(broken)
    assert any(says in problem for problem in problems), problems


def test_check_bundle_ignores_strings_that_are_no_localization_keys(broken: Path) -> None:
    """Interpolated and verbatim texts, comments, symbol names, and a key in a variable."""
    lines = [
        r'let a = Text("\(1)")', 'let b = Text(verbatim: "x")', '// Text("gone")', '/* Text("gone") */',
        'let c = Image(systemName: "gear")', 'let d = Text("")', 'let e = "self_check"',
    ]  # fmt: skip
    before = check_bundle(broken)
    appended(SWIFT, "\n".join(lines))(broken)
    assert check_bundle(broken) == before == []


def test_check_bundle_accepts_translated_and_missing_info_plist_texts(broken: Path) -> None:
    """A translation, a translated app name, and no catalog at all."""
    translate = edited(INFO_CATALOG, lambda c: said(c, "NSCameraUsageDescription", "Um zu sehen.", "de"))
    translate(broken)
    edited(INFO_CATALOG, lambda c: said(c, "CFBundleDisplayName", "Birds"))(broken)
    assert check_bundle(broken) == []
    removed(INFO_CATALOG)(broken)
    assert check_bundle(broken) == []


def test_check_bundle_reads_a_binary_plist(broken: Path) -> None:
    """Other programs may write one."""
    (broken / INFO).write_bytes(
        plistlib.dumps(plistlib.loads((broken / INFO).read_bytes()), fmt=plistlib.FMT_BINARY)
    )
    assert check_bundle(broken) == []


def test_check_bundle_and_source_rules_accept_a_source_that_is_not_utf_8(broken: Path) -> None:
    """The compiler reports it with its line."""
    path = broken / "App/Logic/Camera.swift"
    path.write_bytes(path.read_bytes() + b'// "\xff\xfe"\n')
    assert check_bundle(broken) == []
    assert source_rules.check(broken, [path]) == []


# --- Values of any type ---

JSON_FILES = [CATALOG, INFO_CATALOG, ACCENT, f"{ASSETS}/Contents.json", f"{ICON}/Contents.json"]
ODD: list[Any] = ["", "x", 5, True, 1.5, [], {}, [1], ["x"], {"a": 1}, [[]], [{}]]


def test_check_bundle_returns_texts_for_a_value_of_any_type_in_any_place(broken: Path) -> None:
    """40 random changes of catalogs and plists."""
    source = random.Random(0)
    for _ in range(40):
        file = source.choice([*JSON_FILES, INFO, PRIVACY])
        original = (broken / file).read_bytes()
        is_json = file in JSON_FILES
        content = json.loads(original) if is_json else plistlib.loads(original)
        place, key = source.choice(list(places(content)))
        place[key] = source.choice(ODD)
        (broken / file).write_bytes(json.dumps(content).encode() if is_json else plistlib.dumps(content))
        assert all(isinstance(problem, str) for problem in check_bundle(broken))
        (broken / file).write_bytes(original)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place in nested dictionaries and lists as its container and key."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])
