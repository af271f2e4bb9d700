"""The signature of a `.pte`, compared with the wheel's own reader; and rejection of damaged files."""

import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import flatbuffers
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edgegen.artifacts import pte
from edgegen.artifacts.pte import SCHEMA_VERSION, Delegate, Operator, Value, read_pte
from edgegen.base.errors import InputError
from edgegen.base.files import file_sha256
from tests.helpers import tiny_programs
from tests.helpers.once import Once
from tests.helpers.support import PATIENCE

SIZE = (1, 3, tiny_programs.HEIGHT, tiny_programs.WIDTH)


@pytest.fixture(scope="module")
def programs(once: Once) -> Path:
    """Return the folder of the tiny programs."""
    return once("tiny_programs", tiny_programs.make_programs)


def said_of(path: Path) -> str:
    """Return the message of the InputError for this file."""
    with pytest.raises(InputError) as caught:
        read_pte(path)
    assert str(path) in caught.value.message
    return caught.value.message


def written(folder: Path, content: bytes) -> Path:
    """Return a file with this content."""
    path = folder / "x.pte"
    path.write_bytes(content)
    return path


@pytest.mark.full
def test_signature_has_inputs_outputs_operators_and_backends(programs: Path) -> None:
    """Operators are the calls outside delegates, with their overloads."""
    program = read_pte(programs / "raw.pte")
    assert not program.external_data
    assert 0 < program.segment_bytes < (programs / "raw.pte").stat().st_size - program.program_bytes
    assert sorted(method.name for method in program.methods) == ["add", "forward", "sizes"]
    forward = program.method("forward")
    assert forward is not None
    assert forward.inputs == (Value("tensor", "float32", SIZE),)
    assert [value.shape for value in forward.outputs[:3]] == [(1, 16, 8, 12), (1, 3, 8, 12), (1, 16, 4, 6)]
    assert forward.operators == (Operator("aten::upsample_nearest2d.vec_out", 1),)
    assert forward.delegates == (Delegate("XnnpackBackend", 2),)


@pytest.mark.full
def test_signature_of_a_method_with_integers_and_portable_operators(programs: Path) -> None:
    program = read_pte(programs / "raw.pte")
    sizes, add = program.method("sizes"), program.method("add")
    assert sizes is not None
    assert add is not None
    assert sizes.outputs == (Value("int", number=64), Value("int", number=96))
    assert [str(value) for value in add.inputs] == ["float32 [2, 4]", "int64 [3]"]
    assert add.delegates == ()
    assert add.operators[:2] == (Operator("aten::cumsum.out", 2), Operator("aten::add.out", 1))
    assert program.method("missing") is None


@pytest.mark.full
def test_signature_reports_external_weights(programs: Path) -> None:
    """A `.pte` with a separate `.ptd`."""
    assert read_pte(programs / "external.pte").external_data
    assert not read_pte(programs / "decoded.pte").external_data


@pytest.mark.full
@pytest.mark.parametrize("name", ["raw.pte", "decoded.pte", "external.pte"])
def test_signature_equals_that_of_executorchs_deserializer(programs: Path, name: str) -> None:
    """Compares methods, values, calls and delegates."""
    from executorch.exir._serialize._program import deserialize_pte_binary
    from executorch.exir.schema import KernelCall, Tensor

    theirs = deserialize_pte_binary((programs / name).read_bytes()).program
    ours = read_pte(programs / name)
    assert [method.name for method in ours.methods] == [plan.name for plan in theirs.execution_plan]
    assert theirs.version == SCHEMA_VERSION
    for method, plan in zip(ours.methods, theirs.execution_plan, strict=True):
        for values, indices in ((method.inputs, plan.inputs), (method.outputs, plan.outputs)):
            expected = [plan.values[i].val for i in indices]
            assert [value.kind == "tensor" for value in values] == [isinstance(v, Tensor) for v in expected]
            for value, tensor in zip(values, expected, strict=True):
                if isinstance(tensor, Tensor):
                    assert value.shape == tuple(tensor.sizes)
                    assert {"float32": "FLOAT", "int64": "LONG"}[value.dtype] == tensor.scalar_type.name
                    assert value.dynamic == bool(tensor.shape_dynamism)
        calls = [
            plan.operators[instruction.instr_args.op_index]
            for chain in plan.chains
            for instruction in chain.instructions
            if isinstance(instruction.instr_args, KernelCall)
        ]
        names = sorted(f"{operator.name}.{operator.overload}" for operator in calls)
        assert sorted(o.name for o in method.operators for _ in range(o.count)) == names
        assert sum(each.count for each in method.delegates) == len(plan.delegates)


def schema_files() -> dict[str, str]:
    """Return the wheel's two schema files without their comments, found without importing executorch."""
    import importlib.util

    spec = importlib.util.find_spec("executorch")
    assert spec is not None
    folder = Path(next(iter(spec.submodule_search_locations or []))) / "exir" / "_serialize"
    return {
        name: re.sub(r"//.*", "", (folder / name).read_text()) for name in ("program.fbs", "scalar_type.fbs")
    }


@pytest.mark.parametrize(
    ("table", "ours"),
    [
        ("Program", pte.PROGRAM),
        ("ExecutionPlan", pte.PLAN),
        ("Chain", pte.CHAIN),
        ("Instruction", pte.INSTRUCTION),
        ("KernelCall", pte.KERNEL_CALL),
        ("Operator", pte.OPERATOR),
        ("BackendDelegate", pte.BACKEND_DELEGATE),
        ("EValue", pte.EVALUE),
        ("Tensor", pte.TENSOR),
        ("ExtraTensorInfo", pte.EXTRA_TENSOR_INFO),
        ("DataSegment", pte.DATA_SEGMENT),
        ("Buffer", pte.BUFFER),
        ("BackendDelegateInlineData", pte.BACKEND_DELEGATE_INLINE_DATA),
    ],
)
def test_field_numbers_equal_the_schema_of_the_wheel(table: str, ours: dict[str, int]) -> None:
    schema = schema_files()["program.fbs"]
    body = re.search(rf"table {table} {{(.*?)}}", schema, re.DOTALL)
    assert body is not None
    fields: list[str] = []
    for name, kind in re.findall(r"(\w+)\s*:\s*([\[\]\w]+)", body[1]):
        fields += [f"{name}_type", name] if kind in {"KernelTypes", "InstructionArguments"} else [name]
    assert ours == {name: fields.index(name) for name in ours}


def test_enumerations_equal_the_schema_of_the_wheel() -> None:
    """Union members, locations, scalar types and the file identifier."""
    files = schema_files()
    schema = files["program.fbs"]
    assert f'file_identifier "{pte.IDENTIFIER.decode()}"' in schema
    kinds = re.search(r"union KernelTypes {(.*?)}", schema, re.DOTALL)
    calls = re.search(r"union InstructionArguments {(.*?)}", schema, re.DOTALL)
    assert kinds is not None
    assert calls is not None
    members = re.findall(r"\w+", kinds[1])
    assert members.index("Tensor") + 1 == pte.TENSOR_TYPE
    assert len(members) + 1 == len(pte.VALUE_KINDS)
    words = [name.replace(" ", "") for name in pte.VALUE_KINDS[2:]]
    assert [
        member.lower().replace("null", "none").replace("double", "float") for member in members[1:]
    ] == words
    assert re.findall(r"\w+", calls[1]).index("KernelCall") + 1 == pte.KERNEL_CALL_TYPE
    assert f"EXTERNAL = {pte.EXTERNAL}" in schema
    numbers = {int(number) for number in re.findall(r"= (\d+),", files["scalar_type.fbs"])}
    assert set(pte.SCALAR_TYPES) == numbers


@pytest.mark.full
def test_reading_a_pte_imports_no_torch_numpy_or_executorch(programs: Path) -> None:
    """And executorch can still be imported afterwards."""
    code = f"""
import sys
from pathlib import Path
from edgegen.artifacts.pte import read_pte
read_pte(Path({str(programs / "decoded.pte")!r}))
loaded = {{name.partition(".")[0] for name in sys.modules}}
assert not loaded & {{"torch", "numpy", "executorch", "flatbuffers", "yaml"}}, loaded
import executorch.exir._serialize
assert executorch.exir._serialize.__file__
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"x", "looks like text"),
        (b"names:\n  0: person\n", "looks like text"),
        (b"\0" * 100, "not a .pte file"),
        (b"PK\x03\x04" + b"\0" * 100, "zip archive"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
        (b"\x30\0\0\0ET11" + b"\0" * 100, "of another version: its format is ET11, not ET12"),
        (b"\x30\0\0\0ET13" + b"\0" * 100, "of another version"),
        (b"\x30\0\0\0ET12", "cut short"),
        (b"\x30\0\0\0ET12eh00" + b"\0" * 20, "cut short"),
        (b"\x30\0\0\0ET12" + b"\0" * 100, "damaged"),
        (b"\xff\xff\xff\xffET12" + b"\xff" * 100, "damaged"),
    ],
)
def test_file_other_than_a_whole_pte_is_rejected_with_the_reason(
    tmp_path: Path, content: bytes, said: str
) -> None:
    """The message names the kind of file, if known."""
    assert said in said_of(written(tmp_path, content))


def test_path_other_than_a_file_is_rejected_with_the_reason(tmp_path: Path) -> None:
    """A missing file, a folder, a device, an impossible path."""
    assert "does not exist" in said_of(tmp_path / "missing.pte")
    assert "is a folder" in said_of(tmp_path)
    assert "is a device or a pipe" in said_of(Path("/dev/null"))
    with pytest.raises(InputError, match="cannot be read"):
        read_pte(tmp_path / ("x" * 5_000))
    with pytest.raises(InputError, match=r"cannot be read|does not exist"):
        read_pte(Path("a\0b"))


@pytest.mark.full
def test_truncated_pte_is_rejected_at_any_length(programs: Path, tmp_path: Path) -> None:
    """Also if only the last byte of the weights is missing."""
    whole = (programs / "decoded.pte").read_bytes()
    for length in [*range(200), *range(200, len(whole), 97), len(whole) // 2, len(whole) - 1]:
        said = said_of(written(tmp_path, whole[:length]))
        assert length < 48 or "cut short" in said, length


@pytest.mark.full
def test_truncation_is_found_without_a_segment_size_in_the_header(programs: Path, tmp_path: Path) -> None:
    """The sizes of the segments show whether the file is complete."""
    whole = bytearray((programs / "decoded.pte").read_bytes())
    struct.pack_into("<I", whole, 12, 24)  # the header of older versions ends before the segments' size,
    struct.pack_into("<Q", whole, 32, 2**64 - 1)  # whose place may hold anything then
    assert read_pte(written(tmp_path, bytes(whole))) == read_pte(programs / "decoded.pte")
    assert "cut short" in said_of(written(tmp_path, bytes(whole[:-200])))


def test_pte_of_another_schema_version_is_rejected(tmp_path: Path) -> None:
    builder = flatbuffers.Builder(0)
    builder.StartObject(8)
    builder.PrependUint32Slot(pte.PROGRAM["version"], 7, 0)
    builder.Finish(builder.EndObject(), file_identifier=b"ET12")
    content = bytes(builder.Output()).ljust(64, b"\0")
    assert "its schema is 7, not 0" in said_of(written(tmp_path, content))


def built(
    plans: int = 1,
    instructions: int = 1,
    *,
    operator: int | None = None,
    name: str = "forward",
    weights: int = 0,
    inputs: tuple[int, ...] = (),
) -> bytes:
    """Return a program whose plans all share one chain: reading it takes plans * instructions steps.

    Each instruction calls that operator, of which there is one, or is empty. The weights, as many bytes, are
    inside the flatbuffer, as in older files.
    """
    builder: Any = flatbuffers.Builder(0)

    def vector(items: list[int]) -> int:
        builder.StartVector(4, len(items), 4)
        for item in items:
            builder.PrependUOffsetTRelative(item)
        return int(builder.EndVector())

    def table(slots: dict[int, int]) -> int:
        builder.StartObject(10)
        for slot, offset in slots.items():
            builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
        return int(builder.EndObject())

    storage = builder.CreateByteVector(b"w" * weights)
    buffers = vector([table({pte.BUFFER["storage"]: storage})])
    text = builder.CreateString(name)
    operators = vector([table({pte.OPERATOR["name"]: text})])
    builder.StartObject(2)
    builder.PrependInt32Slot(pte.KERNEL_CALL["op_index"], operator or 0, 0)
    call = builder.EndObject()
    builder.StartObject(2)
    if operator is not None:
        builder.PrependUint8Slot(pte.INSTRUCTION["instr_args_type"], pte.KERNEL_CALL_TYPE, 0)
        builder.PrependUOffsetTRelativeSlot(pte.INSTRUCTION["instr_args"], call, 0)
    instruction = builder.EndObject()
    chain = table({pte.CHAIN["instructions"]: vector([instruction] * instructions)})
    fields = {
        pte.PLAN["name"]: text,
        pte.PLAN["chains"]: vector([chain]),
        pte.PLAN["operators"]: operators,
    }
    builder.StartVector(4, len(inputs), 4)
    for index in reversed(inputs):
        builder.PrependInt32(index)
    fields[pte.PLAN["inputs"]] = builder.EndVector()
    plan_list = vector([table(fields)] * plans)
    root = table({pte.PROGRAM["execution_plan"]: plan_list, pte.PROGRAM["constant_buffer"]: buffers})
    builder.Finish(root, file_identifier=b"ET12")
    return bytes(builder.Output())


def test_pte_with_an_invalid_operator_index_is_rejected(tmp_path: Path) -> None:
    methods = read_pte(written(tmp_path, built(operator=0))).methods
    assert methods[0].operators == (Operator("forward", 1),)
    for index in (1, -1, 2**31 - 1):
        assert f"calls operator {index} of 1" in said_of(written(tmp_path, built(operator=index)))


@pytest.mark.parametrize("index", [0, 5, -1, 2**31 - 1])
def test_pte_with_an_invalid_input_index_is_rejected(tmp_path: Path, index: int) -> None:
    """The program has no values."""
    assert f"item {index} of 0" in said_of(written(tmp_path, built(inputs=(index,))))


def test_truncated_weights_inside_the_flatbuffer_are_rejected(tmp_path: Path) -> None:
    """Older files have no segments."""
    whole = built(weights=1_000)
    assert read_pte(written(tmp_path, whole)).segments == 0
    assert "a list of 1000 items" in said_of(written(tmp_path, whole[:-100]))


def test_pte_with_a_long_or_undecodable_name_is_rejected(tmp_path: Path) -> None:
    assert read_pte(written(tmp_path, built(name="\u00e9"))).methods[0].name == "\u00e9"
    assert "a name of 1001 bytes" in said_of(written(tmp_path, built(name="x" * 1_001)))
    broken = built(name="forward").replace(b"forward", b"f\xffrward")
    assert "a name that is not UTF-8" in said_of(written(tmp_path, broken))


def test_pte_with_repeated_plans_is_rejected_early(tmp_path: Path) -> None:
    """A few kilobytes would need millions of steps; the number of steps is limited."""
    assert len(read_pte(written(tmp_path, built(3, 10))).methods) == 3
    content = built(3_000, 3_000)
    assert len(content) < 30_000
    assert "repeats without end" in said_of(written(tmp_path, content))


def read_or_refuse(path: Path) -> None:
    """Read the file; fail on any result other than a signature or an InputError."""
    try:
        program = read_pte(path)
    except InputError as error:
        error.message.encode()
    else:
        assert program.methods


QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
fuzz = settings(max_examples=400, deadline=None, suppress_health_check=QUIET)


@fuzz
@given(st.binary(max_size=400), st.booleans(), st.booleans())
@example(b"\x08\0\0\0" * 100, True, False)
def test_random_bytes_as_pte_are_read_or_rejected(
    tmp_path: Path, content: bytes, identified: bool, headed: bool
) -> None:
    """Also after a valid identifier and a valid header."""
    if headed:
        content = struct.pack("<4sI3Q", b"eh00", 32, 40 + len(content), 0, 0) + content
    if identified:
        content = content[:4].ljust(4, b"\0") + b"ET12" + content[4 if not headed else 0 :]
    read_or_refuse(written(tmp_path, content))


@pytest.mark.full
@fuzz
@given(st.data())
def test_damaged_pte_is_read_or_rejected(programs: Path, tmp_path: Path, data: st.DataObject) -> None:
    """A few bytes of the flatbuffer are overwritten."""
    whole = bytearray((programs / "raw.pte").read_bytes())
    end = read_pte(programs / "raw.pte").program_bytes
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, end - 4))
        value = data.draw(
            st.sampled_from([0, 1, 4, 0x7F, 0xFF, 0x80, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
        )
        struct.pack_into("<I", whole, position, value)
    read_or_refuse(written(tmp_path, bytes(whole)))


def test_file_sha256_of_a_known_content_and_of_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert file_sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    with pytest.raises(InputError):
        file_sha256(tmp_path / "missing")
