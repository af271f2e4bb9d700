"""Top-k selection of one-to-one outputs and of detections, against the numpy reference."""

import numpy as np
import pytest

from edgegen.tasks.detect.decode import top_k
from tests.cpp.native import Core
from tests.cpp.one_to_one import check_detections, check_first, check_top_k

pytestmark = pytest.mark.proof("core")


@pytest.mark.parametrize("seed", range(4))
def test_top_k_cells_and_classes_equal_the_reference(core: Core, seed: int) -> None:
    """2000 random outputs at six confidences: equal cells and classes in equal order, ties included."""
    assert check_top_k(core, seed, 500) > 10_000


@pytest.mark.parametrize("seed", range(4))
def test_detections_equal_the_reference(core: Core, seed: int) -> None:
    """2000 random outputs: not one bit differs."""
    assert check_detections(core, seed, 500) > 10_000


def test_best_scores_come_first(core: Core) -> None:
    """1000 lists of few and of many scores, with ties and NaN, and empty lists."""
    check_first(core, 1, 1000)


def outputs_of(logits: np.ndarray, reg_max: int = 1) -> list[np.ndarray]:
    """Return the outputs of one level with the class logits [nc, cells]."""
    cls = np.asarray(logits, dtype=np.float32)[None, :, None, :]
    return [np.zeros((1, 4 * reg_max, 1, cls.shape[3]), dtype=np.float32), cls]


def test_top_k_gives_a_cell_several_classes_unless_agnostic(core: Core) -> None:
    """The classes are in order of their ids."""
    outputs = outputs_of([[3, 0, -9], [4, -9, -9], [3.5, 1, -9]])
    found = core.decode_top_k(outputs, (8,), 0.25)
    assert list(zip(found.index, found.class_ids, strict=True)) == [(0, 0), (0, 1), (0, 2)]
    agnostic = core.decode_top_k(outputs, (8,), 0.25, agnostic=True)
    assert list(zip(agnostic.index, agnostic.class_ids, strict=True)) == [(0, 1), (1, 2)]


def test_top_k_selects_no_more_results_than_cells(core: Core) -> None:
    """Two cells with three classes each give the two best of the six scores."""
    found = core.decode_top_k(outputs_of([[3, 0], [4, -9], [3.5, 1]]), (8,), 0.25)
    assert list(zip(found.index, found.class_ids, strict=True)) == [(0, 1), (0, 2)]


def test_top_k_filters_classes_after_the_selection(core: Core) -> None:
    """As with Ultralytics' classes=, filtered classes use up places."""
    found = core.decode_top_k(outputs_of([[3, 0], [4, -9], [3.5, 1]]), (8,), 0.25, keep_classes=[0, 2])
    assert list(zip(found.index, found.class_ids, strict=True)) == [(0, 2)]


@pytest.mark.parametrize(("max_det", "chosen"), [(1, 300), (300, 300), (301, 301), (1000, 400)])
def test_top_k_selects_at_least_300_results(core: Core, max_det: int, chosen: int) -> None:
    """More if max_det is higher. Ties go to the first cells."""
    found = core.decode_top_k(outputs_of(np.ones((1, 400))), (8,), 0.25, max_det=max_det)
    assert found.index.tolist() == list(range(chosen))


def test_outputs_without_bins_are_distances_in_strides(core: Core) -> None:
    """Left, top, right and bottom; negative distances too."""
    outputs = outputs_of([[2]])
    outputs[0][0, :, 0, 0] = (1, 0.5, -0.25, 2)
    for found in (core.decode_top_k(outputs, (8,), 0.25), core.decode_raw(outputs, (8,), 0.25)):
        np.testing.assert_array_equal(found.boxes, [[-4, 0, 2, 20]])


def test_output_of_full_size_equals_the_reference(core: Core) -> None:
    """8400 cells of 80 classes, as of YOLO26 at 640, at a usual and at a very low confidence."""
    rng = np.random.default_rng(5)
    outputs = []
    for size in (80, 40, 20):
        outputs.append(rng.normal(2, 1, (1, 4, size, size)).astype(np.float32))
        cls = np.round(rng.normal(-7, 2, (1, 80, size, size)) * 64) / 64
        outputs.append(cls.astype(np.float32))
    for confidence in (0.25, 0.001):
        ours = core.decode_top_k(outputs, (8, 16, 32), confidence)
        theirs = top_k(outputs, (8, 16, 32), 1, confidence)
        np.testing.assert_array_equal(ours.index, theirs.index)
        np.testing.assert_array_equal(ours.class_ids, theirs.class_ids)
        assert len(ours) > 200
