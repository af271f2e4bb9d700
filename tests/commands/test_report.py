"""The page of `edgegen report`: whole by itself, of sound HTML, and nothing in a model's names is markup."""

import base64
import errno
import html
import io
import json
import os
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from PIL import Image

from browser import browse
from commands.batches import batch, export_called
from edgegen.commands import batch_record
from edgegen.project import manifest
from support import LINUX, edgegen, metadata_of, refused, snapshot, write_metadata

VOID = {"meta", "img", "image", "polygon", "circle", "br"}
PHONE, LAPTOP = 500, 1440  # pixels; headless Chromium has no narrower window
RUN_AXE = """
const errors = [];
addEventListener("error", event => errors.push(String(event.message)));
addEventListener("load", () => axe.run().then(found => {
  const told = document.createElement("pre");
  told.id = "told";
  told.hidden = true;
  told.textContent = JSON.stringify({
    errors, passes: found.passes.length, inner: innerWidth, wide: document.documentElement.scrollWidth,
    violations: found.violations.map(each => [each.id, each.nodes.map(node => node.html)]),
  });
  document.body.append(told);
}));
"""
HOSTILE = '</td><script>alert("1")</script><img src=x onerror=alert(1)>&amp;\u202e{{ 7 * 7 }}'


class Page(HTMLParser):
    """A page, read strictly: every element is closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements = list[tuple[str, dict[str, str]]]()
        self.text = ""
        self.headings = list[int]()
        self._open = list[str]()
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        assert self._open
        assert self._open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, tag
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def report(*arguments: object, code: int = 0) -> tuple[Page, str]:
    """Run `edgegen report`, and return the page, read and as it stands."""
    answer = edgegen("report", *arguments)
    assert answer.code == code, answer
    text = Path("report.html").read_text(encoding="utf-8")
    return Page(text), text


@pytest.fixture
def project(exported: Path) -> Path:
    edgegen("new", *LINUX, "--model", exported, "--name", "Shapes", "--output", "shapes").ok()
    return Path("shapes")


def stage(**more: object) -> dict[str, Any]:
    return {
        "name": "boxes",
        "passed": True,
        "worst": 0.1,
        "tolerance": 0.5,
        "unit": "px",
        "compared": 9,
        **more,
    }


def seen(**more: object) -> dict[str, Any]:
    """Return what `edgegen verify --json` prints."""
    return {
        "target": "linux-cpp",
        "passed": True,
        "stages": [stage()],
        "images": 5,
        "detections": 9,
        "authority": "PyTorch on best.pt",
        "problems": [],
        "notes": [],
        **more,
    }


# --- the page ---


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
    assert page.headings == [1, 2, 3, 3, 3]
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


def test_text_can_be_read_by_day_and_by_night() -> None:
    """WCAG's contrast is 4.5 or more for every pair of colours that meet, in each scheme and in print."""
    from edgegen.commands.report_page import page

    style = page([]).partition("<style>")[2].partition("</style>")[0]
    schemes = [
        dict(re.findall(r"--([\w-]+): (#\w{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    assert len(schemes) == 3
    pairs = [(front, back) for front in ("text", "quiet", "link") for back in ("page", "card")]
    pairs += [("text", "code"), ("good", "good-back"), ("bad", "bad-back")]
    for colors in schemes:
        for front, back in pairs:
            assert contrast(colors[front], colors[back]) >= 4.5, (front, back, colors)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_browser_shows_it(project: Path) -> None:
    """On a phone's screen, and on paper; the picture in it has its colours."""
    report(project)
    address = Path("report.html").absolute().as_uri()
    browse("--window-size=400,900", "--screenshot=page.png", address)
    with Image.open("page.png") as picture:
        assert len(picture.convert("L").getcolors() or []) > 20
    browse("--print-to-pdf=page.pdf", address)
    assert Path("page.pdf").read_bytes()[:5] == b"%PDF-"


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
def test_everybody_can_read_it(project: Path, width: int) -> None:
    """axe-core finds nothing wrong, no script fails, and nothing is wider than the screen."""
    failed = seen(passed=False, stages=[stage(), stage(name="raw", passed=False)], notes=["a note"])
    Path("results.json").write_text(json.dumps(failed))
    report(project, "--results", "results.json")
    axe = Path(axe_core_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    script = f"<script>{axe}</script><script>{RUN_AXE}</script></body>"
    page = Path("report.html").read_text(encoding="utf-8").replace("</body>", script)
    Path("checked.html").write_text(page, encoding="utf-8")
    address = Path("checked.html").absolute().as_uri()
    text = browse(f"--window-size={width},900", "--virtual-time-budget=20000", "--dump-dom", address)
    told = re.search('<pre id="told"[^>]*>(.*?)</pre>', text, re.DOTALL)
    assert told, text[-2000:]
    found = json.loads(html.unescape(told[1]))
    assert found["passes"] > 10
    assert found["violations"] == []
    assert found["errors"] == []
    assert found["inner"] == width
    assert found["wide"] <= width


# --- what was verified ---


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
    refused(3, tmp_path, "report", exported, says=("no project of a target",))
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
