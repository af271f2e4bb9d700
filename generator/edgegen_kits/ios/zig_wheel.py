"""Fetch Zig from PyPI. Its Clang compiles Objective-C++ for the phone."""

import importlib.util
import sys
import zipfile
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.common.commands import Commands
from edgegen_kits.ios.kit import Kit
from edgegen_kits.ios.recipe import ZIG, ZIG_SHA256

_PLATFORM: Final = "manylinux_2_12_x86_64"
_PIP: Final = f"type: {sys.executable} -m ensurepip"
_PREFIX: Final = "ziglang/"
_C_LIBRARIES: Final = "ziglang/lib/libc/"
_DARWIN: Final = "ziglang/lib/libc/include/any-darwin-any/"


def unpack(kit: Kit, scratch: Path, commands: Commands) -> None:
    """Fetch the wheel, whose digest pip checks, and unpack the files for compiling to Darwin.

    Raises:
        ToolchainError: pip is missing, or cannot fetch this wheel.
    """
    if importlib.util.find_spec("pip") is None:
        raise ToolchainError("the Python that runs edgegen has no pip, which fetches Zig", _PIP)
    scratch.mkdir(parents=True, exist_ok=True)
    wanted = scratch / "zig.txt"
    wanted.write_text(f"ziglang=={ZIG} --hash=sha256:{ZIG_SHA256}\n", encoding="utf-8")
    commands.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary=:all:", f"--platform={_PLATFORM}", "--require-hashes"),
            *("--requirement", wanted, "--dest", scratch),
        ],
        hint="Check the network and pip's settings",
    )
    wheel = next(scratch.glob("ziglang-*.whl"), None)
    if wheel is None:
        raise ToolchainError("pip fetched no ziglang", "type: pip download ziglang")
    with zipfile.ZipFile(wheel) as opened:
        for entry in opened.infolist():
            if _is_needed(entry.filename):
                path = kit.folder / "zig" / entry.filename.removeprefix(_PREFIX)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(opened.read(entry))
    kit.zig.chmod(0o755)
    wheel.unlink()


def _is_needed(name: str) -> bool:
    """Return whether a file is needed: the C libraries of other systems, two thirds of the wheel, are not."""
    if not name.startswith(_PREFIX) or name.endswith("/"):
        return False
    return name.startswith(_DARWIN) or not name.startswith(_C_LIBRARIES)
