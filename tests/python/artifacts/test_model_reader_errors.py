"""A `.pte` and a metadata.yaml that contradict each other, are invalid, or are not supported."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgegen.artifacts.metadata import Metadata
from edgegen.artifacts.pte import Value
from edgegen.base import pins
from edgegen.base.errors import UnsupportedModelError
from edgegen.model.spec import Program
from tests.python.artifacts.signatures import ABC_SHA256, FIRST, RAW, SECOND, check, program, said_of, tensor

SECOND_FIRST = replace(SECOND, sha256="0" * 64)


CONTRADICTIONS: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    # metadata, signature, words in the message
    ({"class_names": ("a", "b")}, {}, ["2 classes in `names`", "has 3"]),
    ({"class_names": ("a",) * 80}, {}, ["80 classes", "has 3"]),
    ({"class_names": ("a", "b")}, {"outputs": RAW}, ["2 classes", "has 3"]),
    ({"imgsz": (640, 640)}, {}, ["`imgsz` is [640, 640]", "[320, 320]"]),
    ({"imgsz": (320, 640)}, {"inputs": ((1, 3, 640, 320),)}, ["`imgsz` is [320, 640]", "[640, 320]"]),
    ({"stride": 64}, {"outputs": RAW}, ["`stride` is 64", "32"]),
    ({"stride": 64, "imgsz": None}, {"inputs": ((1, 3, 64, 64),), "outputs": ((1, 7, 84),)}, ["84 boxes"]),
    ({"stride": 16}, {}, ["`stride` is 16", "2100"]),
    ({"stride": 48}, {}, ["`stride` is 48", "320x320"]),
    ({"imgsz": None}, {"inputs": ((1, 3, 320, 336),)}, ["`stride` is 32", "320x336"]),
    ({"imgsz": None}, {"inputs": ((1, 3, 336, 320),)}, ["`stride` is 32", "336x320"]),
    ({"stride": 32}, {"outputs": ((1, 7, 2101),)}, ["`stride` is 32", "2101"]),
    ({"end2end": True}, {}, ["`end2end` is true", "[1, 7, 2100]"]),
    ({"end2end": False}, {"outputs": ((1, 300, 6),)}, ["`end2end` is false", "[1, 300, 6]"]),
    ({"contract": "end2end", "end2end": True}, {}, ["'end2end'", "'decoded'"]),
    ({"contract": "end2end"}, {"outputs": RAW},
     ["`end2end` is false", "[1, 64, 40, 40]"]),
    ({"contract": "raw", "end2end": True}, {"outputs": RAW}, ["`end2end` is true"]),
    ({"contract": "decoded", "end2end": True}, {"outputs": ((1, 300, 6),)},
     ["'decoded'", "'detections'"]),
    ({}, {"inputs": ((2, 3, 320, 320),)}, ["`batch` is 1", "has 2"]),
    ({}, {"inputs": ((1, 1, 320, 320),)}, ["`channels` is 3", "has 1"]),
    ({"contract": "raw"}, {}, ["`edgegen.output.contract` is 'raw'", "'decoded'"]),
    ({"contract": "decoded"}, {"outputs": RAW}, ["'decoded'", "'raw'"]),
    ({"reg_max": 8}, {"outputs": RAW}, ["`edgegen.output.reg_max` is 8", "has 16"]),
    ({"strides": (8, 16)}, {"outputs": RAW}, ["strides` is [8, 16]", "[8, 16, 32]"]),
    ({"shapes": ((1, 7, 8400),)}, {}, ["[[1, 7, 8400]]", "[[1, 7, 2100]]"]),
    ({"programs": (replace(FIRST, sha256="0" * 64),)}, {},
     ["`edgegen.programs.0.sha256` is '000", ABC_SHA256[:10]]),
    ({"programs": (replace(FIRST, file="", sha256="0" * 64),)}, {},
     [ABC_SHA256[:10]]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "signature", "said"), CONTRADICTIONS)
def test_contradiction_is_reported_with_both_values_and_both_files(
    tmp_path: Path, metadata: Metadata, change: dict[str, Any], signature: dict[str, Any], said: list[str]
) -> None:
    message = said_of(tmp_path, program(**signature), replace(metadata, **change))
    for words in [*said, "model.pte", "metadata.yaml"]:
        assert words in message


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        ((SECOND_FIRST, FIRST), "model.pte is not the first program of"),
        ((SECOND_FIRST,), "which lists 'model.coreml.pte'"),
        ((FIRST, replace(SECOND, file="gone.pte")), "lists the program gone.pte, and there is no"),
        ((FIRST, replace(SECOND, sha256="0" * 64)), "`edgegen.programs.1.sha256` is '000"),
    ],
)
def test_programs_that_do_not_fit_the_files_are_rejected(
    tmp_path: Path, metadata: Metadata, programs: tuple[Program, ...], said: str
) -> None:
    (tmp_path / SECOND.file).write_bytes(b"abc")
    assert said in said_of(tmp_path, program(), replace(metadata, programs=programs))


UNSUPPORTED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"task": "semantic"}, {}, "the outputs [1, 7, 2100]"),
    ({"task": "depth"}, {}, "the outputs [1, 7, 2100]"),
    ({"batch": 8}, {}, "a batch of 8"),
    ({"channels": 1}, {"inputs": ((1, 1, 320, 320),)}, "1 channels"),
    ({"end2end": None}, {"outputs": ((1, 300, 7),)}, "a row for each box, [1, 300, 7]"),
    ({}, {"outputs": ((1, 7),)}, "the outputs [1, 7]"),
    ({}, {"outputs": ()}, "the outputs none"),
    ({}, {"outputs": ((1, 7, 2100), (1, 32, 80, 80))}, "the outputs [1, 7, 2100], [1, 32, 80, 80]"),
    ({}, {"outputs": RAW[:3]}, "the outputs [1, 64, 40, 40]"),
    ({}, {"outputs": ((2, 7, 2100),)}, "the outputs [2, 7, 2100]"),
    ({}, {"inputs": ()}, "the inputs none"),
    ({}, {"inputs": ((1, 3, 320, 320), (1,))}, "the inputs [1, 3, 320, 320], [1]"),
    ({}, {"inputs": ((3, 320, 320),)}, "the inputs [3, 320, 320]"),
    ({"programs": (replace(FIRST, precision="int4"),)}, {}, "the precision 'int4'"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "signature", "said"), UNSUPPORTED)
def test_valid_model_of_an_unknown_kind_is_reported_as_not_supported_yet(
    tmp_path: Path, metadata: Metadata, change: dict[str, Any], signature: dict[str, Any], said: str
) -> None:
    """The error differs from that of a broken model."""
    message = said_of(tmp_path, program(**signature), replace(metadata, **change), UnsupportedModelError)
    assert message.startswith("not supported yet: ")
    assert said in message


BROKEN: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"task": "detektion"}, {}, "`task` is 'detektion', not one of classify, depth, detect, obb"),
    ({"contract": "probabilities"}, {}, "is 'probabilities', not one of raw"),
    ({"contract": "boxes"}, {}, "is 'boxes', not one of raw, end2end, decoded, det"),
    ({"imgsz": None}, {"inputs": ((1, 3, 0, 320),)}, "0x320 pixels"),
    ({}, {"outputs": ((1, 64, 10, 20), (1, 3, 10, 20))}, "not levels of a 320x320 input"),
    ({}, {"outputs": ((1, 64, 10, 10), (1, 3, 20, 20))}, "not levels"),
    ({}, {"outputs": ((1, 64, 0, 10), (1, 3, 0, 10))}, "not levels"),
    ({}, {"outputs": ((1, 64, 33, 33), (1, 3, 33, 33))}, "not levels"),
    ({}, {"outputs": (*RAW[:2], (1, 32, 10, 10), (1, 3, 10, 10))}, "not pairs of boxes and classes"),
    ({}, {"outputs": ((1, 63, 10, 10), (1, 3, 10, 10))}, "not pairs of boxes and classes"),
    ({}, {"outputs": RAW[4:] + RAW[:2]}, "strides [32, 8], which do not rise"),
    ({}, {"outputs": RAW[:2] + RAW[:2]}, "do not rise"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "signature", "said"), BROKEN)
def test_invalid_metadata_or_signature_is_rejected(
    tmp_path: Path, metadata: Metadata, change: dict[str, Any], signature: dict[str, Any], said: str
) -> None:
    assert said in said_of(tmp_path, program(**signature), replace(metadata, **change))


@pytest.mark.parametrize(
    "value",
    [
        tensor((1, 3, 320, 320), "float16"),
        tensor((1, 3, 320, 320), "uint8"),
        tensor((1, 3, 320, 320), dynamic=True),
        Value("int"),
    ],
)
def test_input_or_output_of_another_type_or_dynamic_shape_is_not_supported(
    tmp_path: Path, metadata: Metadata, value: Value
) -> None:
    signature = program()
    method = signature.methods[0]
    for changed in (replace(method, inputs=(value,)), replace(method, outputs=(value,))):
        message = said_of(tmp_path, replace(signature, methods=(changed,)), metadata, UnsupportedModelError)
        assert str(value) in message


def test_program_without_forward_is_rejected_with_its_methods(tmp_path: Path, metadata: Metadata) -> None:
    signature = program()
    other = replace(signature, methods=(replace(signature.methods[0], name="encode"),))
    assert "no method `forward`, only 'encode'" in said_of(tmp_path, other, metadata)


def test_program_with_external_weights_is_not_supported(tmp_path: Path, metadata: Metadata) -> None:
    """The app would also need the .ptd."""
    signature = replace(program(), external_data=True)
    assert ".ptd" in said_of(tmp_path, signature, metadata, UnsupportedModelError)


@pytest.mark.parametrize("version", ["1.6.0", "1.10", "2.0", "1.6.0a0+abc", "999999.0"])
def test_program_of_a_newer_exporter_is_rejected(tmp_path: Path, metadata: Metadata, version: str) -> None:
    """The runtime of the app may lack its operators."""
    message = said_of(tmp_path, program(), replace(metadata, executorch=version))
    assert pins.EXECUTORCH in message
    assert version[:3] in message


@pytest.mark.parametrize("version", ["1.5.1", "1.5.9", "1.4.0", "0.7.0", "1.5.1+cpu", ""])
def test_program_of_the_same_or_an_older_exporter_is_accepted(
    tmp_path: Path, metadata: Metadata, version: str
) -> None:
    assert check(tmp_path, program(), replace(metadata, executorch=version))


@pytest.mark.parametrize("version", ["main", "v1.5", "1"])
def test_invalid_exporter_version_is_rejected(tmp_path: Path, metadata: Metadata, version: str) -> None:
    assert "not a version" in said_of(tmp_path, program(), replace(metadata, executorch=version))
