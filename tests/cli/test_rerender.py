"""Rendering a project again: the notes that explain what was left out."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from edgegen.base.errors import InputError
from edgegen.base.progress import Lines
from edgegen.commands import rerender
from edgegen.commands.loaded_project import LoadedProject
from edgegen.commands.request import Request
from edgegen.commands.rerender import choose_models
from edgegen.project.manifest import Manifest


def loaded(path: Path, record: Manifest) -> LoadedProject:
    return cast("LoadedProject", SimpleNamespace(path=path, manifest=record, model_dir=path / "model"))


def test_unknown_base_is_noted_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise InputError("there is no model.pte in app/model")

    monkeypatch.setattr(rerender, "render_unchanged", fail)
    lines = list[str]()
    assert rerender.base_of(loaded(tmp_path, Manifest("linux-cpp", {})), Lines(lines.append)) == {}
    assert lines[-1].endswith("are unknown: there is no model.pte in app/model")


def test_model_of_an_older_edgegen_that_is_not_exported_again_is_noted(tmp_path: Path) -> None:
    record = Manifest(
        "linux-cpp",
        {"model": "best.pt"},
        {"path": "best.pt", "sha256": "0"},
        versions={"edgegen": "0.1", "executorch": "1.0"},
    )
    lines = list[str]()
    (model,) = choose_models(loaded(tmp_path, record), Request("best.pt"), {}, Lines(lines.append))
    assert model.source is None
    (line,) = lines
    assert (
        line.strip()
        == f"not exported again by this edgegen: {tmp_path / 'best.pt'} is missing or has changed"
    )
