"""Models that select their boxes: nearly equal scores may change places, and other errors are noticed."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.pictures import drawn_pictures
from edgegen.parity.rounding import compare_outputs
from edgegen.parity.vectors import make_vectors
from edgegen.tasks.detect.result import Detections
from edgegen.tasks.prepared import prepare
from tests.helpers.detecting import detect
from tests.python.parity.made import Float32, Made, Vectors, model

TIED = (20, 21)  # rows of queries whose places rounding decides
MOVED = 30.0  # pixels between the boxes that the two places give


@dataclass
class Tied(Made):
    """An authority with a near tie: the last bits of the input decide about two rows."""

    tied: tuple[int, ...] = TIED

    def outputs(self, tensor: Float32) -> list[Float32]:
        (rows,) = super().outputs(tensor)
        if tensor.sum(dtype=np.float64) > self.seen[0].sum(dtype=np.float64):
            rows[0, list(self.tied), :4] += np.float32(MOVED)
        return [rows]

    def result(self, rgb: npt.NDArray[np.uint8], thresholds: Thresholds, _kept: Any = ()) -> Detections:
        return detect(rgb, self.outputs, self.spec, thresholds)


@pytest.fixture
def spec() -> ModelSpec:
    return model("detections")


def tensor_of(spec: ModelSpec) -> Float32:
    return prepare(drawn_pictures((96, 160))[0].rgb, spec.input).tensor


def test_program_that_decides_a_near_tie_otherwise_passes(spec: ModelSpec) -> None:
    tensor, authority = tensor_of(spec), Tied(spec)
    (ours,) = authority.outputs(tensor)
    ours[0, list(TIED), :4] += np.float32(MOVED)
    theirs = authority.outputs(tensor)
    stages = compare_outputs([ours], theirs, authority, tensor, spec)
    assert all(stage.passed for stage in stages)
    assert all(stage.passed for stage in compare_outputs(theirs, theirs, authority, tensor, spec))


@pytest.mark.parametrize("row", [19, TIED[0]])
def test_program_with_an_error_fails_in_spite_of_a_near_tie(spec: ModelSpec, row: int) -> None:
    tensor, authority = tensor_of(spec), Tied(spec)
    (ours,) = authority.outputs(tensor)
    ours[0, row, :4] += np.float32(2)
    score, boxes = compare_outputs([ours], authority.outputs(tensor), authority, tensor, spec)
    assert score.passed
    assert not boxes.passed


def test_vectors_leave_out_rows_that_rounding_decides(tmp_path: Path, spec: ModelSpec) -> None:
    """Apps compare rows with those at their places."""
    picture = drawn_pictures((96, 160))[:1]
    for name, authority in (("steady", Made(spec)), ("tied", Tied(spec))):
        make_vectors(tmp_path / name, spec, authority=authority, pictures=picture)
    (steady, tied) = (Vectors(tmp_path / name) for name in ("steady", "tied"))
    (one,), (other,) = steady.index["pictures"], tied.index["pictures"]
    rows = steady.arrays(one)["raw.row.candidate"].tolist()
    arrays = tied.arrays(other)
    assert arrays["raw.row.candidate"].tolist() == [row for row in rows if row not in TIED]
    assert not set(TIED) & set(arrays["raw.sample.candidate"].tolist())
    assert len(arrays["raw.sample.value"]) == len(arrays["raw.sample.candidate"]) == 512


def test_confidence_of_vectors_is_above_boxes_that_rounding_decides(tmp_path: Path, spec: ModelSpec) -> None:
    picture = drawn_pictures((96, 160))[:1]
    authority = Tied(spec)
    (rows,) = authority.outputs(tensor_of(spec))
    low = Thresholds(float(rows[0, TIED[1], 4]) - 0.01)
    make_vectors(tmp_path / "vectors", spec, authority=Tied(spec), pictures=picture, thresholds=low)
    vectors = Vectors(tmp_path / "vectors")
    (entry,) = vectors.index["pictures"]
    assert entry["confidence"] >= rows[0, TIED[0], 4]
    assert 0 < len(vectors.arrays(entry)["boxes.score"]) <= TIED[0]
    make_vectors(tmp_path / "other", spec, authority=Made(spec), pictures=picture, thresholds=low)
    (entry,) = Vectors(tmp_path / "other").index["pictures"]
    assert entry["confidence"] == low.confidence


def test_vectors_of_a_model_whose_rows_are_all_undecided_have_no_rows(
    tmp_path: Path, spec: ModelSpec
) -> None:
    authority = replace(Tied(spec), tied=tuple(range(300)))
    make_vectors(tmp_path / "vectors", spec, authority=authority, pictures=drawn_pictures((96, 160))[:1])
    vectors = Vectors(tmp_path / "vectors")
    (entry,) = vectors.index["pictures"]
    assert not len(vectors.arrays(entry)["raw.row.candidate"])
