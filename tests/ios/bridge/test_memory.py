"""Tests of the bridge's memory: inferences, errors and closed detectors leave nothing behind."""

import shutil
from pathlib import Path

import pytest

from tests.ios.bridge.calls import Bridge, Call, drawn, packed, thresholds

pytestmark = pytest.mark.full

RESIDENT: Call = {"call": "resident_kib"}
MOST_KIB = 512  # over 500 inferences or 10,000 errors; one leaked object in each takes more


def grown(bridge: Bridge, before: list[Call], calls: list[Call], warm: int, times: int) -> int:
    """Return by how many KiB the process grows over `times` rounds of each call, after `warm` rounds."""
    answers = bridge.run(
        *before,
        *({**call, "times": warm} for call in calls),
        RESIDENT,
        *({**call, "times": times} for call in calls),
        RESIDENT,
    )
    return int(answers[-1]) - int(answers[len(before) + len(calls)])


def test_memory_does_not_grow_over_500_inferences(bridge: Bridge, tmp_path: Path) -> None:
    """Each has hundreds of boxes. One picture has padding, the other is rotated."""
    pictures = [
        packed(tmp_path, drawn(), "bgra", padding=64),
        packed(tmp_path, drawn(), "rgb", orientation=6),
    ]
    before = [bridge.load(), thresholds(0.001)]
    assert grown(bridge, before, pictures, 50, 250) <= MOST_KIB


def test_memory_does_not_grow_over_10000_errors(bridge: Bridge, tmp_path: Path) -> None:
    """Errors of models, pictures, thresholds and vectors."""
    picture = packed(tmp_path, drawn())
    empty = Path(shutil.copytree(bridge.vectors, tmp_path / "vectors"))
    (empty / "index.json").write_text("{}")
    (tmp_path / "cut.pte").write_bytes(Path(bridge.model).read_bytes()[:1000])
    calls: list[Call] = [
        {"call": "load_another", "model": str(tmp_path / "gone.pte"), "threads": 0},
        {"call": "load_another", "model": str(tmp_path / "cut.pte"), "threads": 0},
        {"call": "load_another", "model": bridge.model, "threads": -1},
        {**picture, "width": 0},
        {**picture, "bytes_per_row": 3},
        {**picture, "format": 99},
        {**picture, "orientation": 99},
        thresholds("nan"),
        {"call": "golden_picture", "vectors": str(tmp_path), "index": 0},
        {"call": "golden_picture", "vectors": str(empty), "index": 0},
    ]
    assert grown(bridge, [bridge.load()], calls, 100, 1000) <= MOST_KIB


def test_memory_does_not_grow_over_loaded_and_closed_detectors(bridge: Bridge) -> None:
    """Includes self-checks."""
    another = {"call": "load_another", "model": bridge.model, "threads": 0}
    assert grown(bridge, [], [another, bridge.self_check()], 5, 20) <= MOST_KIB
