"""Ids of apps: an Android package and an iOS bundle id. Both have parts with dots between them."""

import re
from typing import Final

from edgegen.base.errors import UsageError
from edgegen.base.naming import JAVA_KEYWORDS, slug

MAX_PACKAGE: Final = 150  # characters of an application id: Google Play's limit; Android's own is 223
_PACKAGE_PART: Final = re.compile("[A-Za-z][A-Za-z0-9_]*")
# Apps must not define classes in these: class loaders or compilers reject them, or they hide the system's.
_TAKEN_PACKAGES: Final = frozenset({"android", "androidx", "dalvik", "java", "javax", "kotlin"})

MAX_BUNDLE_ID: Final = 255  # characters: the longest that Apple's developer site registers
_BUNDLE_ID_PART: Final = re.compile("[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")


def default_package(name: str) -> str:
    """Return the Android package for the last part of an id, or for an app's name."""
    return f"org.example.{slug(name)}"


def default_bundle_id(name: str) -> str:
    """Return the iOS bundle id for the last part of an id, or for an app's name."""
    return f"org.example.{slug(name).replace('_', '-')}"


def check_package(package: str) -> str:
    """Return an Android application id, which is also the Kotlin package. Raise UsageError if it is invalid.

    Android requires two or more parts, each a letter followed by letters, digits and underscores. Java
    keywords are not allowed, because Android's tools write Java sources. Capitals are allowed, as in Android
    Studio.
    """
    if problem := _package_problem(package):
        example = default_package(package.rpartition(".")[2])
        raise UsageError(f"--package {package!r}: {problem}", f"try --package {example}")
    return package


def _package_problem(package: str) -> str:
    if problem := _id_problem(package, MAX_PACKAGE):
        return problem
    parts = package.split(".")
    for part in parts:
        if part in JAVA_KEYWORDS:
            return f"{part!r} is a keyword of Java"
        if not _PACKAGE_PART.fullmatch(part):
            return f"{part!r} is not a letter, followed by letters, digits and underscores (a-z, A-Z, 0-9, _)"
    if parts[0] in _TAKEN_PACKAGES:
        return f"packages that begin with {parts[0]!r} belong to the system"
    return ""


def check_bundle_id(bundle_id: str) -> str:
    """Return an iOS app's bundle id. Raise UsageError if it is invalid.

    Apple requires letters, digits, hyphens and dots (A-Z, a-z, 0-9), as in a reversed domain name: two or
    more parts, none empty, none with an outer hyphen. Unlike on Android, a part may begin with a digit
    (org.7up.birds).
    """
    if problem := bundle_id_problem(bundle_id):
        example = default_bundle_id(bundle_id.rpartition(".")[2])
        raise UsageError(f"--bundle-id {bundle_id!r}: {problem}", f"try --bundle-id {example}")
    return bundle_id


def bundle_id_problem(bundle_id: str) -> str:
    """Return what is wrong with a bundle id, or ""."""
    if problem := _id_problem(bundle_id, MAX_BUNDLE_ID):
        return problem
    for part in bundle_id.split("."):
        if not _BUNDLE_ID_PART.fullmatch(part):
            return f"{part!r} is not made of letters, digits and inner hyphens (a-z, A-Z, 0-9, -)"
    return ""


def _id_problem(text: str, longest: int) -> str:
    """Return what is wrong with the length or the number of parts of an id, or ""."""
    if len(text) > longest:
        return f"it has {len(text)} characters, more than {longest}"
    parts = text.split(".")
    if not all(parts):
        return "a part of it is empty"
    return "" if len(parts) > 1 else "it needs two parts or more, with a dot between them"
