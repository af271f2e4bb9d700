"""Check and compile a whole Android project, as Gradle would."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError
from edgegen.base.model_files import PTE_NAME
from edgegen_kits.android import floor, resources
from edgegen_kits.android.compiler import Compilation, Compiler
from edgegen_kits.android.jvm import QUICK_JAVAC
from edgegen_kits.android.kit import Kit
from edgegen_kits.android.resources import Linked
from edgegen_kits.common.commands import Commands

_WARNINGS_ARE_ERRORS: Final = "-Werror"
# Deprecated calls and overrides are allowed: the oldest Android often has nothing else.
_DEPRECATED: Final = (
    "-Xwarning-level=DEPRECATION:warning",
    "-Xwarning-level=OVERRIDE_DEPRECATION:warning",
)
_NO_JDK: Final = "-no-jdk"  # java.* comes with the Android stubs
_JAVA_8: Final = "-Xjdk-release=1.8"
APP_FLAGS: Final = (_WARNINGS_ARE_ERRORS, *_DEPRECATED, _NO_JDK, "-module-name", "app")
# Gradle compiles the app for 17. No check depends on it, and the kit's R8 is too old for 17.
APP_JVM: Final = "1.8"
TEST_JVM: Final = "17"


@dataclass(frozen=True)
class Project:
    """The folders of a generated Android project."""

    folder: Path

    @property
    def app(self) -> Path:
        """The Android app's own code, resources and assets."""
        return self.folder / "app" / "src" / "main"

    @property
    def model(self) -> Path:
        """The `.pte` that the app runs."""
        return self.app / "assets" / "model" / PTE_NAME

    def kotlin(self, module: str, part: str) -> list[Path]:
        """Return the Kotlin files of a part of a module: main, test, androidTest."""
        found = list[Path]()
        for language in ("kotlin", "java"):
            found += (self.folder / module / "src" / part / language).rglob("*.kt")
        return sorted(found)

    def package(self) -> str:
        """Return the app's namespace from the Gradle file."""
        gradle = self.folder / "app" / "build.gradle.kts"
        try:
            match = re.search(r'namespace\s*=\s*"([^"]+)"', gradle.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(
                f"{gradle} cannot be read: {error}", "make the project again with `edgegen new`"
            ) from error
        if match is None:
            raise InputError(f"{gradle} names no namespace", 'write: namespace = "..."')
        return match.group(1)


@dataclass(frozen=True)
class Built:
    """A compiled project, ready to be launched and shrunk."""

    project: Project
    package: str
    folder: Path

    @property
    def linked(self) -> Linked:
        """The output of aapt2."""
        return Linked(self.folder / "linked")

    @property
    def launched(self) -> Path:
        """The classes of the app's screen tests, and of the driver."""
        return self.folder / "launched"

    @property
    def vision(self) -> Path:
        """The classes of the vision module."""
        return self.folder / "vision"

    @property
    def parity(self) -> Path:
        """The classes of the parity module."""
        return self.folder / "parity"

    @property
    def plain_tests(self) -> list[Path]:
        """The classes of the tests of vision and parity."""
        return [self.folder / "vision-tests", self.folder / "parity-tests"]

    @property
    def resource_classes(self) -> Path:
        """The R classes."""
        return self.folder / "r-classes"

    @property
    def app(self) -> Path:
        """The classes of the app."""
        return self.folder / "app"

    @property
    def classes(self) -> list[Path]:
        """All classes of the project's own code."""
        return [self.app, self.parity, self.vision, self.resource_classes]


def build(
    kit: Kit, project: Project, folder: Path, commands: Commands, *, more: Sequence[Path] = ()
) -> Built:
    """Compile a whole project, warnings as errors, and look up its calls in the oldest Android.

    One compiler serves all steps, one after the other: once it is warm, it is several times faster.

    Args:
        kit: The kit to compile against.
        project: The project, which is only read.
        folder: An empty folder for the results.
        commands: Runs the programs.
        more: Kotlin files that use the app and go into the classes `launched`.

    Raises:
        ToolchainError: Something does not compile; the message has the compiler's output.
    """
    package = project.package()
    folder.mkdir(parents=True, exist_ok=True)
    with Compiler(kit, commands) as compiler:
        steps = _Steps(kit, project, package, folder, commands)
        with ThreadPoolExecutor(max_workers=8) as pool:

            def start(step: Callable[[], None], *after: Future[None]) -> Future[None]:
                def run() -> None:
                    for each in after:
                        each.result()
                    step()

                return pool.submit(run)

            linked = start(steps.link)
            vision = start(lambda: steps.vision(compiler))
            parity = start(lambda: steps.parity(compiler), vision)
            app = start(lambda: steps.app(compiler), parity, linked)
            older = start(steps.floor, app)
            launched = start(lambda: steps.launched(compiler, more), app)
            plain_tests = start(lambda: steps.plain_tests(compiler), launched)
            device_tests = start(lambda: steps.device_tests(compiler), plain_tests)
            try:
                for each in (linked, vision, parity, app, older, launched, plain_tests, device_tests):
                    each.result()
            except BaseException:
                commands.stop()
                raise
    return steps.built


class _Steps:
    """The compilations of a project. Some wait for others."""

    def __init__(self, kit: Kit, project: Project, package: str, folder: Path, commands: Commands) -> None:
        self._kit = kit
        self._commands = commands
        self.built = Built(project, package, folder)
        self._libraries = [kit.doubles, *kit.libraries]

    def link(self) -> None:
        """Link the resources, and compile the R classes of the app and its libraries."""
        built = self.built
        resources.link(self._kit, built.project.app, built.package, built.linked, self._commands)
        sources = sorted(built.linked.java.rglob("R.java"))
        quiet = ("-nowarn", "-Xlint:-options", "--release", "8", "-proc:none")
        self._commands.run([*QUICK_JAVAC, *quiet, "-d", built.resource_classes, *sources])

    def vision(self, compiler: Compiler) -> None:
        """Compile the vision module as plain JVM code."""
        self._plain(compiler, "vision", [], self.built.vision)

    def parity(self, compiler: Compiler) -> None:
        """Compile the parity module as plain JVM code."""
        classpath = [self.built.vision, self._kit.library("org.json.json")]
        self._plain(compiler, "parity", classpath, self.built.parity)

    def _plain(self, compiler: Compiler, module: str, classpath: Sequence[Path], output: Path) -> None:
        flags = (_WARNINGS_ARE_ERRORS, _JAVA_8, "-module-name", module)
        sources = self.built.project.kotlin(module, "main")
        compiler.compile_once(Compilation(sources, classpath, output, flags, APP_JVM), f"{module}/src/main")

    def app(self, compiler: Compiler) -> None:
        """Compile the app against the API of its compileSdk."""
        compiler.compile_once(
            Compilation(
                self.built.project.kotlin("app", "main"),
                [
                    self._kit.stubs,
                    self.built.parity,
                    self.built.vision,
                    self.built.resource_classes,
                    *self._libraries,
                ],
                self.built.app,
                APP_FLAGS,
                APP_JVM,
            ),
            "app/src/main",
        )

    def floor(self) -> None:
        """Look up the calls of the app and its plain modules in the oldest Android."""
        built = self.built
        floor.check(
            self._kit,
            [built.app],
            [path for module in ("vision", "parity", "app") for path in built.project.kotlin(module, "main")],
            [built.resource_classes, *self._libraries],
            plain=[built.parity, built.vision],
        )

    def plain_tests(self, compiler: Compiler) -> None:
        """Compile the tests of the modules that are plain JVM code, if there are any."""
        built = self.built
        for classes, output in zip((built.vision, built.parity), built.plain_tests, strict=True):
            self._tests(
                compiler,
                built.project.kotlin(classes.name, "test"),
                [built.vision, built.parity, *self._libraries],
                output,
                classes,
                f"{classes.name}/src/test",
            )

    def launched(self, compiler: Compiler, more: Sequence[Path]) -> None:
        """Compile the app's screen tests and further files, such as the driver."""
        self._tests(
            compiler,
            [*self.built.project.kotlin("app", "test"), *more],
            [*self.built.classes, *self._libraries, self._kit.stubs],
            self.built.launched,
            self.built.app,
            "app/src/test",
        )

    def device_tests(self, compiler: Compiler) -> None:
        """Compile the tests that run on a device."""
        self._tests(
            compiler,
            self.built.project.kotlin("app", "androidTest"),
            [*self.built.classes, *self._libraries, self._kit.stubs],
            self.built.folder / "device-tests",
            self.built.app,
            "app/src/androidTest",
        )

    def _tests(
        self,
        compiler: Compiler,
        sources: Sequence[Path],
        classpath: Sequence[Path],
        output: Path,
        friend: Path,
        what: str,
    ) -> None:
        if not sources:
            return
        flags = (_WARNINGS_ARE_ERRORS, *_DEPRECATED, "-module-name", output.name)
        compiler.compile_once(Compilation(sources, classpath, output, flags, TEST_JVM, friend), what)
