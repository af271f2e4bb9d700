"""The tools that check an iOS project on Linux."""

from pathlib import Path
from typing import Final

from edgegen.base import tools
from edgegen.base.progress import Progress
from edgegen.base.tools import UNKNOWN, Finder, Tool, ToolStatus
from edgegen_kits.common import apt
from edgegen_kits.common import tools as kits
from edgegen_kits.ios import clang, recipe
from edgegen_kits.ios.kit import locate_kit

_INCLUDE: Final = Path("/usr/include")


def _header(*patterns: str) -> Finder:
    """Return a finder of a C library by its headers."""

    def find() -> ToolStatus:
        here = any(next(_INCLUDE.glob(pattern), None) for pattern in patterns)
        return ToolStatus(UNKNOWN) if here else ToolStatus()

    return find


def _kit() -> ToolStatus:
    return kits.kit(locate_kit().folder, recipe.digests())


def _install(progress: Progress) -> None:
    from edgegen_kits.ios.install import install

    install(locate_kit(), progress)


TOOLS: tuple[Tool, ...] = (
    Tool(
        "Clang",
        "builds the bridge for this computer",
        tools.program("clang++", minimum=str(clang.OLDEST)),
        apt=("clang",),
    ),
    Tool(
        "GNUstep",
        "is the bridge's Foundation here",
        _header("GNUstep/Foundation/Foundation.h", "*/GNUstep/Foundation/Foundation.h"),
        apt=("libgnustep-base-dev",),
    ),
    Tool("blocks", "run in the bridge", _header("Block.h"), apt=("libblocksruntime-dev",)),
    Tool("zlib", "compresses a capture's picture", _header("zlib.h"), apt=("zlib1g-dev",)),
    apt.KEYS_TOOL,
    Tool(
        "iOS kit",
        "a Swift 6 compiler, and one for the phone's objects",
        _kit,
        install=_install,
        command="edgegen doctor --target ios --install",
    ),
)
