"""Display names, identifiers derived from them, and defaults from the MODEL argument."""

import os
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edgegen.base.errors import UsageError

MAX_NAME: Final = 200  # characters of a display name
MAX_SLUG: Final = 64  # characters of an identifier, well below any compiler's or file system's limit
# Device names of Windows, with any suffix.
_DEVICES: Final = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)))
)
FALLBACK: Final = "app"

# Stems without information: every training run has a best and a last, every export a model.
GENERIC_STEMS: Final = frozenset({"best", "last", "model"})
_EXPORT_SUFFIXES: Final = ("_executorch_model", "_executorch")
_RUN_SUBFOLDERS: Final = frozenset({"weights"})  # runs/detect/birds/weights/best.pt

_JOINERS: Final = "\u200c\u200d"  # Persian and Indic words and many emoji need them
# Control and format characters, surrogates, private use, line and paragraph separators.
_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

MAX_PACKAGE: Final = 150  # characters of an application id: Google Play's limit; Android's own is 223
MAX_PROPOSED_PART: Final = 40
_PACKAGE_PART: Final = re.compile("[A-Za-z][A-Za-z0-9_]*")
# Apps must not define classes in these: class loaders or compilers reject them, or they hide the system's.
_TAKEN_PACKAGES: Final = frozenset({"android", "androidx", "dalvik", "java", "javax", "kotlin"})

MAX_BUNDLE_ID: Final = 255  # characters: the longest that Apple's developer site registers
_BUNDLE_ID_PART: Final = re.compile("[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")

# Latin letters that Unicode does not decompose into a base letter and a mark.
_LATIN: Final = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "\u0131": "i",
        "ħ": "h", "&": " and ", "+": " plus ", "'": "", "\u2019": "",
    }
)  # fmt: skip

_CPP: Final = """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t
    char8_t class co_await co_return co_yield compl concept const const_cast consteval constexpr
    constinit continue decltype default delete do double dynamic_cast else enum explicit export
    extern false final float for friend goto if import inline int long module mutable namespace new
    noexcept not not_eq nullptr operator or or_eq override private protected public register
    reinterpret_cast requires return short signed sizeof static static_assert static_cast struct
    switch template this thread_local throw true try typedef typeid typename union unsigned using
    virtual void volatile wchar_t while xor xor_eq
    linux main std unix
"""  # last line: used by the standard library or by macros of GNU compilers
_KOTLIN: Final = "as fun in interface is null object package super typealias typeof val var when"
_JAVA_RESERVED: Final = """
    abstract assert boolean break byte case catch char class const continue default do double else
    enum extends false final finally float for goto if implements import instanceof int interface long
    native new null package private protected public return short static strictfp super switch
    synchronized this throw throws transient true try void volatile while
"""
# Not allowed in a Java package name. Keywords of newer releases (record, var, yield ...) are.
JAVA_KEYWORDS: Final = frozenset(_JAVA_RESERVED.split())
_SWIFT: Final = """
    actor any associatedtype async await defer deinit extension fallthrough fileprivate func guard
    init inout internal let nil nonisolated open precedencegroup protocol repeat rethrows self some
    subscript throws type where
"""
_PYTHON: Final = "async await def del elif except from global lambda none nonlocal pass raise with"
_JAVA_NAMES: Final = "record sealed var yield"  # keywords in some places only
_CMAKE: Final = "all clean depend edit_cache help install list_install_components package rebuild_cache test"
# The test target and folders next to the program; macOS file systems ignore case.
_XCODE: Final = "apptests model vectors"
_WINDOWS: Final = "com0 lpt0"  # devices in some versions only
_NAMES: Final = " ".join((_CPP, _KOTLIN, _JAVA_NAMES, _SWIFT, _PYTHON, _CMAKE, _XCODE, _WINDOWS))
RESERVED: Final = _DEVICES | JAVA_KEYWORDS | frozenset(_NAMES.split())


def check_display_name(name: str) -> str:
    """Return the app's display name without outer blanks.

    Raise UsageError unless it has 1 to 200 printable characters of any script, one of them visible, and no
    slash or backslash.
    """
    name = name.strip()
    hint = f"--name takes 1 to {MAX_NAME} printable characters, no slash and no backslash"
    if not 1 <= len(name) <= MAX_NAME:
        raise UsageError(f"the app name has {len(name)} characters", hint)
    for character in name:
        if character in "/\\":
            raise UsageError(f"the app name {name!r} contains {character!r}", hint)
        if not _printable(character):
            raise UsageError(f"the app name {name!r} contains the character U+{ord(character):04X}", hint)
    if not any(_visible(character) for character in name):
        raise UsageError(f"the app name {name!r} has no visible character", hint)
    return name


def slug(name: str) -> str:
    """Return an identifier for any text, valid in C++, Kotlin, Java, Swift and Python and as a file name.

    `My birds 2` -> `my_birds_2`, `Größe` -> `grosse`, `class` -> `class_app`, `2cars` -> `app_2cars`,
    nothing usable -> `app`. Lower case, no double or outer underscores, at most MAX_SLUG characters.
    """
    letters = unicodedata.normalize("NFKD", name.casefold().translate(_LATIN))
    ascii_only = "".join(c for c in letters if not unicodedata.combining(c)).casefold().translate(_LATIN)
    words = re.findall(r"[a-z0-9]+", ascii_only)
    result = "_".join(words)
    if result[:1].isdigit():
        result = f"{FALLBACK}_{result}"
    result = result[:MAX_SLUG].rstrip("_") or FALLBACK
    return f"{result}_{FALLBACK}" if result in RESERVED else result


def model_name(model: Path) -> str:
    """Return a readable name for the MODEL argument: a checkpoint, a `.pte`, or the folder of an export.

    `yolo11n.pt` and `yolo11n_executorch_model/` -> `yolo11n`. For a generic stem (best, last, model) the
    folder gives the name: `runs/detect/birds/weights/best.pt` -> `birds`, `birds_executorch_model/model.pte`
    -> `birds`. The path need not exist. A relative path is resolved, so `best.pt` gets the current folder's
    name.
    """
    path = Path(os.path.normpath(model.absolute()))
    stem = path.stem if path.suffix.lower() in {".pt", ".pte", ".pth", ".onnx", ".torchscript"} else path.name
    name = _without_export_suffix(re.sub(r"-[0-9a-f]{8}$", "", stem))  # resnet18-f37072fd: a published file
    for folder in path.parents:
        if not is_generic(name):
            break
        if folder.name:
            name = _without_export_suffix(folder.name)
    return clean_name(name) or FALLBACK


def is_generic(stem: str) -> bool:
    """Return whether the name says nothing about the model."""
    return stem.casefold() in GENERIC_STEMS | _RUN_SUBFOLDERS


def project_folder(name: str, target: str) -> str:
    """Return the default output folder's name, `<model>-<target>`, valid on every file system."""
    return f"{_safe(name) or FALLBACK}-{target}"


def folder_name(name: str) -> str:
    """Return a folder name for any text, valid on every file system; `app` if nothing is usable."""
    safe = _safe(name)
    if is_device(safe):
        safe = f"{safe.partition('.')[0]}-{FALLBACK}"
    return safe or FALLBACK


def _safe(name: str) -> str:
    kept = "".join(c if c in ".+-_" or unicodedata.category(c)[0] in "LMN" else " " for c in name)
    safe = re.sub(r"[\s-]+", "-", kept).strip("-._+")
    while len(safe.encode()) > MAX_NAME:  # file systems count bytes, 255 at most
        safe = safe[:-1]
    return safe


def is_device(name: str) -> bool:
    """Return whether Windows takes a file or folder name for a device: `con`, and also `Aux.txt`."""
    return name.partition(".")[0].rstrip().casefold() in _DEVICES


def default_package(slug: str) -> str:
    """Return the default Android package."""
    return f"org.example.{slug}"


def check_package(package: str) -> str:
    """Return an Android application id, which is also the Kotlin package. Raise UsageError if it is invalid.

    Android requires two or more parts, each a letter followed by letters, digits and underscores. Java
    keywords are not allowed, because Android's tools write Java sources. Capitals are allowed, as in Android
    Studio.
    """
    wrong = _wrong_with_id(package, MAX_PACKAGE, _wrong_with_package_part)
    first = package.partition(".")[0]
    if not wrong and first in _TAKEN_PACKAGES:
        wrong = f"packages that begin with {first!r} belong to the system"
    if wrong:
        raise UsageError(f"--package {package!r}: {wrong}", f"try --package {proposed_package(package)}")
    return package


def _wrong_with_package_part(part: str) -> str:
    if part in JAVA_KEYWORDS:
        return f"{part!r} is a keyword of Java"
    if not _PACKAGE_PART.fullmatch(part):
        return f"{part!r} is not a letter, followed by letters, digits and underscores (a-z, A-Z, 0-9, _)"
    return ""


def proposed_package(package: str) -> str:
    """Return a valid package similar to the given one."""
    parts = _shortened([part for part in map(_proposed_part, package.split(".")) if part], MAX_PACKAGE)
    if len(parts) < 2 or parts[0] in _TAKEN_PACKAGES:
        parts = ["org", "example", *(parts or [FALLBACK])]
    return ".".join(parts)


def _proposed_part(part: str) -> str:
    kept = re.sub("[^A-Za-z0-9_]+", "_", part if part.isascii() else slug(part)).strip("_")
    if kept[:1].isdigit():
        kept = f"{FALLBACK}_{kept}"
    return f"{kept}_{FALLBACK}" if kept in JAVA_KEYWORDS else kept


def default_bundle_id(slug: str) -> str:
    """Return the default bundle id of an iOS app."""
    return f"org.example.{slug.replace('_', '-')}"


def check_bundle_id(bundle_id: str) -> str:
    """Return an iOS app's bundle id. Raise UsageError if it is invalid.

    Apple requires letters, digits, hyphens and dots (A-Z, a-z, 0-9), as in a reversed domain name: two or
    more parts, none empty, none with an outer hyphen. Unlike on Android, a part may begin with a digit
    (org.7up.birds).
    """
    wrong = wrong_with_bundle_id(bundle_id)
    if wrong:
        raise UsageError(
            f"--bundle-id {bundle_id!r}: {wrong}", f"try --bundle-id {proposed_bundle_id(bundle_id)}"
        )
    return bundle_id


def wrong_with_bundle_id(bundle_id: str) -> str:
    """Return what is wrong with a bundle id, or ""."""

    def wrong_with_part(part: str) -> str:
        if _BUNDLE_ID_PART.fullmatch(part):
            return ""
        return f"{part!r} is not made of letters, digits and inner hyphens (a-z, A-Z, 0-9, -)"

    return _wrong_with_id(bundle_id, MAX_BUNDLE_ID, wrong_with_part)


def proposed_bundle_id(bundle_id: str) -> str:
    """Return a valid bundle id similar to the given one."""
    texts = (part if part.isascii() else slug(part) for part in bundle_id.split("."))
    parts = [part for text in texts if (part := re.sub("[^A-Za-z0-9]+", "-", text).strip("-"))]
    parts = [part.strip("-") for part in _shortened(parts, MAX_BUNDLE_ID)]
    return ".".join(parts if len(parts) > 1 else ["org", "example", *(parts or [FALLBACK])])


def _wrong_with_id(text: str, longest: int, wrong_with_part: Callable[[str], str]) -> str:
    """Return what is wrong with an id of parts with dots between them, or ""."""
    if len(text) > longest:
        return f"it has {len(text)} characters, more than {longest}"
    parts = text.split(".")
    for part in parts:
        if wrong := wrong_with_part(part) if part else "a part of it is empty":
            return wrong
    return "" if len(parts) > 1 else "it needs two parts or more, with a dot between them"


def _shortened(parts: list[str], longest: int) -> list[str]:
    """Return the first two parts and the last one, if all together are too long."""
    if len(".".join(parts)) <= longest:
        return parts
    return [part[:MAX_PROPOSED_PART] for part in (*parts[:2], *parts[2:][-1:])]


def _without_export_suffix(stem: str) -> str:
    for suffix in _EXPORT_SUFFIXES:
        if stem.endswith(suffix) and stem != suffix:
            return stem[: -len(suffix)]
    return stem


def clean_name(text: str) -> str:
    """Return the text with only characters that `check_display_name` accepts; "" if none is visible."""
    kept = "".join(c if _printable(c) and c not in "/\\" else " " for c in text)
    kept = " ".join(kept.split())[:MAX_NAME].strip()
    return kept if any(_visible(c) for c in kept) else ""


def _printable(character: str) -> bool:
    return unicodedata.category(character) not in _UNPRINTABLE or character in _JOINERS


def _visible(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character)[0] in "LMNPSC"


def how_many(count: int, thing: str) -> str:
    """Return `1 picture`, `2 pictures`, `3 boxes`."""
    ending = "es" if thing[-1] in "sx" else "s"
    return f"{count} {thing}" if count == 1 else f"{count} {thing}{ending}"
