"""What checking an Android project needs on this machine."""

import platform
from typing import Final

from edgegen import tools
from edgegen.android_kit import recipe
from edgegen.android_kit.kit import installed
from edgegen.progress import Progress
from edgegen.tools import Found, Tool

JDK: Final = (
    17,
    23,
)  # the launcher's framework asks for 17; the security manager, which watches disks, went with 24


def _jdk() -> Found:
    found = tools.program("javac", minimum=str(JDK[0]))()
    version = tools.version_tuple(found.version)
    if found.usable and version and version[0] > JDK[1]:
        return Found(found.version, f"{JDK[0]} to {JDK[1]} is needed")
    return found


def _kit() -> Found:
    kit = installed()
    made = recipe.made(kit)
    if not made:
        return Found()
    version = recipe.summary(made)
    if made != recipe.digests():
        return Found(version, "made by another release of edgegen")
    return Found(version)


def _install(progress: Progress) -> None:
    from edgegen.android_kit.install import install

    install(installed(), progress)


def _linux() -> Found:
    system = platform.system()
    if system == "Linux" and platform.machine() in {"x86_64", "AMD64"}:
        return Found("x86_64")
    return Found(
        f"{system} {platform.machine()}",
        "the kit runs on Linux for x86_64; elsewhere use Gradle: ./gradlew test",
    )


TOOLS: tuple[Tool, ...] = (
    Tool("Linux", "runs the kit", _linux),
    Tool("JDK", "compiles and launches the app", _jdk, apt=("openjdk-17-jdk-headless",)),
    Tool("Maven", "fetches Kotlin, AndroidX and Robolectric", tools.program("mvn"), apt=("maven",)),
    Tool("npm", "fetches R8", tools.program("npm"), apt=("npm",)),
    Tool(
        "aapt2",
        "links the app's resources",
        tools.program("aapt2", version_argument="version"),
        apt=("aapt",),
    ),
    Tool("C++ compiler", "builds ExecuTorch's double", tools.program("g++", "c++"), apt=("g++",)),
    Tool(
        "Android kit",
        "what an app is compiled and launched with",
        _kit,
        install=_install,
        command="edgegen doctor --target android --install",
    ),
)
