"""TorchScript archives are untrusted: what a file must not do is rejected before torch loads it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegen.base.errors import InputError, UnsupportedModelError
from tests.helpers.archives import changed
from tests.helpers.described import opened
from tests.helpers.exported_programs import trace_module
from tests.helpers.trained_weights import FLOWERS


@pytest.fixture
def no_jit(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def load(*_: Any, **__: Any) -> None:
        raise AssertionError("torch.jit.load was called")

    monkeypatch.setattr(torch.jit, "load", load)


class Means(__import__("torch").nn.Module):  # type: ignore[misc]
    """Means of the channels, with a weight."""

    def __init__(self) -> None:
        import torch

        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(3))

    def forward(self, x: Any) -> Any:
        return x.mean((2, 3)) * self.weight


def means(folder: Path) -> Path:
    import torch

    return trace_module(folder / "means.pt", Means(), torch.rand(1, 3, 64, 64))


def with_code(folder: Path, change: Callable[[str], str]) -> Path:
    def edit(name: str, content: bytes) -> bytes:
        return change(content.decode()).encode() if name.endswith(".py") else content

    return changed(means(folder), folder / "x.pt", edit)


def with_body(folder: Path, body: str) -> Path:
    """Return a module whose forward has another body."""
    text = "".join(f"    {line}\n" for line in body.splitlines())
    return with_code(
        folder, lambda code: re.sub(r"(-> Tensor:\n).*", lambda m: m[1] + text, code, flags=re.DOTALL)
    )


@pytest.mark.usefixtures("no_jit")
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('torch.save(x, "ran")\nreturn x', "the operator 'torch.save'"),
        ('_0 = torch.save\n_0(x, "ran")\nreturn x', "`torch.save`"),
        ('(x).save("ran")\nreturn x', "the method 'save'"),
        ('return torch.from_file("ran", True, 9)', "the operator 'torch.from_file'"),
        ('return ops.aten.from_file("ran", True, 9)', "the operator 'ops.aten.from_file'"),
        ("return ops.prim.PythonOp(x)", "the operator 'ops.prim.PythonOp'"),
        ("return ops.other.run(x)", "the operator 'ops.other.run'"),
        ("return torch.empty_strided([9], [1])", "the operator 'torch.empty_strided'"),
        ("return torch.as_strided_(x, [9], [1], 0)", "the operator 'torch.as_strided_'"),
        ("return torch.set_(x, x)", "the operator 'torch.set_'"),
        ('print("ran")\nreturn x', r"`print\("),
        ("_0 = fork(self)\nreturn x", r"`fork\("),
        ("return getattr(torch, 'save')(x, 'ran')", "in the code of x.pt"),
        ("return unchecked_cast(__torch__.Other, self)", "unchecked_cast"),
        ("return __torch__.torch.classes.a.B(x)", "`__torch__.torch.classes.a`"),
        ("while True:\n  pass\nreturn x", "While in the code"),
        ("return (lambda: x)()", "in the code"),
        ('return f"{x}"', "in the code"),
        ("x.y = x\nreturn x", "in the code"),
        ("(x.y, z) = [x, x]\nreturn x", "in the code"),
        ("torch = x\nreturn x", "`torch`"),
        ("import os\nreturn x", "Import in the code"),
        ("return x # type: (int) -> int", "is damaged"),
        ('return """x"""', "is damaged"),
        ("return '\\x41'", "is damaged"),
        ("return \u017f", "is damaged"),
        (f"return {'[' * 150}{']' * 150}", "is damaged"),
        (f"return {'-' * 3000}1", "is damaged"),
    ],
)  # fmt: skip
def test_code_with_anything_else_is_rejected_before_torch_loads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        opened(with_body(tmp_path, body), class_names=FLOWERS[:3])
    assert not (tmp_path / "ran").exists()


@pytest.mark.usefixtures("no_jit")
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return (self).forward(x)", "recursion"),
        ("for _0 in range(9999):\n  for _1 in range(9999):\n    pass\nreturn x", "does not end"),
        ("for _0 in range(99999999):\n  pass\nreturn x", "a loop over something else"),
        ("_0 = torch.pow(9, 999999999)\nreturn x", "more than 64 bits"),
        ("_0 = torch.mul([0], 9999999)\nreturn x", "something else than numbers"),
        ('_0 = torch.mul("a", 9999999)\nreturn x', "something else than numbers"),
        ("return torch.empty([9])", "the operator empty, which"),
        ("return self", "something else than a float32 tensor"),
        ("return torch.relu(self)", "does not run on a picture"),
        ("_0 = [1][5]\nreturn x", "does not run on a picture"),
        ('_0 = torch.device("cuda:1")\nreturn x', "the device 'cuda:1'"),
        ("return torch.mean(x, names=[2])", "does not run on a picture"),
    ],
)  # fmt: skip
def test_code_that_cannot_run_is_rejected_before_torch_runs_it(
    tmp_path: Path, body: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        opened(with_body(tmp_path, body), class_names=FLOWERS[:3])


def test_condition_on_the_picture_is_rejected(tmp_path: Path) -> None:
    path = with_body(tmp_path, "if bool(torch.gt(torch.sum(x), 0)):\n  return x\nelse:\n  return x\n")
    with pytest.raises(InputError, match="depends on the picture"):
        opened(path, class_names=FLOWERS[:3])


def call_operator(code: str) -> str:
    """Define a method with the name of an operator, and call it of a tensor."""
    body = code.replace("(x, ", '((x).save("ran"), ', 1)
    return f"{body}  def save(self: {CLASS}, file: str) -> NoneType:\n    return None\n"


def add_method(code: str) -> str:
    return f"{code}  def __setstate__(self: {CLASS}, state: int) -> NoneType:\n    return None\n"


def other_base(code: str) -> str:
    return code.replace("(Module)", "(Enum)")


def native_attribute(code: str) -> str:
    return code.replace(
        "weight : Tensor", "weight : __torch__.torch.classes.quantized.LinearPackedParamsBase"
    )


def other_attribute(code: str) -> str:
    return code.replace("weight : Tensor", f"weight : {CLASS}")


def second_type(code: str) -> str:
    return code.replace("weight : Tensor", f'weight : Tensor\n  __annotations__["weight"] = {CLASS}')


def more_attributes(code: str) -> str:
    return code.replace("weight : Tensor", "weight : Tensor\n  other : Tensor")


CLASS = "__torch__.tests.python.sources.test_torchscript_safety.Means"


@pytest.mark.usefixtures("no_jit")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (add_method, "the method '__setstate__'"),
        (call_operator, "the method 'save'"),
        (other_base, "the class 'Means' in x.pt: no module"),
        (native_attribute, "the type '__torch__.torch.classes"),
        (other_attribute, "the attribute 'weight' of the type"),
        (second_type, "two definitions of weight"),
        (more_attributes, "er attributes than its class"),
        (lambda code: f"{code}{code}", "two definitions of"),
    ],
)
def test_class_with_anything_else_is_rejected_before_torch_loads_it(
    tmp_path: Path, change: Callable[[str], str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        opened(with_code(tmp_path, change), class_names=FLOWERS[:3])


@pytest.mark.usefixtures("no_jit")
@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (b"ctorch._utils\n_rebuild_tensor_v2", b"cos\nsystem", "the object 'os.system'"),
        (b"ctorch._utils\n_rebuild_tensor_v2", b"cbuiltins\neval", "the object 'builtins.eval'"),
        (b"K\x03tQ", b"M\xe8\x03tQ", "has 12 bytes, not 4000"),  # the size of the storage
        (b"K\x00(K\x03t", b"K\x09(K\x03t", "is damaged"),  # the offset of the tensor
        (b"(K\x01t\x88", b"(K\x09t\x88", "is damaged"),  # its stride
        (b"K\x00(K\x03t", b"K\x00(J\xff\xff\xff\x7ft", "larger than its bytes"),  # its size
        (b"\x89X", b"K\x05X", "the attribute 'training' of the type 'bool'"),
        (b"ub", b"u", "is damaged"),
        (b"\x80\x02", b"\x80\x04", "is damaged"),
        (b"\x80\x02", b"\x80\x02r\xff\xff\xff\x7f", "is damaged"),  # a huge place in the memo
        (b"\x80\x02", b"\x80\x02\x8c\x01a0", "the opcode SHORT_BINUNICODE"),
    ],
)  # fmt: skip
def test_pickle_with_anything_else_is_rejected_before_torch_loads_it(
    tmp_path: Path, before: bytes, after: bytes, message: str
) -> None:
    def edit(name: str, content: bytes) -> bytes:
        if name != "data.pkl":
            return content
        assert before in content
        return content.replace(before, after, 1)

    with pytest.raises(InputError, match=message):
        opened(changed(means(tmp_path), tmp_path / "x.pt", edit), class_names=FLOWERS[:3])


@pytest.mark.usefixtures("no_jit")
@pytest.mark.parametrize(
    ("member", "content", "message"),
    [
        ("CODE/__torch__/a.py", b"", "the member 'CODE/__torch__/a.py'"),
        ("VERSION", b"", "is damaged"),
        ("data.PKL", b"", "are not unique"),
        ("code/__torch__/../a.py", b"", "the member"),
        ("bytecode.pkl", b"", "the member 'bytecode.pkl'"),
        ("code/__torch__/a.py.debug_pkl", b"\x80\x02cos\nsystem\n.", "the object 'os.system'"),
        ("code/__torch__/a.py", b"class A(Module):\n  def forward(self, x):\n    pass\n", "other types"),
        ("code/__torch__/a.py", b"x = 1\n", "Assign in the code"),
        ("byteorder", b"big", "are not unique"),
    ],
)  # fmt: skip
def test_other_member_is_rejected_before_torch_loads_it(
    tmp_path: Path, member: str, content: bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        opened(changed(means(tmp_path), tmp_path / "x.pt", more={member: content}), class_names=FLOWERS[:3])


@pytest.mark.usefixtures("no_jit")
def test_archive_that_torch_takes_for_a_flatbuffer_is_rejected(traced: Path, tmp_path: Path) -> None:
    content = bytearray(traced.read_bytes())
    content[4:8] = b"PTMF"
    (tmp_path / "x.pt").write_bytes(content)
    with pytest.raises(InputError, match="does not begin like a zip archive"):
        opened(tmp_path / "x.pt")


@pytest.mark.usefixtures("no_jit")
def test_truncated_archive_is_rejected(traced: Path, tmp_path: Path) -> None:
    content = traced.read_bytes()
    (tmp_path / "x.pt").write_bytes(content[: len(content) // 2] + content[-200:])
    with pytest.raises(InputError):
        opened(tmp_path / "x.pt")


def test_module_that_changes_its_weights_is_rejected(tmp_path: Path) -> None:
    path = with_body(tmp_path, "_0 = torch.add_(self.weight, 1)\nreturn torch.mean(torch.mul(x, 1), [2, 3])")
    with pytest.raises(UnsupportedModelError, match="changes its own weights"):
        opened(path, class_names=FLOWERS[:3])
