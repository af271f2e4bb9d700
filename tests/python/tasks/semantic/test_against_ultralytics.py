"""Semantic maps in numpy against Ultralytics' predictor; and mutated copies, which must fail."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

import edgegen.tasks.semantic.decode as sound
from tests.helpers.mutating import expect_failure, mutant

PREDICTORS: list[Any] = []  # one instance, because creating it is slow
CLOSE: Final = 1e-3  # two logits this close may be swapped


def predicted(logits: npt.NDArray[np.float32], input_hw: Any, picture_hw: Any, keep: Any = None) -> Any:
    """Return the class map of Ultralytics' predictor for a model's output."""
    import torch
    from ultralytics.models.yolo.semantic import SemanticSegmentationPredictor

    if not PREDICTORS:
        PREDICTORS.append(SemanticSegmentationPredictor())
    predictor = PREDICTORS[0]
    predictor.args.classes = keep
    predictor.model = SimpleNamespace(names={i: str(i) for i in range(len(logits))})
    predictor.batch = [["picture"]]
    image = torch.zeros(1, 3, *input_hw)
    picture = np.zeros((*picture_hw, 3), dtype=np.uint8)
    (result,) = predictor.postprocess(torch.from_numpy(logits)[None], image, [picture])
    return result.semantic_mask.data.numpy().reshape(picture_hw)


def check(decode: Any, seed: int) -> None:
    """Compare the map of a random output with Ultralytics', at the input's resolution or less."""
    random = np.random.default_rng(seed)
    count = int(random.choice([1, 2, 7, 19]))
    input_hw = tuple(int(side) for side in random.choice([32, 64, 96], size=2))
    picture_hw = tuple(int(side) for side in random.integers(1, 150, size=2))
    if seed % 7 == 0:
        picture_hw = input_hw
    share = int(random.choice([1, 4, 8]))
    logits = random.normal(0, 3, (count, input_hw[0] // share, input_hw[1] // share)).astype(np.float32)
    keep = None if random.integers(2) else sorted(int(number) for number in random.permutation(count)[:3])
    theirs = predicted(logits, input_hw, picture_hw, keep)
    ours = decode.class_map(logits, input_hw, picture_hw)
    if keep is not None and count > 1:
        ours = decode.only_classes(ours, keep)
    different = ours != theirs
    assert different.mean() < CLOSE  # the last bits of two logits that are nearly equal
    counted = [(ours == number).mean() for number in range(count)]
    np.testing.assert_allclose(decode.shares(ours, count), counted, rtol=1e-12)


def test_class_map_equals_ultralytics() -> None:
    """Uses 300 random outputs: one class and many, pictures of any shape, some classes or all."""
    for seed in range(300):
        check(sound, seed)


def test_class_map_is_the_same_in_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "BLOCK", 400)
    for seed in range(60):
        check(sound, seed)


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"IGNORED: Final = 255", "IGNORED: Final = 254"),
        (r"logits\[:, plan\.top :", "logits[:, plan.top + 1 :"),
        (r"logits\[:, :, plan\.left :", "logits[:, :, plan.left // 2 :"),
        (r"if input_hw == picture_hw", "if True"),
        (r"if logits\.shape\[1:\] != input_hw", "if False"),
        (r"\(first, first \+ step\)", "(0, step)"),
        (r"values\[0\] > 0", "values[0] > 0.1"),
        (r"if len\(values\) == 1", "if len(values) == 2"),
        (r"\.argmax\(axis=0\)", ".argmin(axis=0)"),
        (r"/ classes\.size", "/ len(classes)"),
    ],
)
def test_comparison_fails_for_a_mutated_class_map(tmp_path: Path, pattern: str, replacement: str) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    broken.BLOCK = 400
    expect_failure(check, broken, seeds=60)


def test_class_map_takes_the_lower_class_of_equal_logits_and_ignores_nan() -> None:
    """A pixel with only NaN logits has class 0."""
    logits = np.zeros((3, 4, 4), dtype=np.float32)
    logits[:2, 0, 0] = np.nan
    logits[:, 3, 3] = np.nan
    logits[1:, 2, 2] = 5
    found = sound.class_map(logits, (4, 4), (4, 4))
    assert (found[0, 0], found[3, 3], found[2, 2], found[1, 2]) == (2, 0, 1, 0)
    assert sound.shares(sound.only_classes(found, [1]), 3).tolist() == [0, 1 / 16, 0]
