"""The classification task: contract, JSON, comparison, golden vectors."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from edgegen.artifacts import vector_files
from edgegen.base.errors import ExportError, InputError, UnsupportedModelError
from edgegen.model.spec import CENTRE_CROP, CheckpointFacts, InputSpec, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.goldens import write_sample
from edgegen.parity.pictures import drawn_pictures
from edgegen.parity.vectors import make_vectors
from edgegen.reference import plan_letterbox
from edgegen.tasks.classify import TASK
from edgegen.tasks.classify.decode import Ranking, crop, plan_crop, rank, softmax
from edgegen.tasks.prepared import prepare
from edgegen.tasks.task import Signature
from tests.helpers.specs import spec_from_metadata
from tests.helpers.support import count_results
from tests.python.tasks.models import arrays_of

NAMES: Final = tuple(f"class {number}" for number in range(7))
SIZE: Final = (64, 64)
LOGITS: Final = np.random.default_rng(3).normal(0, 2, (1, len(NAMES))).astype(np.float32)


def signature(contract: str = "", shapes: Any = ((1, 7),)) -> Signature:
    return Signature(Path("model.pte"), *SIZE, shapes, Path("metadata.yaml"), NAMES, contract=contract)


def model(contract: str = "logits") -> ModelSpec:
    output = OutputSpec(contract, ((1, len(NAMES)),))
    return spec_from_metadata(
        "classify", NAMES, InputSpec(*SIZE, resize=CENTRE_CROP, shorter_side=64), output
    )


# --- contract ---


@pytest.mark.parametrize(
    ("said", "found"), [("", "probabilities"), ("logits", "logits"), ("probabilities",) * 2]
)
def test_read_outputs_takes_the_contract_from_the_metadata(said: str, found: str) -> None:
    """Without a contract it is probabilities, as in an Ultralytics export."""
    output = TASK.read_outputs(signature(said))
    assert (output.contract, output.has_levels, output.needs_nms) == (found, False, False)
    described = TASK.describe_outputs(output)
    assert described == {"contract": found, "names": [found], "shapes": [[1, 7]]}
    assert TASK.explain(found)["returns"]


@pytest.mark.parametrize(
    ("shapes", "error", "says"),
    [
        (((1, 6),), InputError, "7 classes in `names`.*has 6"),
        (((2, 7),), UnsupportedModelError, r"\[2, 7\]"),
        (((1, 7, 1),), UnsupportedModelError, r"\[1, 7, 1\]"),
        (((1, 7), (1, 7)), UnsupportedModelError, r"\[1, 7\], \[1, 7\]"),
        ((), UnsupportedModelError, "none"),
    ],
)
def test_read_outputs_rejects_a_wrong_shape(shapes: Any, error: type[InputError], says: str) -> None:
    """Wrong number of classes, pictures or tensors."""
    with pytest.raises(error, match=says):
        TASK.read_outputs(signature("", shapes))


def test_read_outputs_rejects_a_contract_of_another_task() -> None:
    with pytest.raises(InputError, match="is 'raw', not one of logits, prob"):
        TASK.read_outputs(signature("raw"))


def test_input_spec_uses_the_checkpoints_mean_only_at_its_trained_size() -> None:
    """At other sizes mean and deviation are 0 and 1, as in Ultralytics' predict."""
    mean, std = (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)
    own = InputSpec(64, 64, mean=mean, std=std, resize=CENTRE_CROP, shorter_side=72)
    facts = CheckpointFacts(task="classify", class_names=NAMES, input=own, docs="", inputs_by_size=(own,))
    assert TASK.input_spec(facts, 64, 64) == own
    assert TASK.input_spec(facts, 96, 64) == InputSpec(96, 64, resize=CENTRE_CROP)
    assert TASK.input_spec(facts, 32, 32) == InputSpec(32, 32, resize=CENTRE_CROP, shorter_side=32)
    free = replace(facts, inputs_by_size=())
    assert TASK.input_spec(free, 96, 64) == replace(own, height=96)


@pytest.mark.parametrize("size", [(90, 40), (40, 131), (64, 64), (1, 1)])
def test_centre_crop_plan_has_a_negative_border(size: tuple[int, int]) -> None:
    """Thus positions are mapped by the same arithmetic as with a letterbox."""
    rgb = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    given = prepare(rgb, InputSpec(*SIZE, resize=CENTRE_CROP, shorter_side=64))
    plan = given.plan
    assert (plan.source_height, plan.source_width) == size
    assert max(plan.left, plan.top) <= 0
    assert min(plan.left + plan.resized_width, plan.top + plan.resized_height) >= 64
    assert min(plan.resized_height, plan.resized_width) == 64
    np.testing.assert_array_equal(given.pixels, crop(rgb, plan_crop(size, SIZE, 64)))
    turned = prepare(rgb, InputSpec(*SIZE, color="BGR", resize=CENTRE_CROP, shorter_side=64))
    np.testing.assert_array_equal(turned.tensor, given.tensor[:, ::-1])


# --- results ---


def test_json_round_trip_keeps_every_bit() -> None:
    """Of all classes, some, and none."""
    shown = rank(softmax(LOGITS[0]))
    for part in (shown, shown.at(np.arange(2)), shown.at(np.arange(0))):
        read = TASK.decoder.from_json(json.loads(json.dumps(part.to_json(NAMES))))
        np.testing.assert_array_equal(read.class_ids, part.class_ids)
        np.testing.assert_array_equal(read.scores, part.scores)
    best = np.float32(softmax(LOGITS[0]).max())
    assert shown.spoken_text(NAMES) == f"{NAMES[int(LOGITS.argmax())]} {best:.2f}"
    half = TASK.decoder.from_json([{"class_id": 1, "score": 0.125}])
    assert half.spoken_text(NAMES) == f"{NAMES[1]} 0.13"
    assert shown.at(np.arange(0)).spoken_text(NAMES) == ""


def test_ranking_of_some_classes_keeps_their_order() -> None:
    shown = rank(softmax(LOGITS[0]))
    part = shown.of([0, 3, 5])
    assert part.class_ids.tolist() == [each for each in shown.class_ids if each in {0, 3, 5}]
    np.testing.assert_array_equal(part.scores, rank(softmax(LOGITS[0]), [0, 3, 5]).scores)


def spoilt(shown: Ranking, place: int, by: float) -> Ranking:
    scores = shown.scores.copy()
    scores[place] += np.float32(by)
    return Ranking(shown.class_ids, scores)


RIGHT: Final = Ranking(np.array([4, 0, 2, 1]), np.array([0.6, 0.2, 0.19995, 0.00005], np.float32))


@pytest.mark.parametrize(
    ("ours", "asked", "problem"),
    [
        (RIGHT, 4, None),
        (RIGHT, 2, None),  # golden vectors have all classes
        (RIGHT.at(np.arange(2)), 2, None),
        (RIGHT.at(np.array([0, 2])), 2, None),  # as likely as the class that is missing
        (RIGHT.at(np.array([0, 2, 1, 3])), 4, None),
        (spoilt(RIGHT, 1, 0.00009), 4, None),
        (spoilt(RIGHT, 1, 0.00011), 4, ""),
        (spoilt(RIGHT, 3, np.nan), 4, ""),
        (RIGHT.at(np.array([1, 0, 2, 3])), 4, "out of order: class 4, 0.6000"),
        (RIGHT.at(np.array([1, 2])), 2, "missing here: class 4, 0.6000"),
        (RIGHT.at(np.arange(3)), 2, "3 classes are shown instead of 2"),
        (RIGHT.at(np.arange(0)), 2, "0 classes are shown instead of 2"),
        (RIGHT.at(np.array([0, 0])), 2, "unknown or repeated classes: 4"),
        (Ranking(np.array([4, 9]), RIGHT.scores[:2]), 2, "unknown or repeated classes: 9"),
    ],
)
def test_compare_finds_wrong_scores_orders_and_classes(
    ours: Ranking, asked: int, problem: str | None
) -> None:
    """The tolerance is 0.0001 of a probability."""
    compared = ours.compare(RIGHT, Thresholds(max_det=asked), model().output)
    assert compared.passed == (problem is None), str(compared)
    assert [stage.name for stage in compared.stages("app")] == ["app"]
    assert compared.stages("app")[0].passed == (problem is None)
    assert any(problem in each for each in compared.problems) if problem else not compared.problems


@pytest.mark.parametrize(("contract", "most"), [("logits", 0.001), ("probabilities", 0.0001)])
def test_compare_outputs_fails_beyond_the_tolerance(contract: str, most: float) -> None:
    """Also for NaN."""
    output = model(contract).output
    for by, passes in ((most * 0.9, True), (most * 1.1, False), (np.nan, False)):
        ours = LOGITS.copy()
        ours[0, 6] += np.float32(by)
        (stage,) = TASK.decoder.compare_outputs([ours], [LOGITS], output)
        assert (stage.passed, stage.compared) == (passes, 7)


# --- golden vectors ---


class Made:
    """An authority that gives the same outputs for every picture, with an optional error in its results."""

    source = "pytorch"

    def __init__(self, spec: ModelSpec, shift: float = 0, level: int = 0) -> None:
        self._spec, self._shift, self._level = spec, shift, level

    def letterboxed(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        pixels = prepare(rgb, self._spec.input).pixels
        return np.clip(pixels.astype(int) + self._level, 0, 255).astype(np.uint8)

    def outputs(self, _tensor: Any) -> list[npt.NDArray[np.float32]]:
        return [LOGITS if self._spec.output.contract == "logits" else softmax(LOGITS[0])[None]]

    def result(self, _rgb: Any, _thresholds: Thresholds, _kept: Any = ()) -> Ranking:
        scores = softmax(LOGITS[0])
        scores[2] += np.float32(self._shift)
        return rank(scores)


@pytest.mark.parametrize("contract", ["logits", "probabilities"])
def test_vectors_hold_the_models_scores_and_the_shown_classes(tmp_path: Path, contract: str) -> None:
    """Also in the sample of the vectors."""
    spec = model(contract)
    make_vectors(tmp_path / "made", spec, authority=Made(spec), thresholds=Thresholds(max_det=2))
    index = json.loads((tmp_path / "made" / "index.json").read_text(encoding="utf-8"))
    assert count_results(tmp_path / "made") == 7 * len(index["pictures"])
    assert (index["task"], index["contract"], index["strides"], index["reg_max"]) == (
        "classify",
        contract,
        [],
        0,
    )
    tolerances = {key: index["tolerances"][key] for key in ("letterbox", "tensor", "raw", "probability")}
    assert tolerances == {"letterbox": 0, "tensor": 0, "raw": 0.001, "probability": 0.0001}
    write_sample(vector_files.read(tmp_path / "made", ""), tmp_path / "sample", 60_000)
    for folder in ("made", "sample"):
        entries = arrays_of(tmp_path / folder)
        assert len(entries) >= 1
        for about, arrays in entries:
            np.testing.assert_array_equal(arrays["raw.output"], Made(spec).outputs(None)[0][0])
            np.testing.assert_array_equal(arrays["classes.probability"], softmax(LOGITS[0]))
            assert not any(name.startswith(("boxes.", "decode.", "raw.row")) for name in arrays)
            plan = plan_crop((about["height"], about["width"]), SIZE, 64)
            assert about["letterbox"]["resized"] == [plan.resized_height, plan.resized_width]
            assert (about["letterbox"]["top"], about["letterbox"]["left"]) == (plan.top, plan.left)
            pixels = crop(arrays["picture"], plan).reshape(-1)
            np.testing.assert_array_equal(pixels[arrays["letterbox.index"]], arrays["letterbox.value"])


def test_vectors_without_a_model_hold_only_the_input_stages(tmp_path: Path) -> None:
    make_vectors(tmp_path / "made", model())
    for _, arrays in arrays_of(tmp_path / "made"):
        assert set(arrays) == {"picture"} | {
            f"{stage}.{part}" for stage in ("letterbox", "tensor") for part in ("index", "value")
        }


@pytest.mark.parametrize("wrong", [{"shift": 0.0002}, {"level": 2}])
def test_make_vectors_fails_if_the_authority_disagrees(tmp_path: Path, wrong: dict[str, Any]) -> None:
    """Wrong input bytes, or a wrong probability."""
    spec = model()
    with pytest.raises(ExportError, match="disagree"):
        pictures = drawn_pictures(SIZE)[:1]
        make_vectors(tmp_path / "made", spec, authority=Made(spec, **wrong), pictures=pictures)


def test_centre_crop_plan_differs_from_the_letterbox_plan() -> None:
    rgb = drawn_pictures(SIZE)[0].rgb
    plan = prepare(rgb, InputSpec(*SIZE, resize=CENTRE_CROP, shorter_side=64)).plan
    assert plan != plan_letterbox((rgb.shape[0], rgb.shape[1]), SIZE)
