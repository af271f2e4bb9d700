"""The task of oriented boxes: contract, JSON, comparison, golden vectors."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegen.artifacts import vector_files
from edgegen.base.errors import ExportError, InputError
from edgegen.model.spec import CONTRACTS, Extras, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.goldens import write_sample
from edgegen.parity.pictures import drawn_pictures
from edgegen.parity.vectors import make_vectors
from edgegen.reference import plan_letterbox
from edgegen.reference.nms import rotated_nms
from edgegen.tasks import extras
from edgegen.tasks.detect.decode import most_confident
from edgegen.tasks.obb import TASK
from edgegen.tasks.obb.decode import OrientedBoxes, angles_of, corners, decode, upright_boxes
from tests.python.tasks import models
from tests.python.tasks.models import HW, Made, arrays_of, extras_only, outputs_of, signature

RULES = {"raw": "sigmoid", "end2end": "logit"}


def output_of(contract: str) -> OutputSpec:
    return models.output_of(contract, Extras(1, angle=RULES.get(contract, "")))


def model(contract: str) -> ModelSpec:
    return models.model("obb", output_of(contract))


@pytest.mark.parametrize("contract", CONTRACTS)
def test_read_outputs_finds_the_contract_from_the_shapes(contract: str) -> None:
    """Outputs by level need an angle rule in the metadata."""
    output = output_of(contract)
    assert TASK.read_outputs(signature(output)) == output
    assert TASK.read_outputs(signature(output, contract="")) == output
    said = TASK.describe_outputs(output)
    assert said.get("angle", "") == output.extras.angle
    assert len(said["names"]) == len(said["shapes"])
    if output.has_levels:
        assert said["names"][:3] == ["box0", "cls0", "angle0"]
        for told in ("", "degrees"):
            with pytest.raises(InputError, match="angle"):
                TASK.read_outputs(signature(output, extras=Extras(1, angle=told)))


def turned(n: int = 5, seed: int = 1) -> OrientedBoxes:
    random = np.random.default_rng(seed)
    centre, sides = random.uniform(50, 300, (n, 2)), random.uniform(20, 90, (n, 2))
    rotated = np.concatenate([centre, sides, random.uniform(-1, 2.5, (n, 1))], axis=1).astype(np.float32)
    scores = np.sort(random.uniform(0.3, 0.9, n))[::-1].astype(np.float32)
    return OrientedBoxes(upright_boxes(rotated), scores, random.integers(0, 2, n), rotated)


def test_json_round_trip_keeps_every_bit() -> None:
    """Includes the oriented box and its corners; also of an empty result."""
    for shown in (turned(), turned(0)):
        rows = json.loads(json.dumps(shown.to_json(["person", "dog"])))
        read = TASK.decoder.from_json(rows)
        np.testing.assert_array_equal(read.rotated, shown.rotated)
        np.testing.assert_array_equal(read.boxes, shown.boxes)
        for row, points in zip(rows, corners(shown.rotated), strict=True):
            np.testing.assert_array_equal(np.array(row["corners"], np.float32), points)


@pytest.mark.parametrize(
    ("place", "by", "same"),
    [
        (0, 0.04, True),
        (1, 0.06, False),
        (2, 0.06, True),
        (3, 0.2, False),
        (4, 0.0009, True),
        (4, 0.0011, False),
    ],
)
def test_compare_fails_beyond_the_tolerance_of_corners_and_angles(place: int, by: float, same: bool) -> None:
    """A corner by more than 0.05 px (half of a change of a side), an angle by more than 0.001."""
    right = turned()
    ours = right.rotated.copy()
    ours[2, place] += np.float32(by)
    compared = replace(right, rotated=ours).compare(right, Thresholds(), output_of("raw"))
    assert compared.passed == same, str(compared)
    assert [stage.name for stage in compared.stages("app")] == ["app", "app corners", "app angles"]


def test_compare_accepts_equivalent_descriptions_of_a_rectangle() -> None:
    """Half a turn, or a quarter turn with swapped sides, is the same; a quarter turn alone is not."""
    right = turned()
    half, quarter = right.rotated.copy(), right.rotated.copy()
    half[:, 4] += np.float32(np.pi)
    quarter[:, 4] -= np.float32(np.pi / 2)
    exchanged = quarter[:, [0, 1, 3, 2, 4]]
    verdicts = [
        replace(right, rotated=each).compare(right, Thresholds(), output_of("raw")).passed
        for each in (half, exchanged, quarter)
    ]
    assert verdicts == [True, True, False]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_compare_outputs_fails_for_a_wrong_value_in_any_part(contract: str) -> None:
    """Each of boxes, classes and angles."""
    models.check_compare_outputs(TASK, model(contract), (extras.box_outputs, extras.extra_outputs))


@pytest.mark.parametrize("made_by", ["model", "random"])
@pytest.mark.parametrize("contract", CONTRACTS)
def test_vectors_hold_rows_decoded_and_shown_oriented_boxes(
    tmp_path: Path, contract: str, made_by: str
) -> None:
    """Angles are in radians; the rotated NMS is applied."""
    spec = model(contract)
    authority = Made(TASK, spec) if made_by == "model" else None
    make_vectors(tmp_path / "made", spec, authority=authority)
    index = json.loads((tmp_path / "made" / "index.json").read_text(encoding="utf-8"))
    assert (index["task"], index["tolerances"]["rotated_corner"]) == ("obb", 0.05)
    write_sample(vector_files.read(tmp_path / "made", ""), tmp_path / "sample", 60_000)
    for folder in ("made", "sample"):
        for entry, arrays in arrays_of(tmp_path / folder):
            given = extras_only(spec.output, arrays["raw.row.candidate"], arrays["raw.row.angle"])
            angles = angles_of(given, spec.output, arrays["decode.candidate"].astype(np.int64))
            np.testing.assert_array_equal(arrays["decode.angle"], angles)
            boxes = np.concatenate([arrays["decode.box"], angles[:, None]], axis=1)
            scores, classes = arrays["decode.score"], arrays["decode.class"].astype(np.int64)
            if contract in {"raw", "decoded"}:
                kept = rotated_nms(boxes, scores, classes, entry["iou"], entry["max_det"])
                assert len(kept) < len(scores) or len(scores) < 20
            else:
                kept = np.argsort(-scores, kind="stable")[: entry["max_det"]]
            np.testing.assert_array_equal(arrays["nms.keep"], kept)
            if authority is None:
                continue
            outputs = outputs_of(spec)
            whole = decode(outputs, spec.output, Thresholds(index["row_confidence"]))
            place = {int(number): i for i, number in enumerate(whole.index)}
            if contract == "raw":
                here = [place[number] for number in arrays["decode.candidate"].tolist()]
                np.testing.assert_array_equal(whole.boxes[here], boxes)
            assert len(most_confident(whole, 3)) == 3
            plan = plan_letterbox((entry["height"], entry["width"]), HW)
            shown = TASK.decoder.result(
                outputs, spec.output, plan, Thresholds(entry["confidence"], entry["iou"], entry["max_det"])
            )
            np.testing.assert_array_equal(arrays["boxes.rotated"], shown.rotated)
            np.testing.assert_array_equal(arrays["boxes.box"], upright_boxes(shown.rotated))


@pytest.mark.parametrize("place", [0, 4])
def test_make_vectors_fails_if_the_authority_disagrees(tmp_path: Path, place: int) -> None:
    """In a position or an angle."""
    spec = model("raw")
    off = np.zeros(5, dtype=np.float32)
    off[place] = 0.1
    spoilt = Made(TASK, spec, lambda shown: replace(shown, rotated=shown.rotated + off))
    with pytest.raises(ExportError, match="disagree"):
        make_vectors(tmp_path / "made", spec, authority=spoilt, pictures=drawn_pictures(HW)[:1])
