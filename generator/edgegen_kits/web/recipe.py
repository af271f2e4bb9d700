"""The recipe of the web kit: a release of ONNX Runtime Web, and the digests of its files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edgegen_kits.common import recipe

HERE: Final = Path(__file__).parent
VERSION: Final = "1.30.0"  # of the npm package onnxruntime-web
FOLDER: Final = "ort"  # in the kit, and in a project
LICENSE: Final = "LICENSE"  # the package has none
# SHA-256 of the files of the package's `dist`: the plain WebAssembly build, without WebGPU.
FILES: Final[Mapping[str, str]] = {
    "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    "ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
# The build with WebGPU: a folder of the kit. Projects with --backend webgpu have it in FOLDER.
WEBGPU: Final = "webgpu"
WEBGPU_FILES: Final[Mapping[str, str]] = {
    "ort.webgpu.min.mjs": "3dffff71811bc13a3a3d9591c57ca5ee5735b8f5f3eaf789510b02bb040ae3a0",
    "ort-wasm-simd-threaded.asyncify.mjs": "3d1c85995364bb643302fc6fd877a0c3ba5ae72401815e0f24828a53d9191e28",
    "ort-wasm-simd-threaded.asyncify.wasm": (
        "39f9f0894d478800487ed9f7dbe92618498db320cf55c8e3d89adff8dce658da"
    ),
}
PARTS: Final[Mapping[str, tuple[str, ...]]] = {FOLDER: (LICENSE,), WEBGPU: ()}


def digests() -> dict[str, str]:
    """Return the digest of each part's recipe."""
    files = {FOLDER: FILES, WEBGPU: WEBGPU_FILES}
    pins = {part: " ".join((VERSION, *names.values())) for part, names in files.items()}
    return recipe.digests(HERE, PARTS, pins)
