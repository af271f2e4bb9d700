"""The JDK's programs, and Kotlin's compiler, ktlint and aapt2 of the Android kit."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from edgegen_kits.android.jvm import HEAP
from edgegen_kits.android.kit import Kit, locate_kit
from tests.helpers.kotlin_compiler import compile_kotlin
from tests.helpers.support import PATIENCE
from tests.helpers.tools import missing

CLASS_PATH_SEPARATOR = os.pathsep


def the_kit() -> Kit:
    """Return the installed kit; without one the test is skipped, or fails where it has to be here."""
    kit = locate_kit()
    if not kit.compiler or not shutil.which("java"):
        missing("the Android kit (edgegen doctor --target android --install)")
    return kit


def kotlinc(sources: Iterable[Path], classes: Path, *flags: str, classpath: Sequence[Path] = ()) -> None:
    """Compile Kotlin files for a JVM; an error or a warning fails the test."""
    kit = the_kit()
    command = [
        *("-no-stdlib", "-no-reflect", "-Werror", *flags),
        *("-cp", _joined([kit.stdlib, *classpath]), "-d", classes, *sources),
    ]
    compile_kotlin(kit, [command], classes.with_name(f"{classes.name}-compiled"))


def run_jdk(*command: object) -> str:
    """Run a program of the JDK and return what it prints."""
    if shutil.which(str(command[0])) is None:
        missing(str(command[0]))
    answer = _run([str(part) for part in command])
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def run_java(main: str, *classpath: Path, arguments: Sequence[str] = ()) -> bytes:
    """Run a compiled main() and return what it prints."""
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", _joined([*classpath, the_kit().stdlib]), main]
    command += arguments
    answer = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE)
    assert answer.returncode == 0, answer.stderr.decode(errors="replace")[-4000:]
    return answer.stdout


def ktlint(folder: Path, *patterns: str) -> str:
    """Return what ktlint has to say on the files of a folder, by the folder's own .editorconfig."""
    assert any(path for pattern in patterns for path in folder.glob(pattern)), "there is no such file"
    quick = (*HEAP, "-XX:TieredStopAtLevel=1")  # its runs are short
    command = ["java", *quick, "-jar", str(the_kit().ktlint), "--relative", "--log-level=error", *patterns]
    answer = _run(command, folder)
    assert (answer.returncode == 0) == (answer.stdout == ""), answer.stderr
    return answer.stdout


def ktlint_projects(projects: Mapping[str, Path], folder: Path, *patterns: str) -> str:
    """Return ktlint's messages on files of several projects, from one run. Equal files are checked once.

    The files are copied to `folder`, each to its project's name.
    """
    checked = set[bytes]()
    for name, project in projects.items():
        for path in [project / ".editorconfig", *(each for one in patterns for each in project.glob(one))]:
            content = path.read_bytes()
            if path.suffix and content in checked:
                continue
            checked.add(content)
            copy = folder / name / path.relative_to(project)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
    return ktlint(folder, *(f"*/{pattern}" for pattern in patterns))


def resource_strings(folder: Path, files: Sequence[Path]) -> dict[str, str]:
    """Compile and link resource files with aapt2, and return the strings that a device would read."""
    if not shutil.which("aapt2"):
        missing("aapt2")
    compiled = [_compiled(path, folder) for path in files]
    manifest = folder / "AndroidManifest.xml"
    manifest.write_text('<manifest package="a.b"/>', encoding="utf-8")
    framework = next((the_kit().folder / "robolectric").glob("*-14-*.jar"))
    package = folder / "strings.apk"
    answer = _run(
        [
            *("aapt2", "link", "-I", str(framework), "--manifest", str(manifest), "-o", str(package)),
            *map(str, compiled),
        ]
    )
    assert answer.returncode == 0, answer.stderr[-4000:]
    dump = subprocess.run(["aapt2", "dump", "resources", str(package)], capture_output=True, check=True)
    entries = re.findall(
        r'^ +resource 0x\w+ string/(\w+)\n +\(\) "(.*?)"\n(?= +resource 0x| +type |\Z)',
        dump.stdout.decode(),
        flags=re.MULTILINE | re.DOTALL,
    )
    return {name: text.replace("\n      ", "\n") for name, text in entries}  # the dump is indented


def _compiled(path: Path, folder: Path) -> Path:
    output = folder / f"compiled-{len(list(folder.glob('compiled-*')))}"
    output.mkdir()
    answer = _run(["aapt2", "compile", str(path), "-o", str(output)])
    assert answer.returncode == 0, answer.stderr[-4000:]
    return next(output.iterdir())


def _joined(paths: Iterable[Path]) -> str:
    return CLASS_PATH_SEPARATOR.join(map(str, paths))


def _run(command: Sequence[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace", check=False, timeout=PATIENCE
    )
