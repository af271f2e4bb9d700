"""The numpy decoding against Ultralytics' own code, over random outputs; and mutated copies, which must fail.

The order of equal scores is edgegen's choice, since torch promises none. Otherwise it is Ultralytics'.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

import edgegen.tasks.detect.decode as sound
from tests.helpers.mutating import expect_failure, mutant
from tests.python.tasks.random_heads import BOX, SCORE, STRIDES, ready, same_rows

Float32 = npt.NDArray[np.float32]


class Case:
    """Random outputs of a head with two levels, and the options for decoding them."""

    def __init__(self, seed: int, reg_max: int) -> None:
        random = np.random.default_rng(seed)
        self.reg_max = reg_max
        self.classes = int(random.choice([1, 2, 7, 80]))
        height, width = (2 * int(side) for side in random.integers(1, 17, size=2))
        self.outputs: list[Float32] = []
        for rows, columns in ((height, width), (height // 2, width // 2)):
            boxes = random.normal(1.5, 2, (1, 4 * reg_max, rows, columns))
            logits = random.normal(-3, 2, (1, self.classes, rows, columns))
            self.outputs += [boxes.astype(np.float32), logits.astype(np.float32)]
        self.confidence = float(random.choice([0.001, 0.01, 0.25, 0.6]))
        self.max_det = int(random.choice([1, 100, 300, 300, 350, 30_000]))
        self.agnostic = bool(random.integers(2))
        kept = random.permutation(self.classes)[: max(self.classes // 2, 1)]
        self.keep = None if random.integers(2) else sorted(int(number) for number in kept)


def head(case: Case) -> Any:
    """Return Ultralytics' own head for a case."""
    from ultralytics.nn.modules.head import Detect

    return ready(Detect(case.classes, case.reg_max, end2end=True, ch=(16, 16)))  # type: ignore[no-untyped-call]


def inferred(case: Case, made: Any) -> Any:
    """Return a case decoded by Ultralytics: [1, 4 + classes, cells]."""
    import torch

    def of(place: int) -> Any:
        parts = [torch.from_numpy(array).flatten(2) for array in case.outputs[place::2]]
        return torch.cat(parts, 2)

    features = [torch.from_numpy(array) for array in case.outputs[::2]]
    return made._inference({"boxes": of(0), "scores": of(1), "feats": features})


def chosen_by_ultralytics(case: Case) -> Float32:
    """Return the rows of predict(nms=False) for a case: x1 y1 x2 y2 score class."""
    from ultralytics.utils.nms import non_max_suppression

    made = head(case)
    made.end2end = True
    made.max_det, made.agnostic_nms = max(case.max_det, 300), case.agnostic
    rows = made.postprocess(inferred(case, made).permute(0, 2, 1))
    (shown,) = non_max_suppression(
        rows, case.confidence, 0.7, case.keep, case.agnostic, max_det=case.max_det, end2end=True
    )
    return np.asarray(shown, dtype=np.float32)


def rows_of(candidates: sound.Candidates, order: npt.NDArray[np.int64]) -> Float32:
    columns = (candidates.boxes, candidates.scores[:, None], candidates.class_ids[:, None])
    return np.concatenate(columns, axis=1).astype(np.float32)[order]


def check_top_k(decode: Any, seed: int, reg_max: int) -> int:
    """Compare top_k with Ultralytics on a random case; return the number of boxes."""
    case = Case(seed, reg_max)
    found = decode.top_k(
        case.outputs,
        STRIDES,
        reg_max,
        case.confidence,
        case.keep,
        max_det=case.max_det,
        agnostic=case.agnostic,
    )
    ours = rows_of(found, decode.most_confident(found, case.max_det))
    every = np.concatenate([sound.sigmoid(logits).ravel() for logits in case.outputs[1::2]])
    same_rows(ours, chosen_by_ultralytics(case), every)
    return len(ours)


def check_decode_raw(decode: Any, seed: int, reg_max: int) -> int:
    """Compare decode_raw with Ultralytics' head; return the number of boxes."""
    case = Case(seed, reg_max)
    if seed % 5 == 3:  # many scores are equal and close to 1: the first one is the best
        for logits in case.outputs[1::2]:
            logits[:] = np.round(logits * 2 + 34) / 2
    theirs = inferred(case, head(case))[0].numpy()
    ours = decode.decode_raw(case.outputs, STRIDES, reg_max, case.confidence, case.keep)
    again = decode.decode_decoded(theirs[None], case.confidence, case.keep)
    np.testing.assert_array_equal(ours.index, again.index)
    np.testing.assert_array_equal(ours.class_ids, again.class_ids)
    np.testing.assert_allclose(ours.scores, again.scores, rtol=0, atol=SCORE)
    np.testing.assert_allclose(ours.boxes, again.boxes, rtol=0, atol=BOX)
    return len(ours)


def check_detections(decode: Any, seed: int, _reg_max: int) -> int:
    """Compare decode_detections with Ultralytics' filter; return the number of boxes."""
    import torch
    from ultralytics.utils.nms import non_max_suppression

    case = Case(seed, 1)
    made = head(case)
    made.end2end = True
    rows = made.postprocess(inferred(case, made).permute(0, 2, 1)).numpy()
    (shown,) = non_max_suppression(
        torch.from_numpy(rows), case.confidence, 0.7, case.keep, max_det=case.max_det, end2end=True
    )
    found = decode.decode_detections(rows, case.classes, case.confidence, case.keep)
    ours = rows_of(found, np.arange(len(found))[: case.max_det])
    np.testing.assert_array_equal(ours, np.asarray(shown, dtype=np.float32))
    return len(ours)


CHECKS: Final = {"top_k": check_top_k, "decode_raw": check_decode_raw, "decode_detections": check_detections}


@pytest.mark.full
@pytest.mark.parametrize("reg_max", [1, 16])
@pytest.mark.parametrize("check", CHECKS)
def test_decoding_equals_ultralytics(check: str, reg_max: int) -> None:
    """Uses 200 random outputs each: classes, sizes, thresholds, agnostic or not, some classes or all."""
    shown = [CHECKS[check](sound, seed, reg_max) for seed in range(200)]
    assert sum(count > 0 for count in shown) > 100
    assert max(shown) > 250


MUTATIONS: Final = (
    ("top_k", r"LEAST_TOP_K = 300", "LEAST_TOP_K = 50"),
    ("top_k", r"max\(max_det, LEAST_TOP_K\)", "max_det"),
    ("top_k", r"if agnostic:", "if not agnostic:"),
    ("top_k", r"best // len\(logits\)", "best % k"),
    ("top_k", r"np\.argsort\(-of_cells, kind=\"stable\"\)", 'np.argsort(of_cells, kind="stable")'),
    ("top_k", r"candidates\.scores, kind=\"stable\"\)\[:max_det\]", "candidates.scores)[: max_det + 1]"),
    ("decode_raw", r"sigmoid\(logits\[:, cells\]\)", "logits[:, cells]"),
    ("decode_raw", r"if reg_max == 1:", "if reg_max == 0:"),
    ("decode_raw", r"centre \+ distance\[:, 2:\]", "centre + abs(distance[:, 2:])"),
    ("decode_raw", r"stride\[:, None\]", "np.float32(8)"),
    ("decode_raw", r"np\.exp\(-logits\)", "np.exp(-np.float32(0.999) * logits)"),
    ("decode_detections", r"rows\[:, 4\], np", "rows[:, 3], np"),
    ("decode_detections", r"rows\[:, :4\]\.astype", "rows[:, 1:5].astype"),
    ("decode_detections", r"scores > np\.float32\(confidence\)", "scores > np.float32(confidence + 0.01)"),
)


@pytest.mark.parametrize(("check", "pattern", "replacement"), MUTATIONS)
def test_comparison_fails_for_a_mutated_decoding(
    tmp_path: Path, check: str, pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)

    def check_both(decode: Any, seed: int) -> None:
        for reg_max in (1, 16):
            CHECKS[check](decode, seed, reg_max)

    expect_failure(check_both, broken, seeds=40)


def test_best_classes_takes_the_first_of_equal_scores() -> None:
    """As in torch, over 60,000 cells: close to 1 many logits share a score, and above 17 all."""
    import torch

    random = np.random.default_rng(5)
    for centre in (-60, -3, 0, 8, 12, 15, 18):
        logits = random.normal(centre, 2, (6, 9_000)).astype(np.float32)
        scores, theirs = torch.sigmoid(torch.from_numpy(logits)).max(dim=0)
        ours = sound.best_classes(logits, np.arange(9_000))
        off = ours != theirs.numpy()
        own = torch.sigmoid(torch.from_numpy(logits[ours, np.arange(9_000)]))
        assert float((scores - own).abs().max()) <= 2**-24  # one bit, where two exponentials differ
        assert off.mean() < 1e-3
        by_logit = logits.argmax(axis=0) != theirs.numpy()
        assert centre < 12 or by_logit.mean() > 0.01
    near = np.array([[1], [np.nextafter(np.float32(1), np.float32(2))]], dtype=np.float32)
    assert torch.sigmoid(torch.from_numpy(near)).argmax(dim=0).item() == 0
    assert sound.best_classes(near, np.arange(1)).item() == 0


def levels(logits: list[list[float]]) -> list[Float32]:
    """Return the outputs of one level; each list has the class logits of one cell."""
    cls = np.array(logits, dtype=np.float32).T[None, :, None, :]
    return [np.ones((1, 4, 1, cls.shape[3]), dtype=np.float32), cls]


def pairs(outputs: list[Float32], **options: Any) -> list[tuple[int, int]]:
    """Return (cell, class) in display order."""
    found = sound.top_k(outputs, (8,), 1, 0.25, **options)
    order = sound.most_confident(found, options.get("max_det", 300))
    return [(int(found.index[i]), int(found.class_ids[i])) for i in order]


def test_top_k_shows_several_classes_of_a_cell_unless_agnostic() -> None:
    outputs = levels([[0.5, 2.0], [1.0, -9.0], [-9.0, -9.0]])
    assert pairs(outputs) == [(0, 1), (1, 0), (0, 0)]
    assert pairs(outputs, agnostic=True) == [(0, 1), (1, 0)]


def test_top_k_shows_no_more_boxes_than_the_model_has_cells() -> None:
    """It has more scores than cells, since each cell has several classes."""
    assert pairs(levels([[0.5, 2.0, 1.5], [1.0, 1.0, 0.0]])) == [(0, 1), (0, 2)]


def test_top_k_orders_equal_scores_by_cell_and_then_by_class() -> None:
    """So every port shows the same boxes."""
    silent = [-9.0] * 3
    outputs = levels([[-9.0, 1.0, 1.0], [1.0, 1.0, -9.0], silent, silent])
    assert pairs(outputs) == [(0, 1), (0, 2), (1, 0), (1, 1)]
    cells = levels([[1.0]] * 400)
    assert pairs(cells) == [(cell, 0) for cell in range(300)]
    assert pairs(cells, max_det=2) == [(0, 0), (1, 0)]
    assert len(pairs(cells, max_det=350)) == 350


def test_top_k_filters_classes_after_the_choice_of_the_best_300() -> None:
    """Thus 300 better boxes of another class leave no room."""
    outputs = levels([[2.0, -9.0]] * 300 + [[-9.0, 1.0]])
    assert pairs(outputs, keep_classes=[1]) == []
    assert pairs(outputs, keep_classes=[1], max_det=301) == [(300, 1)]
    assert pairs(levels([[2.0, -9.0]] * 299 + [[-9.0, 1.0]] * 2), keep_classes=[1], max_det=5) == [(299, 1)]


def test_top_k_drops_nan_logits_and_boxes_that_are_not_finite() -> None:
    nan = float("nan")
    outputs = levels([[nan, 1.0], [nan, nan], [2.0, 1.5]])
    assert pairs(outputs) == [(2, 0), (2, 1), (0, 1)]
    outputs[0][0, 2, 0, 2] = np.inf
    assert pairs(outputs) == [(0, 1)]


def test_decode_detections_drops_rows_without_a_valid_class() -> None:
    """The class ID is too large, negative or NaN; the other rows keep the model's order."""
    rows = np.array(
        [[1, 2, 3, 4, 0.5, 1], [1, 2, 3, 4, 0.9, 3], [1, 2, 3, 4, 0.6, 0], [1, 2, 3, 4, 0.9, -1],
         [1, 2, 3, 4, 0.9, np.nan], [1, 2, np.inf, 4, 0.9, 1], [1, 2, 3, 4, np.nan, 1]],
        dtype=np.float32,
    )[None]  # fmt: skip
    found = sound.decode_detections(rows, 3, 0.25)
    assert found.index.tolist() == [0, 2]
    assert found.class_ids.tolist() == [1, 0]
