"""Classification: input tensor and scores against Ultralytics; and mutated copies, which must fail."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import edgegen.tasks.classify.decode as sound
from edgegen.model.spec import InputSpec, ultralytics_shorter_side
from edgegen.reference import to_tensor
from tests.helpers.mutating import expect_failure, mutant
from tests.helpers.pillow import ACROSS_FIRST, picture

Float32 = npt.NDArray[np.float32]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
INPUTS: Final = ((32, 32), (64, 64), (33, 33), (48, 64), (64, 32), (1, 1))


def check_tensor(decode: Any, seed: int) -> None:
    """Compare the input tensor of a random picture with Ultralytics' `classify_transforms`, bit for bit."""
    from ultralytics.data.augment import classify_transforms

    random = np.random.default_rng(seed)
    height, width = (int(side) for side in random.integers(1, 100, size=2))
    input_hw = INPUTS[seed % len(INPUTS)]
    if ACROSS_FIRST and height > 2 * width:
        return
    image = picture(random, height, width)
    mean, std = (MEAN, STD) if random.integers(2) else (decode.ZEROS, decode.ONES)
    name = "bilinear" if random.integers(2) else "bicubic"
    theirs = classify_transforms(input_hw, mean, std, name.upper())(Image.fromarray(image))
    cropped = decode.crop(
        image, decode.plan_crop((height, width), input_hw, ultralytics_shorter_side(*input_hw)), name
    )
    ours = decode.to_tensor(cropped, mean, std)
    np.testing.assert_array_equal(ours.view(np.uint32), theirs[None].numpy().view(np.uint32))


def check_crop(decode: Any, seed: int) -> None:
    """Compare a shorter side above the input's with torchvision's Resize and CenterCrop, bit for bit."""
    from torchvision.transforms import CenterCrop, Resize

    random = np.random.default_rng(seed)
    height, width = (int(side) for side in random.integers(1, 90, size=2))
    if ACROSS_FIRST and height > 2 * width:
        return
    image = picture(random, height, width)
    size = int(random.integers(1, 50))
    shorter = size + int(random.integers(0, 20))
    theirs = np.asarray(CenterCrop(size)(Resize(shorter)(Image.fromarray(image))))
    ours = decode.crop(image, decode.plan_crop((height, width), (size, size), shorter))
    np.testing.assert_array_equal(ours, theirs)


def check_scores(decode: Any, seed: int) -> None:
    """Compare probabilities and their order with torch's softmax and Ultralytics' `Results.probs`."""
    import torch
    from ultralytics.engine.results import Probs

    random = np.random.default_rng(seed)
    count = int(random.choice([1, 2, 10, 1000]))
    logits = random.normal(0, random.choice([0.1, 3, 40]), (1, count)).astype(np.float32)
    theirs = torch.from_numpy(logits).softmax(1)
    ours = decode.decode(logits, "logits")
    np.testing.assert_allclose(ours, theirs[0].numpy(), rtol=2e-5, atol=1e-7)
    np.testing.assert_array_equal(decode.decode(theirs.numpy(), "probabilities"), theirs[0].numpy())
    order = decode.best_first(theirs[0].numpy())
    best = Probs(theirs[0]).top5
    np.testing.assert_array_equal(theirs[0].numpy()[order[:5]], theirs[0].numpy()[best])
    if len(np.unique(theirs.numpy())) == count:
        assert order[:5].tolist() == best


CHECKS: Final = (check_tensor, check_crop, check_scores)


@pytest.mark.full
@pytest.mark.parametrize("check", CHECKS)
def test_classification_equals_ultralytics(check: Any) -> None:
    """Uses 2,000 random pictures and outputs: square and other inputs, very long pictures, one pixel."""
    for seed in range(2000):
        check(sound, seed)


@pytest.mark.parametrize(
    ("check", "pattern", "replacement"),
    [
        (check_tensor, r"= 1 / 255\n", "= 1 / 256\n"),
        (check_tensor, r"\* scale\)\.astype\(np\.float32\)", "* scale)"),
        (check_tensor, r"shorter == WHOLE_PICTURE", "shorter == WHOLE_PICTURE and height == 48"),
        (check_tensor, r"int\(shorter \* max", "round(shorter * max"),
        (check_tensor, r"max\(source_hw\) / min\(source_hw\)", "min(source_hw) / max(source_hw)"),
        (check_tensor, r"round\(\(tall - height\) / 2\)", "(tall - height + 1) // 2"),
        (check_tensor, r"round\(\(wide - width\) / 2\)", "(wide - width) // 2"),
        (check_tensor, r"source_width <= source_height", "source_width > source_height"),
        (check_tensor, r"transpose\(2, 0, 1\)", "transpose(2, 1, 0)"),
        (check_tensor, r"- np\.asarray\(mean, dtype=np\.float32\)", "- np.asarray(mean)"),
        (check_tensor, r"np\.asarray\(std, dtype=np\.float32\)", "np.asarray(std[::-1], dtype=np.float32)"),
        (check_crop, r"int\(shorter \* max", "int(height * max"),
        (check_scores, r"/ powers\.sum\(dtype=np\.float32\)", "/ (powers.sum() + 1e-3)"),
        (check_scores, r"- logits\.max\(\)", ""),
        (check_scores, r'contract == "logits"', 'contract != "logits"'),
        (check_scores, r"argsort\(-scores", "argsort(scores"),
    ],
)
def test_comparison_fails_for_a_mutated_classification(
    tmp_path: Path, check: Any, pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(check, broken, seeds=400)


def test_input_tensor_without_a_mean_equals_the_detection_input() -> None:
    image = np.arange(256 * 3, dtype=np.uint8).reshape(16, 16, 3)
    np.testing.assert_array_equal(sound.to_tensor(image), to_tensor(image, InputSpec(16, 16)))


def test_crop_of_a_very_long_picture_resizes_only_its_middle() -> None:
    """The picture is 12,000 x 1 pixels; resizing all of it would make 2.7 million rows."""
    image = picture(np.random.default_rng(0), 12_000, 1)
    plan = sound.plan_crop((12_000, 1), (224, 224), 224)
    assert (plan.resized_height, plan.resized_width, plan.left) == (2_688_000, 224, 0)
    assert sound.crop(image, plan).shape == (224, 224, 3)


def test_crop_plan_rejects_a_shorter_side_below_the_input_size() -> None:
    """Torchvision would add a black border there; no model asks for it."""
    with pytest.raises(ValueError, match="is 20, less than the input of 32x32"):
        sound.plan_crop((50, 50), (32, 32), 20)


def test_best_first_orders_equal_scores_by_class_id() -> None:
    """Also if only some classes are kept."""
    scores = np.array([0.1, 0.3, 0.3, 0.3, 0], dtype=np.float32)
    assert sound.best_first(scores).tolist() == [1, 2, 3, 0, 4]
    assert sound.best_first(scores, np.array([4, 3, 0])).tolist() == [3, 0, 4]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_decode_gives_probability_0_for_values_that_are_not_finite(bad: float) -> None:
    """One such logit makes all probabilities 0, a probability only its own. Minus infinity is valid."""
    output = np.array([[1, bad, 2]], dtype=np.float32)
    assert sound.decode(output, "logits").tolist() == [0, 0, 0]
    output[0, 1] = np.nan
    assert sound.decode(output, "probabilities").tolist() == [1, 0, 2]
    output[0, 1] = -np.inf
    assert sound.decode(output, "logits")[1] == 0
    assert sound.decode(output, "logits").sum() == pytest.approx(1)
