"""Compile the doubles of ExecuTorch and CameraX, which have the same declarations and run on Linux."""

import os
import shutil
import zipfile
from pathlib import Path

from edgegen_kits.android.compiler import Compilation, Compiler
from edgegen_kits.android.kit import Kit
from edgegen_kits.android.recipe import HERE
from edgegen_kits.common.commands import Commands
from edgegen_kits.common.executorch import STEERED, executorch_sdk

_SOURCES = HERE / "doubles"
_LIBRARIES = ("", "_kernels_optimized", "_kernels_quantized", "_backend_xnnpack", "_threadpool")


def build(kit: Kit, commands: Commands) -> None:
    """Write the kit's doubles.jar."""
    classes = kit.folder / "doubles"
    classpath = [kit.stubs, *kit.libraries]
    kotlin = [
        *sorted(_SOURCES.rglob("*.kt")),
        _SOURCES / "camerax",
    ]  # Kotlin must see the Java classes too
    with Compiler(kit, commands) as compiler:
        compiler.compile(Compilation(kotlin, classpath, classes, ("-no-jdk",)), "the kit's doubles")
    commands.run(
        [
            *("javac", "-nowarn", "-Xlint:-options", "--release", "8", "-proc:none", "-d", classes),
            *("-cp", ":".join(str(path) for path in (*classpath, kit.stdlib, classes))),
            *sorted(_SOURCES.rglob("*.java")),
        ]
    )
    with zipfile.ZipFile(kit.doubles, "w", zipfile.ZIP_DEFLATED) as jar:
        for path in sorted(classes.rglob("*")):
            if path.is_file():
                jar.write(path, path.relative_to(classes).as_posix())
    shutil.rmtree(classes)
    classes.with_name(f"{classes.name}.arguments").unlink()


def build_native(kit: Kit, commands: Commands) -> None:
    """Build the native half of ExecuTorch's double. Each launch passes the folder of its libraries."""
    sdk = executorch_sdk()
    jdk = Path(os.path.realpath(shutil.which("javac") or "javac")).parents[1]
    kit.native.mkdir(exist_ok=True)
    headers = sdk / "include" / "executorch" / "runtime" / "core" / "portable_type" / "c10"
    commands.run(
        [
            *(
                "g++",
                "-O2",
                "-fPIC",
                "-shared",
                "-std=c++17",
                "-DET_EVENT_TRACER_ENABLED",
                "-DET_USE_THREADPOOL",
            ),
            *("-DC10_USING_CUSTOM_GENERATED_MACROS", "-isystem", sdk / "include", "-isystem", headers),
            *(
                f"-I{jdk / 'include'}",
                f"-I{jdk / 'include' / 'linux'}",
                _SOURCES / "executorch/executorch_jni.cpp",
                STEERED,
            ),
            *("-o", kit.native / "libexecutorch_jni_double.so", f"-L{sdk / 'lib'}", "-Wl,--no-as-needed"),
            *(f"-lexecutorch{name}" for name in _LIBRARIES),
        ]
    )
