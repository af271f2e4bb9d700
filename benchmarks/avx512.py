"""Measure as on a processor without AVX-512, on one that has it."""

import os
import platform
import subprocess
import sys
from pathlib import Path

from benchmarks.processes import ProcessError, run

SOURCE = Path(__file__).resolve().parent / "native" / "hide_avx512.cpp"
LIBRARY = "hide_avx512.so"
# glibc chooses its functions before any library is loaded.
GLIBC = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX512CD"


def is_hidden() -> bool:
    """Return whether this process and its children see no AVX-512 of the processor."""
    return LIBRARY in os.environ.get("LD_PRELOAD", "")


def run_again_without(folder: Path) -> int:
    """Run this program again, so that it sees no AVX-512, and return its exit code.

    The library that hides it is compiled in the folder.

    Raises:
        ProcessError: The processor or the system cannot hide it.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise ProcessError("AVX-512 can be hidden on x86-64 Linux only")
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / LIBRARY
    run(["c++", "-std=c++17", "-O2", "-shared", "-fPIC", "-Wl,-z,initfirst", SOURCE, "-o", library])
    variables = os.environ | {"LD_PRELOAD": str(library), "GLIBC_TUNABLES": GLIBC}
    return subprocess.run(sys.orig_argv, env=variables, check=False).returncode
