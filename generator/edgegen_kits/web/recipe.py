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
PARTS: Final[Mapping[str, tuple[str, ...]]] = {FOLDER: (LICENSE,)}


def digests() -> dict[str, str]:
    """Return the digest of each part's recipe."""
    return recipe.digests(HERE, PARTS, {FOLDER: " ".join((VERSION, *FILES.values()))})
