"""The page of `edgegen report`: self-contained, valid HTML, and safe with any name."""

import base64
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from edgegen.project import manifest
from tests.cli.reports import report, seen, shapes, stage
from tests.helpers.support import LINUX, edgegen, metadata_of, rejects, write_metadata

pytestmark = pytest.mark.full

HOSTILE = '</td><script>alert("1")</script><img src=x onerror=alert(1)>&amp;\u202e{{ 7 * 7 }}'


@pytest.fixture
def project(exported: Path) -> Path:
    return shapes(exported)


def test_page_loads_no_external_files_and_describes_its_picture(project: Path) -> None:
    """Valid HTML, no script, no external address, no gap in the headings, one language."""
    page, text = report(project)
    assert page.all("script", "link", "iframe", "object", "form") == []
    for attributes in page.all(*{tag for tag, _ in page.elements}):
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("data:image/", "#")), attributes
    assert "http" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "url(" not in text
    assert "@import" not in text
    (svg,) = page.all("svg")
    assert svg["role"] == "img"
    assert svg["aria-label"].startswith("The picture landscape: ")
    assert page.headings == [1, 2, 3, 3, 3, 3]
    assert page.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")


def test_page_shows_the_models_facts_and_build_commands(project: Path) -> None:
    """From metadata, manifest and vectors. The picture shows PyTorch's detections."""
    page, _ = report(project)
    size = (project / "model" / "model.pte").stat().st_size
    digest = manifest.sha256(project / "model" / "model.pte")[:16]
    for says in (
        "Shapes",
        "Ultralytics model trained on shapes",
        f"{size / 1e6:.2f} MB (sha256 {digest}",
        "tiny.pt (sha256 ",
        "160 x 160 pixels",
        "float32",
        "Apache-2.0",
        "circle",
        "Not verified yet",
        "cd shapes",
        "cmake --preset release",
    ):
        assert says in page.text, says
    assert len(page.all("polygon")) >= 2
    described = page.all("svg")[0]["aria-label"]
    assert len(re.findall(r"(?:circle|square|triangle) 0\.\d\d", described)) == len(page.all("polygon"))
    assert "PyTorch sees this at scores above" in page.text.replace("\n", " ")


@pytest.mark.proof("commands")
def test_page_draws_the_boxes_and_the_picture_of_the_golden_vectors(project: Path) -> None:
    """Boxes are in the picture's own pixels. The picture is equal in every pixel."""
    from edgegen.artifacts import vector_files

    page, _ = report(project)
    (view,) = [each["viewbox"] for each in page.all("svg")]
    width, height = map(int, view.split()[2:])
    entry = next(
        entry
        for entry in vector_files.read(project / "vectors", "").entries
        if entry.about["name"] == "landscape"
    )
    boxes = [[float(f"{value:.1f}") for value in box] for box in entry.array("boxes.box")]
    drawn = [
        [float(part) for pair in each["points"].split() for part in pair.split(",")]
        for each in page.all("polygon")
    ]
    assert [[each[0], each[1], each[4], each[5]] for each in drawn] == boxes
    assert all(
        0 <= x <= width and 0 <= y <= height
        for each in drawn
        for x, y in zip(each[::2], each[1::2], strict=True)
    )
    picture = page.all("image")[0]["href"].partition("base64,")[2]
    with Image.open(io.BytesIO(base64.b64decode(picture))) as read:
        assert read.tobytes() == entry.array("picture").tobytes()


@pytest.mark.parametrize("task", ["classify", "depth", "obb", "pose", "segment", "semantic"])
def test_page_shows_the_results_of_each_task(
    task: str, task_export: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Oriented boxes, keypoints, masks and maps as overlays; probabilities and shares as a table."""
    monkeypatch.chdir(tmp_path)
    edgegen("new", *LINUX, "--model", task_export(task), "--output", "app").ok()
    page, text = report("app")
    seen_there = {
        "polygon": len(page.all("polygon")),
        "circle": len(page.all("circle")),
        "image": len(page.all("image")),
        "share": text.count('<span class="swatch"'),
    }
    assert (seen_there["polygon"] > 0) == (task in {"obb", "pose", "segment"})
    assert (seen_there["circle"] > 0) == (task == "pose")
    assert (seen_there["image"] == 2) == (task in {"segment", "semantic"})
    assert (seen_there["share"] > 0) == (task in {"classify", "semantic"})
    if task == "obb":
        corners = [each["points"].split() for each in page.all("polygon")]
        assert any(each[0].split(",")[0] != each[3].split(",")[0] for each in corners)


def test_page_of_several_projects_includes_others_when_two_are_broken(exported: Path, tmp_path: Path) -> None:
    """Exit code 1 with the reasons. A broken project alone has no page. Exports are skipped."""
    shapes(exported).rename(tmp_path / "apps")
    (tmp_path / "all").mkdir()
    for name in ("a", "b", "c"):
        shutil.copytree(tmp_path / "apps", tmp_path / "all" / name)
    (tmp_path / "all/b/model/model.pte").unlink()
    (tmp_path / "all/c/.edgegen.yml").write_text("schema: [")
    shutil.copytree(exported, tmp_path / "all/exported")
    page, _ = report("all", code=1)
    assert "Report of 3 apps" in page.text
    assert page.text.count("This project cannot be shown.") == 2
    assert "model.pte" in page.text
    assert page.text.count("Build and run it") == 1
    rejects(3, tmp_path, "report", "all/b", says=("model.pte",))


def test_page_escapes_markup_in_all_names(exported: Path, tmp_path: Path) -> None:
    """In classes, the app's name, metadata and results."""
    content: dict[str, Any] = metadata_of(exported)
    content |= {"names": {0: HOSTILE, 1: "a\0b\ud800".encode("utf-8", "replace").decode(), 2: "x" * 5000}}
    content |= {"license": HOSTILE, "description": HOSTILE}
    write_metadata(exported, content)
    edgegen("new", *LINUX, "--model", exported, "--name", '"><b>&', "--output", "app").ok()
    results = seen(authority=HOSTILE, notes=[HOSTILE], problems=[HOSTILE], stages=[stage(name=HOSTILE)])
    (tmp_path / "results.json").write_text(json.dumps(results))
    page, text = report("app", "--results", "results.json")
    assert page.all("script", "img", "b") == []
    assert page.text.count('<script>alert("1")</script>') >= 5
    assert "{{ 7 * 7 }}" in page.text
    assert "x" * 100 not in text
    assert "\0" not in text
