"""Describe the machine and the software versions of a run."""

import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import avx512
from benchmarks.settings import all_cores

PACKAGES = ("executorch", "torch", "ultralytics", "numpy", "opencv-python")


def describe() -> dict[str, Any]:
    """Return the processor and its kind, its cores, the memory in GB, the system and the load average."""
    hidden = " with AVX-512 hidden" if avx512.is_hidden() else ""
    return {
        "processor": _processor() + hidden,
        "kind": kind(),
        "cores": all_cores(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": _system(),
        "architecture": platform.machine(),
        "load_before": load(),
    }


def load() -> float:
    """Return the load average of the last minute."""
    return round(os.getloadavg()[0], 2)


def versions() -> dict[str, str]:
    """Return the versions of edgegen, Python, the compared packages and the compiler."""
    from edgegen import __version__

    found = {"edgegen": __version__, "python": platform.python_version()}
    found.update({package: _version(package) for package in PACKAGES})
    found["compiler"] = _compiler()
    return found


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    for path, key in ((Path("/proc/cpuinfo"), "model name"), (Path("/proc/device-tree/model"), "")):
        if not path.exists():
            continue
        if not key:
            return path.read_text(errors="replace").strip("\0\n ")
        for line in path.read_text(errors="replace").splitlines():
            if line.startswith(key):
                return " ".join(line.partition(":")[2].split())
    if sys.platform == "darwin":
        return _first_line("sysctl", "-n", "machdep.cpu.brand_string")
    return platform.processor() or "unknown"


def kind() -> str:
    """Return the kind of processor, as far as XNNPACK's float32 kernels differ by it."""
    architecture = platform.machine()
    if architecture in ("arm64", "aarch64"):
        return "ARM64"
    if architecture not in ("x86_64", "AMD64"):
        return architecture
    if sys.platform == "darwin":
        features = _first_line("sysctl", "-n", "machdep.cpu.leaf7_features").lower()
    else:
        cpuinfo = Path("/proc/cpuinfo")
        features = cpuinfo.read_text(errors="replace") if cpuinfo.exists() else ""
    has_avx512 = "avx512f" in features and not avx512.is_hidden()
    return "x86-64 with AVX-512" if has_avx512 else "x86-64 without AVX-512"


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _compiler() -> str:
    return _first_line("c++", "--version")


def _first_line(*command: str) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return result.stdout.splitlines()[0].strip()
