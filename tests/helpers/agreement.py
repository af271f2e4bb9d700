"""Comparison of an exported program with its authority on a picture, stage by stage."""

from collections.abc import Sequence

import numpy as np

from edgegen import tasks
from edgegen.base.arrays import Float32, Uint8
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority
from edgegen.runtimes.runtime import Forward
from edgegen.tasks.prepared import prepare


def check_agreement(
    spec: ModelSpec, program: Forward, authority: Authority, rgb: Uint8
) -> tuple[Sequence[Float32], int]:
    """Assert that bytes, outputs and results are the authority's. Return the outputs and how many results."""
    decoder = tasks.find(spec.task).decoder
    given = prepare(rgb, spec.input)
    np.testing.assert_array_equal(given.pixels, authority.letterboxed(rgb))
    outputs = program(given.tensor)
    for stage in decoder.compare_outputs(outputs, authority.outputs(given.tensor), spec.output):
        assert stage.passed, stage
    shown = 0
    for thresholds in (Thresholds(0.25), Thresholds(0.05, max_det=20)):
        ours = decoder.result(outputs, spec.output, given.plan, thresholds)
        compared = ours.compare(authority.result(rgb, thresholds), thresholds, spec.output)
        assert compared.passed, str(compared)
        shown += len(ours)
    return outputs, shown
