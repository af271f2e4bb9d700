"""Mutation tests of the bridge: each change in one place alters its answers."""

# ruff: noqa: E501 - the table has one row for each mutation

from pathlib import Path

import pytest

from edgegen.base.errors import ParityError
from tests.helpers.mutating import chosen, mutated
from tests.ios.bridge.calls import (
    Answer,
    Bridge,
    Call,
    biplanar,
    build,
    copy_of,
    drawn,
    packed,
    thresholds,
    timeless,
    to_nv12,
)

pytestmark = pytest.mark.full

# Name, file, old text, new text.
MUTATIONS = (
    ("BGRA read as RGBA", "EDGDetector.mm", "? vision::bgr_view : vision::rgb_view", "? vision::rgb_view : vision::rgb_view"),
    ("RGB of 4 bytes", "EDGDetector.mm", "return 3;", "return 4;"),
    ("orientation ignored", "EDGDetector.mm", "return static_cast<vision::Orientation>(orientation)", "return vision::Orientation::kUp"),
    ("bytes per row dropped", "EDGDetector.mm", "static_cast<int>(height), bytesPerRow, pixel)", "static_cast<int>(height), width * pixel, pixel)"),
    ("chroma's bytes per row are luma's", "EDGDetector.mm", "frame.chroma_bytes_per_row = chromaBytesPerRow", "frame.chroma_bytes_per_row = lumaBytesPerRow"),
    ("encoding ignored", "EDGDetector.mm", "frame.encoding = encoding_of(encoding)", "(void)encoding_of(encoding)"),
    ("width and height swapped", "EDGDetector.mm", "frame.width = static_cast<int>(width)", "frame.width = static_cast<int>(height)"),
    ("null is read", "EDGDetector.mm", "bytes == nullptr", "bytes_per_row == 0"),
    ("a row may be short", "EDGDetector.mm", "bytes_per_row < bytes_of_row", "bytes_per_row < bytes_of_row - 1"),
    ("left and top swapped", "EDGDetector.mm", "_left = detection.x1", "_left = detection.y1"),
    ("no class", "EDGDetector.mm", "_classIndex = detection.class_id", "_classIndex = 0"),
    ("height for width", "EDGDetector.mm", "_imageWidth = result.width", "_imageWidth = result.height"),
    ("thresholds ignored", "EDGDetector.mm", "  _detector->set_thresholds([self coreThresholds]);\n", ""),
    ("threads ignored", "EDGDetector.mm", "    use_threads(threads);\n", "    if (threads < 0) use_threads(threads);\n"),
    ("IoU ignored", "EDGDetector.mm", "_thresholds.iou,", "0.7,"),
    ("not a number passes", "EDGDetector.mm", "value >= 0 && value <= 1", "!(value < 0 || value > 1)"),
    ("exceptions leave", "EDGBridge.h", "catch (...)", "catch (const InvalidArgument &)"),
    ("another code", "EDGErrors.mm", "return EDGErrorModelUnreadable", "return EDGErrorModelDamaged"),
    ("no next step", "EDGErrors.mm", "to_nsstring(next + \".\")", "to_nsstring(next.substr(0, 0))"),
    ("a stage always passes", "EDGSelfCheck.mm", "_worst = stage.worst", "_worst = 0"),
    ("no boxes in a golden picture", "EDGGoldenVectors.mm", 'picture.has("boxes.score")', "false"),
)  # fmt: skip


@pytest.fixture(scope="module")
def broken(compiled: Path, tiny_ios: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a project of this file alone, and its compiled objects."""
    return copy_of(tiny_ios, compiled, tmp_path_factory.mktemp("mutations"))


def looked_at(bridge: Bridge, folder: Path) -> list[Call]:
    """Return calls that use all functions of the bridge."""
    rgb = drawn()
    planes = to_nv12(rgb, "bt709_full")
    picture = packed(folder, rgb, "bgra", padding=8)
    return [
        bridge.load(threads=1),
        bridge.self_check(),
        {"call": "golden_picture", "vectors": bridge.vectors, "index": 0},
        thresholds(0.05, 0.3),
        picture,
        packed(folder, rgb, "rgba", orientation=2),
        packed(folder, rgb, "rgb", orientation=6, padding=5),
        biplanar(folder, *planes, "bt709_full", orientation=8, padding=(7, 2)),
        {**picture, "bytes_per_row": 4 * rgb.shape[1] - 1},
        {key: value for key, value in picture.items() if key != "bytes"},
        thresholds("nan"),
        {"call": "load_another", "model": str(folder / "gone.pte"), "threads": 1},
    ]


@pytest.fixture(scope="module")
def expected(bridge: Bridge, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Answer]]:
    """Return the answers of the unchanged bridge, and the folder of its pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    return folder, [timeless(each) for each in bridge.run(*looked_at(bridge, folder))]


def answers(broken: tuple[Path, Path], sound: Bridge, folder: Path) -> list[Answer]:
    """Build the changed project and return its answers, on the unchanged one's model and vectors.

    Return none if its program ends.
    """
    changed = build(*broken)
    try:
        return [timeless(each) for each in changed.run(*looked_at(sound, folder))]
    except ParityError:
        return []


@pytest.mark.parametrize("number", chosen("ios", [name for name, *_ in MUTATIONS]))
def test_mutated_bridge_answers_differently_or_ends(
    broken: tuple[Path, Path], bridge: Bridge, expected: tuple[Path, list[Answer]], number: int
) -> None:
    _, file, old, new = MUTATIONS[number]
    with mutated(broken[0] / "Bridge" / file, old, new):
        assert answers(broken, bridge, expected[0]) != expected[1]


def test_unchanged_copy_of_the_bridge_answers_as_expected(
    broken: tuple[Path, Path], bridge: Bridge, expected: tuple[Path, list[Answer]]
) -> None:
    """Otherwise the differences above could have another cause than the mutations."""
    assert answers(broken, bridge, expected[0]) == expected[1]


def test_mutated_constants_fail_in_their_stages_and_kept_classes_filter_boxes(
    broken: tuple[Path, Path], bridge: Bridge, tmp_path: Path
) -> None:
    """Changes several constants of model_info.h at once. Each one fails in another stage."""
    path = broken[0] / "Core" / "model_info.h"
    with (
        mutated(path, "kPadValue = 114", "kPadValue = 100"),
        mutated(path, "kStrides = {8, 16", "kStrides = {8, 15"),
        mutated(path, "std::array<int, 0> kKeptClasses = {}", "std::array<int, 1> kKeptClasses = {1}"),
    ):
        changed = build(*broken)
    picture = packed(tmp_path, drawn())
    report, _, some = changed.run(bridge.self_check(), bridge.load(), picture)
    every = bridge.run(bridge.load(), picture)[1]
    failed = {stage["name"] for stage in report["stages"] if not stage["passed"]}
    assert failed >= {"constants", "letterbox", "tensor", "boxes"}
    assert {row["class_id"] for row in some["detections"]} == {1}
    assert len({row["class_id"] for row in every["detections"]}) > 1
