"""The segmentation task: contract, JSON, comparison, golden vectors."""

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from edgegen.artifacts import vector_files
from edgegen.base.errors import ExportError, InputError, UnsupportedModelError
from edgegen.model.spec import CONTRACTS, Extras, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.goldens import write_sample
from edgegen.parity.pictures import drawn_pictures
from edgegen.parity.vectors import make_vectors
from edgegen.reference import plan_letterbox
from edgegen.tasks import extras
from edgegen.tasks.segment import TASK, decode
from edgegen.tasks.segment.decode import MaskInputs, Segments, masks, of_runs, runs_of
from tests.helpers.support import count_results
from tests.python.tasks import models
from tests.python.tasks.models import HW, Made, arrays_of, outputs_of, signature

NM = 5  # coefficients


def output_of(contract: str) -> OutputSpec:
    return models.output_of(contract, Extras(NM), prototypes=True)


def model(contract: str) -> ModelSpec:
    return models.model("segment", output_of(contract))


@pytest.mark.parametrize("contract", CONTRACTS)
def test_read_outputs_finds_the_contract_from_the_shapes(contract: str) -> None:
    """The prototypes give the number of coefficients; the metadata need not name the contract."""
    output = output_of(contract)
    assert TASK.read_outputs(signature(output)) == output
    assert TASK.read_outputs(signature(output, contract="")) == output
    assert output.without_extras().candidates == output.candidates
    said = TASK.describe_outputs(output)
    assert said["coefficients"] == NM
    assert len(said["names"]) == len(said["shapes"])
    assert said["names"][-1] == "proto"
    assert "coefficients" in TASK.explain(contract)["returns"]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_read_outputs_rejects_prototypes_that_do_not_fit(contract: str) -> None:
    """A wrong number of coefficients, no prototypes, or prototypes without height."""
    output = output_of(contract)
    for last in ((1, NM + 1, 24, 40), (1, 3, 24, 40)):
        with pytest.raises(InputError):
            TASK.read_outputs(signature(replace(output, shapes=(*output.shapes[:-1], last))))
    for shapes in (output.shapes[:-1], output.shapes[-1:], (*output.shapes[:-1], (1, NM, 0, 40))):
        with pytest.raises((InputError, UnsupportedModelError)):
            TASK.read_outputs(signature(replace(output, shapes=shapes)))


def segments(n: int = 4, seed: int = 1) -> Segments:
    random = np.random.default_rng(seed)
    low = random.uniform(0, 300, (n, 2))
    boxes = np.concatenate([low, low + random.uniform(20, 90, (n, 2))], axis=1).astype(np.float32)
    scores = np.sort(random.uniform(0.3, 0.9, n))[::-1].astype(np.float32)
    bitmaps = np.zeros((n, *HW), dtype=np.bool_)
    for number, bitmap in enumerate(bitmaps):
        bitmap[10 : 30 + number, 20:60] = True
    return Segments(boxes, scores, random.integers(0, 2, n), bitmaps)


@pytest.mark.parametrize("seed", range(40))
def test_mask_is_recovered_from_its_run_lengths(seed: int) -> None:
    """Runs continue from row to row."""
    random = np.random.default_rng(seed)
    size = (int(random.integers(1, 9)), int(random.integers(1, 9)))
    bitmap = random.random(size) < random.choice([0, 0.1, 0.5, 0.9, 1])
    runs = runs_of(bitmap)
    assert runs.sum() == bitmap.size
    assert (runs[1:] > 0).all()
    np.testing.assert_array_equal(of_runs(runs.tolist(), size), bitmap)
    with pytest.raises(ValueError, match="reshape"):
        of_runs([*runs.tolist(), 1], size)


def test_json_round_trip_keeps_boxes_and_every_pixel() -> None:
    for shown in (segments(), segments(0)):
        read = TASK.decoder.from_json(json.loads(json.dumps(shown.to_json(["person", "dog"]))))
        np.testing.assert_array_equal(read.boxes, shown.boxes)
        np.testing.assert_array_equal(read.masks.reshape(shown.masks.shape), shown.masks)


@pytest.mark.parametrize(
    ("rows", "same"),
    [(slice(10, 11), True), (slice(10, 12), True), (slice(10, 30), False), (slice(9, 14), False)],
)
def test_compare_fails_for_a_mask_below_an_iou_of_0_995(rows: slice, same: bool) -> None:
    """In a small mask one pixel is tolerated."""
    right = segments()
    bitmaps = right.masks.copy()
    bitmaps[3, rows, 19] ^= True  # the mask has 23 x 40 pixels: 4 are less than 0.5 %
    compared = replace(right, masks=bitmaps).compare(right, Thresholds(), output_of("raw"))
    assert compared.passed == same
    assert all(stage.passed for stage in compared.stages("app")) == same
    assert [stage.name for stage in compared.stages("app")] == ["app", "app masks"]
    small = replace(right, masks=np.zeros_like(right.masks))
    small.masks[:, 5, 5:8] = True
    one = replace(small, masks=small.masks.copy())
    one.masks[0, 5, 8] = True
    assert one.compare(small, Thresholds(), output_of("raw")).passed
    one.masks[0, 5, 9] = True
    assert not one.compare(small, Thresholds(), output_of("raw")).passed


def known() -> Segments:
    """Return one mask with its coefficients and prototype: a ramp that is 0 in the middle of a large box."""
    ramp = np.linspace(-1, 1, 40, dtype=np.float32) * np.ones((24, 1), dtype=np.float32)
    box = np.array([[2.5, 2.5, 158.5, 94.5]], dtype=np.float32)
    mask_inputs = MaskInputs(np.ones((1, 1), dtype=np.float32), ramp[None], box)
    bitmaps = masks(mask_inputs.coefficients, mask_inputs.prototypes, box, HW)
    some = segments(1)
    return replace(some, masks=bitmaps, mask_inputs=mask_inputs)


def test_compare_finds_wrong_pixels_in_a_mask_of_any_size() -> None:
    """In a mask of 7,000 pixels a part of a column is less than 0.5 %, but it is not a rounding error."""
    right = known()
    asked = Thresholds(), output_of("raw")
    assert right.compare(right, *asked).passed
    assert right.masks.sum() > 6000
    for rows, column, wrong in ((slice(3, 30), 158, 27), (slice(50, 51), 40, 1), (slice(3, 30), 159, 27)):
        bitmaps = right.masks.copy()
        bitmaps[0, rows, column] ^= True
        compared = replace(right, masks=bitmaps, mask_inputs=None).compare(right, *asked)
        assert compared.others[0].worst < 0.005  # the overlap alone would pass
        assert not compared.passed
        assert [stage.passed for stage in compared.stages("app")] == [True, False]
        assert compared.problems[0].startswith(f"{wrong} wrong pixel")
        assert compared.problems[0] in str(compared)
        blind = replace(right, mask_inputs=None)
        assert replace(right, masks=bitmaps).compare(blind, *asked).passed


def test_compare_ignores_pixels_that_rounding_decides() -> None:
    """Pixels with a value within 0.001 of 0, and columns within 0.001 of a side of the box."""
    right = known()
    assert right.mask_inputs is not None
    near = replace(right.mask_inputs, prototypes=right.mask_inputs.prototypes * np.float32(0.02))
    (free,) = near.undecided(HW)
    assert {int(x) for x in np.flatnonzero(free.any(axis=0))} == {76, 77, 78, 79, 80, 81, 82, 83}
    other = replace(right, masks=right.masks ^ free, mask_inputs=None)
    assert other.compare(replace(right, mask_inputs=near), Thresholds(), output_of("raw")).problems == ()
    right.mask_inputs.boxes[0, 2] = 157.9995
    (free,) = right.mask_inputs.undecided(HW)
    assert {int(x) for x in np.flatnonzero(free.any(axis=0))} == {158}
    assert free[:, 158].sum() == 92


@pytest.mark.parametrize("contract", CONTRACTS)
def test_compare_outputs_fails_for_a_wrong_value_in_any_part(contract: str) -> None:
    """Each of boxes, classes, coefficients and prototypes."""
    parts = (extras.box_outputs, extras.extra_outputs, lambda outputs, _: outputs[-1:])
    models.check_compare_outputs(TASK, model(contract), parts)


def bitmaps_of(arrays: dict[str, npt.NDArray[Any]], name: str, size: tuple[int, int]) -> list[Any]:
    """Read masks as templates/_shared/vectors/README.md.jinja describes."""
    ends = [0, *arrays[f"{name}.end"].tolist()]
    runs = arrays[f"{name}.run"].tolist()
    return [of_runs(runs[first:last], size) for first, last in itertools.pairwise(ends)]


def check_proof(arrays: dict[str, npt.NDArray[Any]]) -> int:
    """Compute the small case's masks again; return the number of masks that are not empty."""
    size = tuple(arrays["proof.size"].tolist())
    expected = masks(arrays["proof.coefficient"], arrays["proof.proto"], arrays["proof.box"], size)
    for bitmap, right in zip(bitmaps_of(arrays, "proof", size), expected, strict=True):
        np.testing.assert_array_equal(bitmap, right)
    return sum(bitmap.any() for bitmap in expected)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_vectors_hold_coefficients_masks_and_a_small_case(tmp_path: Path, contract: str) -> None:
    """Also in the sample of the vectors."""
    spec = model(contract)
    make_vectors(tmp_path / "made", spec, authority=Made(TASK, spec))
    assert count_results(tmp_path / "made") > 10
    index = json.loads((tmp_path / "made" / "index.json").read_text(encoding="utf-8"))
    assert (index["task"], index["coefficients"], index["tolerances"]["mask_iou"]) == ("segment", NM, 0.995)
    write_sample(vector_files.read(tmp_path / "made", ""), tmp_path / "sample", 60_000)
    outputs = outputs_of(spec)
    proven, undecided = 0, 0
    for folder in ("made", "sample"):
        for entry, arrays in arrays_of(tmp_path / folder):
            rows = arrays["raw.row.candidate"].astype(np.int64)
            expected = extras.extras_at(outputs, spec.output, rows)
            np.testing.assert_array_equal(arrays["raw.row.coefficient"], expected)
            plan = plan_letterbox((entry["height"], entry["width"]), HW)
            asked = Thresholds(entry["confidence"], entry["iou"], entry["max_det"], entry["agnostic"])
            shown = TASK.decoder.result(outputs, spec.output, plan, asked)
            for bitmap, right in zip(bitmaps_of(arrays, "mask", HW), shown.masks, strict=True):
                np.testing.assert_array_equal(bitmap, right)
                assert bitmap.any()
            assert shown.mask_inputs is not None
            free = bitmaps_of(arrays, "undecided", HW)
            np.testing.assert_array_equal(free, shown.mask_inputs.undecided(HW))
            undecided += sum(int(each.sum()) for each in free)
            proven += check_proof(arrays)
    assert proven > 10
    assert undecided > 10


def test_vectors_keep_only_the_best_boxes_if_masks_exceed_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is on the number of runs; the masks of the kept boxes are complete."""
    spec = model("raw")
    pictures = drawn_pictures(HW)[:2]
    make_vectors(tmp_path / "all", spec, authority=Made(TASK, spec), pictures=pictures)
    monkeypatch.setattr(decode, "RUNS", 900)
    make_vectors(tmp_path / "few", spec, authority=Made(TASK, spec), pictures=pictures)
    for (_, whole), (entry, few) in zip(
        arrays_of(tmp_path / "all"), arrays_of(tmp_path / "few"), strict=True
    ):
        count = len(few["boxes.score"])
        assert 0 < count < len(whole["boxes.score"])
        assert count <= entry["max_det"] < 300
        np.testing.assert_array_equal(few["boxes.box"], whole["boxes.box"][:count])
        assert len(few["mask.end"]) == len(few["undecided.end"]) == count
        assert len(few["mask.run"]) + len(few["undecided.run"]) <= 900 < len(whole["mask.run"])


def test_vectors_without_a_model_hold_random_rows_and_the_small_case(tmp_path: Path) -> None:
    make_vectors(tmp_path / "made", model("raw"))
    for _, arrays in arrays_of(tmp_path / "made"):
        assert len(np.unique(arrays["raw.row.coefficient"])) > 50
        assert check_proof(arrays)


def test_make_vectors_fails_if_the_authority_disagrees(tmp_path: Path) -> None:
    spec = model("raw")
    spoilt = Made(TASK, spec, lambda shown: replace(shown, masks=~shown.masks))
    with pytest.raises(ExportError, match="disagree"):
        make_vectors(tmp_path / "made", spec, authority=spoilt, pictures=drawn_pictures(HW)[:1])
