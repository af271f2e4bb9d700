"""The pose task: contract, JSON, comparison, golden vectors."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from edgegen.artifacts import vector_files
from edgegen.base.errors import ExportError, InputError
from edgegen.model.spec import CONTRACTS, NO_EXTRAS, Extras, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.goldens import write_sample
from edgegen.parity.pictures import drawn_pictures
from edgegen.parity.vectors import make_vectors
from edgegen.reference import plan_letterbox
from edgegen.tasks import extras
from edgegen.tasks.detect.decoder import random_outputs
from edgegen.tasks.pose import TASK
from edgegen.tasks.pose.decode import Poses, keypoints_of
from tests.helpers.support import count_results
from tests.python.tasks import models
from tests.python.tasks.models import HW, Made, arrays_of, extras_only, outputs_of, signature

SHAPES = ((17, 3), (5, 2), (1, 3))
RULES = {"raw": (2.0, -0.5), "end2end": (1.0, 0.0), "decoded": (0.0, 0.0), "detections": (0.0, 0.0)}


def extras_of(kpt_shape: tuple[int, int], scale: float = 0, shift: float = 0) -> Extras:
    return Extras(kpt_shape[0] * kpt_shape[1], kpt_shape, scale, shift)


def output_of(contract: str, shape: tuple[int, int] = (5, 3)) -> OutputSpec:
    """Return the outputs of a small pose model."""
    return models.output_of(contract, extras_of(shape, *RULES[contract]))


def model(contract: str, shape: tuple[int, int] = (5, 3)) -> ModelSpec:
    return models.model("pose", output_of(contract, shape))


# --- contract ---


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("contract", CONTRACTS)
def test_read_outputs_finds_the_contract_from_the_shapes(contract: str, shape: tuple[int, int]) -> None:
    """Our metadata names the contract, Ultralytics' does not."""
    output = output_of(contract, shape)
    assert TASK.read_outputs(signature(output)) == output
    assert TASK.read_outputs(signature(output, contract="")) == output
    assert output.without_extras().extras == NO_EXTRAS
    assert output.without_extras().candidates == output.candidates


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("told", [extras_of((4, 3), 2, -0.5), extras_of((7, 2), 2, -0.5), NO_EXTRAS])
def test_read_outputs_rejects_keypoints_that_contradict_the_metadata(contract: str, told: Any) -> None:
    """A different number of keypoints, or none."""
    with pytest.raises(InputError):
        TASK.read_outputs(signature(output_of(contract), extras=told))


@pytest.mark.parametrize("contract", ["raw", "end2end"])
def test_read_outputs_of_levels_requires_a_keypoint_rule(contract: str) -> None:
    """Two heads of the same shapes read their keypoints differently."""
    output = output_of(contract)
    with pytest.raises(InputError, match="keypoint_scale"):
        TASK.read_outputs(signature(output, extras=extras_of((5, 3))))


@pytest.mark.parametrize("contract", CONTRACTS)
def test_describe_outputs_gives_names_keypoints_and_rule(contract: str) -> None:
    said = TASK.describe_outputs(output_of(contract))
    assert said["kpt_shape"] == [5, 3]
    assert ("keypoint_scale" in said) == (contract in {"raw", "end2end"})
    if "keypoint_scale" in said:
        assert (said["keypoint_scale"], said["keypoint_shift"]) == RULES[contract]
        assert said["names"][:4] == ["box0", "cls0", "kpt0", "box1"]
    assert len(said["names"]) == len(said["shapes"])
    assert "keypoints" in TASK.explain(contract)["returns"]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_extras_of_candidates_are_recovered_from_the_outputs(contract: str) -> None:
    """The detection part of the outputs is unchanged."""
    spec = model(contract)
    few, _ = random_outputs(spec, 3, 40)
    random = np.random.default_rng(3)
    index = np.sort(random.permutation(spec.output.candidates)[:25])
    values = random.normal(size=(spec.output.candidates, spec.output.extras.channels)).astype(np.float32)
    outputs = extras.with_extras(few, values, spec.output)
    assert [part.shape for part in outputs] == list(spec.output.shapes)
    np.testing.assert_array_equal(extras.extras_at(outputs, spec.output, index), values[index])
    for ours, theirs in zip(extras.box_outputs(outputs, spec.output), few, strict=True):
        np.testing.assert_array_equal(ours, theirs)


# --- results ---


def poses(n: int = 4, points: int = 5, seed: int = 1) -> Poses:
    random = np.random.default_rng(seed)
    low = random.uniform(0, 300, (n, 2))
    boxes = np.concatenate([low, low + random.uniform(20, 90, (n, 2))], axis=1).astype(np.float32)
    scores = np.sort(random.uniform(0.3, 0.9, n))[::-1].astype(np.float32)
    keypoints = random.uniform(0, 300, (n, points, 3)).astype(np.float32)
    keypoints[..., 2] /= 300
    return Poses(boxes, scores, random.integers(0, 2, n), keypoints)


def test_json_round_trip_keeps_every_bit() -> None:
    """Keypoints are [[x, y, score], ...]; also of an empty result."""
    for shown in (poses(), poses(1, 1), poses(0)):
        rows = json.loads(json.dumps(shown.to_json(["person", "dog"])))
        assert all(len(row["keypoints"]) == shown.keypoints.shape[1] for row in rows)
        read = TASK.decoder.from_json(rows)
        np.testing.assert_array_equal(read.boxes, shown.boxes)
        np.testing.assert_array_equal(read.keypoints.reshape(shown.keypoints.shape), shown.keypoints)
        assert read.compare(shown, Thresholds(), output_of("raw")).passed


def moved(shown: Poses, place: tuple[int, ...], by: float) -> Poses:
    keypoints = shown.keypoints.copy()
    keypoints[place] += np.float32(by)
    return replace(shown, keypoints=keypoints)


@pytest.mark.parametrize(
    ("place", "by", "same"),
    [
        ((0, 0, 0), 0.04, True),
        ((0, 0, 0), 0.06, False),
        ((3, 4, 1), -0.06, False),
        ((2, 1, 2), 0.004, True),
        ((2, 1, 2), 0.006, False),
        ((1, 0, 1), np.nan, False),
    ],
)
def test_compare_fails_if_one_keypoint_is_off(place: tuple[int, ...], by: float, same: bool) -> None:
    """The tolerances are 0.05 px and 0.005 of the score."""
    right = poses()
    compared = moved(right, place, by).compare(right, Thresholds(), output_of("raw"))
    assert compared.passed == same
    assert all(stage.passed for stage in compared.stages("app")) == same
    assert [stage.name for stage in compared.stages("app")] == ["app", "app keypoints"]
    assert bool(compared.problems) == (not same and place[2] == 2)


def test_compare_pairs_poses_of_one_box_by_their_keypoints() -> None:
    """As of two people whose boxes are both cut off at the edges of the picture."""
    right = poses(6)
    one = np.repeat(right.boxes[:1], 6, axis=0)
    same_box = replace(right, boxes=one, class_ids=np.zeros(6, dtype=np.int64))
    turned = Poses(*(values[::-1] for values in vars(same_box).values()))
    compared = turned.compare(same_box, Thresholds(), output_of("raw"))
    assert compared.passed, str(compared)


def test_compare_fails_for_wrong_boxes_with_right_keypoints() -> None:
    right = poses()
    ours = replace(right, boxes=right.boxes + np.float32(0.6))
    assert not ours.compare(right, Thresholds(), output_of("raw")).passed
    gone = Poses(right.boxes[:3], right.scores[:3], right.class_ids[:3], right.keypoints[:3]).compare(
        right, Thresholds(), output_of("raw")
    )
    assert gone.problems and not gone.passed


@pytest.mark.parametrize("contract", CONTRACTS)
def test_compare_outputs_fails_for_a_wrong_value_in_any_part(contract: str) -> None:
    """Each of boxes, classes and keypoints."""
    models.check_compare_outputs(TASK, model(contract), (extras.box_outputs, extras.extra_outputs))


# --- golden vectors ---


def check_rows(arrays: dict[str, npt.NDArray[Any]], output: OutputSpec) -> None:
    """Decode the keypoint outputs of the rows and compare them with the vectors."""
    rows = arrays["raw.row.candidate"].astype(np.int64)
    given = extras_only(output, rows, arrays["raw.row.keypoint"])
    decoded = keypoints_of(given, output, arrays["decode.candidate"].astype(np.int64))
    np.testing.assert_array_equal(decoded, arrays["decode.keypoint"])
    assert np.isin(arrays["decode.candidate"], rows).all()


@pytest.mark.parametrize("shape", SHAPES[:2])
@pytest.mark.parametrize("contract", CONTRACTS)
def test_vectors_hold_rows_decoded_and_shown_keypoints(
    tmp_path: Path, contract: str, shape: tuple[int, int]
) -> None:
    """Also in the sample of the vectors."""
    spec = model(contract, shape)
    make_vectors(tmp_path / "made", spec, authority=Made(TASK, spec))
    assert count_results(tmp_path / "made") > 20
    index = json.loads((tmp_path / "made" / "index.json").read_text(encoding="utf-8"))
    assert (index["task"], index["kpt_shape"], index["tolerances"]["keypoint"]) == ("pose", list(shape), 0.05)
    write_sample(vector_files.read(tmp_path / "made", ""), tmp_path / "sample", 60_000)
    for folder in ("made", "sample"):
        for entry, arrays in arrays_of(tmp_path / folder):
            check_rows(arrays, spec.output)
            plan = plan_letterbox((entry["height"], entry["width"]), HW)
            asked = Thresholds(entry["confidence"], entry["iou"], entry["max_det"], entry["agnostic"])
            shown = TASK.decoder.result(outputs_of(spec), spec.output, plan, asked)
            np.testing.assert_array_equal(arrays["boxes.keypoint"], shown.keypoints)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_vectors_without_a_model_hold_different_random_keypoints(tmp_path: Path, contract: str) -> None:
    spec = model(contract)
    make_vectors(tmp_path / "made", spec)
    for _, arrays in arrays_of(tmp_path / "made"):
        check_rows(arrays, spec.output)
        assert len(np.unique(arrays["decode.keypoint"][..., 0])) > 50


@pytest.mark.parametrize("by", [(0.06, 0), (0, 0.006)])
def test_make_vectors_fails_if_the_authority_disagrees(tmp_path: Path, by: tuple[float, float]) -> None:
    """In a position or a score."""
    spec = model("raw")
    off = np.array([by[0], 0, by[1]], dtype=np.float32)
    spoilt = Made(TASK, spec, lambda shown: replace(shown, keypoints=shown.keypoints + off))
    with pytest.raises(ExportError, match="disagree"):
        make_vectors(tmp_path / "made", spec, authority=spoilt, pictures=drawn_pictures(HW)[:1])


def test_words_count_the_visible_keypoints_of_all_poses() -> None:
    """Words do not describe a posture. They leave the count out if the model gives no visibility."""
    scores = np.array([[0.9, 0.25, 0.2499], [0.1, 1, 0.5]], dtype=np.float32)
    points = np.concatenate([np.ones((2, 3, 2), np.float32), scores[..., None]], axis=2)
    boxes = (np.zeros((2, 4), np.float32), np.array([0.9, 0.8], np.float32), np.array([0, 0]))
    assert Poses(*boxes, points).spoken_text(["person"]) == "2 person, 4 of 6 points seen"
    unsaid = np.ones((2, 3, 3), np.float32)
    assert Poses(*boxes, unsaid).spoken_text(["person"]) == "2 person"
    unsaid[1, 2] = 0  # a point that was NaN
    assert Poses(*boxes, unsaid).spoken_text(["person"]) == "2 person"
    nothing = TASK.decoder.from_json([])
    assert nothing.spoken_text(["person"]) == ""
