"""ONNX Runtime Web: fetched once into edgegen's home, and copied into each project."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen.base.files import file_sha256, home
from edgegen.base.progress import Progress
from edgegen.base.staging import staging
from edgegen.base.tools import Tool, ToolStatus

VERSION: Final = "1.30.0"  # of the npm package onnxruntime-web
FOLDER: Final = "ort"  # in a project
LICENSE: Final = "LICENSE"  # the package has none: it is in `ort/` here
# SHA-256 of the files of the package's `dist`: the plain WebAssembly build, without WebGPU.
FILES: Final[Mapping[str, str]] = {
    "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    "ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
# The build with WebGPU. Projects with --backend webgpu have it too.
WEBGPU_FILES: Final[Mapping[str, str]] = {
    "ort.webgpu.min.mjs": "3dffff71811bc13a3a3d9591c57ca5ee5735b8f5f3eaf789510b02bb040ae3a0",
    "ort-wasm-simd-threaded.asyncify.mjs": "3d1c85995364bb643302fc6fd877a0c3ba5ae72401815e0f24828a53d9191e28",
    "ort-wasm-simd-threaded.asyncify.wasm": (
        "39f9f0894d478800487ed9f7dbe92618498db320cf55c8e3d89adff8dce658da"
    ),
}
_INSTALL: Final = "edgegen doctor --target web --install"
MISSING: Final = (f"ONNX Runtime Web {VERSION} is not in edgegen's folder", f"type: {_INSTALL}")


def fetched_folder() -> Path:
    """Return the folder of this release in edgegen's home. If it exists, it is complete."""
    return home() / f"onnxruntime-web-{VERSION}"


def install(progress: Progress) -> None:
    """Fetch this release with npm."""
    from edgegen.base import npm

    folder, files = fetched_folder(), {**FILES, **WEBGPU_FILES}
    progress.step(f"Fetch ONNX Runtime Web {VERSION} into {folder}")
    with staging(folder) as aside:
        scratch, complete = aside / "npm", aside / "complete"
        scratch.mkdir()
        complete.mkdir()
        wanted = {f"package/dist/{name}": npm.Wanted(complete / name, files[name]) for name in files}
        npm.fetch(f"onnxruntime-web@{VERSION}", wanted, scratch)
        if not folder.exists():  # another process may have been faster
            complete.rename(folder)


def missing(existing: Path | None = None) -> tuple[str, str] | None:
    """Return what is wrong and what to do, if neither edgegen's home nor the existing project has it."""
    return MISSING if _source(FILES, existing) is None else None


def copy_into(project: Path, existing: Path | None = None, *, webgpu: bool = False) -> None:
    """Copy the runtime into a project, from edgegen's home or from the existing project that it replaces."""
    files = {**FILES, **(WEBGPU_FILES if webgpu else {})}
    source = _source(files, existing)
    if source is None:
        raise ToolchainError(*MISSING)
    destination = project / FOLDER
    destination.mkdir()
    for name in files:
        shutil.copyfile(source / name, destination / name)
    shutil.copyfile(Path(__file__).parent / FOLDER / LICENSE, destination / LICENSE)


def _source(files: Mapping[str, str], existing: Path | None) -> Path | None:
    """Return a folder with these files; None if there is none."""
    if fetched_folder().is_dir():
        return fetched_folder()
    own = existing and existing / FOLDER
    if own is None:
        return None
    is_whole = all((own / name).is_file() and file_sha256(own / name) == each for name, each in files.items())
    return own if is_whole else None


def _find() -> ToolStatus:
    return ToolStatus(VERSION if fetched_folder().is_dir() else "")


TOOL: Final = Tool(
    "ONNX Runtime Web",
    "is copied into projects by `edgegen new`",
    _find,
    verifies=False,
    install=install,
    command=_INSTALL,
)
