"""Run R8 as a release build does, and look for the names that native code needs."""

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.android import dex
from edgegen_kits.android.app_build import Built
from edgegen_kits.android.jvm import Server
from edgegen_kits.android.kit import FLOOR, Kit
from edgegen_kits.android.recipe import HERE
from edgegen_kits.common.commands import Commands

# In Gradle's build libraries are part of the program, so R8 knows the API level of their methods. Here only
# the app's own code is counted: without these flags R8 would not inline any call of a library.
_ALONE: Final = "-Dcom.android.tools.r8.disableApiModeling=true"
# Test libraries of the kit, which no app contains.
_IN_APPS: Final = re.compile(
    r"androidx\.(?!test)|com\.facebook\.|org\.jetbrains\.kotlinx\.kotlinx-coroutines"
)
# ExecuTorch's native library (1.5) looks these up by name, and the fbjni in it (0.7) those of com.facebook.
LOOKED_UP: Final[Mapping[str, tuple[str, ...]]] = {
    "org.pytorch.executorch.EValue": ("from", "toTensor", "mTypeCode"),
    "org.pytorch.executorch.Tensor": ("getRawDataBuffer",),
    "org.pytorch.executorch.ExecutorchRuntimeException": ("makeExecutorchException",),
    "com.facebook.jni.CppException": ("<init>",),
    "com.facebook.jni.CppSystemErrorException": ("<init>",),
    "com.facebook.jni.ExceptionHelper": ("getErrorDescription",),
    "com.facebook.jni.HybridClassBase": (),
    "com.facebook.jni.HybridData": ("<init>", "mDestructor"),
    "com.facebook.jni.HybridData$Destructor": ("deleteNative", "mNativePointer"),
    "com.facebook.jni.IteratorHelper": ("<init>", "hasNext", "mElement"),
    "com.facebook.jni.MapIteratorHelper": ("<init>", "hasNext", "mKey", "mValue"),
    "com.facebook.jni.NativeRunnable": ("<init>", "run"),
    "com.facebook.jni.ThreadScopeSupport": ("runStdFunction", "runStdFunctionImpl"),
    "com.facebook.jni.UnknownCppException": ("<init>",),
}


@dataclass(frozen=True)
class Shrunk:
    """The result of R8."""

    looked_up: int  # number of names that native code looks up
    lost: tuple[str, ...]  # those that R8 removed


def shrink(kit: Kit, built: Built, folder: Path, commands: Commands) -> Shrunk:
    """Run R8 over the app with its libraries.

    Raises:
        ToolchainError: R8 failed.
    """
    with Server(commands, kit.jvm_cache, "ShrinkServer.java", [kit.r8]) as r8:
        program = [_own_jar(built, folder), *_libraries(kit)]
        whole = _r8(r8, kit, program, [], _rules(kit, built), folder / "whole.zip")
    left = {each.name: each.members for data in whole for each in dex.read(data)}
    wanted = [(name, member) for name, members in LOOKED_UP.items() for member in ("", *members)]
    return Shrunk(
        looked_up=len(wanted),
        lost=tuple(
            f"{name}.{member}".rstrip(".")
            for name, member in wanted
            if name not in left or (member and member not in left[name])
        ),
    )


def shrink_own_code(kit: Kit, built: Built, folder: Path, commands: Commands) -> list[bytes]:
    """Run R8 over the project's own code alone, and return its dex files.

    Raises:
        ToolchainError: R8 failed.
    """
    with Server(commands, kit.jvm_cache, "ShrinkServer.java", [kit.r8], _ALONE) as r8:
        program = [_own_jar(built, folder)]
        return _r8(r8, kit, program, _libraries(kit), _rules(kit, built), folder / "own.zip")


def _libraries(kit: Kit) -> list[Path]:
    in_apps = [path for path in kit.libraries if _IN_APPS.search(_coordinates(path))]
    return [*in_apps, kit.stdlib, kit.doubles]


def _rules(kit: Kit, built: Built) -> list[Path]:
    rules = [
        *sorted((HERE / "rules").glob("*.pro")),
        built.linked.keep_rules,
        *sorted(kit.folder.glob("aar/*/proguard.txt")),
    ]
    project_rules = built.project.folder / "app" / "proguard-rules.pro"
    return [*rules, project_rules] if project_rules.is_file() else rules


def _own_jar(built: Built, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    jar = folder / "own.jar"
    _pack(built.classes, jar)
    return jar


def _coordinates(library: Path) -> str:
    """Return a library's name: that of its jar, or of its unpacked archive's folder."""
    return library.parent.name if library.name == "classes.jar" else library.name


def _pack(folders: Iterable[Path], jar: Path) -> None:
    with zipfile.ZipFile(jar, "w") as archive:
        for folder in folders:
            for path in sorted(folder.rglob("*.class")):
                archive.write(path, path.relative_to(folder).as_posix())


def _r8(
    r8: Server,
    kit: Kit,
    program: Sequence[Path],
    classpath: Sequence[Path],
    rules: Sequence[Path],
    output: Path,
) -> list[bytes]:
    arguments = [
        *("--release", "--min-api", FLOOR, "--map-diagnostics", "warning", "info", "--lib", kit.stubs),
        *(part for each in classpath for part in ("--classpath", each)),
        *(part for each in rules for part in ("--pg-conf", each)),
        # As Gradle does for every release: line numbers are in the mapping file, not in the app.
        *("--pg-map-output", output.with_suffix(".mapping"), "--output", output, *program),
    ]
    listed = output.with_suffix(".arguments")
    listed.write_text("".join(f"{each}\n" for each in arguments), encoding="utf-8")
    code, messages = r8.ask(listed)
    if code != 0:
        last = "\n".join(messages.strip().splitlines()[-30:])
        raise ToolchainError(f"R8 failed:\n{last}", "Check the rules in app/proguard-rules.pro")
    with zipfile.ZipFile(output) as archive:
        return [archive.read(name) for name in sorted(archive.namelist()) if name.endswith(".dex")]
