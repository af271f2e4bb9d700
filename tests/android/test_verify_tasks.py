"""Tests of `edgegen verify` for Android projects of the tasks other than detection."""

import gzip
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgegen.parity.pictures import drawn_pictures
from edgegen.targets.android import drawn
from edgegen_kits.android.kit import Kit
from tests.helpers.android_projects import colours, generate, leave_out_what_models_share
from tests.helpers.places import checkpoint_of
from tests.helpers.support import edgegen

pytestmark = pytest.mark.full


BOXES = {"decode", "nms", "boxes"}
OWN = {  # stages that not every task has: of the project's parity, and of the app's screen
    "pose": {*BOXES, "keypoints", "app keypoints", "drawn boxes", "drawn keypoints"},
    "obb": {*BOXES, "corners", "angles", "app corners", "app angles", "drawn corners"},
    "segment": {*BOXES, "mask proof", "masks", "app masks", "drawn boxes", "drawn masks"},
    "classify": {"decode", "classes"},
    "semantic": {"class map", "drawn class map"},
    "depth": {"depth"},
}
# A studio and a starter share `:vision` and `:parity`: `starter/test_starter.py` verifies all tasks, and
# `launch` draws all layers of the studio. The other tasks have every kind of drawing.
REPEATED = ("classify", "obb", "semantic")
ONE_EACH = {"classify", "semantic", "depth"}  # tasks with one result for each picture
# The least share of the picture that masks and maps paint. Boxes alone paint less than a tenth.
PAINTED = {"segment": 0.12, "semantic": 0.5, "depth": 0.9}


# Translations put the values in another order, next to other characters.
TRANSLATED = {"points_seen": "Von %2$s Punkten %1$s zu sehen", "distances": "Entfernungen bis %2$s, ab-%1$s"}


def translate(project: Path) -> None:
    """Replace the texts that describe results."""
    path = project / "app" / "src" / "main" / "res" / "values" / "strings.xml"
    root = ElementTree.parse(path)  # noqa: S314 - edgegen's own file
    for text in root.iter("string"):
        text.text = TRANSLATED.get(text.attrib["name"], text.text)
    root.write(path, encoding="utf-8")


def covered(screenshot: Path) -> float:
    """Return the share of the picture on a screenshot whose colours differ from the picture's own."""
    screen = cv2.imread(str(screenshot))
    picture = drawn_pictures((160, 160))[int(screenshot.stem.partition("-")[0])].rgb
    scale = screen.shape[1] / picture.shape[1]  # the picture is as wide as the screen
    shown = cv2.resize(picture[..., ::-1], None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    likeness = cv2.matchTemplate(screen, shown, cv2.TM_CCOEFF_NORMED)
    x, y = cv2.minMaxLoc(likeness)[3]
    difference = cv2.absdiff(screen[y : y + shown.shape[0], x : x + shown.shape[1]], shown)
    return float((difference.max(axis=2) > 32).mean())


MOVED = 3.0  # pixels of the screen


def broken(calls: Mapping[str, Any], pixels: Path, folder: Path) -> tuple[dict[str, Any], Path]:
    """Return the app's drawing calls and pixels, all moved by a little."""
    places = {
        name: np.add(calls[name], MOVED).tolist() for name in ("boxes", "points", "shapes") if calls[name]
    }
    moved = folder / "moved.argb.gz"
    if pixels.exists():
        size = int(calls["height"]), int(calls["width"])
        argb = np.frombuffer(gzip.decompress(pixels.read_bytes()), dtype="<u4").reshape(size)
        moved.write_bytes(gzip.compress(np.roll(argb, 4 * int(MOVED), axis=(0, 1)).tobytes()))
    return {**calls, **places}, moved


def watch_what_is_drawn(patch: pytest.MonkeyPatch, folder: Path) -> list[tuple[str, bool, bool]]:
    """Return a list that is filled with (stage, passed, passed when moved) for each drawing."""
    said, stages = list[tuple[str, bool, bool]](), drawn.stages

    def watched(found: Any, hw: tuple[int, int], calls: Mapping[str, Any], pixels: Path) -> list[drawn.Stage]:
        right, wrong = stages(found, hw, calls, pixels), stages(found, hw, *broken(calls, pixels, folder))
        said.extend(
            (one.name, one.passed, other.passed)
            for one, other in zip(right, wrong, strict=True)
            if one.compared
        )
        return right

    patch.setattr(drawn, "stages", watched)
    return said


@pytest.mark.parametrize(
    "task",
    ["pose", "segment", "depth", *(pytest.param(task, marks=pytest.mark.nightly) for task in REPEATED)],
)
def test_verify_compares_all_stages_of_a_task_and_notices_moved_drawings(
    android_kit: Kit,
    task_export: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    task: str,
) -> None:
    """Compiles a whole project, launches it with its real model, and runs its unit tests.

    R8 and the tests on a device do not depend on the task: `test_verify.py` has both, and
    `launch/test_shrink.py` R8 of the code of all tasks. The app's texts are translated, so that values are in
    another order.
    """
    looked_at = watch_what_is_drawn(monkeypatch, tmp_path)
    leave_out_what_models_share(monkeypatch)
    checkpoint = checkpoint_of(task)
    made = generate(tmp_path, task_export(task))
    translate(made)
    screens = tmp_path / "screens"
    answer = edgegen("verify", made, "--model", checkpoint, "--screenshots", screens, "--json")
    assert answer.code == 0, answer.err + answer.out
    report = json.loads(answer.out)
    stages = {stage["name"]: stage for stage in report["stages"]}
    assert OWN[task] | {"raw", "app", "description", "unit tests"} <= set(stages)
    for stage in report["stages"]:
        assert stage["compared"] > 0, stage
    assert report["detections"] > (4 if task in ONE_EACH else 10)
    assert {name for name, _, _ in looked_at} == {name for name in OWN[task] if name.startswith("drawn ")}
    assert all(passed and not passes_broken for _, passed, passes_broken in looked_at), looked_at
    screenshot = min(screens.glob("*.png"))
    if task in PAINTED:
        assert covered(screenshot) > PAINTED[task]
    screen = cv2.imread(str(screenshot))
    assert colours(screen) > 1000
    if task == "depth":  # the driver taps the middle: a white ring and its depth
        height, width = screen.shape[:2]
        middle = screen[height * 2 // 5 : height * 11 // 20, width * 2 // 5 : width * 3 // 5]
        assert (middle == 255).all(axis=2).sum() > 100
