"""The look of the `edgegen report` page: phone, laptop and paper, light and dark scheme."""

import html
import json
import re
from pathlib import Path

import axe_core_python
import pytest
from PIL import Image

from tests.cli.batches import export_called
from tests.cli.reports import measured, report, seen, shapes, stage
from tests.helpers.browser import browse
from tests.helpers.support import LINUX, edgegen

PHONE, LAPTOP, PAPER = 320, 1440, 794  # pixels
# Chromium has no window narrower than 500 pixels, so each page is in a frame; the window shows axe's results.
WINDOW = """<!doctype html><title>frames</title><body style="margin: 0; display: flex">
{frames}
<script>
addEventListener("message", event => {{
  const told = document.createElement("pre");
  told.className = "told";
  told.textContent = event.data;
  document.body.append(told);
}});
</script>"""
FRAME = (
    '<iframe name="{name}" src="{page}" width="{width}" height="900" style="border: 0; flex: none"></iframe>'
)
RUN_AXE = """
const errors = [];
addEventListener("error", event => errors.push(String(event.message)));
addEventListener("load", () => axe.run().then(found => parent.postMessage(JSON.stringify({
  frame: name, errors, passes: found.passes.length,
  inner: innerWidth, wide: document.documentElement.scrollWidth,
  dark: matchMedia("(prefers-color-scheme: dark)").matches,
  page: getComputedStyle(document.body).backgroundColor,
  violations: found.violations.map(each => [each.id, each.nodes.map(node => node.html)]),
}), "*")));
"""


@pytest.fixture
def project(exported: Path) -> Path:
    return shapes(exported)


def test_text_contrast_is_at_least_4_5_in_every_colour_scheme() -> None:
    """The WCAG contrast, for light, dark and print."""
    from edgegen.commands.report import page

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


@pytest.mark.full
def test_browser_renders_and_prints_the_page(project: Path) -> None:
    """The screenshot has many grey levels, so the picture is drawn."""
    report(project)
    address = Path("report.html").absolute().as_uri()
    browse("--window-size=400,900", "--screenshot=page.png", address)
    with Image.open("page.png") as picture:
        assert len(picture.convert("L").getcolors() or []) > 20
    browse("--print-to-pdf=page.pdf", address)
    assert Path("page.pdf").read_bytes()[:5] == b"%PDF-"


@pytest.fixture(scope="module")
def everything(tiny_export: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a page with every kind of content: two apps, one with two models; times; failures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("everything"))
        models = [export_called(name, tiny_export, Path("runs", name)) for name in ("birds", "cats")]
        edgegen(
            "new",
            *LINUX,
            "--app",
            "studio",
            "--model",
            models[0],
            "--model",
            models[1],
            "--output",
            "apps/two",
        ).ok()
        edgegen("new", *LINUX, "--model", models[0], "--output", "apps/one").ok()
        Path("apps/one/README.md").write_text("mine")
        failed = seen(passed=False, stages=[stage(), stage(name="raw", passed=False)], notes=["a note"])
        rows = [
            {"project": f"apps/{name}", "digest": "0" * 64, "verified": failed} for name in ("one", "two")
        ]
        Path("batch.json").write_text(json.dumps({"projects": rows}))
        Path("times.json").write_text(json.dumps(measured(Path("apps/two"))))
        Path("shots/one").mkdir(parents=True)
        Image.effect_noise((1080, 2400), 90).save("shots/one/01.png")
        told = ("--results", "batch.json", "--results", "times.json", "--screenshots", "shots")
        return report("apps/one", "apps/two", *told)[1]


@pytest.mark.full
@pytest.mark.parametrize("dark", [False, True])
def test_page_passes_axe_on_phone_laptop_and_paper(everything: str, tmp_path: Path, dark: bool) -> None:
    """Also no script error, no horizontal scrolling, white paper. Print rules are applied to the screen."""
    axe = Path(axe_core_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    page = everything.replace("</body>", f"<script>{axe}</script><script>{RUN_AXE}</script></body>")
    assert "@media print {" in page
    (tmp_path / "screen.html").write_text(page, encoding="utf-8")
    (tmp_path / "paper.html").write_text(page.replace("@media print {", "@media all {"), encoding="utf-8")
    widths = {"phone": PHONE, "laptop": LAPTOP, "paper": PAPER}
    frames = [
        FRAME.format(name=name, page="paper.html" if name == "paper" else "screen.html", width=width)
        for name, width in widths.items()
    ]
    (tmp_path / "window.html").write_text(WINDOW.format(frames="\n".join(frames)), encoding="utf-8")
    options = ["--window-size=2600,1000", "--virtual-time-budget=20000", "--dump-dom"]
    text = browse(*options, *(["--force-dark-mode"] if dark else []), (tmp_path / "window.html").as_uri())
    told = re.findall('<pre class="told"[^>]*>(.*?)</pre>', text, re.DOTALL)
    results = {found["frame"]: found for found in map(json.loads, map(html.unescape, told))}
    assert results.keys() == widths.keys(), text[-2000:]
    light, night, white = "rgb(243, 245, 247)", "rgb(16, 19, 21)", "rgb(255, 255, 255)"
    for name, found in results.items():
        assert found["passes"] > 10, name
        assert found["violations"] == [], name
        assert found["errors"] == [], name
        assert found["inner"] == widths[name]
        assert found["wide"] <= widths[name], name
        assert found["dark"] == dark, name
        assert found["page"] == (white if name == "paper" else night if dark else light), name
