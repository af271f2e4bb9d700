"""See inside: the stages of a picture, from the app's own functions."""

from collections.abc import Callable

import pytest

from tests.web.app.conftest import PORTRAIT, App

pytestmark = pytest.mark.full

STAGES = {
    "detect": ["Input", "Cells", "Candidates", "NMS", "Result"],
    "obb": ["Input", "Cells", "Candidates", "NMS", "Result"],
    "classify": ["Input", "Scores", "Result"],
    "semantic": ["Input", "Map", "Result"],
    "depth": ["Input", "Map", "Result"],
}


@pytest.mark.parametrize("task", STAGES)
def test_each_stage_of_a_task_has_a_picture_and_a_text(open_app: Callable[..., App], task: str) -> None:
    app = open_app(task)
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


def test_nms_keeps_the_boxes_of_the_result_one_at_a_step(app: App) -> None:
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


def test_cells_show_the_best_candidate_of_a_stride(app: App) -> None:
    app.open_file(PORTRAIT)
    best = app.rows()[0]
    app.page.click("#see-inside")
    app.choose("inside-stages", "Cells")
    assert f"The best cell: {best['class_name']} {best['score']:.2f}." in app.text("#inside-text")
    for stride in app.page.evaluate("() => edgegen.model.strides"):
        app.choose("inside-choice", str(stride))
        assert f"cells of {stride} pixels" in app.text("#inside-text")


def test_moving_camera_stands_still_while_inside_is_open(app: App) -> None:
    app.start_camera()
    app.page.click("#see-inside")
    app.page.wait_for_selector("#inside[open]")
    assert app.page.evaluate("() => document.querySelector('#video').paused") is True
    app.page.keyboard.press("Escape")
    app.page.wait_for_function("() => !document.querySelector('#video').paused")
    app.page.evaluate("() => { edgegen.shown = null; }")
    app.page.wait_for_function("() => edgegen.shown")
