"""Verification results and screenshots on the page of `edgegen report`, and rejected arguments."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from edgegen.commands.batch_record import RECORD
from tests.cli.batches import batch, export_called
from tests.cli.reports import report, seen, shapes, stage
from tests.helpers.support import edgegen, rejects, snapshot

pytestmark = pytest.mark.full


@pytest.fixture
def project(exported: Path) -> Path:
    return shapes(exported)


def test_page_lists_the_stages_of_verify_in_a_table(project: Path) -> None:
    """Stages that could not be compared say so in words."""
    failed = seen(
        passed=False, stages=[stage(), stage(name="raw", passed=False, worst=None)], notes=["a note"]
    )
    Path("results.json").write_text(json.dumps(failed))
    page, _ = report(project, "--results", "results.json")
    assert "Stages over 5 pictures, compared with PyTorch on best.pt" in page.text
    for says in ("NOT the same", "not comparable", "passed", "failed", "a note"):
        assert says in page.text


def test_page_uses_the_batch_record_next_to_the_projects(exported: Path, tmp_path: Path) -> None:
    """The result of an edited project no longer counts."""
    for name in ("birds", "cats"):
        export_called(name, exported, tmp_path / "runs" / name)
    _, said = batch("runs")
    record = {
        f"{row['name']}/linux-cpp": {
            "digest": row["digest"],
            "verified": seen(authority=f"PyTorch on {row['name']}"),
        }
        for row in said["projects"]
    }
    text = json.dumps({"schema": 1, "projects": record})
    (tmp_path / "apps" / RECORD).write_text(text)
    page, _ = report("apps")
    assert "2 of 2 give the same results as PyTorch" in page.text
    assert "compared with PyTorch on birds" in page.text
    assert "compared with PyTorch on cats" in page.text
    assert [each["href"] for each in page.all("a")] == ["#app-1", "#app-2"]
    assert len({each["id"] for _, each in page.elements if "id" in each}) == 4
    (tmp_path / "apps" / "cats" / "README.md").write_text("mine")
    page, _ = report("apps")
    assert "1 of 2 give the same results as PyTorch" in page.text
    assert "The project has changed since" in page.text


def test_results_of_batch_are_assigned_to_their_projects(exported: Path, tmp_path: Path) -> None:
    """Results of `verify` name no project, so with two projects of a target they are rejected."""
    for name in ("birds", "cats"):
        export_called(name, exported, tmp_path / "runs" / name)
    _, said = batch("runs")
    said["projects"][0]["verified"] = seen()
    Path("batch.json").write_text(json.dumps(said))
    answer = edgegen("report", "apps", "--results", "batch.json", "--json").ok()
    assert [row["passed"] for row in json.loads(answer.out)["projects"]] == [True, None]
    Path("one.json").write_text(json.dumps(seen()))
    says = ("do not name their project, and 2 are for linux-cpp",)
    rejects(3, tmp_path, "report", "apps", "--results", "one.json", "--output", "two.html", says=says)


def test_page_includes_a_project_that_cannot_be_verified(project: Path) -> None:
    """With the reason, and exit code 1."""
    (project / "CMakeLists.txt").write_text("message(FATAL_ERROR broken)\n")
    page, _ = report(project, "--verify", code=1)
    assert "It could not be verified: " in page.text
    assert "Edited" in page.text


def test_page_includes_reduced_screenshots_with_descriptions(project: Path) -> None:
    """From the folder itself for a single project, else from the subfolder of its name."""
    Path("shots").mkdir()
    Image.effect_noise((1080, 2400), 90).save("shots/01-live.png")
    page, _ = report(project, "--screenshots", "shots")
    (shot,) = page.all("img")
    assert shot["alt"] == "Screenshot of Shapes: 01-live"
    assert (int(shot["width"]), int(shot["height"])) == (450, 1000)
    Path("shots/shapes").mkdir()
    shutil.move("shots/01-live.png", "shots/shapes/02-photo.png")
    page, _ = report(project, "--screenshots", "shots")
    assert [each["alt"] for each in page.all("img")] == ["Screenshot of Shapes: 02-photo"]


# --- rejected arguments ---


def test_report_refuses_invalid_projects_results_and_screenshots(
    project: Path, exported: Path, tmp_path: Path
) -> None:
    """Nothing is written."""
    (tmp_path / "empty").mkdir()
    rejects(3, tmp_path, "report", "gone", says=("there is no project gone",))
    rejects(3, tmp_path, "report", "empty", says=("there is no project in empty",))
    rejects(3, tmp_path, "report", project, "empty", says=("there is no project in empty",))
    rejects(3, tmp_path, "report", exported, says=("is an export, not a project",))
    rejects(3, tmp_path, "report", project, "--screenshots", "gone", says=("no folder gone",))
    rejects(3, tmp_path, "report", project, "--results", "gone.json", says=("gone.json cannot be read",))
    (tmp_path / "odd.json").write_text('{"projects": [3]}')
    rejects(3, tmp_path, "report", project, "--results", "odd.json", says=("odd.json has no results",))
    (tmp_path / "shots").mkdir()
    (tmp_path / "shots" / "a.png").write_text("no picture")
    rejects(3, tmp_path, "report", project, "--screenshots", "shots", says=("a.png cannot be read",))


def test_report_creates_missing_output_folders(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk, they are removed again."""
    edgegen("report", project, "--output", "a/b/report.html").ok()
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["report.html"]
    before = snapshot(tmp_path)

    def full(path: Path, _: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    answer = edgegen("report", project, "--output", "c/d/report.html")
    assert answer.code == 5
    assert "cannot write to c/d/report.html: No space left on device" in answer.err
    assert snapshot(tmp_path) == before


def test_report_overwrites_only_its_own_pages_unless_forced(project: Path, tmp_path: Path) -> None:
    """A folder is never overwritten."""
    report(project)
    report(project)
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    rejects(3, tmp_path, "report", project, "--output", "mine.html", says=("edgegen did not write it",))
    rejects(3, tmp_path, "report", project, "--output", project, "--force", says=("is a folder",))
    rejects(3, tmp_path, "report", project, "--output", "notes.txt", says=("does not end in .html",))
    edgegen("report", project, "--output", "mine.html", "--force").ok()
