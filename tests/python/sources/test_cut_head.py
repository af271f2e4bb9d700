"""The two heads of an export, compared with each other and with the original model."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.model.spec import ONE_TO_MANY
from edgegen.sources.ultralytics.checkpoint import Checkpoint, load
from edgegen.sources.ultralytics.cut_head import with_decoded_output, with_raw_outputs
from edgegen.tasks.detect.decode import decode_decoded, decode_raw

INPUT_HW = (96, 160)


@pytest.fixture(scope="module")
def checkpoint(tiny_checkpoint: Path) -> Checkpoint:
    """Open the tiny checkpoint."""
    return load(tiny_checkpoint)


@pytest.fixture(scope="module")
def model(checkpoint: Checkpoint) -> Any:
    """Return its fused module. Tests must not change it."""
    return checkpoint.fused(ONE_TO_MANY)


def run(model: Any, tensor: Any) -> list[Any]:
    import torch

    with torch.no_grad():
        outputs = model(tensor)
    return [output.numpy() for output in (outputs if isinstance(outputs, tuple) else (outputs,))]


def picture_tensor() -> Any:
    import torch

    from edgegen.parity.pictures import draw_scene

    rgb, _ = draw_scene(*INPUT_HW, seed=4)
    return torch.from_numpy(rgb.transpose(2, 0, 1)[None].astype(np.float32) / 255)


def test_raw_head_outputs_levels_by_rising_stride(model: Any) -> None:
    """Raw outputs are box0, cls0, box1, ... in the sizes of the levels."""
    outputs = run(with_raw_outputs(model), picture_tensor())
    assert [o.shape for o in outputs] == [
        (1, 64, 12, 20), (1, 3, 12, 20), (1, 64, 6, 10), (1, 3, 6, 10), (1, 64, 3, 5), (1, 3, 3, 5),
    ]  # fmt: skip


def test_decoded_raw_head_equals_the_decoded_head(checkpoint: Checkpoint, model: Any) -> None:
    raw = run(with_raw_outputs(model), picture_tensor())
    decoded = run(with_decoded_output(model), picture_tensor())
    ours = decode_raw(raw, checkpoint.facts.yolo.strides, checkpoint.facts.yolo.reg_max, 0.01)
    theirs = decode_decoded(decoded[0], 0.01)
    assert len(ours) > 10
    np.testing.assert_array_equal(ours.index, theirs.index)
    np.testing.assert_array_equal(ours.class_ids, theirs.class_ids)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-5)
    np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=1e-3)


def test_raw_head_sorts_levels_that_are_listed_in_another_order(model: Any) -> None:
    import torch

    shuffled = copy.deepcopy(model)
    head, order = shuffled.model[-1], [2, 0, 1]
    head.cv2 = torch.nn.ModuleList([head.cv2[i] for i in order])
    head.cv3 = torch.nn.ModuleList([head.cv3[i] for i in order])
    head.f = [head.f[i] for i in order]
    head.stride = head.stride[order]
    expected = run(with_raw_outputs(model), picture_tensor())
    found = run(with_raw_outputs(shuffled), picture_tensor())
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_cutting_a_head_leaves_the_model_unchanged(model: Any) -> None:
    """Predict needs the whole model."""
    tensor = picture_tensor()
    before = run(lambda t: model(t)[0], tensor)
    run(with_raw_outputs(model), tensor)
    run(with_decoded_output(model), tensor)
    after = run(lambda t: model(t)[0], tensor)
    np.testing.assert_array_equal(before[0], after[0])
    assert not model.model[-1].export


def test_decoded_head_follows_the_input_size(model: Any) -> None:
    """The anchors of one input size are not carried over to another."""
    import torch

    small = run(with_decoded_output(model), torch.zeros(1, 3, 32, 32))
    large = run(with_decoded_output(model), torch.zeros(1, 3, 64, 96))
    assert small[0].shape == (1, 7, 21)
    assert large[0].shape == (1, 7, 126)
