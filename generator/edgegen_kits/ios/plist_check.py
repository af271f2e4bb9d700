"""Check an app's Info.plist and its privacy manifest."""

import plistlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from xml.parsers.expat import ExpatError

from edgegen.base.app_ids import bundle_id_problem, default_bundle_id
from edgegen.project import xcconfig
from edgegen_kits.ios import settings_check
from edgegen_kits.ios.project_files import project_files
from edgegen_kits.ios.settings_check import BUILT_IN

INFO: Final = "App/Info.plist"
PRIVACY: Final = "App/Resources/PrivacyInfo.xcprivacy"

_NEEDED: Final[Mapping[str, type]] = {
    "CFBundleDevelopmentRegion": str, "CFBundleDisplayName": str, "CFBundleExecutable": str,
    "CFBundleIdentifier": str, "CFBundleInfoDictionaryVersion": str, "CFBundleName": str,
    "CFBundlePackageType": str, "CFBundleShortVersionString": str, "CFBundleVersion": str,
    "ITSAppUsesNonExemptEncryption": bool, "LSRequiresIPhoneOS": bool, "NSCameraUsageDescription": str,
    "UILaunchScreen": dict, "UIRequiredDeviceCapabilities": list, "UISupportedInterfaceOrientations": list,
    "UISupportedInterfaceOrientations~ipad": list,
}  # fmt: skip
_ORIENTATIONS: Final = frozenset(
    f"UIInterfaceOrientation{name}"
    for name in ("Portrait", "PortraitUpsideDown", "LandscapeLeft", "LandscapeRight")
)
_USERS_ID: Final = "APP_BUNDLE_ID"
_VERSION: Final = re.compile(r"\d+(\.\d+){0,2}")

_PRIVACY_KEYS: Final[Mapping[str, type]] = {
    "NSPrivacyTracking": bool, "NSPrivacyTrackingDomains": list, "NSPrivacyCollectedDataTypes": list,
    "NSPrivacyAccessedAPITypes": list,
}  # fmt: skip
# Apple's list: the allowed reasons of each category, and the code that belongs to it.
_REASONS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "FileTimestamp": (
        frozenset({"DDA9.1", "C617.1", "3B52.1", "0A2A.1"}),
        r"\b(f|l)?stat(at)?\s*\(|creationDate(Key)?\b|[mM]odificationDate(Key)?\b|\bf?getattrlist",
    ),
    "SystemBootTime": (
        frozenset({"35F9.1", "8FFB.1", "3D61.1"}),
        r"\bsystemUptime\b|\bmach_absolute_time\b",
    ),
    "DiskSpace": (
        frozenset({"85F4.1", "E174.1", "7D9E.1", "B728.1"}),
        r"\bvolume(Available|Total)Capacity|\bsystem(Free)?Size\b|\bf?statv?fs\b",
    ),
    "ActiveKeyboards": (frozenset({"3EC4.1", "54BD.1"}), r"\bactiveInputModes\b"),
    "UserDefaults": (
        frozenset({"CA92.1", "1C8F.1", "C56D.1", "AC6B.1"}),
        r"\b(NS)?UserDefaults\b|@(AppStorage|SceneStorage)\b",
    ),
}
_BY_EXECUTORCH: Final = "FileTimestamp"  # its loader calls fstat
_CATEGORY: Final = "NSPrivacyAccessedAPICategory"
_CODE: Final = ("App", "Bridge", "Core")
_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def read(path: Path) -> Mapping[str, Any]:
    """Return a property list that is a dictionary; otherwise raise ValueError."""
    try:
        content = plistlib.loads(path.read_bytes())
    except (OSError, ExpatError, plistlib.InvalidFileException, ValueError, AttributeError) as error:
        raise ValueError(f"it cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ValueError("it is no dictionary")
    return content


def check_plists(project: Path) -> Iterator[str]:
    """Yield the faults of Info.plist and the privacy manifest."""
    yield from _check(project, INFO, _check_info)
    yield from _check(project, PRIVACY, _check_privacy)


def _check(
    project: Path, name: str, check: Callable[[Path, Mapping[str, Any]], Iterator[str]]
) -> Iterator[str]:
    try:
        content = read(project / name)
    except ValueError as error:
        yield f"{name}: {error}"
    else:
        yield from (f"{name}: {problem}" for problem in check(project, content))


def expanded_info(project: Path) -> Mapping[str, Any]:
    """Return Info.plist as the build writes it into the app; ValueError if it cannot be read."""
    found = settings_check.values(project)
    return {key: _expand(value, found) for key, value in read(project / INFO).items()}


def _expand(value: object, found: Mapping[str, str]) -> object:
    if isinstance(value, str):
        return xcconfig.evaluate(value, found)
    if isinstance(value, dict):
        return {key: _expand(each, found) for key, each in value.items()}
    return [_expand(each, found) for each in value] if isinstance(value, list) else value


def _check_info(project: Path, content: Mapping[str, Any]) -> Iterator[str]:
    yield from _check_types(content, _NEEDED)
    found = settings_check.values(project)
    for text in _texts(content):
        for name in sorted(xcconfig.references(text) - found.keys() - BUILT_IN):
            yield f"{text!r} refers to {name}, which is set nowhere"
    for key, value in content.items():
        if key.endswith("UsageDescription") and not str(value).strip():
            yield f"{key} is empty, and iOS ends an app that gives no reason"
        if key.startswith("UISupportedInterfaceOrientations") and isinstance(value, list):
            for wrong in sorted(set(map(str, value)) - _ORIENTATIONS):
                yield f"{key} names {wrong}, and there is no such orientation"
    for key in ("CFBundleShortVersionString", "CFBundleVersion"):
        version = xcconfig.evaluate(str(content.get(key, "")), found)
        if not _VERSION.fullmatch(version):
            yield f"{key} is {version!r}, and should be one to three numbers with dots between"
    if not xcconfig.evaluate(str(content.get("CFBundleDisplayName", "")), found).strip():
        yield "CFBundleDisplayName is empty"
    yield from _check_identifier(str(content.get("CFBundleIdentifier", "")), found)


def _check_identifier(text: str, found: Mapping[str, str]) -> Iterator[str]:
    bundle_id = xcconfig.evaluate(text, found)
    wrong = bundle_id_problem(bundle_id)
    if wrong:
        is_users = bundle_id == xcconfig.evaluate(found.get(_USERS_ID, ""), found)
        where = f", which is {_USERS_ID} in Config/User.xcconfig" if is_users else ""
        better = default_bundle_id(bundle_id.rpartition(".")[2])
        yield f"CFBundleIdentifier is {bundle_id!r}{where}: {wrong}; {better} would do"


def _check_types(content: Mapping[str, Any], needed: Mapping[str, type]) -> Iterator[str]:
    for key, kind in needed.items():
        if key not in content:
            yield f"{key} is missing"
        elif not isinstance(content[key], kind):
            yield f"{key} should be a {kind.__name__}, and is a {type(content[key]).__name__}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _check_privacy(project: Path, content: Mapping[str, Any]) -> Iterator[str]:
    yield from _check_types(content, _PRIVACY_KEYS)
    for key in sorted(content.keys() - _PRIVACY_KEYS.keys()):
        yield f"{key} is no key of a privacy manifest"
    if content.get("NSPrivacyTracking") is not False or content.get("NSPrivacyTrackingDomains"):
        yield "it declares that the app tracks users"
    if content.get("NSPrivacyCollectedDataTypes"):
        yield "it declares that the app collects data"
    declared = set()
    for each in _list(content.get("NSPrivacyAccessedAPITypes")):
        kind = str(each.get("NSPrivacyAccessedAPIType", "")) if isinstance(each, dict) else ""
        category = kind.removeprefix(_CATEGORY)
        declared.add(category)
        if category not in _REASONS or not kind.startswith(_CATEGORY):
            yield f"{kind!r} is no category of Apple's"
            continue
        reasons = set(map(str, _list(each.get("NSPrivacyAccessedAPITypeReasons"))))
        if not reasons:
            yield f"{kind} has no reason"
        for wrong in sorted(reasons - _REASONS[category][0]):
            yield f"{wrong} is no reason for {kind}"
    used = _categories_used(project)
    for category in sorted(used.keys() - declared):
        yield f"{_CATEGORY}{category} is not in it, and {used[category]} uses it"
    for category in sorted((declared & _REASONS.keys()) - used.keys() - {_BY_EXECUTORCH}):
        yield f"{_CATEGORY}{category} is in it, and nothing uses it"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _categories_used(project: Path) -> Mapping[str, str]:
    """Return the categories that the project's code and ExecuTorch use, each with a place."""
    used = {_BY_EXECUTORCH: "ExecuTorch"}
    for folder in _CODE:
        for path in project_files(project, folder, {".swift", ".mm", ".cpp", ".h"}):
            text = _COMMENT.sub("", path.read_text(encoding="utf-8", errors="replace"))
            for category, (_, pattern) in _REASONS.items():
                if re.search(pattern, text):
                    used.setdefault(category, path.relative_to(project).as_posix())
    return used
