"""A trained checkpoint of YOLOX exports as one subgraph, and shows the boxes of YOLOX."""

from pathlib import Path

import pytest

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.commands.inspect import inspect_model
from edgegen.model.spec import ModelSpec
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.pictures import KINDS, draw_scene
from edgegen.runtimes.executorch.runtime import PteProgram
from edgegen.sources.description import Description
from edgegen.sources.identify import open_model
from tests.cli.evaluations import AGREE, evaluated
from tests.helpers import labelled
from tests.helpers.agreement import check_agreement
from tests.helpers.once import Once
from tests.helpers.places import TINY
from tests.helpers.support import edgegen

pytestmark = pytest.mark.full

TINY_YOLOX = TINY.with_name("tiny-yolox.pth")
SIZE = (128, 160)


@pytest.fixture(scope="module")
def yolox_export(once: Once) -> Path:
    """Return the export of a checkpoint for an input that is not square."""

    def make(folder: Path) -> None:
        names = folder / "classes.txt"
        names.write_text("\n".join(KINDS), encoding="utf-8")
        options = ("--names", names, "--imgsz", "{},{}".format(*SIZE))
        answer = edgegen("export", "--model", TINY_YOLOX, *options, "--output", folder / "export").ok()
        (folder / "stderr").write_text(answer.err, encoding="utf-8")

    return once("tiny-yolox", make) / "export"


@pytest.fixture(scope="module")
def spec(yolox_export: Path) -> ModelSpec:
    return load_model_spec(yolox_export / "model.pte", yolox_export / "metadata.yaml")


@pytest.mark.proof("export")
def test_exported_checkpoint_is_one_subgraph_and_shows_the_boxes_of_yolox(
    yolox_export: Path, spec: ModelSpec
) -> None:
    facts = inspect_model(str(yolox_export))
    (method,) = facts["methods"]
    assert (method["backends"], method["operators"]) == ({"XnnpackBackend": 1}, {})
    assert (facts["contract"], facts["reg_max"], facts["license"]) == (
        "raw",
        1,
        "weights: not recorded; code of YOLOX: Apache-2.0",
    )

    program = PteProgram(spec.pte)
    authority = CheckpointAuthority(open_model(TINY_YOLOX, Description.of(spec)), spec)
    shown = 0
    for seed, size in enumerate([SIZE, (90, 200), (300, 210), (64, 64)]):
        rgb, _ = draw_scene(*size, 30 + seed)
        shown += check_agreement(spec, program, authority, rgb)[1]
    assert shown > 20


def test_export_notes_what_the_checkpoint_does_not_record(yolox_export: Path) -> None:
    notes = (yolox_export.parent / "stderr").read_text(encoding="utf-8")
    assert "tiny-yolox.pth does not record its input size: 416x416" in notes


def test_evaluate_scores_checkpoint_and_program_equally(yolox_export: Path, tmp_path: Path) -> None:
    data = labelled.write(tmp_path, "detect", sizes=(SIZE, (200, 150)))
    found = evaluated(yolox_export, "--data", data, "--model", TINY_YOLOX)
    scores = [run["map50"] for run in found["runs"]]
    assert [run["name"] for run in found["runs"]] == ["pytorch", "pte"]
    assert min(scores) > 0.7
    assert scores[0] == pytest.approx(scores[1], abs=AGREE)


def test_int8_program_is_one_subgraph(tmp_path: Path) -> None:
    """The class logits have no observer, so they stay float32."""
    (tmp_path / "classes.txt").write_text("\n".join(KINDS), encoding="utf-8")
    labelled.write(tmp_path / "drawn", "detect", split="train")
    data = labelled.write(tmp_path / "drawn", "detect")
    options = ("--names", tmp_path / "classes.txt", "--imgsz", 160, "--precision", "int8", "--max-loss", 5)
    folder = tmp_path / "export"
    edgegen("export", "--model", TINY_YOLOX, *options, "--calibration", data, "--output", folder).ok()
    facts = inspect_model(str(folder))
    (method,) = facts["methods"]
    assert (method["backends"], method["operators"]) == ({"XnnpackBackend": 1}, {})
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    assert spec.precision == "int8"
