"""What a target is: a kind of project, the tools that it takes, and who runs what was built from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgegen.base.progress import Progress
from edgegen.base.tools import Tool
from edgegen.project.blueprint import Blueprint

if TYPE_CHECKING:  # `new` and `doctor` need none of what verifying does: numpy stays out
    from edgegen.parity.report import Report
    from edgegen.targets.on_device import PhoneReport
    from edgegen.targets.runner import Opener

OwnTests = Callable[[Path, Progress], "Report"]  # runs the tests of the project in a folder

SelfCheck = Callable[[Path, Progress], "PhoneReport"]  # of the project in a folder


def _nowhere() -> OwnTests | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Target(Blueprint):
    """A kind of project that edgegen makes and verifies: the seam of docs/seams.md."""

    # What building and verifying need beside Python and ExecuTorch; kits are imported only then.
    tools: Callable[[], tuple[Tool, ...]]
    in_words: str = ""  # what it is, for those who are asked which one they want
    # Patterns of pictures that it draws, and that an owner may draw otherwise: once they did, theirs stay.
    drawn: tuple[str, ...] = ()
    next_steps: tuple[str, ...]  # the commands to type in a shell, in the project's folder
    opened: "Opener"  # builds a project here and gives what runs it
    timed_here: bool = False  # whether its runner is a `targets.runner.Timed`
    screenshots: bool = False  # whether its runner keeps pictures of the app's screen
    # What runs the project's own tests in the place of `opened`, where this computer has it: Xcode on a Mac.
    own_tests_here: Callable[[], OwnTests | None] = _nowhere
    # What cannot be done with a project that runs no pictures but its own, and what to do instead.
    not_evaluated: tuple[str, str] = (
        "evaluating a project that runs no pictures but its own",
        "evaluate its checkpoint, or the export that it was made of",
    )
    not_verified: tuple[str, str] | None = None  # why none of its projects can be verified, and what to do
    own_tests_on_device: OwnTests | None = None  # the same on a connected device
    self_check_on_device: SelfCheck | None = None  # what the app's self-check reports there
    origin: Mapping[str, Any] = field(default_factory=dict)  # address and version of a custom template
    is_custom: bool = False  # of a custom template: verifying runs its programs
