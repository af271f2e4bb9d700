"""Launch an app on the JVM: Robolectric with Android's framework, and doubles of two libraries."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen_kits.android.app_build import Built
from edgegen_kits.android.jvm import ENGLISH, HEAP
from edgegen_kits.android.kit import Kit
from edgegen_kits.common.commands import Commands, ProgramResult
from edgegen_kits.common.executorch import executorch_sdk

_OPENED: Final = ("io", "lang", "lang.reflect", "net", "nio", "util")
_RUNNER: Final = "org.junit.runner.JUnitCore"
# The optimizing compiler costs more than it saves. Without it the code cache is too small for the frameworks.
_SHORT_RUN: Final = ("-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=240m")
# Compilers made all classes, so checking their bytecode only takes time: a seventh of a launch.
_UNVERIFIED: Final = ("-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote")


@dataclass(frozen=True)
class TestRun:
    """JUnit's result."""

    run: int
    failed: int
    output: str

    @property
    def passed(self) -> bool:
        """Return whether tests ran and none failed."""
        return self.run > 0 and self.failed == 0

    def failures(self) -> list[str]:
        """Return the failed tests, each with the first line of its message."""
        found = re.findall(r"^\d+\) (.+?)\n(.*)$", self.output, re.MULTILINE)
        return [f"{name}: {why}".strip() for name, why in found]


def launch(
    kit: Kit,
    built: Built,
    tests: Sequence[str],
    api: int,
    commands: Commands,
    *,
    properties: Mapping[str, object] | None = None,
    classes: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> TestRun:
    """Run JUnit tests with the app's resources, in a new JVM, because a native library loads only once.

    Args:
        kit: The kit with the frameworks.
        built: The compiled project; `built.launched` and `classes` hold the tests.
        tests: The names of the test classes.
        api: The API level of the framework.
        commands: Runs the JVM.
        properties: System properties for the tests.
        classes: More class folders, before all others.
        environment: More environment variables.
        timeout: In seconds.
    """
    config = _write_config(built, api)
    classpath = [config, *classes, built.launched, *built.classes, kit.doubles, *kit.libraries, kit.stdlib]
    # Robolectric unpacks 200 MB of libraries for each JVM, and leaves them if an app ends its process.
    with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
        given = {
            "java.io.tmpdir": scratch,
            "java.security.manager": "allow",  # DiskWatch needs it
            "robolectric.graphicsMode": "NATIVE",
            "robolectric.offline": "true",
            "robolectric.dependency.dir": kit.frameworks,
            "java.library.path": kit.native,
            **(properties or {}),
        }
        # The stubs come last: they supply what the framework lacks.
        result = commands.ask(
            [
                *("java", "-Xmx3g", *HEAP, *ENGLISH, *_SHORT_RUN, *_UNVERIFIED),
                *(f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in _OPENED),
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                *(f"-D{name}={value}" for name, value in given.items()),
                *("-cp", ":".join(str(path) for path in (*classpath, kit.stubs)), _RUNNER, *tests),
            ],
            environment={"LD_LIBRARY_PATH": str(executorch_sdk() / "lib"), **(environment or {})},
            timeout=timeout,
        )
    return _read(result)


def run_plain_tests(kit: Kit, built: Built, commands: Commands) -> TestRun:
    """Run the JUnit tests of the modules that are plain JVM code, as Gradle would."""
    tests = [
        path.relative_to(folder).with_suffix("").as_posix().replace("/", ".")
        for folder in built.plain_tests
        for path in sorted(folder.rglob("*Test.class"))
    ]
    if not tests:
        return TestRun(0, 0, "there is no test in vision/src/test and parity/src/test")
    libraries = [kit.library(name) for name in ("junit.junit", "org.hamcrest.hamcrest-core", "org.json.json")]
    classpath = [*built.plain_tests, built.parity, built.vision, kit.stdlib, *libraries]
    project = built.project.folder
    result = commands.ask(
        [
            *("java", "-Xmx1500m", "-XX:+UseSerialGC", *ENGLISH, *_SHORT_RUN),
            f"-Dvectors={project / 'vectors'}",
            *("-cp", ":".join(str(path) for path in classpath), _RUNNER, *tests),
        ],
        project / "parity",
    )
    return _read(result)


def _write_config(built: Built, api: int) -> Path:
    config = built.folder / f"config-{api}"
    settings = config / "com" / "android" / "tools" / "test_config.properties"
    settings.parent.mkdir(parents=True, exist_ok=True)
    lines = {
        "android_merged_manifest": built.linked.manifest,
        "android_merged_assets": built.project.app / "assets",
        "android_resource_apk": built.linked.archive,
        "android_custom_package": built.package,
    }
    settings.write_text("".join(f"{name}={_escape(value)}\n" for name, value in lines.items()), "utf-8")
    (config / "robolectric.properties").write_text(f"sdk={api}\n", encoding="utf-8")
    return config


def _escape(value: object) -> str:
    """Escape a value of a properties file, which is Latin-1."""
    text = str(value).replace("\\", "\\\\")
    units = text.encode("utf-16-be")
    pairs = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return "".join(chr(each) if 0x20 <= each < 0x7F else f"\\u{each:04x}" for each in pairs)


def _read(result: ProgramResult) -> TestRun:
    fine = re.search(r"^OK \((\d+) tests?\)", result.out, re.MULTILINE)
    if fine:
        return TestRun(int(fine.group(1)), 0, result.out)
    bad = re.search(r"^Tests run: (\d+),\s+Failures: (\d+)", result.out, re.MULTILINE)
    if bad:
        return TestRun(int(bad.group(1)), int(bad.group(2)), result.out)
    return TestRun(0, 1, result.text[-6000:])
