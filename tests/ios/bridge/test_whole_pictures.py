"""Tests of the bridge for tasks with one result for the whole picture, with mutation tests."""

# ruff: noqa: E501 - the table has one row for each mutation

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from edgegen import tasks
from edgegen.base.errors import ParityError
from edgegen.parity.picture_files import Picture
from edgegen.targets.ios.runner import Layouts, Memory
from tests.helpers.mutating import mutated, replaced
from tests.ios.bridge.calls import (
    Answer,
    Bridge,
    BridgeOf,
    Call,
    arrays,
    build,
    copy_of,
    drawn,
    packed,
    same,
    thresholds,
    timeless,
)

pytestmark = pytest.mark.full

FIRST: Final = ("constants", "letterbox", "tensor", "raw")
STAGES: Final = {
    "classify": (*FIRST, "classes"),
    "semantic": (*FIRST, "class map"),
    "depth": (*FIRST, "depth"),
}
MAPS: Final = ("semantic", "depth")

# Task, name, file, old text, new text.
MUTATIONS: Final = (
    ("classify", "the place, not the class", "EDGClassScore.mm", "_classIndex = one.class_id", "_classIndex = 0"),
    ("classify", "no score", "EDGClassScore.mm", "_score = one.score", "_score = 1"),
    ("semantic", "a class too far", "EDGClassMap.mm", "return value;", "return value + 1;"),
    ("semantic", "all of the picture", "EDGClassMap.mm", "share:one.score", "share:1"),
    ("semantic", "columns beside each other", "EDGMapData.h", "first + column * step", "first + column"),
    ("semantic", "rows below each other", "EDGMapData.h", "row * step * width", "row * width"),
    ("depth", "from nothing on", "EDGDepthMap.mm", "_lowest = is_any ? lowest :", "_lowest = is_any ? 0 :"),
    ("depth", "lowest and highest swapped", "EDGDepthMap.mm", "_highest = is_any ? highest :", "_highest = is_any ? lowest :"),
    ("depth", "an empty map", "EDGDepthMap.mm", "std::memcpy(out, map.data(), size)", "std::memset(out, 0, size)"),
    ("depth", "half of the colours", "EDGDepthMap.mm", "kLastColor = 255", "kLastColor = 128"),
)  # fmt: skip


@pytest.mark.parametrize("task", STAGES)
def test_self_check_compares_every_stage_of_the_task_in_order_and_passes(
    bridge_of: BridgeOf, task: str
) -> None:
    report = bridge_of(task).checked(STAGES[task])
    assert report["images"] > 3


@pytest.mark.parametrize("task", STAGES)
def test_result_is_the_same_for_every_pixel_layout_and_orientation(
    bridge_of: BridgeOf, tmp_path: Path, task: str
) -> None:
    """Compares with upright RGB bit for bit."""
    bridge = bridge_of(task)
    layouts = Layouts(Picture("drawn", np.ascontiguousarray(drawn()[::2, ::2])), Memory(tmp_path))
    answers = bridge.run(bridge.load(), *layouts.calls)[1:]
    assert not [each for each in answers if "error" in each]
    assert layouts.problems(answers) == []
    assert len({str(each["detections"]) for each in answers[1:]}) > 4  # each orientation is another picture


def test_classify_returns_the_most_likely_classes_first_up_to_max_det(
    bridge_of: BridgeOf, tmp_path: Path
) -> None:
    """All scores add up to 1. Another limit needs no second inference."""
    bridge, picture = bridge_of("classify"), packed(tmp_path, drawn())
    _, _, every, again, _, one, info = bridge.run(
        *(bridge.load(), thresholds(0.25), picture, {"call": "detect_again"}),
        *(thresholds(0.25, max_det=1), {"call": "detect_again"}, {"call": "model_info"}),
    )
    scores = [row["score"] for row in every["detections"]]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) == pytest.approx(1, abs=1e-6)
    assert sorted(row["class_id"] for row in every["detections"]) == list(range(len(info["class_names"])))
    assert same(every, again)
    assert one["detections"] == every["detections"][:1]
    assert info["thresholds"]["max_det"] == 5


def pixels_of(found: Answer, task: str) -> npt.NDArray[Any]:
    """Return the map in an answer, [h, w]."""
    shown = tasks.find(task).decoder.from_json(found["detections"])
    return np.asarray(shown.classes if task == "semantic" else shown.depth)


@pytest.mark.parametrize("task", MAPS)
def test_map_of_a_golden_picture_matches_pytorch(bridge_of: BridgeOf, tmp_path: Path, task: str) -> None:
    """At most 0.01 % of the classes differ, and depth by less than 0.1 %."""
    bridge = bridge_of(task)
    pictures = [packed(tmp_path, arrays(bridge, number, "picture")) for number in range(2)]
    answers = bridge.run(bridge.load(), thresholds(0.25), *pictures)[2:]
    for number, found in enumerate(answers):
        ours = pixels_of(found, task)
        assert ours.shape == (found["height"], found["width"])
        if task == "semantic":
            runs, values = (arrays(bridge, number, f"class_map.{name}") for name in ("run", "value"))
            assert np.count_nonzero(ours.ravel() != np.repeat(values, runs)) <= 1e-4 * ours.size
            assert len(np.unique(ours)) > 1
            shares = {row["class_id"]: row["share"] for row in found["detections"][0]["classes"]}
            ids, counts = np.unique(ours, return_counts=True)
            assert shares == pytest.approx(
                dict(zip(ids.tolist(), (counts / ours.size).tolist(), strict=True))
            )
            assert list(shares.values()) == sorted(shares.values(), reverse=True)
            continue
        theirs = arrays(bridge, number, "depth.value")
        assert np.abs(ours.ravel()[arrays(bridge, number, "depth.index")] / theirs - 1).max() < 1e-3
        row = found["detections"][0]
        assert np.array_equal(np.float32([row["min"], row["max"]]), [ours.min(), ours.max()])


@pytest.mark.parametrize("task", MAPS)
def test_paint_map_uses_the_colours_of_the_values_and_rejects_invalid_arguments(
    bridge_of: BridgeOf, tmp_path: Path, task: str
) -> None:
    """Compares all pixels bit for bit, also with only every third pixel."""
    bridge, colors = bridge_of(task), tmp_path / "colors"
    table = np.random.default_rng(7).integers(0, 256, (256, 4), np.uint8)
    colors.write_bytes(table.tobytes())
    paint = {"call": "paint_map", "colors": str(colors), "length": 1024, "output": str(tmp_path / "painted")}
    steps = [{**paint, "step": step, "output": str(tmp_path / str(step))} for step in (1, 3)]
    wrong = (
        {"step": 0},
        {"step": -1},
        {"step": 1, "width": 0},
        {"step": 1, "width": 10**9},
        {"step": 1, "length": 1023},
    )
    shown, *sizes = bridge.run(
        *(bridge.load(), thresholds(0.25), packed(tmp_path, drawn()), *steps),
        *({**paint, **change} for change in wrong),
    )[2:]
    numbers = pixels_of(shown, task).astype(np.float64)
    if task == "depth":
        gain = 255 / (numbers.max() - numbers.min())
        numbers = np.floor((numbers - numbers.min()) * gain + 0.5)
        assert len(np.unique(numbers)) > 20
    for step in (1, 3):
        expected = table[numbers.astype(np.uint8)][::step, ::step]
        painted = np.fromfile(tmp_path / str(step), np.uint8)
        assert np.array_equal(painted.reshape(expected.shape), expected)
    assert [each["bytes"] for each in sizes[2:]] == [0] * len(wrong)


def test_paint_map_leaves_unknown_depth_transparent(bridge_of: BridgeOf, tmp_path: Path) -> None:
    """Depth outside of the range has the first or the last colour."""
    values = np.array([2, np.nan, 6, np.inf, -np.inf, 1], np.float32)
    (tmp_path / "values").write_bytes(values.tobytes())
    table = np.random.default_rng(8).integers(1, 256, (256, 4), np.uint8)
    (tmp_path / "colors").write_bytes(table.tobytes())
    paint = {"call": "paint_map", "colors": str(tmp_path / "colors"), "length": 1024, "step": 1}
    given = {"values": str(tmp_path / "values"), "width": 6, "height": 1, "lowest": 2, "highest": 6}
    bridge_of("depth").run({**paint, **given, "output": str(tmp_path / "painted")})
    painted = np.fromfile(tmp_path / "painted", np.uint8).reshape(6, 4)
    nothing = np.zeros(4, np.uint8)
    assert np.array_equal(painted, [table[0], nothing, table[255], nothing, nothing, table[0]])


def test_range_of_a_depth_map_without_known_values_is_null(bridge_of: BridgeOf, tmp_path: Path) -> None:
    """A single known value is both ends of the range."""
    (tmp_path / "values").write_bytes(np.array([np.nan, np.inf, -np.inf, 0], np.float32).tobytes())
    call = {"call": "distances", "values": str(tmp_path / "values")}
    ranges = bridge_of("depth").run(*({**call, "count": count} for count in (0, 3, 4)))
    assert ranges == [[None, None], [None, None], [0, 0]]


@pytest.mark.parametrize("task", MAPS)
def test_map_of_a_frame_reuses_the_memory_of_earlier_frames(
    bridge_of: BridgeOf, tmp_path: Path, task: str
) -> None:
    """The mutated bridge keeps no blocks and asks for memory for each frame."""
    bridge, picture = bridge_of(task), packed(tmp_path, drawn())
    (tmp_path / "colors").write_bytes(bytes(1024))
    paint = {"call": "paint_map", "colors": str(tmp_path / "colors"), "length": 1024, "step": 1}
    frame = [{**picture, "brief": True}, {**paint, "output": str(tmp_path / "painted")}]
    count = {"call": "count_blocks", "bytes": picture["width"] * picture["height"]}
    calls = [bridge.load(), thresholds(0.25), *(4 * frame), count, *(20 * frame), count]
    assert bridge.run(*calls)[-1] == 0
    project, out = copy_of(bridge.project, Path(bridge.program).parents[1], tmp_path)
    replaced(project / "Bridge" / "EDGBlocks.mm", "size <= kLargest", "size > kLargest")
    assert build(project, out).run(*calls)[-1] >= 20


@pytest.mark.parametrize("task", MAPS)
def test_memory_does_not_grow_over_the_maps_of_many_frames(
    bridge_of: BridgeOf, tmp_path: Path, task: str
) -> None:
    bridge, picture = bridge_of(task), packed(tmp_path, drawn())
    resident = {"call": "resident_kib"}
    frames = {**picture, "brief": True, "times": 60}
    before, after = bridge.run(bridge.load(), {**frames, "times": 10}, resident, frames, resident)[2::2]
    assert after - before < 4096


# --- Mutations ---


def looked_at(bridge: Bridge, folder: Path, task: str) -> list[Call]:
    """Return calls that use everything that is specific to a task."""
    calls = [bridge.load(), thresholds(0.02), packed(folder, drawn())]
    if task not in MAPS:
        return calls
    (folder / "colors").write_bytes(bytes(number for number in range(256) for _ in range(4)))
    paint = {"call": "paint_map", "colors": str(folder / "colors"), "length": 1024, "step": 3}
    return [*calls, {**paint, "output": str(folder / "painted")}]


def answers_of(broken: Bridge, sound: Bridge, folder: Path, task: str) -> list[Answer]:
    """Return a bridge's answers on the unchanged one's model and vectors, and the painted map.

    Return none if its program ends.
    """
    try:
        given = [timeless(each) for each in broken.run(*looked_at(sound, folder, task))]
    except ParityError:
        return []
    return [*given, (folder / "painted").read_bytes()] if task in MAPS else given


@pytest.mark.parametrize("task", STAGES)
def test_mutated_bridge_of_a_task_answers_differently_or_ends(
    bridge_of: BridgeOf, tmp_path: Path, task: str
) -> None:
    """Each mutation changes one place."""
    sound = bridge_of(task)
    project, out = copy_of(sound.project, Path(sound.program).parents[1], tmp_path)
    folder = tmp_path / "pictures"
    folder.mkdir()
    expected = answers_of(sound, sound, folder, task)
    assert expected
    for of, what, file, old, new in MUTATIONS:
        if of != task:
            continue
        with mutated(project / "Bridge" / file, old, new):
            assert answers_of(build(project, out), sound, folder, task) != expected, what
