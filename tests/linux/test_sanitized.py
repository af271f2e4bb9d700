"""The segmentation app under the sanitizers, with unusual pictures and thresholds."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.places import ROOT
from tests.helpers.projects import build, checked, run
from tests.helpers.tools import missing

pytestmark = pytest.mark.nightly

SHAPES = ROOT / "docs" / "images" / "shapes.jpg"
COMPILER = "clang++"  # takes half as long as GCC


def test_sanitizers_find_nothing_in_masks_of_unusual_pictures(
    studio_project: Callable[[str], Path], tmp_path: Path
) -> None:
    """One pixel, lines, and 300 masks at once, in both mask sizes; drawn, written and tracked.

    Parity passes too.
    """
    if shutil.which(COMPILER) is None:
        missing(COMPILER)
    project = studio_project("segment")
    # The flags of test_project.py, whose objects ccache has.
    options = [f"-DCMAKE_CXX_COMPILER={COMPILER}", "-DWARNINGS_AS_ERRORS=ON"]
    checked(["cmake", "--preset", "asan", "-G", "Ninja", *options], project)
    folder = build(project, "app", "parity", preset="asan").project / "build" / "asan"
    sizes = {"pixel": (1, 1), "line": (700, 2), "column": (1, 500), "odd": (63, 211)}
    random = np.random.default_rng(1)
    for name, (width, height) in sizes.items():
        noise = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / f"{name}.png")
    pictures = [SHAPES, *sorted(tmp_path.glob("*.png"))]
    every = ("--conf", "0", "--iou", "1", "--json")
    for number, option in enumerate((None, "--retina-masks", "--track")):
        asked = ["--output", f"out{number}", *([option] if option else [])]
        answer = run([folder / "app", *pictures, *every, *asked], tmp_path)
        assert answer.returncode == 0, answer.stderr[-3000:]
        assert not [word for word in ("Sanitizer", "runtime error") if word in answer.stderr]
        shown = [len(each["detections"]) for each in json.loads(answer.stdout)["images"]]
        assert max(shown) == 300 if option is None else max(shown) > 20
    report = json.loads(checked([folder / "parity", "--json"], project))
    assert report["passed"]
