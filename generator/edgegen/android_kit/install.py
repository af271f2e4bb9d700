"""Makes the kit: aside, part by part, and moves it into place when it is whole."""

import shutil
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edgegen import interruption
from edgegen.android_kit import build_doubles, debian_source, recipe, resources
from edgegen.android_kit.commands import Commands
from edgegen.android_kit.kit import FLOOR, FRAMEWORKS, Kit
from edgegen.android_kit.recipe import HERE
from edgegen.errors import ToolchainError
from edgegen.placing import staging, writing_to
from edgegen.progress import Progress

# R8 is in no archive of Maven's. This package is Google's bundletool, which has it inside.
_R8_PACKAGE: Final = "node-bundletool@1.0.0"
# What each part leaves in the kit's folder.
_FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "kotlin": ("kotlin",),
    "libraries": ("lib", "aar"),
    "frameworks": ("robolectric",),
    "stubs": ("android-29-stubs.jar", "android-26-stubs.jar"),
    "r8": ("r8.jar",),
    "resources": ("resources",),
    "doubles": ("doubles.jar", "native"),
}


def install(kit: Kit, progress: Progress) -> None:
    """Make the kit in its folder. Parts whose recipe did not change are taken from the kit that is there.

    Raises:
        ToolchainError: Something could not be fetched or built.
        RenderError: The folder cannot be written.
    """
    with _alone(kit.folder), staging(kit.folder) as aside:
        wanted, had = recipe.digests(), recipe.made(kit)
        if had == wanted:
            return  # another process was faster
        new = Kit(aside / "kit")
        new.folder.mkdir()
        kept = {part for part, digest in wanted.items() if had.get(part) == digest and _keep(kit, new, part)}
        missing = [part for part in wanted if part not in kept]
        progress.step(f"Make the Android kit in {kit.folder}: {', '.join(missing)}")
        _Making(new, aside / "source").make(missing)
        recipe.write(new, wanted)
        with interruption.held():
            if kit.folder.exists():
                kit.folder.rename(aside / "old")
            new.folder.rename(kit.folder)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time make a kit, and take away what a killed one left."""
    import fcntl

    with writing_to(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in folder.parent.glob(f".{folder.name}-*"):
                shutil.rmtree(left, ignore_errors=True)
            yield


def _keep(old: Kit, new: Kit, part: str) -> bool:
    """Link a part of the kit that is there into the new one."""
    try:
        for name in _FILES[part]:
            source = old.folder / name
            if source.is_dir():
                shutil.copytree(source, new.folder / name, copy_function=_link)
            else:
                _link(str(source), str(new.folder / name))
    except (OSError, shutil.Error):
        for name in _FILES[part]:
            shutil.rmtree(new.folder / name, ignore_errors=True)
            (new.folder / name).unlink(missing_ok=True)
        return False
    return True


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


class _Making:
    """Makes parts side by side, each as soon as those that it needs are there."""

    def __init__(self, kit: Kit, scratch: Path) -> None:
        self._kit = kit
        self._scratch = scratch
        self._commands = Commands()
        self._made: dict[str, Future[None]] = {}
        self._maven_is_running = threading.Lock()  # its cache does not take two at a time

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
        with ThreadPoolExecutor(max_workers=len(steps)) as pool:
            try:
                # Those that others wait for come first.
                for part in (each for each in steps if each in parts):
                    self._made[part] = pool.submit(steps[part])
                done, _ = wait(self._made.values(), return_when=FIRST_EXCEPTION)
                for each in done:
                    each.result()
            except BaseException:
                self._commands.stop()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _await(self, *parts: str) -> None:
        for part in parts:
            if part in self._made:
                self._made[part].result()

    def _maven(self, pom: str, goal: str, folder: Path, *options: str) -> None:
        with self._maven_is_running:
            self._commands.run(
                [
                    *("mvn", "--quiet", "--batch-mode", "--file", HERE / "pom" / f"{pom}.xml"),
                    *(f"dependency:{goal}", f"-DoutputDirectory={folder}", *options),
                ],
                hint="is the network there? Maven's own settings (~/.m2/settings.xml) apply",
            )

    def _kotlin(self) -> None:
        self._maven("kotlin", "copy-dependencies", self._kit.kotlin)

    def _libraries(self) -> None:
        folder = self._kit.folder / "lib"
        self._maven("libraries", "copy-dependencies", folder, "-Dmdep.prependGroupId=true")
        for archive in sorted(folder.glob("*.aar")):
            with zipfile.ZipFile(archive) as opened:
                opened.extractall(self._kit.folder / "aar" / archive.stem)  # noqa: S202 - zipfile checks paths
            archive.unlink()

    def _frameworks(self) -> None:
        self._maven("frameworks", "copy", self._kit.frameworks)

    def _stubs(self) -> None:
        self._scratch.mkdir()
        api_list = debian_source.fetch(self._scratch, self._commands)
        self._maven("floor", "copy", self._scratch)
        older = self._scratch / f"android-all-instrumented-{FRAMEWORKS[FLOOR]}.jar"
        make = [sys.executable, "-m", "edgegen.android_kit.stubs", api_list]
        for arguments in ([self._kit.stubs], [self._kit.floor_stubs, older]):
            self._commands.run([*make, *arguments])

    def _r8(self) -> None:
        with tempfile.TemporaryDirectory(dir=self._kit.folder.parent) as folder:
            self._commands.run(
                ["npm", "pack", "--silent", _R8_PACKAGE], Path(folder), hint="is the network there?"
            )
            archive = next(Path(folder).glob("*.tgz"), None)
            with tarfile.open(archive or "") as tar:
                member = tar.extractfile("package/bundletool.jar")
                if member is None:
                    raise ToolchainError(f"{_R8_PACKAGE} holds no bundletool.jar", "report this to edgegen")
                with self._kit.r8.open("wb") as jar:
                    shutil.copyfileobj(member, jar)

    def _resources(self) -> None:
        self._await("libraries")
        resources.compile_libraries(self._kit, self._commands)

    def _doubles(self) -> None:
        build_doubles.build_native(self._kit, self._commands)
        self._await("kotlin", "libraries", "stubs")
        build_doubles.build(self._kit, self._commands)
