"""A `.pte` and its metadata.yaml become one ModelSpec."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgegen.artifacts.metadata import Metadata
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.artifacts.pte import Method, PteContent, Value
from edgegen.base import pins
from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.model.precision import Steps
from edgegen.model.spec import InputSpec, ModelSpec, OutputSpec, Program
from tests.helpers import tiny_programs
from tests.helpers.once import Once
from tests.python.artifacts.signatures import (
    ABC_SHA256,
    DECODED,
    FIRST,
    RAW,
    SECOND,
    Shape,
    check,
    program,
    tensor,
)


def test_plain_ultralytics_folder_has_the_decoded_contract(tmp_path: Path, metadata: Metadata) -> None:
    """Without a mapping `edgegen` the shapes decide, and the preprocessing is Ultralytics'."""
    assert check(tmp_path, program(), metadata) == ModelSpec(
        pte=tmp_path / "model.pte",
        metadata=tmp_path / "metadata.yaml",
        name=tmp_path.name,
        task="detect",
        class_names=("a", "b", "c"),
        input=InputSpec(320, 320, 3, "RGB", 1 / 255, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "letterbox", 114),
        output=OutputSpec("decoded", DECODED),
        programs=(Program("", "", "float32", ABC_SHA256),),
        delegates=("XnnpackBackend",),
        executorch_version="",
        library="ultralytics",
        head="Detect",
    )


@pytest.mark.parametrize(
    ("size", "recorded", "expected"),
    [((64, 64), None, 64), ((64, 96), None, 0), ((64, 64), 0, 0), ((64, 64), 72, 72)],
)
def test_shorter_side_that_is_not_recorded_is_ultralytics(
    tmp_path: Path, metadata: Metadata, size: tuple[int, int], recorded: int | None, expected: int
) -> None:
    classifier = replace(metadata, task="classify", imgsz=size, shorter_side=recorded)
    spec = check(tmp_path, program(((1, 3),), ((1, 3, *size),)), classifier)
    assert spec.input.shorter_side == expected


def test_pairs_of_box_and_class_maps_have_the_raw_contract(tmp_path: Path, metadata: Metadata) -> None:
    """Strides and reg_max follow from the shapes, also for rectangular inputs."""
    assert check(tmp_path, program(RAW), metadata).output == OutputSpec("raw", RAW, 16, (8, 16, 32))
    shapes = ((1, 32, 2, 3), (1, 3, 2, 3))
    wide = replace(metadata, imgsz=(64, 96))
    assert check(tmp_path, program(shapes, ((1, 3, 64, 96),)), wide).output == OutputSpec(
        "raw", shapes, 8, (32,)
    )


@pytest.mark.parametrize("said", [{"end2end": True}, {"end2end": None, "contract": "end2end"}])
def test_levels_have_the_end2end_contract_if_the_metadata_says_so(
    tmp_path: Path, metadata: Metadata, said: dict[str, Any]
) -> None:
    """The shapes are the same as for raw."""
    spec = check(tmp_path, program(RAW), replace(metadata, **said))
    assert spec.output == OutputSpec("end2end", RAW, 16, (8, 16, 32))
    assert (spec.output.has_levels, spec.output.needs_nms, spec.output.candidates) == (True, False, 2100)


def test_levels_with_four_box_channels_have_reg_max_1(tmp_path: Path, metadata: Metadata) -> None:
    """As in YOLO26."""
    levels = ((1, 4, 10, 10), (1, 3, 10, 10))
    assert check(tmp_path, program(levels), metadata).output == OutputSpec("raw", levels, 1, (32,))


@pytest.mark.parametrize(("end2end", "rows"), [(True, 300), (None, 300), (True, 7)])
def test_output_with_six_columns_has_the_detections_contract(
    tmp_path: Path, metadata: Metadata, end2end: bool | None, rows: int
) -> None:
    """`end2end` decides if the number of rows could be that of a decoded head."""
    spec = check(tmp_path, program(((1, rows, 6),)), replace(metadata, end2end=end2end))
    assert spec.output == OutputSpec("detections", ((1, rows, 6),), classes=3)
    assert (spec.output.has_levels, spec.output.needs_nms, spec.output.candidates) == (False, False, rows)


def test_spec_takes_all_values_of_the_edgegen_mapping(tmp_path: Path, metadata: Metadata) -> None:
    """Colour order, scale, mean, std, padding and versions."""
    recorded = replace(
        metadata,
        executorch=pins.EXECUTORCH,
        color="BGR",
        scale=1.0,
        mean=(1.0, 2.0, 3.0),
        std=(4.0, 5.0, 6.0),
        pad_value=0,
        contract="raw",
        reg_max=16,
        strides=(8, 16, 32),
        programs=(FIRST,),
        shapes=RAW,
        checkpoint_name="birds.pt",
    )
    spec = check(tmp_path, program(RAW), recorded)
    assert spec.input == InputSpec(320, 320, 3, "BGR", 1.0, (1.0, 2.0, 3.0), (4.0, 5.0, 6.0), "letterbox", 0)
    assert spec.executorch_version == pins.EXECUTORCH
    assert spec.name == "birds"


@pytest.mark.parametrize(
    ("checkpoint", "name"), [("best.pt", "run"), ("", "run"), ("a/yolo11n.pt", "yolo11n")]
)
def test_model_name_is_the_folder_if_the_checkpoint_is_called_best(
    tmp_path: Path, metadata: Metadata, checkpoint: str, name: str
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    assert check(folder, program(), replace(metadata, checkpoint_name=checkpoint)).name == name


@pytest.mark.parametrize("value", [None, 32])
@pytest.mark.parametrize(
    ("size", "count"),
    [
        ((320, 320), 2100),  # 8, 16, 32
        ((320, 320), 8500),  # 4, 8, 16, 32: -p2
        ((320, 320), 500),  # 16, 32: v3-tiny
        ((320, 320), 100),
        ((64, 96), 126),
    ],
)
def test_decoded_output_may_have_one_to_four_levels(
    tmp_path: Path, metadata: Metadata, value: int | None, size: tuple[int, int], count: int
) -> None:
    """All levels up to the recorded stride are valid."""
    known = replace(metadata, imgsz=size, stride=value)
    assert check(tmp_path, program(((1, 7, count),), ((1, 3, *size),)), known).output.contract == "decoded"


def test_input_size_comes_from_the_pte_if_the_metadata_has_none(tmp_path: Path, metadata: Metadata) -> None:
    spec = check(tmp_path, program(), replace(metadata, imgsz=None, stride=None, end2end=None))
    assert (spec.input.height, spec.input.width) == (320, 320)


def test_spec_has_all_programs_of_the_metadata(tmp_path: Path, metadata: Metadata) -> None:
    """The .pte may have another name; the digest shows that it is the first program."""
    (tmp_path / SECOND.file).write_bytes(b"abc")
    for first in (FIRST, replace(FIRST, file="birds.pte")):
        recorded = replace(metadata, programs=(first, SECOND))
        assert check(tmp_path, program(), recorded).programs == (first, SECOND)


GIVEN, GIVES = Steps(1 / 256, -128), Steps(0.05, 9)


def in_int8(**constants: float) -> PteContent:
    """Return the signature of a `.pte` with an int8 input and int8 logits in its first level."""
    signature = program(RAW)
    method = signature.methods[0]
    outputs = (method.outputs[0], replace(method.outputs[1], dtype="int8"), *method.outputs[2:])
    method = replace(method, inputs=(tensor((1, 3, 320, 320), "int8"),), outputs=outputs)
    said = {
        "forward_input0_scale": GIVEN.scale,
        "forward_input0_zp": GIVEN.zero_point,
        "forward_output1_scale": GIVES.scale,
        "forward_output1_zp": GIVES.zero_point,
    } | constants
    more = [Method(name, (), (Value("float", number=value),), (), ()) for name, value in said.items()]
    return replace(signature, methods=(method, *more))


def test_int8_parameters_come_from_constants_of_the_pte(tmp_path: Path, metadata: Metadata) -> None:
    """Scale and zero point of the input, and of each int8 output."""
    gives = (None, GIVES, None, None, None, None)
    for recorded in (metadata, replace(metadata, input_steps=GIVEN, output_steps=gives)):
        spec = check(tmp_path, in_int8(), recorded)
        assert spec.input.steps == GIVEN
        assert spec.output.steps == gives
    assert check(tmp_path, program(RAW), metadata).output.steps == ()


@pytest.mark.parametrize(
    ("recorded", "constants", "said"),
    [
        ({"input_steps": Steps(1 / 255, -128)}, {}, "`edgegen.input.int8`"),
        ({"output_steps": (None,) * 6}, {}, "`edgegen.output.int8`"),
        ({}, {"forward_input0_scale": 0.0}, "int8 input 0 without scale"),
        ({}, {"forward_output1_zp": 128}, "int8 output 1 without scale"),
    ],
)
def test_contradicting_or_invalid_int8_parameters_are_rejected(
    tmp_path: Path, metadata: Metadata, recorded: dict[str, Any], constants: dict[str, float], said: str
) -> None:
    """In metadata.yaml, or in the `.pte`."""
    with pytest.raises(InputError, match=re.escape(said)):
        check(tmp_path, in_int8(**constants), replace(metadata, **recorded))


def test_int8_output_other_than_a_level_is_not_supported(tmp_path: Path, metadata: Metadata) -> None:
    """For example a decoded output: apps read it as float32."""
    signature = in_int8()
    outputs = (tensor(DECODED[0], "int8"),)
    method = replace(signature.methods[0], outputs=outputs)
    said = [
        Method(f"forward_output0_{name}", (), (Value("float", number=1),), (), ()) for name in ("scale", "zp")
    ]
    signature = replace(signature, methods=(method, *signature.methods[1:], *said))
    with pytest.raises(UnsupportedModelError, match="int8 output 0, which does not belong to a level"):
        check(tmp_path, signature, metadata)


@pytest.fixture(scope="module")
def programs(once: Once) -> Path:
    """Return the folder of the tiny programs."""
    return once("tiny_programs", tiny_programs.make_programs)


def folder_of(programs: Path, folder: Path, name: str, **changes: Any) -> tuple[Path, Path]:
    """Copy a tiny program and write metadata as an exporter does."""
    pte = shutil.copy(programs / name, folder / "model.pte")
    content = {
        "task": "detect",
        "names": [f"class{i}" for i in range(tiny_programs.CLASSES)],
        "imgsz": [tiny_programs.HEIGHT, tiny_programs.WIDTH],
        "stride": 32,
        "license": "MIT",
        "description": "a tiny model",
    }
    (folder / "metadata.yaml").write_text(yaml.safe_dump(content | changes))
    return Path(pte), folder / "metadata.yaml"


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "contract", "strides"), [("raw.pte", "raw", (8, 16, 32)), ("decoded.pte", "decoded", ())]
)
def test_programs_of_executorch_are_read_and_described(
    programs: Path, tmp_path: Path, name: str, contract: str, strides: Shape
) -> None:
    spec = load_model_spec(*folder_of(programs, tmp_path, name))
    assert (spec.output.contract, spec.output.strides) == (contract, strides)
    assert (spec.input.height, spec.input.width) == (tiny_programs.HEIGHT, tiny_programs.WIDTH)
    assert spec.delegates == ("XnnpackBackend",)
    assert (spec.license, spec.description) == ("MIT", "a tiny model")
    assert len(spec.sha256) == 64


@pytest.mark.full
def test_programs_of_executorch_with_wrong_metadata_are_rejected(programs: Path, tmp_path: Path) -> None:
    """Class count, size, stride and digest are compared."""
    for changes, said in (
        ({"names": ["a", "b"]}, "2 classes"),
        ({"imgsz": [64, 64]}, "`imgsz`"),
        ({"stride": 64}, "`stride`"),
        ({"edgegen": {"schema": 1, "sha256": "0" * 64}}, "`edgegen.programs.0.sha256`"),
    ):
        with pytest.raises(InputError, match=said):
            load_model_spec(*folder_of(programs, tmp_path, "raw.pte", **changes))
