"""Depth in numpy against Ultralytics' predictor and preprocessing; and mutated copies, which must fail."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import edgegen.tasks.depth.decode as sound
from edgegen.reference import resize_bilinear
from tests.helpers.mutating import expect_failure, mutant

PREDICTORS: list[Any] = []  # one instance, because creating it is slow


def check_map(decode: Any, seed: int) -> None:
    """Compare the depth map of a random output with Ultralytics'."""
    import torch
    from ultralytics.models.yolo.depth import DepthPredictor

    random = np.random.default_rng(seed)
    input_hw = tuple(int(side) for side in random.choice([32, 64, 96], size=2))
    picture_hw = tuple(int(side) for side in random.integers(1, 150, size=2))
    share = int(random.choice([1, 2, 4]))
    shape = input_hw[0] // share, input_hw[1] // share
    depth = np.exp(random.normal(0, 1, shape)).astype(np.float32)
    if not PREDICTORS:
        PREDICTORS.append(DepthPredictor())
    predictor = PREDICTORS[0]
    predictor.model, predictor.batch = SimpleNamespace(names={0: "depth"}), [["picture"]]
    picture = np.zeros((*picture_hw, 3), dtype=np.uint8)
    (result,) = predictor.postprocess(
        torch.from_numpy(depth)[None, None], torch.zeros(1, 3, *input_hw), [picture]
    )
    ours = decode.depth_map(depth, input_hw, picture_hw)
    np.testing.assert_allclose(ours, result.depth.data.numpy().reshape(picture_hw), rtol=0, atol=2e-4)


def check_stretch(_decode: Any, seed: int) -> None:
    """Compare the input's bytes with the predictor's own letterbox, which fills the whole input."""
    from ultralytics.data.augment import LetterBox
    from ultralytics.models.yolo.depth import DepthPredictor

    random = np.random.default_rng(seed)
    input_hw = tuple(int(side) for side in random.choice([32, 64, 96], size=2))
    image = random.integers(0, 256, (*random.integers(1, 150, size=2), 3), dtype=np.uint8)
    box = LetterBox(input_hw, auto=False, scale_fill=DepthPredictor.scale_fill)
    np.testing.assert_array_equal(resize_bilinear(image, *input_hw), box(image=image))


@pytest.mark.parametrize("check", [check_map, check_stretch])
def test_depth_equals_ultralytics(check: Any) -> None:
    """Uses 600 random pictures and outputs of any shape."""
    for seed in range(600):
        check(sound, seed)


@pytest.mark.parametrize(
    ("check", "pattern", "replacement"),
    [
        (check_map, r"\*picture_hw, align_corners=True", "*picture_hw, align_corners=False"),
        (check_map, r"\*input_hw, align_corners=True", "*input_hw, align_corners=False"),
        (check_map, r"bilinear\.resize\(whole", "bilinear.resize(depth"),
    ],
)
def test_comparison_fails_for_a_mutated_depth(
    tmp_path: Path, check: Any, pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(check, broken, seeds=60, errors=AssertionError)
