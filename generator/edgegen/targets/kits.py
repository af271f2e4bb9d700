"""edgegen-kits: a distribution of its own, with the verification kits that check phone apps on Linux."""

import platform
from typing import Final

from edgegen import __version__
from edgegen.base import tools
from edgegen.base.tools import Tool, ToolStatus


def _find() -> ToolStatus:
    version = tools.installed_version("edgegen-kits")
    if version is None:
        return ToolStatus()
    return ToolStatus(version, "" if version == __version__ else f"edgegen is {__version__}")


KITS: Final = Tool("edgegen-kits", "checks phone apps on Linux", _find, pip=("edgegen[kits]",))


def linux(elsewhere: str) -> Tool:
    """Return the system that kits run on, as a tool. `elsewhere` is the advice for other systems."""

    def find() -> ToolStatus:
        system = platform.system()
        if system == "Linux" and platform.machine() in {"x86_64", "AMD64"}:
            return ToolStatus("x86_64")
        return ToolStatus(
            f"{system} {platform.machine()}", f"the kit runs on Linux for x86_64; elsewhere {elsewhere}"
        )

    return Tool("Linux", "runs the kit", find)
