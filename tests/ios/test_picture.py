"""Run `tests/ios/picture`: crops of pictures, and the result processor of README that saves them.

Core Image is a double of ours, which keeps pixels as numbers.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from edgegen.reference.stored import turn_upright
from edgegen_kits.ios import logic_tests
from edgegen_kits.ios.kit import Kit
from tests.helpers.mutating import copy_of, replaced
from tests.ios.conftest import StarterOf

pytestmark = pytest.mark.full

SOURCES: Final = Path(__file__).with_name("picture")
UPRIGHT: Final = np.arange(7 * 5).reshape(7, 5)  # rows, columns
NAMES: Final = ("up", "upMirrored", "down", "downMirrored", "leftMirrored", "right", "rightMirrored", "left")


def stored(orientation: int) -> list[list[int]]:
    """Return the rows of the upright picture as they are stored in an orientation."""
    shape = UPRIGHT.shape if orientation < 5 else UPRIGHT.shape[::-1]
    places = turn_upright(np.arange(UPRIGHT.size, dtype=np.uint8).reshape(shape), orientation)
    rows = np.empty(UPRIGHT.size, int)
    rows[places.ravel()] = UPRIGHT.ravel()
    answer: list[list[int]] = rows.reshape(shape).tolist()
    return answer


def prepared(project: Path, folder: Path) -> Path:
    """Return a copy of a project whose plain Swift has the cropper and README's processor for crops."""
    copy = copy_of(project, folder)
    logic = copy / "App/Logic"
    readme = (copy / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```swift\nimport UIKit\n(.*?)```", readme, re.DOTALL)
    (logic / "ResultProcessor.swift").write_text(f"import Foundation\n{code}", encoding="utf-8")
    (copy / "App/Cropper.swift").rename(logic / "Cropper.swift")
    replaced(logic / "Cropper.swift", "import CoreImage\nimport CoreVideo\n", "")
    shutil.copyfile(SOURCES / "Doubles.swift", logic / "Doubles.swift")
    shutil.rmtree(copy / "Tests/Logic")
    (copy / "Tests/Logic").mkdir()
    for path in (project / "Tests/Logic/Samples.swift", SOURCES / "CropperTests.swift"):
        shutil.copyfile(path, copy / "Tests/Logic" / path.name)
    pictures = ", ".join(f".{name}: {json.dumps(stored(number))}" for number, name in enumerate(NAMES, 1))
    values = (
        "let size = CGSize(width: 5, height: 7)",
        f"let upright = {json.dumps(UPRIGHT.tolist())}",
        f"let stored: [ExifOrientation: [[Int]]] = [{pictures}]",
    )
    text = "import Foundation\n\n@testable import App\n\n" + "\n".join(values) + "\n"
    (copy / "Tests/Logic/Pictures.swift").write_text(text, encoding="utf-8")
    return copy


@pytest.mark.parametrize("app", ["starter", "studio"])
def test_crops_have_the_pixels_of_the_upright_picture_and_readmes_processor_saves_them(
    ios_kit: Kit, starter_of: StarterOf, tiny_ios: Path, tmp_path: Path, app: str
) -> None:
    """In each orientation, of frames and photos; cut at the border."""
    project = prepared(starter_of("detect") if app == "starter" else tiny_ios, tmp_path)
    run = logic_tests.run(ios_kit, project, tmp_path / "logic")
    assert run.failures == ()
    assert run.run == 4
