"""A target: a kind of project, the tools that it needs, and functions that build and test it."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgegen.base.progress import Progress
from edgegen.base.tools import Tool
from edgegen.project.blueprint import Blueprint

if TYPE_CHECKING:  # `new` and `doctor` do not import numpy
    from edgegen.parity.report import Report
    from edgegen.targets.on_device import PhoneReport
    from edgegen.targets.runner import Opener

ProjectTests = Callable[[Path, Progress], "Report"]  # runs the tests of the project in a folder
SelfCheck = Callable[[Path, Progress], "PhoneReport"]  # runs the app's self-check on a device


def import_later(module: str, function: str) -> Callable[..., Any]:
    """Return a function that imports and calls another one, so that `new` does not load it."""

    def call(*arguments: Any) -> Any:
        return getattr(importlib.import_module(module), function)(*arguments)

    return call


@dataclass(frozen=True, kw_only=True)
class Target(Blueprint):
    """A kind of project that edgegen makes and verifies: the seam of docs/seams.md."""

    # What building and verifying need besides Python and ExecuTorch. A function, so that kits load late.
    tools: Callable[[], tuple[Tool, ...]]
    description: str = ""  # for the prompt of `edgegen new`
    # Patterns of generated pictures that users may replace. An update keeps a replaced one.
    replaceable_pictures: tuple[str, ...] = ()
    next_steps: tuple[str, ...]  # shell commands to type in the project's folder
    open_runner: "Opener"  # builds a project and yields its runner
    can_be_timed: bool = False  # whether the runner has `time`
    screenshots: bool = False  # whether the runner saves screenshots of the app
    # Runs the project's own tests instead of the runner, if this computer can: with Xcode on a Mac.
    project_tests_here: Callable[[], ProjectTests | None] = lambda: None
    # Why `evaluate` rejects a project whose own tests run here, and the hint.
    why_not_evaluated: tuple[str, str] = (
        "evaluating a project that shows only its golden pictures",
        "evaluate its checkpoint, or its export",
    )
    # What making a project needs and this machine lacks, and how to get it. An existing project that is
    # updated may have it.
    missing: Callable[[Path | None], tuple[str, str] | None] = lambda _existing: None
    why_not_verified: tuple[str, str] | None = None  # why its projects cannot be verified, and the hint
    project_tests_on_device: ProjectTests | None = None
    self_check_on_device: SelfCheck | None = None
    origin: Mapping[str, Any] = field(default_factory=dict)  # address and version of a custom template
    is_custom: bool = False  # of a custom template: verifying runs its programs

    @property
    def template_source(self) -> dict[str, str]:
        """The address of a custom template that is on this machine, by the name of its option."""
        return {"template": self.origin["source"]} if self.origin else {}
