"""A double of WebGPU: WebAssembly in its place, and slower. A run of SwiftShader takes seconds."""

from pathlib import Path
from typing import Final

from tests.helpers.mutating import replaced

_DELAY: Final = 300  # milliseconds of a run: slower than WebAssembly
_FILES: Final = {  # in ort/: WebGPU's, and the ones in their place
    "ort.webgpu.min.mjs": "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.asyncify.wasm": "ort-wasm-simd-threaded.wasm",
}
_WAIT: Final = f"if (isGpu) await new Promise((go) => setTimeout(go, {_DELAY}));"


def install(project: Path) -> None:
    """Put the double into a project with WebGPU. The browser must offer WebGPU."""
    for file, double in _FILES.items():
        path = project / "ort" / file
        path.unlink()  # it may be a link
        path.write_bytes((project / "ort" / double).read_bytes())
    session = project / "edgegen" / "session.js"
    replaced(session, "executionProviders: [backend.provider]", "executionProviders: ['wasm']")
    replaced(session, "const MOST_PAGES", "let isGpu = false;\nconst MOST_PAGES")
    replaced(session, "  onStart();\n", "  onStart();\n  isGpu = backend.provider === 'webgpu';\n")
    replaced(session, "    open.add(input);\n", f"    open.add(input);\n    {_WAIT}\n")
