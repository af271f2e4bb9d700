"""Fetch and build the parts of the Android kit."""

import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from edgegen.base.progress import Progress
from edgegen_kits.android import build_doubles, debian_source, public_names, recipe, resources
from edgegen_kits.android.kit import FLOOR, FRAMEWORK_TO_COMPILE, FRAMEWORKS, Kit
from edgegen_kits.android.recipe import HERE
from edgegen_kits.common import npm
from edgegen_kits.common.commands import Commands
from edgegen_kits.common.making import SideBySide, announcer, renew

# Maven's archive has no R8. This package is Google's bundletool, which contains it.
_R8_PACKAGE: Final = "node-bundletool@1.0.0"
# Of bundletool-all-1.18.3.jar in the package.
_R8_SHA256: Final = "a099cfa1543f55593bc2ed16a70a7c67fe54b1747bb7301f37fdfd6d91028e29"
_NATIVE: Final = ("jni/", "prefab/")  # of an .aar: code for a phone's processor
# The files of each part in the kit's folder.
_FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "kotlin": ("kotlin",),
    "libraries": ("lib", "aar"),
    "frameworks": ("robolectric",),
    "stubs": ("android-36-stubs.jar", "android-26-stubs.jar"),
    "r8": ("r8.jar",),
    "resources": ("resources",),
    "doubles": ("doubles.jar", "native"),
}


def install(kit: Kit, progress: Progress) -> None:
    """Make the kit in its folder. Parts whose recipe did not change are taken from the existing kit.

    Raises:
        ToolchainError: Something could not be fetched or built.
        RenderError: The folder cannot be written.
    """

    def make(folder: Path, scratch: Path, parts: Sequence[str]) -> None:
        _Making(Kit(folder), scratch).make(parts)

    announce = announcer(progress, "Android kit", kit.folder)
    renew(kit.folder, recipe.digests(), _FILES, make, announce)


class _Making:
    """The steps that make each part."""

    def __init__(self, kit: Kit, scratch: Path) -> None:
        self._kit = kit
        self._scratch = scratch
        self._commands = Commands()
        self._side_by_side = SideBySide(self._commands)
        self._maven_is_running = threading.Lock()  # its cache allows one at a time

    def make(self, parts: Sequence[str]) -> None:
        steps: dict[str, Callable[[], None]] = {
            "kotlin": self._kotlin,
            "libraries": self._libraries,
            "frameworks": self._frameworks,
            "stubs": self._stubs,
            "r8": self._r8,
            "resources": self._resources,
            "doubles": self._doubles,
        }
        self._side_by_side.make(steps, parts)

    def _maven(self, pom: str, goal: str, folder: Path, *options: str) -> None:
        with self._maven_is_running:
            self._commands.run(
                [
                    *("mvn", "--quiet", "--batch-mode", "--file", HERE / "pom" / f"{pom}.xml"),
                    *(f"dependency:{goal}", f"-DoutputDirectory={folder}", *options),
                ],
                hint="Check the network and Maven's settings (~/.m2/settings.xml)",
            )

    def _kotlin(self) -> None:
        self._maven("kotlin", "copy-dependencies", self._kit.kotlin)

    def _libraries(self) -> None:
        folder = self._kit.folder / "lib"
        self._maven("libraries", "copy-dependencies", folder, "-Dmdep.prependGroupId=true")
        for archive in sorted(folder.glob("*.aar")):
            with zipfile.ZipFile(archive) as opened:
                names = [each for each in opened.namelist() if not each.startswith(_NATIVE)]
                opened.extractall(self._kit.folder / "aar" / archive.stem, names)
            archive.unlink()

    def _frameworks(self) -> None:
        self._maven("frameworks", "copy", self._kit.frameworks)

    def _stubs(self) -> None:
        self._scratch.mkdir()
        api_list = debian_source.fetch(self._scratch, self._commands)
        self._maven("stubs", "copy", self._scratch)
        older = self._scratch / f"android-all-instrumented-{FRAMEWORKS[FLOOR]}.jar"
        listed = self._scratch / "android-29-stubs.jar"
        make = [sys.executable, "-m", "edgegen_kits.android.stubs", api_list]
        for arguments in ([listed], [self._kit.floor_stubs, older]):
            self._commands.run([*make, *arguments])
        self._compile_stubs(listed)

    def _compile_stubs(self, listed: Path) -> None:
        """Make the stubs of the newest API: the members of its framework that the lists name as public."""
        declarations, names = self._scratch / "public.d.ts", self._scratch / "public-names"
        self._npm(public_names.PACKAGE, public_names.FILE, public_names.SHA256, declarations)
        with declarations.open(encoding="utf-8") as lines:
            names.write_text("".join(f"{each}\n" for each in public_names.read(lines)), encoding="utf-8")
        self._side_by_side.await_("libraries")
        program = ["java", "-cp", self._kit.library("org.ow2.asm.asm"), HERE / "java" / "PublicStubs.java"]
        framework = self._scratch / FRAMEWORK_TO_COMPILE
        self._commands.run([*program, framework, names, listed, self._kit.stubs])

    def _r8(self) -> None:
        self._npm(_R8_PACKAGE, "package/bundletool.jar", _R8_SHA256, self._kit.r8)

    def _npm(self, package: str, name: str, sha256: str, destination: Path) -> None:
        """Fetch one file of a package."""
        with tempfile.TemporaryDirectory(dir=self._kit.folder.parent) as scratch:
            wanted = npm.Wanted(destination, sha256)
            npm.fetch(self._commands, package, {name: wanted}, Path(scratch))

    def _resources(self) -> None:
        self._side_by_side.await_("libraries")
        resources.compile_libraries(self._kit, self._commands)

    def _doubles(self) -> None:
        build_doubles.build_native(self._kit, self._commands)
        self._side_by_side.await_("kotlin", "libraries", "stubs")
        build_doubles.build(self._kit, self._commands)
