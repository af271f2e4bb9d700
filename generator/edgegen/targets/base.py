"""A target: a kind of project, the tools that it needs, and how it is built and tested."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgegen.base.progress import Progress
from edgegen.base.tools import Tool
from edgegen.project.blueprint import Blueprint

if TYPE_CHECKING:  # `new` and `doctor` do not import numpy
    from edgegen.parity.report import Report
    from edgegen.targets.on_device import PhoneReport
    from edgegen.targets.runner import Job, Runner

ProjectTests = Callable[[Path, Progress], "Report"]  # runs the tests of the project in a folder
SelfCheck = Callable[[Path, Progress], "PhoneReport"]  # runs the app's self-check on a device


@dataclass(frozen=True, kw_only=True)
class Target(Blueprint, ABC):
    """A kind of project that edgegen makes and verifies: the seam of docs/seams.md.

    Methods import what only they need, so that `new` and `doctor` load no numpy and no kit.
    """

    description: str = ""  # for the prompt of `edgegen new`
    # Patterns of generated pictures that users may replace. An update keeps a replaced one.
    replaceable_pictures: tuple[str, ...] = ()
    next_steps: tuple[str, ...]  # shell commands to type in the project's folder
    can_be_timed: bool = False  # whether the runner has `time`
    screenshots: bool = False  # whether the runner saves screenshots of the app
    # Why `evaluate` rejects a project whose own tests run here, and the hint.
    why_not_evaluated: tuple[str, str] = (
        "evaluating a project that shows only its golden pictures",
        "evaluate its checkpoint, or its export",
    )
    why_not_verified: tuple[str, str] | None = None  # why its projects cannot be verified, and the hint
    origin: Mapping[str, Any] = field(default_factory=dict)  # address and version of a custom template
    is_custom: bool = False  # of a custom template: verifying runs its programs

    @property
    def template_source(self) -> dict[str, str]:
        """The address of a custom template that is on this machine, by the name of its option."""
        return {"template": self.origin["source"]} if self.origin else {}

    @abstractmethod
    def tools(self) -> tuple[Tool, ...]:
        """Return what building and verifying need besides Python and ExecuTorch."""

    @abstractmethod
    def open_runner(self, job: "Job") -> "AbstractContextManager[Runner]":
        """Build a project and yield its runner."""

    def missing(self, existing: Path | None) -> tuple[str, str] | None:
        """Return what making a project needs and this machine lacks, and how to get it.

        An existing project that is updated may have it.
        """
        return None

    def project_tests_here(self) -> ProjectTests | None:
        """Return what runs the project's own tests instead of the runner: Xcode, on a Mac."""
        return None

    def project_tests_on_device(self) -> ProjectTests | None:
        """Return what runs the project's own tests on a connected device."""
        return None

    def self_check_on_device(self) -> SelfCheck | None:
        """Return what runs the self-check of the app on a connected device."""
        return None
