"""The paths of the kit's files, and the API levels that it checks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.files import home
from edgegen_kits.common.recipe import STAMP

FLOOR: Final = 26  # minSdk: calls of newer API need a check of SDK_INT
COMPILE: Final = 36  # compileSdk: an app is compiled against the public API of this release
LAUNCH: Final = (29, 34)  # API levels of the frameworks to launch on
TARGET: Final = 36  # targetSdk
FRAMEWORKS: Final = {
    26: "8.0.0_r4-robolectric-r1-i7",
    29: "10-robolectric-5803371-i7",
    34: "14-robolectric-10818077-i7",
}
FRAMEWORK_TO_COMPILE: Final = "android-all-16-robolectric-13921718.jar"  # API 36


@dataclass(frozen=True)
class Kit:
    """The files of the kit in a folder, which may not exist yet."""

    folder: Path

    @property
    def stubs(self) -> Path:
        """The public Android API of compileSdk, to compile against."""
        return self.folder / f"android-{COMPILE}-stubs.jar"

    @property
    def floor_stubs(self) -> Path:
        """The members of the oldest supported Android, to look calls up in."""
        return self.folder / f"android-{FLOOR}-stubs.jar"

    @property
    def doubles(self) -> Path:
        """The doubles of ExecuTorch (over the Python wheel) and CameraX (over pictures)."""
        return self.folder / "doubles.jar"

    @property
    def native(self) -> Path:
        """The folder of the doubles' native library."""
        return self.folder / "native"

    @property
    def kotlin(self) -> Path:
        """The folder of the Kotlin compiler and ktlint."""
        return self.folder / "kotlin"

    @property
    def compiler(self) -> list[Path]:
        """The jars of the Kotlin compiler."""
        return sorted(path for path in self.kotlin.glob("*.jar") if "ktlint" not in path.name)

    @property
    def ktlint(self) -> Path:
        """The formatter and linter of Kotlin's official style."""
        return _only(self.kotlin, "ktlint-cli-*.jar")

    @property
    def stdlib(self) -> Path:
        """Kotlin's standard library."""
        return _only(self.kotlin, "kotlin-stdlib-[0-9]*.jar")

    @property
    def archives(self) -> list[Path]:
        """The unpacked .aar folders of AndroidX."""
        return sorted(path for path in (self.folder / "aar").iterdir() if path.is_dir())

    @property
    def libraries(self) -> list[Path]:
        """The classes of AndroidX, coroutines, JUnit and Robolectric."""
        return [*sorted((self.folder / "lib").glob("*.jar")), *sorted(self.folder.glob("aar/*/classes.jar"))]

    def library(self, name: str) -> Path:
        """Return the jar of a library, by the beginning of its file name."""
        return _only(self.folder / "lib", f"{name}-[0-9]*.jar")

    @property
    def frameworks(self) -> Path:
        """The folder of the Android frameworks to launch on."""
        return self.folder / "robolectric"

    def framework(self, api: int) -> Path:
        """Return the framework of an API level: code and resources."""
        return self.frameworks / f"android-all-instrumented-{FRAMEWORKS[api]}.jar"

    @property
    def build_cache(self) -> Path:
        """The cache of compiled Kotlin modules."""
        return self.folder / "build-cache"

    @property
    def jvm_cache(self) -> Path | None:
        """The cache of the programs that keep the Kotlin compiler and R8 running.

        None while the kit is being made: the cache would be of paths that change.
        """
        return self.folder / "jvm-cache" if (self.folder / STAMP).is_file() else None

    @property
    def r8(self) -> Path:
        """D8 and R8."""
        return self.folder / "r8.jar"


def locate_kit() -> Kit:
    """Return the kit in edgegen's home folder. It may not be installed."""
    return Kit(home() / "android")


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise FileNotFoundError(f"{folder / pattern} is not in the kit")
    return found[0]
