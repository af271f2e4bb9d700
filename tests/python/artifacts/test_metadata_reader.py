"""Reading metadata.yaml from any source: typed values, or an error with the key and the value."""

import gc
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgegen.artifacts.class_names import MAX_NAME
from edgegen.artifacts.metadata import Metadata, read_metadata
from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.strict_yaml import MAX_FILE_BYTES
from edgegen.model.precision import Steps
from edgegen.model.spec import Program
from tests.helpers.hard_texts import HARD
from tests.helpers.metadata_files import OWN, SMALLEST, ULTRALYTICS, read


def said_of(folder: Path, content: str | bytes | dict[Any, Any]) -> str:
    """Return the message of the InputError for this content."""
    with pytest.raises(InputError) as caught:
        read(folder, content)
    assert "metadata.yaml" in caught.value.message
    assert len(caught.value.message) < 600 + len(str(folder))
    assert caught.value.message.isprintable()
    return caught.value.message


def test_reader_types_every_key_of_ultralytics(tmp_path: Path) -> None:
    """Such a file has no mapping `edgegen`."""
    metadata = read(tmp_path, ULTRALYTICS)
    assert metadata == Metadata(
        path=tmp_path / "metadata.yaml",
        task="detect",
        class_names=("gull", "no", "red, round"),
        imgsz=(480, 640),
        stride=32,
        batch=1,
        channels=3,
        head="Detect",
        end2end=False,
        license="AGPL-3.0 License (https://ultralytics.com/license)",
        description="Ultralytics YOLO11n model trained on birds.yaml",
        ultralytics_version="8.4.190",
    )


def test_reader_types_every_key_of_edgegen(tmp_path: Path) -> None:
    """Digests become lower case."""
    assert read(tmp_path, SMALLEST | {"edgegen": OWN}) == replace(
        read(tmp_path, SMALLEST),
        executorch="1.5.1",
        torch="2.13.0",
        color="BGR",
        scale=1.0,
        mean=(103.5, 116.25, 123.0),
        std=(57.0, 57.0, 58.0),
        resize="letterbox",
        pad_value=0,
        contract="raw",
        reg_max=16,
        strides=(8, 16),
        programs=(
            Program("model.pte", "xnnpack", "float32", "ab" * 32),
            Program("model.coreml.pte", "coreml", "float16", "ef" * 32, {"score": 0.02}, ("bus",)),
        ),
        shapes=((1, 64, 60, 80), (1, 3, 60, 80)),
        checkpoint_name="birds.pt",
        checkpoint_sha256="cd" * 32,
    )


def test_reader_requires_only_task_and_names(tmp_path: Path) -> None:
    """The .pte has the rest."""
    metadata = read(tmp_path, SMALLEST)
    assert (metadata.imgsz, metadata.stride, metadata.end2end) == (None, None, None)
    assert (metadata.batch, metadata.channels, metadata.license) == (1, 3, "")
    assert read(tmp_path, SMALLEST | {"edgegen": {"schema": 1}}) == metadata
    assert read(tmp_path, SMALLEST | {"imgsz": 320}).imgsz == (320, 320)


def test_reader_accepts_metadata_of_an_edgegen_without_programs(tmp_path: Path) -> None:
    """It recorded precision and digest of the only .pte."""
    old = {"schema": 1, "precision": "int8", "backends": ["XnnpackBackend"], "sha256": "AB" * 32}
    recorded = read(tmp_path, SMALLEST | {"edgegen": old})
    assert recorded.programs == (Program("", "", "int8", "ab" * 32),)


@pytest.mark.parametrize(
    "names",
    [["a", "b", "c"], {0: "a", 1: "b", 2: "c"}, {"0": "a", "1": "b", "2": "c"}, {2: "c", 0: "a", 1: "b"}],
)
def test_reader_accepts_four_forms_of_names(tmp_path: Path, names: Any) -> None:
    """A list, or a mapping from integers or digits, in any order."""
    assert read(tmp_path, {"task": "detect", "names": names}).class_names == ("a", "b", "c")


def test_reader_accepts_any_text_as_a_class_name(tmp_path: Path) -> None:
    """Quotes, newlines, NUL, emoji, 300 characters, empty, duplicates."""
    names = [*(name for name in HARD if len(name) <= MAX_NAME), "twice", "twice"]
    assert read(tmp_path, {"task": "detect", "names": names}).class_names == tuple(names)
    assert read(tmp_path, {"task": "detect", "names": dict(enumerate(names))}).class_names == tuple(names)


def test_reading_time_grows_linearly_with_the_number_of_classes(tmp_path: Path) -> None:
    def seconds(classes: int) -> float:
        names = {i: f"class number {i}" for i in range(classes)}
        content = yaml.dump({"task": "detect", "names": names}, Dumper=yaml.CSafeDumper)
        start = time.thread_time()
        assert len(read(tmp_path, content).class_names) == classes
        return time.thread_time() - start

    gc.disable()  # a collection takes a second if other tests have left many objects
    try:
        assert min(seconds(10_000) for _ in range(3)) < 40 * min(seconds(1000) for _ in range(3))
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"names": None}, "the key `names` is missing"),
        ({"names": {}}, "has 0 classes"),
        ({"names": []}, "has 0 classes"),
        ({"names": "person"}, "must be a list, or a mapping"),
        ({"names": 80}, "must be a list, or a mapping"),
        ({"names": {0: "a", 2: "c"}}, "none with the number 1"),
        ({"names": {1: "a", 2: "b"}}, "none with the number 0"),
        ({"names": {-1: "a", 0: "b"}}, "none with the number 1"),
        ({"names": {"a": "person"}}, "the key 'a'"),
        ({"names": {True: "a"}}, "the key True"),
        ({"names": {0: "a", "0": "b"}}, "class 0 twice"),
        ({"names": {0: "a", "00": "b"}}, "class 0 twice"),
        ({"names": {"9" * 100: "a"}}, "the key '999"),
        ({"names": {"\u0663": "a"}}, "the key"),
        ({"names": [1]}, "the name of class 0 is 1"),
        ({"names": ["a", True]}, "the name of class 1 is True"),
        ({"names": ["a", None]}, "the name of class 1 is None"),
        ({"names": [1.5]}, "the name of class 0 is 1.5"),
        ({"names": [["a"]]}, "the name of class 0 is ['a']"),
        ({"names": ["x" * 10_001]}, "has 10001 characters"),
        ({"task": None}, "`task` must be text; it is None"),
        ({"task": ""}, "`task` must be text"),
        ({"task": 3}, "`task` must be text; it is 3"),
        ({"kpt_shape": [17]}, "`kpt_shape` must be the number of keypoints"),
        ({"kpt_shape": [17, 4]}, "`kpt_shape` must be the number of keypoints"),
        ({"kpt_shape": [0, 3]}, "`kpt_shape` must be a list of integers"),
        ({"kpt_shape": 17}, "`kpt_shape` must be a list of integers"),
        ({"imgsz": [640]}, "`imgsz` must be two positive integers"),
        ({"imgsz": [640, 640, 3]}, "`imgsz` must be two positive integers"),
        ({"imgsz": [640, "640"]}, "`imgsz` must be a list of integers"),
        ({"imgsz": [0, 640]}, "`imgsz` must be"),
        ({"imgsz": [640, True]}, "`imgsz` must be"),
        ({"imgsz": 640.0}, "`imgsz` must be an integer"),
        ({"imgsz": "640"}, "`imgsz` must be an integer"),
        ({"imgsz": 2**40}, "`imgsz` must be an integer"),
        ({"stride": 0}, "`stride` must be an integer of at least 1; it is 0"),
        ({"stride": [8, 16, 32]}, "`stride` must be an integer"),
        ({"batch": "1"}, "`batch` must be"),
        ({"channels": -3}, "`channels` must be"),
        ({"end2end": "false"}, "`end2end` must be true or false"),
        ({"license": ["MIT"]}, "`license` must be text"),
        ({"edgegen": []}, "`edgegen` must be a mapping"),
        ({"edgegen": None}, "`edgegen` must be a mapping"),
        ({"edgegen": {}}, "`edgegen.schema` is None, not 1"),
        ({"edgegen": {"schema": 2}}, "`edgegen.schema` is 2, not 1"),
        ({"edgegen": {"schema": "1"}}, "`edgegen.schema` must be an integer"),
        ({"edgegen": {"schema": 1, "input": []}}, "`edgegen.input` must be a mapping"),
        ({"edgegen": {"schema": 1, "input": {"pad_value": 256}}}, "`edgegen.input.pad_value` must be a byte"),
        (
            {"edgegen": {"schema": 1, "input": {"scale": 0}}},
            "`edgegen.input.scale` must be a positive number",
        ),
        ({"edgegen": {"schema": 1, "input": {"scale": float("nan")}}}, "`edgegen.input.scale`"),
        ({"edgegen": {"schema": 1, "input": {"scale": 10**400}}}, "`edgegen.input.scale`"),
        (
            {"edgegen": {"schema": 1, "input": {"mean": [0, 0]}}},
            "`edgegen.input.mean` must be a list of three",
        ),
        ({"edgegen": {"schema": 1, "input": {"mean": [0, 0, "0"]}}}, "`edgegen.input.mean`"),
        (
            {"edgegen": {"schema": 1, "input": {"std": [1, 0, 1]}}},
            "`edgegen.input.std` must be a list of three positive",
        ),
        ({"edgegen": {"schema": 1, "output": {"strides": 8}}}, "`edgegen.output.strides` must be a list"),
        ({"edgegen": {"schema": 1, "output": {"shapes": [[1, "x"]]}}}, "`edgegen.output.shapes` must be"),
        ({"edgegen": {"schema": 1, "programs": []}}, "`edgegen.programs` must be a list of at least one"),
        ({"edgegen": {"schema": 1, "programs": ["model.pte"]}}, "`edgegen.programs.0` must be a mapping"),
        (
            {"edgegen": {"schema": 1, "programs": [{"file": "../model.pte"}]}},
            "`edgegen.programs.0.file` must be the name of a .pte or .onnx file",
        ),
        (
            {"edgegen": {"schema": 1, "programs": [{"file": "model.pte"}]}},
            "`edgegen.programs.0.backend` must be text; it is None",
        ),
        ({"edgegen": {"schema": 1, "sha256": 5}}, "`edgegen.sha256` must be text"),
    ],
)
def test_reader_rejects_wrong_values_with_key_and_value(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    """The message also has the expected type."""
    assert said in said_of(tmp_path, SMALLEST | change)


CERTIFICATE: dict[str, Any] = {
    "contract": {"measure": "lost", "loss": 1.5, "max_loss": 5, "pictures": 13, "things": 56},
    "calibration": {"pictures": 52, "sha256": "ab" * 32, "ranges": [[-7, 6]]},
    "layers": 46,
    "float32_layers": ["model.0.conv"],
    "speedup": 1.6,
}


def certified(**change: Any) -> dict[str, Any]:
    recorded = {"schema": 1, "precision": "int8", "int8": CERTIFICATE | change}
    return SMALLEST | {"edgegen": recorded}


def test_reader_reads_the_certificate_of_int8(tmp_path: Path) -> None:
    """It is ignored for float32."""
    recorded = read(tmp_path, certified())
    assert recorded.certificate is not None
    said = recorded.certificate.summary()
    assert said.startswith("loses 1.50 % of the float32 result (56 objects) on 13 pictures, the limit is 5")
    assert said.endswith("calibrated on 52 other pictures; 1 of 46 layers are float32")
    float32 = read(tmp_path, SMALLEST | {"edgegen": {"schema": 1, "int8": CERTIFICATE}})
    bare = read(tmp_path, SMALLEST | {"edgegen": {"schema": 1, "precision": "int8"}})
    assert float32.certificate is bare.certificate is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contract": {}}, "`edgegen.int8.contract.loss` must be a number from -100 to 100; it is None"),
        (
            {"contract": CERTIFICATE["contract"] | {"loss": 1e29}},
            "`edgegen.int8.contract.loss` must be a number",
        ),
        (
            {"contract": CERTIFICATE["contract"] | {"max_loss": -5}},
            "`edgegen.int8.contract.max_loss` must be",
        ),
        ({"contract": CERTIFICATE["contract"] | {"pictures": 0}}, "`edgegen.int8.contract.pictures` must be"),
        ({"calibration": {}}, "`edgegen.int8.calibration.pictures` must be an integer of at least 1"),
        ({"layers": None}, "`edgegen.int8.layers` must be an integer of at least 1; it is None"),
        ({"float32_layers": ["a"] * 47}, "`edgegen.int8.float32_layers` must be a list of at most 46 texts"),
        ({"speedup": "fast"}, "`edgegen.int8.speedup` must be a number from 0 to 1000"),
    ],
)
def test_reader_rejects_an_incomplete_certificate(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    assert said in said_of(tmp_path, certified(**change))


@pytest.mark.parametrize(
    ("key", "value"), [("layout", "NHWC"), ("color", "GRAY"), ("resize", "tile"), ("color", "rgb")]
)
def test_reader_rejects_an_unknown_preprocessing(tmp_path: Path, key: str, value: str) -> None:
    """It must not silently become the default."""
    with pytest.raises(UnsupportedModelError, match=f"edgegen.input.{key}: '{value}'"):
        read(tmp_path, SMALLEST | {"edgegen": {"schema": 1, "input": {key: value}}})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it holds None"),
        (b"# only a comment", "it holds None"),
        (b"- a\n- b\n", "it holds ['a', 'b']"),
        (b"just words", "it holds 'just words'"),
        (b"task: detect\nnames: [a\n", "not valid YAML"),
        (b"task: detect\n\tnames: [a]\n", "not valid YAML"),
        (b"task: 'detect\n", "not valid YAML"),
        (b"task: detect\n---\ntask: pose\n", "not valid YAML"),
        (b"task: detect\ntask: pose\nnames: [a]\n", "the key 'task' occurs twice (line 2, column 1)"),
        (b"task: detect\nnames: {0: a, 0: b}\n", "the key 0 occurs twice"),
        (b"[a]: b\n", "a key must be a plain word"),
        (b"? {a: b}\n: c\n", "a key must be a plain word"),
        (b"a: &x {b: c}\nd: {<<: *x}\n", "a key must be a plain word"),
        (b"task: detect\nnames: [\xff\xfe]\n", "not UTF-8 text: byte 21 is 0xff"),
        ("task: detect\n".encode("utf-16"), "not UTF-8 text"),
        (b"task: det\0ect\n", "not valid YAML"),
        (b"task: det\x1bect\n", "not valid YAML"),
        (b"task: !!python/object/apply:os.system [id]\n", "not valid YAML"),
        (b"task: !!int ''\n", "not valid YAML"),
        (b"task: !!timestamp x\n", "not valid YAML"),
        (b"task: !!bool maybe\n", "not valid YAML"),
        (b"date: 2026-99-99\n", "not valid YAML"),
        (b"stride: " + b"9" * 5_000, "`task` must be text"),
        (b"names: *nothing\n", "not valid YAML"),
        (b"[" * 200_000, "nested more than"),
        (b"{a: " * 200_000, "nested more than"),
        (b"- " * 200_000 + b"a", "nested more than"),
        (b"? " * 200_000 + b"a", "nested more than"),
        (b'task: detect\nnames: ["\\uD800"]\n', "metadata.yaml"),
        (b"x" * (MAX_FILE_BYTES + 1), "more than 8 MiB"),
        (b"\xc3\xa4" * (MAX_FILE_BYTES // 2) + b"a", "more than 8 MiB"),
    ],
)
def test_reader_rejects_content_that_is_not_a_yaml_mapping(tmp_path: Path, content: bytes, said: str) -> None:
    """Not UTF-8, too deep, too large: one clear line, and no crash of the C library."""
    if content.startswith(b"stride: "):  # Python's limit for digits or ours, whichever comes first
        assert said_of(tmp_path, content)
    else:
        assert said in said_of(tmp_path, content)


def test_reader_rejects_exponential_aliases(tmp_path: Path) -> None:
    """Ten levels of ten aliases each would expand to ten billion values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 11)]
    assert "more than 100000 values" in said_of(tmp_path, "\n".join([*lines, "task: detect", "names: *a10"]))
    assert "the name of class 0" in said_of(tmp_path, "task: detect\nnames: &a [*a]")
    size = read(tmp_path, "task: detect\nnames: [a]\nimgsz: &size [32, 64]\nargs: {imgsz: *size}").imgsz
    assert size == (32, 64)


def test_reader_works_without_libyaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML's Python loader is the fallback."""
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert read(tmp_path, ULTRALYTICS).class_names == ("gull", "no", "red, round")
    assert "occurs twice" in said_of(tmp_path, "task: a\ntask: b")
    assert "nested more than" in said_of(tmp_path, "[" * 5_000)
    assert "is not Unicode" in said_of(tmp_path, 'task: detect\nnames: ["\\uD800"]')


def test_reader_rejects_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_metadata(tmp_path / "metadata.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        read_metadata(tmp_path)


def test_reader_skips_a_byte_order_mark(tmp_path: Path) -> None:
    """Editors on Windows add one."""
    assert read(tmp_path, b"\xef\xbb\xbf" + ULTRALYTICS.encode()).task == "detect"
    assert read(tmp_path, ULTRALYTICS.replace("\n", "\r\n")).imgsz == (480, 640)


def test_reader_reads_scale_and_zero_point_of_int8_inputs_and_outputs(tmp_path: Path) -> None:
    """Null means float32."""
    said = {"scale": 0.5, "zero_point": -3}
    given = {"schema": 1, "input": {"int8": said}, "output": {"int8": [None, said]}}
    recorded = read(tmp_path, SMALLEST | {"edgegen": given})
    assert (recorded.input_steps, recorded.output_steps) == (Steps(0.5, -3), (None, Steps(0.5, -3)))
    plain = read(tmp_path, SMALLEST | {"edgegen": {"schema": 1}})
    assert (plain.input_steps, plain.output_steps) == (None, None)


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ({"input": {"int8": 5}}, "`edgegen.input.int8` must be a mapping; it is 5"),
        ({"input": {"int8": {"scale": 0, "zero_point": 0}}}, "`edgegen.input.int8.scale` must be a positive"),
        (
            {"input": {"int8": {"scale": 1, "zero_point": 200}}},
            "int8.zero_point` must be an integer from -128",
        ),
        ({"output": {"int8": {}}}, "`edgegen.output.int8` must be a list"),
        ({"output": {"int8": [None, {"scale": 1}]}}, "`edgegen.output.int8.1.zero_point` must be an integer"),
    ],
)
def test_reader_rejects_invalid_int8_parameters(tmp_path: Path, recorded: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        read(tmp_path, SMALLEST | {"edgegen": {"schema": 1} | recorded})


def test_reader_removes_folders_from_license_and_description(tmp_path: Path) -> None:
    """`inspect` prints them."""
    metadata = read(
        tmp_path, SMALLEST | {"license": "/home/someone/LICENSE", "description": "of /home/someone/x.pt"}
    )
    assert (metadata.license, metadata.description) == ("LICENSE", "of x.pt")
