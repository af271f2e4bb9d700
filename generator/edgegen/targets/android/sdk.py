"""Find the Android SDK."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

# Android Studio's folders below the home folder on Linux, macOS and Windows; then Debian's.
_USUAL = ("Android/Sdk", "Library/Android/sdk", "AppData/Local/Android/Sdk")
_DEBIAN = Path("/usr/lib/android-sdk")
_IN_AN_SDK = ("platform-tools", "platforms", "cmdline-tools", "build-tools", "licenses")


def find_sdk() -> Path | None:
    """Return the SDK's folder: of the environment, Android Studio, or the `sdkmanager` on PATH; else None."""
    return next((place for place in _places() if place.is_dir()), None)


def _places() -> Iterator[Path]:
    for name in ("ANDROID_HOME", "ANDROID_SDK_ROOT"):
        if os.environ.get(name):
            yield Path(os.environ[name])
    home = os.environ.get("HOME") or os.environ.get("USERPROFILE")
    if home:
        yield from (Path(home, usual) for usual in _USUAL)
    manager = shutil.which("sdkmanager")
    if manager:
        for parent in Path(manager).resolve().parents:
            if parent != Path(parent.anchor) and any((parent / name).is_dir() for name in _IN_AN_SDK):
                yield parent
        yield _DEBIAN
