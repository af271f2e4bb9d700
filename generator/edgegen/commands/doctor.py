"""`edgegen doctor`: find the tools that targets need, and install missing ones."""

import math
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edgegen.base import pins, tools
from edgegen.base.errors import ToolchainError
from edgegen.base.progress import Progress
from edgegen.base.shell import quoted
from edgegen.base.tools import Tool, ToolStatus
from edgegen.targets import Target


@dataclass(frozen=True)
class Diagnosis:
    """A tool, and its status on this machine."""

    tool: Tool
    found: ToolStatus

    @property
    def blocking(self) -> bool:
        """Whether the target cannot be verified without this tool."""
        return self.tool.required and not self.found.usable


_LOCK_LIMIT: Final = 300.0  # seconds that another apt may take
_LOCK_WAIT: Final = 5.0  # seconds between two attempts

COMMON = (
    Tool("Python", "runs edgegen", tools.python),
    Tool("torch", "export", tools.package("torch", exactly=pins.TORCH), pip=(f"torch=={pins.TORCH}.*",)),
    Tool(
        "executorch",
        "export, and the C++ runtime of linux-cpp",
        tools.package("executorch", exactly=pins.EXECUTORCH),
        pip=(f"executorch=={pins.EXECUTORCH}",),
    ),
    Tool(
        "ultralytics",
        "opens YOLO checkpoints (.pt)",
        tools.package("ultralytics", minimum=pins.ULTRALYTICS_MINIMUM),
        required=False,
        pip=("edgegen[yolo]",),
    ),
    Tool("torchvision", "comes with ultralytics", tools.torchvision, required=False, pip=("torchvision",)),
)


def examine(*targets: Target) -> list[Diagnosis]:
    """Look for all tools of the targets on this machine."""
    needed = [*COMMON, *(tool for target in targets for tool in target.tools())]
    once = {(tool.name, tool.purpose): tool for tool in needed}
    return [Diagnosis(tool, tool.find()) for tool in once.values()]


def require(target: Target) -> None:
    """Raise ToolchainError if a tool is missing that verifying the target needs."""
    missing = [each for each in examine(target) if each.blocking]
    if missing:
        raise ToolchainError(
            "; ".join(_describe(each) for each in missing),
            f"type: edgegen doctor --target {target.name} --install",
        )


def _describe(each: Diagnosis) -> str:
    state = f"{each.found.version}: {each.found.problem}" if each.found.version else "not found"
    return f"{each.tool.name} ({each.tool.purpose}): {state}"


def install(missing: Sequence[Diagnosis], progress: Progress) -> None:
    """Install missing tools: packages with apt, edgegen's own kits by building them.

    Raises:
        ToolchainError: That is not possible here. The message has the commands to type.
    """
    missing = [each for each in missing if not each.tool.informational]
    packages = [name for each in missing for name in each.tool.apt]
    kits = [each.tool.install for each in missing if each.tool.install]
    others = [each for each in missing if not each.tool.apt and not each.tool.install]
    if packages:
        prefix = _root_prefix()
        if not shutil.which("apt-get") or prefix is None:
            commands = sorted({each.tool.how_to_install() for each in missing} - {""})
            raise ToolchainError(
                "this needs administrator rights, or another system", "type: " + "; ".join(commands)
            )
        options = ["--yes", "--no-install-recommends"]
        for arguments in (["update"], [*tools.apt_command(packages), *options]):
            _apt_get(arguments, prefix, progress)
    if others:
        commands = sorted({each.tool.how_to_install() for each in others} - {""})
        raise ToolchainError(
            "; ".join(_describe(each) for each in others),
            "install Python packages yourself, where you installed edgegen: " + "; ".join(commands)
            if commands
            else "edgegen cannot install it",
        )
    for install_kit in kits:
        install_kit(progress)


def _apt_get(arguments: Sequence[str], prefix: Sequence[str], progress: Progress) -> None:
    """Run apt-get as root. Wait up to five minutes for another apt."""
    typed = f"apt-get {' '.join(map(quoted, arguments))}"
    progress.step(typed)
    # sudo drops variables. Packages must not ask questions.
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "apt-get", *arguments]
    deadline = time.monotonic() + _LOCK_LIMIT
    seconds = 0  # no wait at first, so that the note is shown at once
    while True:
        answer = subprocess.run(
            # This waits for dpkg's lock only, not for those of lists and archives.
            [*command, "-o", f"DPkg::Lock::Timeout={seconds}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode == 0:
            return
        left = deadline - time.monotonic() - _LOCK_WAIT
        if left <= 0 or "E: Could not get lock" not in answer.stderr:
            break
        if not seconds:
            progress.note("another apt is running; waiting")
        time.sleep(_LOCK_WAIT)
        seconds = math.ceil(left)
    raise ToolchainError(f"apt-get {arguments[0]} failed: {_last_line(answer.stderr)}", f"type: sudo {typed}")


def _root_prefix() -> list[str] | None:
    """Return the prefix that runs a command as root; None if that needs a password."""
    if os.name == "posix" and os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if allowed.returncode == 0:
            return ["sudo", "-n"]
    return None


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no message"
