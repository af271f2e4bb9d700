"""Outputs for inputs that differ by rounding, of models that select their boxes themselves.

Such a model sorts by score. Nearly equal scores change places by the last bits of sums, which differ between
kernels. In RF-DETR, a query's place decides its weights, so other places are other boxes.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from edgegen import tasks
from edgegen.base.arrays import Float32
from edgegen.model.spec import ModelSpec
from edgegen.parity.authority import Authority
from edgegen.tasks.stage import Stage

# More than another order of summation changes an output, by its effect also of an input.
ROUNDING: Final = 2e-5
_TRIALS: Final = 16  # of a comparison: several scores may be nearly equal


def rounded_runs(authority: Authority, tensor: Float32, count: int) -> Iterator[list[Float32]]:
    """Yield the authority's outputs for inputs [1, 3, H, W] that differ by rounding."""
    random = np.random.RandomState(0)
    for trial in range(count):
        most = ROUNDING / (1 + trial % 4)
        yield authority.outputs(tensor + random.uniform(-most, most, tensor.shape).astype(np.float32))


def compare_outputs(
    ours: Sequence[Float32],
    theirs: Sequence[Float32],
    authority: Authority,
    tensor: Float32,
    spec: ModelSpec,
) -> list[Stage]:
    """Compare a program's outputs for an input [1, 3, H, W] with the authority's, which are `theirs`.

    Rows of `detections` may also be those of an input that differs by rounding.
    """
    decoder = tasks.find(spec.task).decoder
    stages = decoder.compare_outputs(ours, theirs, spec.output)
    if spec.output.contract == "detections" and not all(stage.passed for stage in stages):
        for rounded in rounded_runs(authority, tensor, _TRIALS):
            others = decoder.compare_outputs(ours, rounded, spec.output)
            if all(stage.passed for stage in others):
                return others
    return stages
