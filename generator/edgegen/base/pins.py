"""Pinned versions of everything that projects depend on.

Exporter (the Python package) and runtime (in the app) must have the same minor release of ExecuTorch: a newer
exporter may write operators that an older runtime lacks.
"""

from typing import Final

EXECUTORCH: Final = "1.5.1"
EXECUTORCH_MINOR: Final = "1.5"
TORCH: Final = "2.13"
ULTRALYTICS_MINIMUM: Final = "8.4.67"  # the first that loads checkpoints without running their code

_EXTRAS: Final = {"ultralytics": "yolo", "onnxruntime": "onnx"}  # others have the package's name
_WITHOUT_EXTRA: Final = ("executorch", "torch")


def extra_of(package: str) -> str:
    """Return the extra of edgegen that installs a package, [yolo]; "" for one that edgegen itself needs."""
    return "" if package in _WITHOUT_EXTRA else f"[{_EXTRAS.get(package, package)}]"


# Android: docs/decisions/0006-android-build.md says where this combination was verified.
ANDROID: Final = {
    "gradle": "9.4.1",
    "gradle_sha256": "2ab2958f2a1e51120c326cad6f385153bb11ee93b3c216c5fccebfdfbb7ec6cb",
    "wrapper_sha256": "55243ef57851f12b070ad14f7f5bb8302daceeebc5bce5ece5fa6edb23e1145c",
    "agp": "9.2.1",
    "studio": "Panda 4 (2025.3.4)",  # the oldest Android Studio that knows this agp
    "kotlin": "2.4.20",
    "compile_sdk": "36",
    "target_sdk": "36",
    "min_sdk": "26",
    "executorch": EXECUTORCH,
    "camerax": "1.6.2",
    "activity": "1.13.0",
    "core": "1.18.0",
    "coroutines": "1.10.2",
    "lifecycle": "2.11.0",
    "junit": "4.13.2",
    "robolectric": "4.16.1",
    "test_core": "1.7.0",
    "test_junit": "1.3.0",
    "test_runner": "1.7.0",
    "json": "20250517",
    "ktlint": "1.8.0",
}

# iOS: 1.5.1 has no Swift package. No runtime, kernel or format source changed after 1.5.0.
IOS: Final = {
    "executorch": "1.5.0",
    "executorch_package": "https://github.com/pytorch/executorch",
    "executorch_branch": "swiftpm-1.5.0",  # its release job moves the branch, so the revision is pinned
    "executorch_revision": "56cc93a96d5fb8d21554ec5f00fbad5a5b228bc4",
    "deployment_target": "17.0",
    "swift": "6.0",
    "swift_tools": "6.0",
    "xcode": "16.0",  # the first that compiles Swift 6
}

# linux-cpp: the CMake of Ubuntu 22.04, the oldest one tested.
CMAKE_MINIMUM: Final = "3.22"
