"""Checks that tests of several sources of classifiers share."""

import json
from pathlib import Path

import numpy as np

from edgegen.artifacts.pte import read_pte
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.pictures import drawn_pictures
from edgegen.sources.source import Predictor
from edgegen.tasks.prepared import prepare
from tests.helpers.mutating import replaced
from tests.helpers.support import edgegen


def check_one_delegate(pte: Path) -> None:
    """XNNPACK runs the whole program."""
    method = read_pte(pte).method("forward")
    assert method is not None
    assert [(each.backend, each.count) for each in method.delegates] == [("XnnpackBackend", 1)]
    assert not method.operators


def check_equals_library(spec: ModelSpec, predictor: Predictor) -> None:
    """The input's bytes are equal; a probability differs by less than 1e-5."""
    for picture in drawn_pictures((spec.input.height, spec.input.width)):
        given = prepare(picture.rgb, spec.input)
        np.testing.assert_array_equal(given.pixels, predictor.letterboxed(picture.rgb))
        theirs = predictor(picture.rgb, Thresholds())
        logits = predictor.outputs(given.tensor)[0][0]
        scores = np.exp(logits - logits.max())
        ours = np.sort(scores / scores.sum())[::-1]
        np.testing.assert_allclose(ours[:5], theirs.scores[:5], atol=1e-5)


def check_mutation_is_noticed(project: Path, before: str, after: str, stage: str, *options: object) -> None:
    """`verify` of a linux-cpp project exits 7 and names the stage after one change of model_info.h."""
    replaced(project / "src" / "model_info.h", before, after)
    answer = edgegen("verify", project, *options, "--json")
    assert answer.code == 7, answer.err
    failed = {each["name"] for each in json.loads(answer.out)["stages"] if not each["passed"]}
    assert stage in failed
