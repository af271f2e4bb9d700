"""Candidates of raw and of decoded outputs, against the numpy reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from edgegen.tasks.detect.decode import decode_decoded, decode_raw
from tests.cpp.box_comparisons import (
    CONFIDENCES,
    check_candidates,
    check_decode_decoded,
    check_decode_multilabel,
    check_decode_raw,
    whole_model_output,
)
from tests.cpp.native import Core

pytestmark = pytest.mark.proof("core")

REG_MAX = 4
FLOATS = st.floats(width=32, allow_nan=True, allow_infinity=True)
LOGITS = st.one_of(FLOATS, st.integers(-8, 8).map(float), st.floats(-12, 12, width=32))


def one_level(logits: list[float], box: np.ndarray | None = None, reg_max: int = REG_MAX) -> list[np.ndarray]:
    """Return the outputs of a single level with a single cell, whose classes have these logits."""
    if box is None:
        box = np.zeros(4 * reg_max)
    return [
        np.asarray(box, dtype=np.float32).reshape(1, -1, 1, 1),
        np.asarray(logits, dtype=np.float32).reshape(1, -1, 1, 1),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_raw_candidates_equal_the_reference(core: Core, seed: int) -> None:
    """2000 random outputs at six confidences, with ties, infinities and NaN."""
    assert check_decode_raw(core, seed, 500) > 10_000


@pytest.mark.parametrize("seed", range(4))
def test_decoded_candidates_equal_the_reference(core: Core, seed: int) -> None:
    """2000 random outputs at six confidences: not one bit differs."""
    assert check_decode_decoded(core, seed, 500) > 10_000


@pytest.mark.parametrize("seed", range(2))
def test_candidates_of_several_classes_equal_the_reference(core: Core, seed: int) -> None:
    """1000 random outputs at six confidences: not one bit differs."""
    assert check_decode_multilabel(core, seed, 500) > 10_000


@settings(max_examples=300, deadline=None)
@given(
    hnp.arrays(np.float32, (1, 4 * REG_MAX, 2, 3), elements=LOGITS),
    hnp.arrays(np.float32, (1, 3, 2, 3), elements=LOGITS),
    st.one_of(st.sampled_from(CONFIDENCES), st.floats(0, 1, width=32)),
)
def test_any_raw_float32_output_decodes_as_in_the_reference(
    core: Core, box: np.ndarray, cls: np.ndarray, confidence: float
) -> None:
    ours = core.decode_raw([box, cls], (8,), confidence)
    theirs = decode_raw([box, cls], (8,), REG_MAX, confidence)
    check_candidates(ours, theirs, confidence, box_tolerance=1e-6 * REG_MAX * 8)


@settings(max_examples=300, deadline=None)
@given(hnp.arrays(np.float32, (1, 7, 5), elements=LOGITS), st.floats(0, 1, width=32))
def test_any_decoded_float32_output_decodes_as_in_the_reference(
    core: Core, output: np.ndarray, confidence: float
) -> None:
    ours = core.decode_decoded(output, confidence)
    theirs = decode_decoded(output, confidence)
    np.testing.assert_array_equal(ours.index, theirs.index)
    np.testing.assert_array_equal(ours.boxes, theirs.boxes)


def test_output_of_full_size_equals_the_reference(core: Core) -> None:
    """8400 candidates of 80 classes, as of a YOLO at 640, at a usual and at a very low confidence."""
    outputs = whole_model_output()
    for confidence, at_least in ((0.25, 100), (0.001, 8000)):
        ours = core.decode_raw(outputs, (8, 16, 32), confidence)
        theirs = decode_raw(outputs, (8, 16, 32), 16, confidence)
        check_candidates(ours, theirs, confidence, box_tolerance=1e-6 * 16 * 32)
        assert len(ours) > at_least


def test_a_score_equal_to_the_confidence_does_not_pass(core: Core) -> None:
    """The score must be above the confidence: a logit of 0 is a score of exactly 0.5."""
    assert len(core.decode_raw(one_level([0.0]), (8,), 0.5)) == 0
    assert len(core.decode_raw(one_level([1e-6]), (8,), 0.5)) == 1
    output = np.array([5, 5, 2, 2, 0.25], dtype=np.float32).reshape(1, 5, 1)
    assert len(core.decode_decoded(output, 0.25)) == 0
    assert len(core.decode_decoded(output, np.nextafter(np.float32(0.25), np.float32(0)))) == 1


def test_confidence_zero_passes_every_score_above_zero(core: Core) -> None:
    """A sigmoid that is 0 as a float32 does not pass."""
    assert len(core.decode_raw(one_level([-80.0]), (8,), 0.0)) == 1
    assert len(core.decode_raw(one_level([-200.0]), (8,), 0.0)) == 0
    assert len(core.decode_raw(one_level([-np.inf]), (8,), 0.0)) == 0


def test_confidence_one_passes_nothing(core: Core) -> None:
    """Not even an infinite logit."""
    assert len(core.decode_raw(one_level([np.inf]), (8,), 1.0)) == 0
    assert len(core.decode_raw(one_level([np.inf]), (8,), 0.999)) == 1


@pytest.mark.parametrize("confidence", [1 - 2.0**-24, 1 - 2.0**-23, 1 - 2.0**-20, 0.99999, 1e-30])
def test_confidence_applies_to_the_score_and_not_to_the_logit(core: Core, confidence: float) -> None:
    """Near 1 many logits have the same float32 score, and the quick test on logits drops none that passes."""
    logits = np.linspace(-80, 25, 20_001, dtype=np.float32)
    cls = logits.reshape(1, 1, 1, -1)
    box = np.zeros((1, 4 * REG_MAX, 1, len(logits)), dtype=np.float32)
    everything = core.decode_raw([box, cls], (8,), 0.0)
    passing = everything.index[everything.scores > np.float32(confidence)]
    np.testing.assert_array_equal(core.decode_raw([box, cls], (8,), confidence).index, passing)
    assert len(passing) > 0


def test_equal_class_scores_give_the_lower_class_id(core: Core) -> None:
    """Both for raw and for decoded outputs."""
    assert core.decode_raw(one_level([1, 2, 2]), (8,), 0.25).class_ids.tolist() == [1]
    higher = np.nextafter(np.float32(1), np.float32(2))  # with the same float32 score
    assert core.decode_raw(one_level([1, higher]), (8,), 0.25).class_ids.tolist() == [0]
    output = np.array([5, 5, 2, 2, 0.1, 0.9, 0.9], dtype=np.float32).reshape(1, 7, 1)
    assert core.decode_decoded(output, 0.25).class_ids.tolist() == [1]


def test_filtered_class_drops_the_candidate(core: Core) -> None:
    """The second-best class does not replace it, as with Ultralytics' classes=."""
    outputs = one_level([3, 2, 1])
    assert len(core.decode_raw(outputs, (8,), 0.25, keep_classes=[1, 2])) == 0
    assert core.decode_raw(outputs, (8,), 0.25, keep_classes=[0]).class_ids.tolist() == [0]
    assert len(core.decode_raw(outputs, (8,), 0.25, keep_classes=[])) == 0


def test_certain_bin_gives_its_distance_from_the_cell_centre(core: Core) -> None:
    """Bins 1, 0, 3, 2 at stride 8: corners 8 left of, 0 above, 24 right of and 16 below the centre."""
    box = np.full((4, REG_MAX), -100.0)
    for side, distance in enumerate((1, 0, 3, 2)):
        box[side, distance] = 100
    candidates = core.decode_raw(one_level([5.0], box), (8,), 0.25)
    np.testing.assert_array_equal(candidates.boxes, [[-4.0, 4.0, 28.0, 20.0]])


def test_equal_bins_give_their_mean_distance(core: Core) -> None:
    """The expectation over equal logits is the middle of the bins, for logits of any size."""
    for logit in (0.0, 1e30, -1e30):
        candidates = core.decode_raw(one_level([5.0], np.full((4, REG_MAX), logit)), (8,), 0.25)
        np.testing.assert_allclose(candidates.boxes, [[-8.0, -8.0, 16.0, 16.0]], atol=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_box_that_is_not_finite_is_dropped(core: Core, bad: float) -> None:
    """One bad bin or value drops the candidate and not its neighbours."""
    box = np.zeros((1, 4 * REG_MAX, 1, 3), dtype=np.float32)
    box[0, 5, 0, 1] = bad
    cls = np.full((1, 2, 1, 3), 3, dtype=np.float32)
    assert core.decode_raw([box, cls], (8,), 0.25).index.tolist() == [0, 2]
    output = np.full((1, 6, 3), 0.5, dtype=np.float32)
    output[0, 2, 1] = bad
    assert core.decode_decoded(output, 0.25).index.tolist() == [0, 2]


def test_nan_score_is_ignored(core: Core) -> None:
    """The other classes decide. A candidate with NaN scores only is dropped."""
    assert core.decode_raw(one_level([np.nan, 2, 1]), (8,), 0.25).class_ids.tolist() == [1]
    assert len(core.decode_raw(one_level([np.nan, np.nan]), (8,), 0.0)) == 0


def test_candidate_indices_continue_over_all_levels(core: Core) -> None:
    """Level by level by rising stride, row by row; 3 x 5 cells, then 2 x 2."""
    outputs = []
    for height, width in ((3, 5), (2, 2)):
        outputs += [
            np.zeros((1, 4 * REG_MAX, height, width), dtype=np.float32),
            np.full((1, 1, height, width), 2, dtype=np.float32),
        ]
    candidates = core.decode_raw(outputs, (8, 16), 0.25)
    assert candidates.index.tolist() == list(range(19))
    centres = (candidates.boxes[:, :2] + candidates.boxes[:, 2:]) / 2
    np.testing.assert_allclose(centres[7], [20, 12], atol=1e-4)
    np.testing.assert_allclose(centres[17], [8, 24], atol=1e-4)
