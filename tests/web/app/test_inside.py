"""See inside: the stages of a picture, from the app's own functions."""

import math
from pathlib import Path

import cv2
import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX_TOP_LEFT
from tests.helpers.other_resizes import OTHER_RESIZES
from tests.web.app.conftest import PORTRAIT, SharedApp
from tests.web.selected_rows import ROWS, SELECTING

pytestmark = pytest.mark.full

STAGES = {
    "detect": ["Input", "Cells", "Candidates", "NMS", "Result"],
    "obb": ["Input", "Cells", "Candidates", "NMS", "Result"],
    "classify": ["Input", "Scores", "Result"],
    "semantic": ["Input", "Map", "Result"],
    "depth": ["Input", "Map", "Result"],
    **{name: ["Input", "Cells", "Candidates", "NMS", "Result"] for name in OTHER_RESIZES},
    SELECTING: ["Input", "Candidates", "Best", "Result"],
}

# The mean of each channel of the shown picture.
MEANS = """() => {
  const canvas = document.querySelector('#inside-canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const sums = [0, 0, 0];
  for (let i = 0; i < data.length; i += 1) if (i % 4 < 3) sums[i % 4] += data[i];
  return sums.map((sum) => sum / (data.length / 4));
}"""


@pytest.mark.parametrize("task", STAGES)
def test_each_stage_of_a_task_has_a_picture_and_a_text(shared_app: SharedApp, task: str) -> None:
    app = shared_app(task)
    app.open_file(PORTRAIT)
    app.page.click("#see-inside")
    names = app.page.locator("#inside-stages label").all_inner_texts()
    assert names == STAGES[task]
    texts = set()
    for name in names:
        app.choose("inside-stages", name)
        texts.add(app.text("#inside-text"))
        assert "{" not in app.text("#inside-side")
        assert app.page.evaluate("() => document.querySelector('#inside-canvas').width") > 100
    assert len(texts) == len(names)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("detect", "and grey bars fill the rest"),
        (LETTERBOX_TOP_LEFT, "and a grey bar fills the rest"),
        (CENTRE_CROP, "160. Every byte becomes a number"),
    ],
)
def test_input_shows_the_colours_and_says_how_the_picture_is_resized(
    shared_app: SharedApp, name: str, text: str
) -> None:
    """The portrait has more red than blue."""
    app = shared_app(name)
    app.open_file(PORTRAIT)
    app.page.click("#see-inside")
    assert text in app.text("#inside-hint")
    red, _, blue = app.page.evaluate(MEANS)
    assert red > blue + 20


def test_nms_keeps_the_boxes_of_the_result_one_at_a_step(shared_app: SharedApp) -> None:
    app = shared_app()
    app.open_file(PORTRAIT)
    rows = app.rows()
    app.page.click("#see-inside")
    app.choose("inside-stages", "Candidates")
    count = int(app.text("#inside-text").split()[0])
    app.choose("inside-stages", "NMS")
    slider = app.page.locator("#inside-slider")
    assert slider.get_attribute("max") == str(len(rows))
    assert app.text("#inside-text").startswith(f"{count} candidates")
    removed = 0
    for step, row in enumerate(rows, start=1):
        slider.fill(str(step))
        text = app.text("#inside-text")
        assert text.startswith(f"Step {step} keeps {row['class_name']} {row['score']:.2f} and removes ")
        removed += int(text.split(" removes ")[1].split()[0])
    assert removed + len(rows) == count


def test_model_that_selects_its_detections_keeps_one_at_a_step(shared_app: SharedApp) -> None:
    app = shared_app(SELECTING)
    app.open_file(PORTRAIT)
    rows = app.rows()
    app.page.click("#see-inside")
    app.choose("inside-stages", "Candidates")
    assert app.text("#inside-text").startswith(f"{len(rows)} candidates of {ROWS} ")
    assert "one box for each object" in app.text("#inside-hint")
    app.choose("inside-stages", "Best")
    assert "no NMS" in app.text("#inside-hint")
    app.page.locator("#inside-slider").fill("2")
    assert app.text("#inside-text") == f"Step 2 keeps {rows[1]['class_name']} {rows[1]['score']:.2f}."


def test_cells_show_the_best_candidate_of_a_stride(shared_app: SharedApp) -> None:
    app = shared_app()
    app.open_file(PORTRAIT)
    best = app.rows()[0]
    app.page.click("#see-inside")
    app.choose("inside-stages", "Cells")
    assert f"The best cell: {best['class_name']} {best['score']:.2f}." in app.text("#inside-text")
    for stride in (8, 16, 32):
        app.choose("inside-choice", str(stride))
        assert f"cells of {stride} pixels" in app.text("#inside-text")


def test_result_of_a_very_large_photo_is_shown_on_a_canvas_of_phones(
    shared_app: SharedApp, tmp_path: Path
) -> None:
    """The drawing is the same as that of the photo in its first size."""
    app = shared_app()
    photo = cv2.imread(str(PORTRAIT))
    height, width = photo.shape[:2]
    factor = math.ceil(math.sqrt(17_000_000 / (width * height)))
    large = cv2.resize(photo, (factor * width, factor * height), interpolation=cv2.INTER_NEAREST)
    cv2.imwrite(str(tmp_path / "large.png"), large)
    means = []
    for path in (PORTRAIT, tmp_path / "large.png"):
        app.open_file(path)
        app.page.evaluate("""() => {
          globalThis.OffscreenCanvas = class extends untouched.OffscreenCanvas {
            constructor(width, height) {
              if (width * height > 16_010_000) throw new Error('the canvas is too large');
              super(width, height);
            }
          };
        }""")
        app.page.click("#see-inside")
        app.choose("inside-stages", "Result")
        means.append(app.page.evaluate(MEANS))
        app.page.keyboard.press("Escape")
        app.page.evaluate("() => { globalThis.OffscreenCanvas = untouched.OffscreenCanvas; }")
    assert means[0] == pytest.approx(means[1], abs=1)


def test_moving_camera_stands_still_while_inside_is_open(shared_app: SharedApp) -> None:
    app = shared_app()
    app.start_camera()
    app.page.click("#see-inside")
    app.page.wait_for_selector("#inside[open]")
    assert app.page.evaluate("() => document.querySelector('#video').paused") is True
    app.page.keyboard.press("Escape")
    app.page.wait_for_function("() => !document.querySelector('#video').paused")
    app.page.evaluate("() => { edgegen.shown = null; }")
    app.page.wait_for_function("() => edgegen.shown")
