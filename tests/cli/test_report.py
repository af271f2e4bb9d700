"""The page of `edgegen report`: whole by itself, of sound HTML, and nothing in a model's names is markup."""

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
from tests.helpers.support import LINUX, edgegen, metadata_of, refused, write_metadata

pytestmark = pytest.mark.full

HOSTILE = '</td><script>alert("1")</script><img src=x onerror=alert(1)>&amp;\u202e{{ 7 * 7 }}'


@pytest.fixture
def project(exported: Path) -> Path:
    return shapes(exported)


def test_a_page_loads_nothing_and_every_picture_has_a_text(project: Path) -> None:
    """Sound HTML, no script, no address outside; headings without a gap; one language; under 200 kB."""
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
    assert len(text.encode()) < 200_000


def test_it_says_what_the_model_is_and_how_to_build(project: Path) -> None:
    """From metadata, manifest and vectors; what PyTorch sees stands in the picture."""
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


def test_the_boxes_are_those_of_the_golden_vectors(project: Path) -> None:
    """In the picture's own pixels, and inside of it; the picture is the vectors', in every pixel."""
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
def test_each_task_shows_what_it_finds(
    task: str, task_export: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turned boxes, keypoints, masks and maps over the picture; probabilities and shares in a table."""
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
    assert len(text.encode()) < 250_000


def test_a_broken_project_costs_the_others_no_page(exported: Path, tmp_path: Path) -> None:
    """It says why, with exit code 1; of it alone there is none. An export among them is no project."""
    shapes(exported).rename(tmp_path / "apps")
    (tmp_path / "all").mkdir()
    for name in ("a", "b", "c"):
        shutil.copytree(tmp_path / "apps", tmp_path / "all" / name)
    (tmp_path / "all/b/model/model.pte").unlink()
    (tmp_path / "all/c/.edgegen.yml").write_text("schema: [")
    shutil.copytree(exported, tmp_path / "all/exported")
    page, _ = report("all", code=1)
    assert "Report of 3 apps" in page.text
    assert page.text.count("Nothing of it can be shown.") == 2
    assert "model.pte" in page.text
    assert page.text.count("Build and run it") == 1
    refused(3, tmp_path, "report", "all/b", says=("model.pte",))


def test_names_are_never_markup(exported: Path, tmp_path: Path) -> None:
    """Of classes, of the app, in metadata, in results: all that a browser could take for more is escaped."""
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
