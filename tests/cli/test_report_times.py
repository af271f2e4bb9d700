"""Several models and measured times on the page of `edgegen report`."""

import json
from pathlib import Path

import pytest

from tests.cli.batches import export_called
from tests.cli.reports import Page, measured, report, shapes
from tests.helpers.support import LINUX, edgegen, rejects

pytestmark = pytest.mark.full


@pytest.fixture
def project(exported: Path) -> Path:
    return shapes(exported)


@pytest.fixture
def two(tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an app with the models birds and cats, which have different classes."""
    monkeypatch.chdir(tmp_path)
    models = [export_called(name, tiny_export, tmp_path / "runs" / name) for name in ("birds", "cats")]
    metadata = models[1] / "metadata.yaml"
    metadata.write_text(metadata.read_text().replace("circle", "tabby"))
    edgegen(
        "new", *LINUX, "--app", "studio", "--model", models[0], "--model", models[1], "--output", "two"
    ).ok()
    return Path("two")


def test_page_has_a_section_for_each_model_of_an_app(two: Path) -> None:
    """Each has its picture, classes, facts and times, in the order of the app."""
    page, text = report(two)
    birds, cats = text.split('<h3 class="model">The model')[1:]
    assert (birds[:20], cats[:20]) == (" <bdi>birds</bdi></h", " <bdi>cats</bdi></h3")
    assert len(page.all("svg")) == 2
    assert [("tabby" in part, "<li><bdi>circle" in part) for part in (birds, cats)] == [
        (False, True),
        (True, False),
    ]
    assert page.headings == [1, 2, 3, 4, 4, 3, 4, 4, 3, 3]
    assert page.text.count("Licence of the weights") == 2
    assert "edgegen benchmark two --json > times.json" in page.text
    assert "edgegen benchmark two/model/cats --model " in page.text


def test_page_shows_measured_times_of_model_app_and_phone(project: Path) -> None:
    """Without times, the page shows the command that measures them."""
    page, _ = report(project)
    assert "Not measured." in page.text
    assert "edgegen benchmark shapes --json > times.json" in page.text
    Path("times.json").write_text(json.dumps(measured(project)))
    page, _ = report(project, "--results", "times.json")
    assert "Not measured" not in page.text
    for says in (
        "A processor, 2 threads",
        "pytorch (executorch 1)",
        "3.25",
        "3.00 to 4.50",
        "7.50",
        "A phone",
        "32.50",
    ):
        assert says in page.text, says


def test_page_hides_app_times_when_the_project_was_edited(project: Path) -> None:
    """The times of the unchanged model are still shown."""
    Path("times.json").write_text(json.dumps(measured(project)))
    (project / "README.md").write_text("mine")
    page, _ = report(project, "--results", "times.json")
    assert "3.25" in page.text
    assert "7.50" not in page.text
    assert "The project has changed since its app was timed" in page.text


def test_times_are_assigned_to_a_model_by_its_digest(exported: Path, tmp_path: Path) -> None:
    """Times of an unknown model are left out with a note."""
    project = shapes(exported)
    times = measured(project, model=str(exported), digest=None, whole=[], device=None)
    Path("times.json").write_text(json.dumps(times))
    page, _ = report(project, "--results", "times.json")
    assert "3.25" in page.text
    Path("times.json").write_text(json.dumps({**times, "sha256": "0" * 64}))
    answer = edgegen("report", project, "--results", "times.json", "--output", "without.html").ok()
    assert "the times of exported in" in answer.err
    assert "times.json are left out: no project has that model" in answer.err
    assert "3.25" not in Page(Path("without.html").read_text()).text
    Path("times.json").write_text(json.dumps({**times, "forward": [1]}))
    says = ("times.json has no results",)
    rejects(3, tmp_path, "report", project, "--results", "times.json", "--output", "no.html", says=says)
