"""Mutation test: the generated project's own parity test fails for every mutated constant."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.projects import Built, build, run

pytestmark = pytest.mark.full


@dataclass(frozen=True)
class Mutation:
    """One change to the generated sources, and the stages of which at least one must fail."""

    name: str
    file: str  # below src/
    pattern: str
    replacement: str
    stages: frozenset[str]


def mutation(name: str, file: str, pattern: str, replacement: str, *stages: str) -> Mutation:
    return Mutation(name, file, pattern, replacement, frozenset(stages))


MUTATIONS = (
    mutation("pad value", "model_info.h", r"(kPadValue = )114", r"\g<1>113", "letterbox", "tensor"),
    mutation("scale", "model_info.h", r"(kScale = )0\.0039\d+", r"\g<1>0.00390625", "tensor"),
    mutation("mean", "model_info.h", r"(kMean\[3\] = \{)0\.0", r"\g<1>0.01", "tensor"),
    mutation("colour order", "model_info.h", r"(kRgb = )true", r"\g<1>false", "letterbox", "tensor"),
    mutation("a stride", "model_info.h", r"(kStrides = \{)8, 16", r"\g<1>8, 15", "constants"),
    mutation(
        "half to even",
        "vision/model_info.h",
        r"rest == Real\(0\.5\) && whole % 2 != 0",
        "rest == Real(0.5)",
        "letterbox",
    ),
    mutation("odd pixel", "vision/letterbox.cpp", r"(kOddPixelBias = )0\.1", r"\g<1>-0.1", "letterbox"),
    mutation("fixed point", "vision/letterbox.cpp", r"(kWeightOne = )2048", r"\g<1>1024", "letterbox"),
    mutation("sigmoid", "vision/decode.cpp", r"exp\(-logit\)", "exp(-0.97F * logit)", "decode", "boxes"),
    mutation("cell centre", "vision/levels.cpp", r"(kCellCentre = )0\.5", r"\g<1>0.4", "decode", "boxes"),
    mutation("IoU", "vision/nms.cpp", r"> options\.iou;", "> 0.5 * options.iou;", "nms", "boxes"),
    mutation("class offset", "vision/nms.cpp", r"(kClassOffset = )7680", r"\g<1>0", "nms", "boxes"),
    mutation("gain", "vision/letterbox.cpp", r"plan\.top, plan\.gain_y", "plan.top, plan.gain_x", "boxes"),
)
NAMES = [each.name for each in MUTATIONS]
# tests/cpp/test_mutations.py has the same constants, and others here fail in the same stages.
NIGHTLY = {"mean", "half to even", "odd pixel", "sigmoid", "IoU"}


@pytest.fixture(scope="module")
def project(tiny_linux: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a built project that these tests may change."""
    copy = tmp_path_factory.mktemp("mutations") / "project"
    shutil.copytree(tiny_linux, copy, ignore=shutil.ignore_patterns("build"))
    return build(copy, "parity")


def failed_stages(built: Built) -> set[str]:
    answer = run([built.parity, "--json"], built.project)
    stages = {row["name"] for row in json.loads(answer.stdout)["stages"] if not row["passed"]}
    assert answer.returncode == (7 if stages else 0)
    return stages


def parameters() -> list[Any]:
    """Return the mutations as parameters of a test. The first belongs to a proof."""
    marks: dict[str, Any] = dict.fromkeys(NIGHTLY, pytest.mark.nightly)
    marks[NAMES[0]] = pytest.mark.proof("linux")
    return [pytest.param(each, marks=marks.get(each.name, ())) for each in MUTATIONS]


@pytest.mark.parametrize("broken", parameters(), ids=NAMES)
def test_parity_test_fails_in_the_stage_of_a_mutated_constant(project: Built, broken: Mutation) -> None:
    path = project.project / "src" / broken.file
    sound = path.read_text()
    mutated, count = re.subn(broken.pattern, broken.replacement, sound)
    assert count > 0, f"{broken.pattern} is not in {broken.file}"
    try:
        path.write_text(mutated)
        build(project.project, "parity")
        assert failed_stages(project) & broken.stages
    finally:
        path.write_text(sound)


@pytest.mark.proof("linux")
def test_parity_test_passes_without_mutations(project: Built) -> None:
    """Shows that the failures above come from the mutations."""
    build(project.project, "parity")
    assert failed_stages(project) == set()
