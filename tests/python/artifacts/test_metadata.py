"""metadata.yaml written by edgegen: complete, and without traces of the machine."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgegen import __version__
from edgegen.artifacts import metadata
from edgegen.artifacts.metadata import read_metadata
from edgegen.model.spec import CheckpointFacts, InputSpec, OutputSpec, Program, YoloHead
from tests.helpers.hard_texts import HARD

FACTS = CheckpointFacts(
    task="detect",
    class_names=("bird", "cat"),
    input=InputSpec(96, 160),
    architecture="YOLO11n",
    data="birds.yaml",
    date="2026-01-02T03:04:05",
    library="ultralytics",
    library_version="8.3.0",
    license="AGPL-3.0 (https://ultralytics.com/license)",
    description="Ultralytics YOLO11n model trained on birds.yaml",
    docs="https://docs.ultralytics.com",
    yolo=YoloHead("Detect", (8, 16, 32), 16, ("one-to-many",)),
)
VERSIONS = {"executorch": "1.5.1", "torch": "2.13.0", "ultralytics": "8.4.190"}
RAW = OutputSpec("raw", ((1, 64, 12, 20), (1, 2, 12, 20), (1, 64, 6, 10), (1, 2, 6, 10)), 16, (8, 16))
DECODED = OutputSpec("decoded", ((1, 6, 300),))


def described(facts: CheckpointFacts = FACTS, output: OutputSpec = RAW) -> dict[str, Any]:
    path = Path("/home/someone/runs/best.pt")
    return metadata.describe(
        facts,
        path,
        "c" * 64,
        output,
        program=Program("model.pte", "xnnpack", "float32", "d" * 64),
        versions=VERSIONS,
    )


def written(tmp_path: Path, facts: CheckpointFacts = FACTS, output: OutputSpec = RAW) -> Path:
    path = tmp_path / "metadata.yaml"
    metadata.write(path, described(facts, output))
    return path


def test_metadata_has_all_keys_of_ultralytics(tmp_path: Path) -> None:
    """So programs that read Ultralytics' metadata.yaml can read ours."""
    found = yaml.safe_load(written(tmp_path).read_text(encoding="utf-8"))
    recorded = found.pop("edgegen")
    assert found == {
        "description": "Ultralytics YOLO11n model trained on birds.yaml",
        "author": "edgegen",
        "date": "2026-01-02T03:04:05",
        "version": "8.4.190",
        "license": "AGPL-3.0 (https://ultralytics.com/license)",
        "docs": "https://docs.ultralytics.com",
        "stride": 32,
        "task": "detect",
        "head": "Detect",
        "batch": 1,
        "imgsz": [96, 160],
        "names": {0: "bird", 1: "cat"},
        "args": {"batch": 1},
        "channels": 3,
        "end2end": False,
    }
    assert recorded == {
        "schema": 1,
        "edgegen": __version__,
        "executorch": "1.5.1",
        "torch": "2.13.0",
        "ultralytics": "8.4.190",
        "library": "ultralytics",
        "input": {
            "layout": "NCHW",
            "dtype": "float32",
            "color": "RGB",
            "scale": 0.00392156862745098,
            "mean": [0.0, 0.0, 0.0],
            "std": [1.0, 1.0, 1.0],
            "resize": "letterbox",
            "pad_value": 114,
        },
        "output": {
            "contract": "raw",
            "branch": "one-to-many",
            "reg_max": 16,
            "strides": [8, 16],
            "names": ["box0", "cls0", "box1", "cls1"],
            "shapes": [[1, 64, 12, 20], [1, 2, 12, 20], [1, 64, 6, 10], [1, 2, 6, 10]],
        },
        "programs": [{"file": "model.pte", "backend": "xnnpack", "precision": "float32", "sha256": "d" * 64}],
        "name": "runs",
        "checkpoint": {"name": "best.pt", "sha256": "c" * 64},
    }


def test_metadata_of_a_decoded_output_has_one_tensor_without_strides(tmp_path: Path) -> None:
    recorded = yaml.safe_load(written(tmp_path, output=DECODED).read_text(encoding="utf-8"))["edgegen"]
    assert recorded["output"] == {
        "contract": "decoded",
        "branch": "one-to-many",
        "names": ["detections"],
        "shapes": [[1, 6, 300]],
    }


def test_metadata_of_an_end2end_output_names_the_one_to_one_branch(tmp_path: Path) -> None:
    """In the head, the branch, and Ultralytics' own key."""
    output = replace(RAW, contract="end2end")
    found = yaml.safe_load(
        written(tmp_path, replace(FACTS, yolo=replace(FACTS.yolo, name="v10Detect")), output).read_text(
            "utf-8"
        )
    )
    assert (found["head"], found["end2end"]) == ("v10Detect", True)
    recorded = found["edgegen"]["output"]
    assert (recorded["contract"], recorded["branch"], recorded["reg_max"]) == ("end2end", "one-to-one", 16)


@pytest.mark.parametrize("output", [RAW, replace(RAW, contract="end2end"), DECODED])
def test_metadata_is_read_back_by_edgegen(tmp_path: Path, output: OutputSpec) -> None:
    assert read_metadata(written(tmp_path, output=output)).contract == output.contract


def test_metadata_keeps_every_class_name(tmp_path: Path) -> None:
    """Quotes, newlines, emoji, control characters."""
    facts = replace(FACTS, class_names=tuple(HARD))
    found = yaml.safe_load(written(tmp_path, facts).read_text(encoding="utf-8"))
    assert list(found["names"].values()) == HARD
    assert list(found["names"]) == list(range(len(HARD)))


def test_metadata_keeps_10000_classes(tmp_path: Path) -> None:
    facts = replace(FACTS, class_names=tuple(f"class {i}" for i in range(10_000)))
    assert len(yaml.safe_load(written(tmp_path, facts).read_text(encoding="utf-8"))["names"]) == 10_000


def test_metadata_has_no_path_and_no_time(tmp_path: Path) -> None:
    """The same checkpoint gives the same bytes."""
    first = written(tmp_path).read_bytes()
    assert b"/home" not in first
    assert b"someone" not in first
    assert written(tmp_path).read_bytes() == first


def test_metadata_leaves_unknown_license_and_date_empty(tmp_path: Path) -> None:
    facts = replace(FACTS, date="", license="")
    found = yaml.safe_load(written(tmp_path, facts).read_text(encoding="utf-8"))
    assert found["license"] == ""
    assert found["date"] == ""
