"""Ultralytics' exports: what of their record and their graph is rejected, and with which words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegen.base.errors import EdgegenError, InputError, UnsupportedModelError, UsageError
from edgegen.model.thresholds import Thresholds
from edgegen.parity.pictures import draw_scene
from edgegen.sources.description import Description
from edgegen.sources.identify import open_model
from tests.helpers.once import Once
from tests.helpers.places import TINY
from tests.helpers.specs import spec_of
from tests.helpers.ultralytics_files import export_file

pytestmark = pytest.mark.proof("export")

NAMES = ("circle", "square", "triangle")


@pytest.fixture(scope="module")
def exported(once: Once) -> Path:
    """Return the tiny checkpoint as Ultralytics exports it to ONNX."""
    return once("ultralytics-onnx", lambda folder: export_file(TINY, folder / "birds.onnx")) / "birds.onnx"


@pytest.fixture
def changed(exported: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the export with other values in its record; None removes one."""

    def write(**values: Any) -> Path:
        import onnx

        model = onnx.load(exported)
        kept = [each for each in model.metadata_props if each.key not in values]
        del model.metadata_props[:]
        model.metadata_props.extend(kept)
        for key, value in values.items():
            if value is not None:
                model.metadata_props.add(key=key, value=str(value))
        path = tmp_path / "birds.onnx"
        onnx.save(model, path)
        return path

    return write


def test_facts_are_read_from_record_and_graph(exported: Path) -> None:
    facts = open_model(exported).facts
    assert (facts.task, facts.class_names, facts.input.size) == ("detect", NAMES, (160, 160))
    assert facts.yolo.strides == (8, 16, 32)
    assert facts.yolo.branches == ("one-to-many",)
    assert facts.description == "Ultralytics birds model trained on shapes"
    assert (facts.architecture, facts.data) == ("birds", "shapes")


def test_record_without_optional_values_suffices(changed: Callable[..., Path], exported: Path) -> None:
    """Older exporters wrote less."""
    path = changed(head=None, args=None, end2end=None, channels=None, description=None, imgsz=None)
    facts, expected = open_model(path).facts, open_model(exported).facts
    assert facts.input.size == expected.input.size
    assert (facts.yolo.strides, facts.yolo.reg_max) == (expected.yolo.strides, expected.yolo.reg_max)


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ({"args": {"nms": True}}, UnsupportedModelError, "exports with NMS inside"),
        ({"head": "RTDETRDecoder"}, UnsupportedModelError, "exports of RTDETRDecoder models"),
        ({"head": None, "task": "track"}, UnsupportedModelError, "exports of the task track"),
        ({"task": "segment"}, InputError, "contradicts itself: its head is Detect, its task segment"),
        ({"task": None}, InputError, "contradicts itself: its head is Detect, its task None"),
        ({"channels": 4}, UnsupportedModelError, "4-channel pictures"),
        ({"imgsz": [320, 320]}, InputError, r"contradicts itself: imgsz is \[320, 320\]"),
        ({"imgsz": "a"}, InputError, "an unusable input size: 'a'"),
        ({"imgsz": [160]}, InputError, r"an unusable input size: \[160\]"),
        ({"names": {0: "circle"}}, InputError, "3 for 1 class"),
        ({"names": {1: "a", 2: "b", 3: "c"}}, InputError, "does not number its classes from 0"),
        ({"head": "Pose", "task": "pose"}, InputError, "does not have the head that its record names"),
        ({"head": "Classify", "task": "classify"}, InputError, "it has no softmax at its end"),
        ({"head": "SemanticSegment", "task": "semantic"}, InputError, "no layer called classifier"),
    ],
)
def test_record_that_edgegen_cannot_use_is_rejected(
    changed: Callable[..., Path], values: dict[str, Any], kind: type[EdgegenError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        open_model(changed(**values))


def test_none_in_a_record_counts_as_missing(changed: Callable[..., Path]) -> None:
    assert open_model(changed(head="None", channels="None", imgsz="None")).facts.input.size == (160, 160)


@pytest.mark.parametrize("names", [None, "None", {}])
def test_file_without_names_has_the_classes_of_its_graph(changed: Callable[..., Path], names: Any) -> None:
    """Ultralytics 8.1 wrote 'None'."""
    facts = open_model(changed(names=names)).facts
    assert facts.class_names == ("class0", "class1", "class2")
    assert facts.notes == (
        "birds.onnx does not name its classes: they are class0, class1 and 1 more; --names gives others",
    )


def test_names_of_a_file_may_be_a_list(changed: Callable[..., Path]) -> None:
    assert open_model(changed(names=list(NAMES))).facts.class_names == NAMES


def test_file_without_names_has_those_of_the_user(changed: Callable[..., Path]) -> None:
    path = changed(names="None")
    facts = open_model(path, Description(class_names=("a", "b", "c"))).facts
    assert (facts.class_names, facts.notes) == (("a", "b", "c"), ())
    with pytest.raises(InputError, match="has 3 classes, and there are 2 names"):
        open_model(path, Description(class_names=("a", "b")))
    with pytest.raises(UsageError, match="--mean cannot be used"):
        open_model(path, Description(class_names=("a", "b", "c"), mean=(0.5, 0.5, 0.5)))


def test_names_of_the_user_do_not_replace_those_of_the_file(exported: Path) -> None:
    with pytest.raises(UsageError, match=r"--names cannot be used: .* already records it"):
        open_model(exported, Description(class_names=("a", "b", "c")))


def test_predict_runs_on_a_file_with_its_weights_elsewhere(exported: Path, tmp_path: Path) -> None:
    import numpy as np
    import onnx

    path = tmp_path / "birds.onnx"
    onnx.save(onnx.load(exported), path, save_as_external_data=True, location="weights.bin")
    opened, picture = open_model(path), draw_scene(160, 160, seed=1)[0]
    spec = spec_of(opened, "raw")
    ours, expected = (
        each.predictor(spec)(picture, Thresholds(0.1)) for each in (opened, open_model(exported))
    )
    assert len(ours) > 0
    np.testing.assert_array_equal(ours.scores, expected.scores)  # type: ignore[union-attr]


def test_quantized_file_is_rejected(exported: Path, tmp_path: Path) -> None:
    from onnxruntime.quantization import quantize_dynamic

    quantize_dynamic(exported, tmp_path / "x.onnx")
    with pytest.raises(UnsupportedModelError, match="quantized ONNX files"):
        open_model(tmp_path / "x.onnx")


def test_options_that_the_file_answers_itself_are_rejected(exported: Path) -> None:
    with pytest.raises(UsageError, match=r"--resize cannot be used: .* already records it"):
        open_model(exported, Description(shorter_side=256))


def test_description_of_an_earlier_export_is_accepted(exported: Path) -> None:
    """`update` gives the names back that the export wrote into metadata.yaml."""
    description = Description(task="detect", class_names=NAMES, crop=160, shorter_side=160)
    assert open_model(exported, description).facts.class_names == NAMES
