"""What golden vectors keep of a pose model: what detection keeps, and the keypoints of rows and boxes."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks import extras
from edgegen.tasks.detect import stages
from edgegen.tasks.pose.result import Poses, keypoints_of
from edgegen.tasks.record import Record

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

SPREAD: Final = 3.0  # of keypoints drawn at random, in strides; in one tensor, of the input's size


def row_bytes(spec: ModelSpec) -> tuple[int, int]:
    """Return how many bytes a picture takes beside its rows, and how many each row takes."""
    fixed, row = stages.row_bytes(extras.boxes_only(spec))
    keypoints = 3 * 4 * spec.output.extras.kpt_shape[0]
    return fixed + stages.MOST_BOXES * keypoints, row + 4 * spec.output.extras.channels + keypoints


def add_model_stages(
    record: Record,
    outputs: Sequence[Float32],
    spec: ModelSpec,
    thresholds: Thresholds,
    *,
    max_rows: int,
    seed: int,
) -> None:
    """Add what detection adds, and the keypoints of its rows."""
    boxes = extras.of_boxes(outputs, spec.output)
    places = stages.add_model_stages(
        record, boxes, extras.boxes_only(spec), thresholds, max_rows=max_rows, seed=seed
    )
    _add_keypoints(record, extras.of_extras(outputs, spec.output), spec, *places)


def add_random_stages(
    record: Record, spec: ModelSpec, thresholds: Thresholds, *, max_rows: int, seed: int
) -> None:
    """Add what detection adds, and keypoints drawn at random."""
    places = stages.add_random_stages(
        record, extras.boxes_only(spec), thresholds, max_rows=max_rows, seed=seed
    )
    random = np.random.RandomState(seed)
    values = random.normal(0, SPREAD, (len(places[0]), *spec.output.extras.kpt_shape))
    if not spec.output.has_levels:
        fractions = random.uniform(-0.1, 1.1, values[..., :2].shape)
        values[..., :2] = fractions * (spec.input.width, spec.input.height)
        values[..., 2:] = random.uniform(0, 1, values[..., 2:].shape)
    drawn = extras.drawn(spec.output, places[0], values.reshape(len(values), -1).astype(np.float32))
    _add_keypoints(record, drawn, spec, *places)


def add_result(record: Record, shown: Poses) -> None:
    """Add the boxes that are to be shown, and their keypoints."""
    stages.add_result(record, shown)
    record.add("boxes.keypoint", "f32", shown.keypoints)


def _add_keypoints(
    record: Record, given: Sequence[Float32], spec: ModelSpec, rows: Int64, decoded: Int64
) -> None:
    """Add the keypoints of the rows as the model gave them, and decoded, where a row may stand twice."""
    record.add("raw.row.keypoint", "f32", extras.of_candidates(given, spec.output, rows))
    record.add("decode.keypoint", "f32", keypoints_of(given, spec.output, decoded))
