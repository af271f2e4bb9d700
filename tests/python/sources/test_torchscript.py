"""TorchScript archives: what is read from them, what the user must say, and what is never executed."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.base.errors import InputError, UnsupportedModelError, UsageError
from edgegen.model.thresholds import Thresholds
from edgegen.sources.description import Description
from edgegen.sources.identify import identify, open_model
from edgegen.sources.image_classifier import Classifier, Predictor
from edgegen.sources.source import DescribedFile
from edgegen.sources.torchscript.graph import ScriptGraph, read_graph
from edgegen.sources.torchscript.source import SOURCE
from tests.helpers.archives import changed
from tests.helpers.described import opened
from tests.helpers.exported_programs import save_trace, small_classifier
from tests.helpers.trained_weights import FLOWERS


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a traced module of one picture of 64x64 pixels."""
    return save_trace(tmp_path_factory.mktemp("traced") / "flowers.torchscript")


def logits(model: Classifier, side: int = 64) -> Any:
    import torch

    torch.manual_seed(9)
    return model.module("logits")(torch.rand(1, 3, side, side)).detach().numpy()


def expected(side: int = 64) -> Any:
    import torch

    module = small_classifier()
    torch.manual_seed(9)
    return module(torch.rand(1, 3, side, side)).detach().numpy()


def save_module(path: Path, module: Any, *inputs: Any) -> Path:
    import torch

    torch.jit.trace(module.eval(), inputs).save(str(path))  # type: ignore[no-untyped-call]
    return path


def test_archive_is_recognized_under_any_name(saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    shutil.copy(saved, path)
    assert identify(str(path)) == DescribedFile(path, loader=SOURCE.loader)


def test_traced_module_has_its_own_input_size(saved: Path) -> None:
    model = opened(saved)
    assert model.facts.imgsz == (64, 64)
    assert model.facts.class_names == FLOWERS
    np.testing.assert_allclose(logits(model), expected(), atol=1e-6)


@pytest.mark.parametrize("kind", ["script", "freeze"])
def test_module_without_a_traced_input_takes_the_size_of_the_crop(tmp_path: Path, kind: str) -> None:
    import torch

    script: Any = torch.jit.script(small_classifier())
    script = torch.jit.freeze(script) if kind == "freeze" else script
    script.save(str(tmp_path / "x.pt"))
    np.testing.assert_allclose(
        logits(opened(tmp_path / "x.pt", crop=48), 48), expected(48), atol=1e-6, rtol=1e-5
    )
    with pytest.raises(UsageError, match=r"there is no --crop$"):
        opened(tmp_path / "x.pt")


def test_softmax_at_the_end_is_not_applied_twice(tmp_path: Path) -> None:
    import torch

    model = opened(save_trace(tmp_path / "x.pt", torch.nn.Softmax(dim=1)))
    np.testing.assert_allclose(logits(model), expected(), atol=1e-6)
    probabilities = torch.from_numpy(expected()).softmax(1)
    assert model.probabilities is not None
    torch.manual_seed(9)
    torch.testing.assert_close(model.probabilities(torch.rand(1, 3, 64, 64)), probabilities)


def test_predictor_is_torch_jit_on_the_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its probabilities are not those of edgegen's module."""
    import torch

    model = opened(saved)
    spec: Any = type("Spec", (), {"output": type("Output", (), {"contract": "logits"})})
    predictor = Predictor(model, spec)
    monkeypatch.setattr(predictor, "_module", None)
    picture = np.random.default_rng(0).integers(0, 255, (80, 90, 3), dtype=np.uint8)
    from PIL import Image

    tensor = model.transforms(Image.fromarray(picture))[None]
    right = torch.jit.load(saved)(tensor).softmax(1)[0].sort(descending=True)  # type: ignore[no-untyped-call]
    np.testing.assert_allclose(predictor(picture, Thresholds()).scores[:5], right.values.detach(), atol=1e-6)


def test_disagreement_with_torch_jit_is_rejected(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edgegen.sources.torchscript import classifier

    load = classifier.load_jit
    monkeypatch.setattr(classifier, "load_jit", lambda path: lambda x: load(path)(x * 1.01))
    with pytest.raises(UnsupportedModelError, match=r"edgegen and torch disagree about flowers\.torchscript"):
        opened(saved)


@pytest.mark.parametrize("kind", ["log_softmax and exp", "softmax and clone"])
def test_probabilities_of_a_hidden_softmax_are_rejected(tmp_path: Path, kind: str) -> None:
    import torch

    class Hidden(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.log_softmax(1).exp() if kind == "log_softmax and exp" else x.softmax(1).clone()

    with pytest.raises(UnsupportedModelError, match="do not come from a softmax at the end"):
        opened(save_trace(tmp_path / "x.pt", Hidden()))


def test_sigmoid_at_the_end_is_rejected(tmp_path: Path) -> None:
    import torch

    with pytest.raises(UnsupportedModelError, match="several classes at once"):
        opened(save_trace(tmp_path / "x.pt", torch.nn.Sigmoid()))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": ""}, "does not say its task"),
        ({"shorter_side": None}, r"there is no --resize$"),
        ({"crop": 32}, "--crop is 32, and the input of flowers.torchscript is 64"),
    ],
)
def test_missing_or_wrong_option_is_rejected(saved: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        opened(saved, **changes)


def test_architecture_of_a_module_is_rejected(saved: Path) -> None:
    with pytest.raises(InputError, match="is a TorchScript module, which needs no --arch"):
        open_model(saved, Description(architecture="torchvision:resnet18", class_names=FLOWERS))


def test_names_of_another_count_are_rejected(saved: Path) -> None:
    with pytest.raises(InputError, match="has 5 classes, and there are 4 names"):
        opened(saved, class_names=FLOWERS[:4])


def test_input_or_output_that_is_no_classification_is_rejected(tmp_path: Path) -> None:
    import torch
    from torch import nn

    class Two(nn.Module):
        def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return (x + y).mean((2, 3))

    class Pair(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return x.mean((2, 3)), x

    picture = torch.rand(1, 3, 64, 64)
    for name, module, inputs, message in (
        ("grey", nn.Conv2d(1, 5, 3), (torch.rand(1, 1, 64, 64),), r"the input \[1, 1, 64, 64\]"),
        ("half", nn.Flatten(), (picture.half(),), "an input of float16"),
        ("batch", small_classifier(), (torch.rand(4, 3, 64, 64),), "a batch of 4"),
        ("maps", nn.Conv2d(3, 5, 3), (picture,), r"the output \[1, 5, 62, 62\]"),
        ("two", Two(), (picture, picture), r"2 inputs \(two.pt\)"),
        ("pair", Pair(), (picture,), r"2 outputs \(pair.pt\)"),
    ):
        with pytest.raises(UnsupportedModelError, match=message):
            opened(save_module(tmp_path / f"{name}.pt", module, *inputs))


def test_half_precision_of_a_scripted_module_is_rejected(tmp_path: Path) -> None:
    import torch

    torch.jit.script(small_classifier().half()).save(str(tmp_path / "x.pt"))
    with pytest.raises(UnsupportedModelError, match=r"an input of float16 \(x.pt\)"):
        opened(tmp_path / "x.pt", crop=64)


def test_other_device_is_rejected(saved: Path, tmp_path: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"\x03\0\0\0cpu", b"\x06\0\0\0cuda:0") if name == "data.pkl" else content

    with pytest.raises(UnsupportedModelError, match="the device 'cuda:0'"):
        opened(changed(saved, tmp_path / "x.pt", change))


@pytest.mark.parametrize(
    "name",
    ["torchvision:resnet18", "torchvision:mobilenet_v3_small", "torchvision:swin_t", "timm:convnext_atto"],
)
def test_modules_of_libraries_give_their_logits(tmp_path: Path, name: str) -> None:
    import timm
    import torch
    from torchvision import models

    library, _, architecture = name.partition(":")
    torch.manual_seed(2)
    make: Callable[..., Any] = models.get_model if library == "torchvision" else timm.create_model
    model = make(architecture, num_classes=5).eval()
    for parameter in model.parameters():  # heads begin with zeros
        torch.nn.init.normal_(parameter, std=0.05)
    x = torch.rand(1, 3, 224, 224)
    path = save_module(tmp_path / "x.pt", model, x)
    with torch.no_grad():
        right, ours = model(x), opened(path, shorter_side=256).module("logits")(x)
    assert right.std() > 0
    torch.testing.assert_close(ours, right, rtol=1e-4, atol=1e-5)


def test_scripted_module_follows_its_conditions_and_loops(tmp_path: Path) -> None:
    """The size decides which branch is taken, for each size."""
    import torch

    path = tmp_path / "x.pt"

    class Branches(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for place in range(3):
                if x.shape[2] > 40:
                    x = x - place
                if x.shape[2] <= 40:
                    x = x + 2 * place
            return x.mean((2, 3))

    torch.jit.script(Branches().eval()).save(str(path))
    for side in (32, 64):
        x = torch.rand(1, 3, side, side)
        graph = read_graph(path)
        torch.testing.assert_close(graph.module(graph.outputs, (side, side))(x)[0], Branches()(x))


def test_condition_on_the_picture_is_rejected(tmp_path: Path) -> None:
    path = with_body(tmp_path, "if bool(torch.gt(torch.sum(x), 0)):\n  return x\nelse:\n  return x\n")
    with pytest.raises(InputError, match="depends on the picture"):
        opened(path, class_names=FLOWERS[:3])


def test_convolutions_have_the_path_of_their_layer(saved: Path) -> None:
    import torch

    graph = read_graph(saved)
    assert dict(graph.convolutions) == {"0.0": "0.0"}
    x = torch.rand(1, 3, 64, 64)
    (ours,) = graph.module(["0.0"], (64, 64))(x)
    torch.testing.assert_close(ours, small_classifier()[0](x))
    both = graph.module([*graph.outputs, "0.0"], (64, 64))(x)
    torch.testing.assert_close(both[0], small_classifier()(x))


def test_convolution_that_runs_twice_has_two_results(tmp_path: Path) -> None:
    import torch

    class Twice(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Conv2d(3, 3, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layer(self.layer(x))

    graph = read_graph(save_module(tmp_path / "x.pt", Twice(), torch.rand(1, 3, 8, 8)))
    assert list(graph.convolutions) == ["layer", "layer#1"]


def test_module_is_exported_as_plain_operators(saved: Path) -> None:
    import torch

    graph = read_graph(saved)
    program = torch.export.export(graph.module(graph.outputs, (64, 64)), (torch.rand(1, 3, 64, 64),))
    called = {str(node.target) for node in program.graph.nodes if node.op == "call_function"}
    assert "aten.conv2d.default" in called
    assert not {"aten._convolution.default", "aten._assert_async.msg"} & called


RECORD = (
    '{"task": "pose", "names": {"0": "a", "1": "b"}, "imgsz": [64, 64], "stride": 32, "end2end": false,'
    ' "kpt_shape": [17, 3], "args": {"batch": 1, "dynamic": false}}'
)


@pytest.mark.parametrize(
    ("content", "record"),
    [
        (
            RECORD,
            {
                "task": "pose",
                "names": {0: "a", 1: "b"},
                "imgsz": [64, 64],
                "stride": 32,
                "end2end": False,
                "kpt_shape": [17, 3],
                "args": {"batch": 1, "dynamic": False},
            },
        ),
        ('{"shape": [1, 3, 640, 640]}', {}),
        ("[" * 100_000, {}),
        ("no json", {}),
    ],
)
def test_record_has_the_types_of_the_exporter(
    saved: Path, tmp_path: Path, content: str, record: dict[str, Any]
) -> None:
    path = changed(saved, tmp_path / "x.pt", more={"extra/config.txt": content.encode()})
    assert read_graph(path).record == record


def test_dynamic_export_of_ultralytics_takes_any_size(saved: Path, tmp_path: Path) -> None:
    content = RECORD.replace('"dynamic": false', '"dynamic": true').encode()
    graph = read_graph(changed(saved, tmp_path / "x.pt", more={"extra/config.txt": content}))
    assert graph.input_shape == (None, 3, None, None)


# What a file must not do. torch.jit is never called in the tests below.


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

    return save_module(folder / "means.pt", Means(), torch.rand(1, 3, 64, 64))


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


CLASS = "__torch__.tests.python.sources.test_torchscript.Means"


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
def test_archive_that_torch_takes_for_a_flatbuffer_is_rejected(saved: Path, tmp_path: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[4:8] = b"PTMF"
    (tmp_path / "x.pt").write_bytes(content)
    with pytest.raises(InputError, match="does not begin like a zip archive"):
        opened(tmp_path / "x.pt")


@pytest.mark.usefixtures("no_jit")
def test_truncated_archive_is_rejected(saved: Path, tmp_path: Path) -> None:
    content = saved.read_bytes()
    (tmp_path / "x.pt").write_bytes(content[: len(content) // 2] + content[-200:])
    with pytest.raises(InputError):
        opened(tmp_path / "x.pt")


def test_module_that_changes_its_weights_is_rejected(tmp_path: Path) -> None:
    path = with_body(tmp_path, "_0 = torch.add_(self.weight, 1)\nreturn torch.mean(torch.mul(x, 1), [2, 3])")
    with pytest.raises(UnsupportedModelError, match="changes its own weights"):
        opened(path, class_names=FLOWERS[:3])


@pytest.mark.parametrize("values", [(7, 3), (-7, 3), (7, -2), (2.5, 2), (3, 0.5), (9, -0.5)])
def test_arithmetic_on_numbers_is_that_of_tensors(values: tuple[float, float]) -> None:
    import torch

    from edgegen.sources.torchscript import operators

    tensors = [torch.tensor(value, dtype=torch.float64) for value in values]
    for name in ("add", "sub", "rsub", "mul", "div", "floor_divide", "remainder", "lt", "le", "eq", "ne"):
        ours = operators.call(f"torch.{name}", list(values), {})
        right = getattr(torch.ops.aten, name)(*tensors).item()
        assert ours == pytest.approx(right), name
    assert operators.call("torch.pow", [9, -0.5], {}) == pytest.approx(1 / 3)
    for mode in ("trunc", "floor"):
        ours = operators.call("torch.div", list(values), {"rounding_mode": mode})
        assert ours == torch.div(*tensors, rounding_mode=mode).item()


def test_every_listed_operator_exists() -> None:
    import torch

    from edgegen.sources.torchscript import operators

    for name in operators._MORE:
        packet, _, overload = name.partition(".")
        assert getattr(getattr(torch.ops.aten, packet), overload)
    for name in ("save", "from_file", "set_", "as_strided_", "resize_", "load", "_cast_Byte"):
        assert not operators.is_known(f"torch.{name}")


def test_graph_has_the_interface_of_a_graph(saved: Path) -> None:
    graph = read_graph(saved)
    assert isinstance(graph, ScriptGraph)
    assert (graph.input_shape, graph.input_dtype) == ((1, 3, 64, 64), "float32")
    assert (graph.outputs, graph.record, graph.path) == (("output",), {}, saved)
