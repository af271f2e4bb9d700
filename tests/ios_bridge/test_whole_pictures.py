"""What the bridge gives of tasks that tell of the whole picture, not of boxes in it; broken, it is noticed."""

# ruff: noqa: E501 - the table has one row for each mutation

from pathlib import Path
from typing import Final

import numpy as np
import pytest

from breaking import replaced
from edgegen.base.errors import ParityError
from edgegen.parity.pictures import Picture
from edgegen.parity.report import compared_stages
from edgegen.targets.ios.bridge import Layouts, Memory

from .calls import Answer, Bridge, Call, arrays, build, copy_of, drawn, packed, same, thresholds, timeless
from .conftest import BridgeOf

FIRST: Final = ("constants", "letterbox", "tensor", "raw")
STAGES: Final = {"classify": (*FIRST, "classes")}

# Of which task, what is broken, where, the text there, what it becomes.
MUTATIONS: Final = (
    ("classify", "the place, not the class", "EDGClassScore.mm", "_classIndex = one.class_id", "_classIndex = 0"),
    ("classify", "no score", "EDGClassScore.mm", "_score = one.score", "_score = 1"),
    ("classify", "the worst first", "EDGClassScore.mm", "return a.score > b.score", "return a.score < b.score"),
)  # fmt: skip


@pytest.mark.parametrize("task", STAGES)
def test_every_stage_of_the_self_check_passes(bridge_of: BridgeOf, task: str) -> None:
    """On every golden vector, in the order from constants to what is shown."""
    bridge = bridge_of(task)
    (report,) = bridge.run(bridge.self_check())
    assert report["problems"] == []
    stages = compared_stages(report)
    assert tuple(stage.name for stage in stages) == STAGES[task]
    assert all(stage.passed and stage.compared > 0 for stage in stages)
    assert report["detections"] == report["images"] > 3


@pytest.mark.parametrize("task", STAGES)
def test_however_a_picture_is_stored_the_same_is_shown(
    bridge_of: BridgeOf, tmp_path: Path, task: str
) -> None:
    """One plane or two, in every orientation: what upright RGB gives, to the last bit."""
    bridge = bridge_of(task)
    layouts = Layouts(Picture("drawn", np.ascontiguousarray(drawn()[::2, ::2])), Memory(tmp_path))
    answers = bridge.run(bridge.load(), *layouts.calls)[1:]
    assert not [each for each in answers if "error" in each]
    assert layouts.problems(answers) == []
    assert len({str(each["detections"]) for each in answers[1:]}) > 4  # turned, it is another picture


def test_the_likeliest_classes_are_given(bridge_of: BridgeOf, tmp_path: Path) -> None:
    """As many as are asked for, best first; all of them add up to 1, and need no second inference."""
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


def test_golden_classes_are_the_vectors_probabilities(bridge_of: BridgeOf) -> None:
    """Bit for bit, of every class, best first."""
    bridge = bridge_of("classify")
    for number in range(2):
        (golden,) = bridge.run({"call": "golden_picture", "vectors": bridge.vectors, "index": number})
        theirs = arrays(bridge, number, "classes.probability")
        classes = [row["class_id"] for row in golden["detections"]]
        scores = np.array([row["score"] for row in golden["detections"]], np.float32)
        assert np.array_equal(scores, theirs[classes])
        assert classes == np.argsort(-theirs, kind="stable").tolist()


# --- Broken on purpose -----------------------------------------------------------------------------


def looked_at(bridge: Bridge, folder: Path) -> list[Call]:
    """Return calls that touch all that a task has of its own."""
    golden = [{"call": "golden_picture", "vectors": bridge.vectors, "index": number} for number in range(2)]
    return [bridge.load(), thresholds(0.02), packed(folder, drawn()), *golden]


def answers_of(broken: Bridge, sound: Bridge, folder: Path) -> list[Answer]:
    """Return what a bridge answers on the sound one's model and vectors."""
    return [timeless(each) for each in broken.run(*looked_at(sound, folder))]


@pytest.mark.parametrize("task", STAGES)
def test_a_broken_bridge_is_noticed(bridge_of: BridgeOf, tmp_path: Path, task: str) -> None:
    """One place at a time: it answers otherwise, or ends."""
    sound = bridge_of(task)
    project, out = copy_of(sound.project, Path(sound.program).parents[1], tmp_path)
    folder = tmp_path / "pictures"
    folder.mkdir()
    expected = answers_of(sound, sound, folder)
    for of, what, file, old, new in MUTATIONS:
        if of != task:
            continue
        path = project / "Bridge" / file
        text = path.read_text(encoding="utf-8")
        replaced(path, old, new)
        try:
            given = answers_of(build(project, out), sound, folder)
        except ParityError:
            given = []
        assert given != expected, what
        path.write_text(text, encoding="utf-8")
