"""What was verified and photographed of projects, on the page of `edgegen report`; what cannot be on it."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from edgegen.commands import batch_record
from tests.cli.batches import batch, export_called
from tests.cli.reports import report, seen, shapes, stage
from tests.helpers.support import edgegen, refused, snapshot

pytestmark = pytest.mark.full


@pytest.fixture
def project(exported: Path) -> Path:
    return shapes(exported)


def test_results_of_verify_stand_in_a_table(project: Path) -> None:
    """Stage by stage, with what was allowed; what could not be compared is said in words."""
    failed = seen(
        passed=False, stages=[stage(), stage(name="raw", passed=False, worst=None)], notes=["a note"]
    )
    Path("results.json").write_text(json.dumps(failed))
    page, _ = report(project, "--results", "results.json")
    assert "Stages over 5 pictures, held against PyTorch on best.pt" in page.text
    for says in ("NOT the same", "not comparable", "passed", "failed", "a note"):
        assert says in page.text


def test_what_batch_saw_is_found_beside_its_projects(exported: Path, tmp_path: Path) -> None:
    """Of each project its own; after an edit it counts no more."""
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
    (tmp_path / "apps" / batch_record.NAME).write_text(text)
    page, _ = report("apps")
    assert "2 of 2 shown to give PyTorch's results" in page.text
    assert "held against PyTorch on birds" in page.text
    assert "held against PyTorch on cats" in page.text
    assert [each["href"] for each in page.all("a")] == ["#app-1", "#app-2"]
    assert len({each["id"] for _, each in page.elements if "id" in each}) == 4
    (tmp_path / "apps" / "cats" / "README.md").write_text("mine")
    page, _ = report("apps")
    assert "1 of 2 shown to give PyTorch's results" in page.text
    assert "The project has changed since" in page.text


def test_results_of_a_batch_name_their_projects(exported: Path, tmp_path: Path) -> None:
    """Those of `verify` do not: with two projects of a target they could be of either."""
    for name in ("birds", "cats"):
        export_called(name, exported, tmp_path / "runs" / name)
    _, said = batch("runs")
    said["projects"][0]["verified"] = seen()
    Path("batch.json").write_text(json.dumps(said))
    answer = edgegen("report", "apps", "--results", "batch.json", "--json").ok()
    assert [row["passed"] for row in json.loads(answer.out)["projects"]] == [True, None]
    Path("one.json").write_text(json.dumps(seen()))
    says = ("do not name their project, and 2 are for linux-cpp",)
    refused(3, tmp_path, "report", "apps", "--results", "one.json", "--output", "two.html", says=says)


def test_a_project_that_cannot_be_verified_is_on_the_page_all_the_same(project: Path) -> None:
    """--verify says why; exit code 1."""
    (project / "CMakeLists.txt").write_text("message(FATAL_ERROR broken)\n")
    page, _ = report(project, "--verify", code=1)
    assert "It could not be verified: " in page.text
    assert "Edited" in page.text


def test_screenshots_are_put_in_smaller(project: Path) -> None:
    """Of a project that is alone from the folder itself, else from that of its name; each with its text."""
    Path("shots").mkdir()
    Image.effect_noise((1080, 2400), 90).save("shots/01-live.png")
    page, text = report(project, "--screenshots", "shots")
    (shot,) = page.all("img")
    assert shot["alt"] == "Screenshot of Shapes: 01-live"
    assert (int(shot["width"]), int(shot["height"])) == (450, 1000)
    assert len(text.encode()) < 600_000
    Path("shots/shapes").mkdir()
    shutil.move("shots/01-live.png", "shots/shapes/02-photo.png")
    page, _ = report(project, "--screenshots", "shots")
    assert [each["alt"] for each in page.all("img")] == ["Screenshot of Shapes: 02-photo"]


# --- what cannot be ---


def test_what_is_no_project_is_refused(project: Path, exported: Path, tmp_path: Path) -> None:
    """Nothing is written."""
    (tmp_path / "empty").mkdir()
    refused(3, tmp_path, "report", "gone", says=("there is no project gone",))
    refused(3, tmp_path, "report", "empty", says=("there is no project in empty",))
    refused(3, tmp_path, "report", project, "empty", says=("there is no project in empty",))
    refused(3, tmp_path, "report", exported, says=("is an export, no project",))
    refused(3, tmp_path, "report", project, "--screenshots", "gone", says=("no folder gone",))
    refused(3, tmp_path, "report", project, "--results", "gone.json", says=("gone.json cannot be read",))
    (tmp_path / "odd.json").write_text('{"projects": [3]}')
    refused(3, tmp_path, "report", project, "--results", "odd.json", says=("odd.json has no results",))
    (tmp_path / "shots").mkdir()
    (tmp_path / "shots" / "a.png").write_text("no picture")
    refused(3, tmp_path, "report", project, "--screenshots", "shots", says=("a.png cannot be read",))


def test_folders_that_are_missing_are_made_for_the_page(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for every --output, and as there, none is left where no page came to be."""
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


def test_a_file_of_somebody_else_is_not_overwritten(project: Path, tmp_path: Path) -> None:
    """A page of ours is; --force takes any file, and no folder."""
    report(project)
    report(project)
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    refused(3, tmp_path, "report", project, "--output", "mine.html", says=("edgegen did not write it",))
    refused(3, tmp_path, "report", project, "--output", project, "--force", says=("is a folder",))
    refused(3, tmp_path, "report", project, "--output", "notes.txt", says=("does not end in .html",))
    edgegen("report", project, "--output", "mine.html", "--force").ok()
