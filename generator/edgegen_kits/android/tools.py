"""The tools that check an Android project on this machine."""

from typing import Final

from edgegen.base import tools
from edgegen.base.progress import Progress
from edgegen.base.tools import Tool, ToolStatus
from edgegen_kits.android import recipe
from edgegen_kits.android.kit import locate_kit
from edgegen_kits.common import apt
from edgegen_kits.common import tools as kits

# The framework needs 17. Java 24 removed the security manager, which DiskWatch needs.
JDK: Final = (17, 23)


def _jdk() -> ToolStatus:
    found = tools.program("javac", minimum=str(JDK[0]))()
    if found.usable and tools.version_of(found.version).major > JDK[1]:
        return ToolStatus(found.version, f"{JDK[0]} to {JDK[1]} is needed")
    return found


def _kit() -> ToolStatus:
    return kits.kit(locate_kit().folder, recipe.digests())


def _install(progress: Progress) -> None:
    from edgegen_kits.android.install import install

    install(locate_kit(), progress)


TOOLS: tuple[Tool, ...] = (
    Tool(
        "JDK",
        "compiles and launches the app",
        _jdk,
        apt=("openjdk-17-jdk-headless | openjdk-21-jdk-headless",),  # Debian 13 has no 17
    ),
    Tool("Maven", "fetches Kotlin, AndroidX and Robolectric", tools.program("mvn"), apt=("maven",)),
    Tool("npm", "fetches R8", tools.program("npm"), apt=("npm",)),
    Tool(
        "aapt2",
        "links the app's resources",
        tools.program("aapt2", version_argument="version"),
        apt=("aapt",),
    ),
    apt.KEYS_TOOL,
    Tool("C++ compiler", "builds ExecuTorch's double", tools.program("g++", "c++"), apt=("g++",)),
    Tool(
        "Android kit",
        "compiles and launches the app",
        _kit,
        install=_install,
        command="edgegen doctor --target android --install",
    ),
)
