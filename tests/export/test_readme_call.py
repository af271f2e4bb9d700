"""The call of predict in a project's README shows the app's results: every head, task and kind of file."""

from pathlib import Path
from typing import Any

import pytest

from edgegen.sources.identify import open_model
from tests.helpers import detection_heads, task_heads
from tests.helpers.once import Once
from tests.helpers.places import checkpoint_of
from tests.helpers.readme_call import check_readme_call
from tests.helpers.specs import spec_of
from tests.helpers.ultralytics_files import FORMATS, export_file

pytestmark = pytest.mark.full

OF_MAPS = {"yolo26n-sem": "logits", "yolo26n-depth": "depth"}
TASK_HEADS = [
    (family, contract)
    for family in task_heads.HEADS
    if not family.endswith("-cls")
    for contract in (
        (OF_MAPS[family],)
        if family in OF_MAPS
        else ("raw", "decoded", "end2end")
        if family.startswith("yolo26")
        else ("raw",)
    )
]


@pytest.mark.parametrize(("family", "contract"), [*detection_heads.HEADS, *TASK_HEADS])
def test_call_on_a_checkpoint_shows_the_branch_of_the_export(
    family: str, contract: str, once: Once, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    heads: Any = task_heads if family in task_heads.HEADS else detection_heads
    checkpoint = heads.untrained(once, family)
    assert check_readme_call(checkpoint, spec_of(open_model(checkpoint), contract)) > 0


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("task", ["detect", "pose", "obb", "segment", "depth"])
def test_call_on_an_exported_file_shows_its_results(
    task: str, form: str, once: Once, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = once(
        f"ultralytics-{form}-{task}",
        lambda folder: export_file(checkpoint_of(task), folder / f"birds.{form}"),
    )
    monkeypatch.chdir(tmp_path)
    opened = open_model(made / f"birds.{form}")
    contract = "depth" if task == "depth" else "raw"
    assert check_readme_call(opened.path, spec_of(opened, contract)) > 0


@pytest.mark.parametrize("form", FORMATS)
def test_call_on_an_exported_file_of_a_head_with_two_branches_shows_its_results(
    form: str, once: Once, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a file has one of the branches only."""
    checkpoint = detection_heads.untrained(once, "yolo26n")
    path = export_file(checkpoint, tmp_path / f"birds.{form}")
    monkeypatch.chdir(tmp_path)
    assert check_readme_call(path, spec_of(open_model(path), "raw")) > 0
