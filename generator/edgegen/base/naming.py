"""Names: of apps, of identifiers derived from them, of folders, and from the MODEL argument."""

import os
import re
import unicodedata
from pathlib import Path
from typing import Final

from edgegen.base.errors import UsageError
from edgegen.base.model_files import PTE_SUFFIX

MAX_NAME: Final = 200  # characters of a display name
MAX_SLUG: Final = 64  # characters of an identifier, well below any compiler's or file system's limit
# Device names of Windows, with any suffix.
_DEVICES: Final = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)))
)
FALLBACK: Final = "app"

# Stems without information: every training run has a best and a last, every export a model.
GENERIC_STEMS: Final = frozenset(
    {
        "best",
        "last",
        "model",
        "checkpoint",
        *(f"checkpoint_best_{kind}" for kind in ("total", "ema", "regular")),
        *("best_ckpt", "latest_ckpt"),
    }
)
_EXPORT_SUFFIX: Final = re.compile(r"(?<=.)_executorch(?:_model)?\Z", re.DOTALL)
_RUN_SUBFOLDERS: Final = frozenset({"weights"})  # runs/detect/birds/weights/best.pt

_JOINERS: Final = "\u200c\u200d"  # Persian and Indic words and many emoji need them
# Control and format characters, surrogates, private use, line and paragraph separators.
_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

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
_MODEL_SUFFIXES: Final = frozenset(
    {".pt", PTE_SUFFIX, ".pth", ".pt2", ".safetensors", ".onnx", ".torchscript"}
)
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


def name_from_path(model: Path) -> str:
    """Return a readable name for the MODEL argument: a checkpoint, a `.pte`, or the folder of an export.

    `yolo11n.pt` and `yolo11n_executorch_model/` -> `yolo11n`. For a generic stem (best, last, model) the
    folder gives the name: `runs/detect/birds/weights/best.pt` -> `birds`, `birds_executorch_model/model.pte`
    -> `birds`. The path need not exist. A relative path is resolved, so `best.pt` gets the current folder's
    name.
    """
    path = Path(os.path.normpath(model.absolute()))
    stem = path.stem if path.suffix.lower() in _MODEL_SUFFIXES else path.name
    stem = re.sub(r"-[0-9a-f]{8}$", "", stem)  # resnet18-f37072fd: a published file
    name = _EXPORT_SUFFIX.sub("", stem)
    for folder in path.parents:
        if not is_generic(name):
            break
        if folder.name:
            name = _EXPORT_SUFFIX.sub("", folder.name)
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


def clean_name(text: str) -> str:
    """Return the text with only characters that `check_display_name` accepts; "" if none is visible."""
    kept = "".join(c if _printable(c) and c not in "/\\" else " " for c in text)
    kept = " ".join(kept.split())[:MAX_NAME].strip()
    return kept if any(_visible(c) for c in kept) else ""


def _printable(character: str) -> bool:
    return unicodedata.category(character) not in _UNPRINTABLE or character in _JOINERS


def _visible(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character)[0] in "LMNPSC"
