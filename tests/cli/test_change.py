"""The verification of an updated project, with the failure of each build replaced."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from edgegen.base.errors import EdgegenError, RenderError, ToolchainError
from edgegen.base.progress import NoProgress
from edgegen.commands import update
from edgegen.commands.loaded_project import LoadedProject
from edgegen.commands.update import Change
from edgegen.parity.report import Report
from edgegen.project.manifest import Manifest


def notes_of_verification(monkeypatch: pytest.MonkeyPatch, *results: EdgegenError) -> list[str]:
    """Return the notes of the check. `results`: of the updated project, then of the unchanged one."""
    remaining: Iterator[EdgegenError] = iter(results)

    def verify_copy(*_: Any) -> Report:
        raise next(remaining)

    monkeypatch.setattr(update, "_verify_copy", verify_copy)
    monkeypatch.setattr(update.doctor, "require", lambda _target, _app: None)
    notes = list[str]()
    project = cast(
        "LoadedProject", SimpleNamespace(path=Path("app"), target=None, manifest=Manifest("linux-cpp", {}))
    )
    changed = cast("Change", SimpleNamespace(staged=Path("no-project")))
    update.verify_before_exchange(project, changed, None, NoProgress(), notes, keep=False)
    assert next(remaining, None) is None
    return notes


def test_update_of_a_project_that_did_not_build_before_names_both_errors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notes = notes_of_verification(monkeypatch, ToolchainError("error now"), ToolchainError("error then"))
    assert [("error now" in note, "error then" in note) for note in notes] == [(True, False), (False, True)]


def test_full_disk_does_not_count_as_a_project_that_failed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RenderError, match="disk"):
        notes_of_verification(monkeypatch, ToolchainError("does not build"), RenderError("the disk is full"))
