"""`edgegen doctor`: find the tools that targets need, and install missing ones."""

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

    def is_missed_by(self, app: str) -> bool:
        """Return whether this app, and not every app, needs the tool, which is not usable."""
        return bool(app) and self.tool.app == app and not self.found.usable


_LOCK_LIMIT: Final = 300.0  # seconds that another apt may take
_LOCK_WAIT: Final = 5.0  # seconds between two attempts

COMMON = (
    Tool("Python", "runs edgegen", tools.python),
    Tool("torch", "export", tools.package("torch", exactly=pins.TORCH), pip=(f"torch=={pins.TORCH}.*",)),
    Tool(
        "executorch",
        "export, and the C++ runtime of linux-cpp",
        tools.executorch,
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


def require(target: Target, app: str = "") -> None:
    """Raise ToolchainError if a tool is missing that verifying this app of the target needs."""
    found = examine(target)
    missing = [each for each in found if (each.blocking and each.tool.verifies) or each.is_missed_by(app)]
    if missing:
        # Python packages are the user's to install; the last command installs the other tools.
        packages = _commands([each for each in missing if each.tool.pip])
        last = f"edgegen doctor --target {target.name} --install"
        raise ToolchainError(
            "; ".join(map(_describe, missing)), f"type: {'; '.join(filter(None, (packages, last)))}"
        )


def _describe(each: Diagnosis) -> str:
    return f"{each.tool.name} ({each.tool.purpose}): {each.found}"


def install(missing: Sequence[Diagnosis], progress: Progress) -> None:
    """Install missing tools. ToolchainError, with the commands to type, if that is not possible here."""
    missing = [each for each in missing if not each.tool.informational]
    packages = [name for each in missing for name in each.tool.apt]
    kits = [each.tool.install for each in missing if each.tool.install]
    others = [each for each in missing if not each.tool.apt and not each.tool.install]
    if packages:
        prefix = _root_prefix()
        if not shutil.which("apt-get") or prefix is None:
            why = (
                "needs root, and sudo asks for a password"
                if shutil.which("apt-get")
                else "is not on this system"
            )
            raise ToolchainError(
                f"edgegen installs {', '.join(packages)} with apt-get, which {why}",
                f"type: {_commands(missing)}",
            )
        options = ["--yes", "--no-install-recommends"]
        # Without this option, apt-get exits with 0 if it cannot reach the archive.
        update = ["update", "-o", "APT::Update::Error-Mode=any"]
        for arguments in (update, [*tools.apt_command(packages), *options]):
            _apt_get(arguments, prefix, progress)
    if others:
        commands = _commands(others)
        hint = f"install Python packages yourself, where you installed edgegen: {commands}"
        raise ToolchainError(
            "; ".join(map(_describe, others)), hint if commands else "edgegen cannot install it"
        )
    for install_kit in kits:
        install_kit(progress)


def _commands(missing: Sequence[Diagnosis]) -> str:
    """Return the commands that install the tools."""
    return "; ".join(sorted({each.tool.how_to_install() for each in missing} - {""}))


def _apt_get(arguments: Sequence[str], prefix: Sequence[str], progress: Progress) -> None:
    """Run apt-get as root. Wait up to five minutes for another apt."""
    typed = f"apt-get {' '.join(map(quoted, arguments))}"
    progress.step(typed)
    # sudo drops variables. Packages must not ask questions.
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "apt-get", *arguments]
    deadline = time.monotonic() + _LOCK_LIMIT
    is_waiting = False
    while True:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if answer.returncode == 0:
            return
        if "E: Could not get lock" not in answer.stderr or time.monotonic() + _LOCK_WAIT >= deadline:
            if trouble := tools.network_trouble(answer.stderr):
                raise ToolchainError(
                    f"the package archive cannot be reached: {trouble}",
                    f"check the network, then type: sudo {typed}",
                )
            lines = [line.strip() for line in answer.stderr.splitlines() if line.strip()]
            why = lines[-1].removeprefix("E: ") if lines else "no message"
            raise ToolchainError(f"apt-get {arguments[0]} failed: {why}", f"type: sudo {typed}")
        if not is_waiting:
            progress.note("another apt is running; waiting")
        is_waiting = True
        time.sleep(_LOCK_WAIT)


def _root_prefix() -> list[str] | None:
    """Return the prefix that runs a command as root; None if that needs a password."""
    if os.name == "posix" and os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if allowed.returncode == 0:
            return ["sudo", "-n"]
    return None
