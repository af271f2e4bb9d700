"""Each ONNX operator gives what ONNX Runtime gives, and torch.export traces it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.base.errors import UnsupportedModelError
from edgegen.sources.onnx.graph import read_graph, run_file
from edgegen.sources.onnx.operators import OPERATORS
from tests.helpers.onnx_files import save_operator

SHAPE = (1, 3, 8, 10)


def floats(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def ints(*values: int) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=np.int64)


def scalar(value: float) -> np.ndarray[Any, Any]:
    return np.array(value, dtype=np.float32)


POSITIVE = np.abs(floats(3)) + 0.5
# operator, attributes, its other inputs, opset
CASES: list[tuple[str, dict[str, Any], tuple[Any, ...], int]] = [
    *((kind, {}, (), 17) for kind in ("Abs", "Ceil", "Cos", "Erf", "Exp", "Floor", "Neg", "Reciprocal")),
    *((kind, {}, (), 17) for kind in ("Sigmoid", "Sign", "Sin", "Tanh", "Relu", "Softplus", "HardSwish")),
    *((kind, {}, (), 18) for kind in ("Mish", "Identity", "Dropout", "GlobalAveragePool", "GlobalMaxPool")),
    *((kind, {}, (floats(3, 1, 1),), 17) for kind in ("Add", "Sub", "Mul", "Div", "Max", "Min")),
    *((kind, {}, (scalar(1.5),), 17) for kind in ("Add", "Sub", "Mul", "Div")),
    ("Pow", {}, (scalar(2.0),), 17),
    ("MatMul", {}, (floats(10, 4),), 17),
    ("Elu", {"alpha": 0.7}, (), 17),
    ("LeakyRelu", {"alpha": 0.2}, (), 17),
    ("LeakyRelu", {}, (), 17),
    ("HardSigmoid", {}, (), 17),
    ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}, (), 17),
    ("Gelu", {}, (), 20),
    ("Gelu", {"approximate": "tanh"}, (), 20),
    ("PRelu", {}, (floats(3, 1, 1),), 17),
    ("PRelu", {}, (floats(10),), 17),
    ("PRelu", {}, (scalar(0.3),), 17),
    ("Max", {}, (scalar(0.5), floats(8, 1)), 17),
    ("Min", {}, (scalar(0.5),), 17),
    ("Clip", {}, (scalar(-0.5), scalar(0.7)), 17),
    ("Clip", {}, (None, scalar(0.7)), 17),
    ("Softmax", {}, (), 17),
    ("Softmax", {"axis": 1}, (), 13),
    ("Softmax", {"axis": 3}, (), 11),
    ("LogSoftmax", {"axis": 1}, (), 17),
    ("ReduceMean", {"axes": [2, 3], "keepdims": 0}, (), 13),
    ("ReduceMean", {}, (ints(2, 3),), 18),
    ("ReduceMean", {}, (), 18),
    ("ReduceMean", {"noop_with_empty_axes": 1}, (), 18),
    ("ReduceSum", {"keepdims": 1}, (ints(1),), 17),
    ("ReduceMax", {"axes": [1]}, (), 17),
    ("ReduceMin", {"axes": [-1]}, (), 17),
    ("Flatten", {"axis": 2}, (), 17),
    ("Flatten", {"axis": -1}, (), 17),
    ("Reshape", {}, (ints(0, -1, 5),), 17),
    ("Transpose", {"perm": [0, 2, 3, 1]}, (), 17),
    ("Transpose", {}, (), 17),
    ("Concat", {"axis": 1}, (floats(1, 2, 8, 10),), 17),
    ("Split", {"axis": 3}, (ints(4, 6),), 17),
    ("Split", {"axis": 2, "split": [3, 5]}, (), 11),
    ("Split", {"axis": 3, "num_outputs": 2}, (), 18),
    ("Slice", {}, (ints(1, 2), ints(6, 9), ints(2, 3), ints(2, 1)), 17),
    ("Slice", {}, (ints(-5), ints(2**31), ints(-1)), 17),
    ("Squeeze", {}, (ints(0),), 17),
    ("Squeeze", {"axes": [0]}, (), 11),
    ("Unsqueeze", {}, (ints(0, 3),), 17),
    ("Unsqueeze", {"axes": [-1]}, (), 11),
    ("Expand", {}, (ints(2, 1, 8, 1),), 17),
    ("Gather", {"axis": 3}, (ints(4, 1, -2),), 17),
    ("Gather", {"axis": 2}, (np.array(5, dtype=np.int64),), 17),
    ("Gather", {"axis": 1}, (np.array([[0, 2], [1, 1]], dtype=np.int64),), 17),
    ("Conv", {"pads": [1, 1, 1, 1], "strides": [2, 1]}, (floats(6, 3, 3, 3), floats(6)), 17),
    ("Conv", {"pads": [0, 1, 2, 1], "dilations": [1, 2]}, (floats(6, 3, 3, 3),), 17),
    ("Conv", {"auto_pad": "SAME_UPPER", "strides": [3, 2], "group": 3}, (floats(6, 1, 4, 3),), 17),
    ("Conv", {"auto_pad": "SAME_LOWER", "strides": [3, 2]}, (floats(6, 3, 4, 3),), 17),
    ("ConvTranspose", {"strides": [2, 2], "output_padding": [1, 0]}, (floats(3, 4, 3, 2), floats(4)), 17),
    ("MaxPool", {"kernel_shape": [3, 2], "strides": [2, 2], "ceil_mode": 1}, (), 17),
    ("MaxPool", {"kernel_shape": [3, 3], "pads": [1, 0, 0, 1]}, (), 17),
    ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2]}, (), 17),
    ("AveragePool", {"kernel_shape": [2, 3], "pads": [1, 0, 0, 1], "count_include_pad": 1}, (), 17),
    ("BatchNormalization", {"epsilon": 0.01}, (floats(3), floats(3), floats(3), POSITIVE), 17),
    ("LayerNormalization", {"axis": -2, "epsilon": 0.01}, (floats(8, 10), floats(8, 10)), 17),
    ("LayerNormalization", {}, (floats(10),), 17),
    ("LayerNormalization", {}, (floats(1),), 17),
    ("InstanceNormalization", {"epsilon": 0.01}, (floats(3), floats(3)), 17),
    ("Attention", {}, (floats(1, 3, 6, 10), floats(1, 3, 6, 4)), 23),
    ("Attention", {"scale": 0.2}, (floats(1, 3, 6, 10), floats(1, 3, 6, 4), floats(8, 6)), 23),
    ("Pad", {}, (ints(0, 0, 1, 2, 0, 0, 0, 3), scalar(0.5)), 17),
    ("Pad", {"mode": "reflect"}, (ints(0, 0, 1, 2, 0, 0, 0, 3),), 17),
    ("Pad", {"mode": "edge"}, (ints(1, 2), None, ints(3)), 18),
    ("Resize", {"mode": "linear"}, (None, np.array([1, 1, 2, 1.5], dtype=np.float32)), 17),
    (
        "Resize",
        {"mode": "linear", "coordinate_transformation_mode": "align_corners"},
        (None, None, ints(1, 3, 12, 7)),
        17,
    ),
    ("Resize", {"mode": "nearest"}, (None, np.array([1, 1, 2, 2], dtype=np.float32)), 17),
    (
        "Resize",
        {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
        (None, None, ints(1, 3, 24, 30)),
        13,
    ),
]


def difference(path: Path) -> float:
    """Return the largest difference between the module and ONNX Runtime, which the traced module has too."""
    import torch

    graph = read_graph(path)
    picture = torch.from_numpy(floats(*SHAPE))
    module = graph.module(graph.outputs, SHAPE[2:])
    with torch.inference_mode():
        ours = module(picture)
    traced = torch.export.export(module, (picture,)).module()(picture)
    theirs = run_file(path)(picture.numpy())
    assert [tuple(each.shape) for each in ours] == [each.shape for each in theirs]
    assert all(torch.equal(one, two) for one, two in zip(ours, traced, strict=True))
    assert all(np.isfinite(each).all() for each in theirs)
    return max(float(np.abs(one.numpy() - two).max()) for one, two in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(("kind", "attributes", "constants", "opset"), CASES)
def test_operator_equals_onnx_runtime(
    tmp_path: Path, kind: str, attributes: dict[str, Any], constants: tuple[Any, ...], opset: int
) -> None:
    outputs = 2 if kind == "Split" else 1
    path = save_operator(tmp_path / "x.onnx", kind, attributes, *constants, opset=opset, outputs=outputs)
    assert difference(path) < 1e-5


@pytest.mark.parametrize(
    ("kind", "attributes", "constants", "message"),
    [
        ("Resize", {}, (None, np.array([1, 1, 2.05, 2.05], dtype=np.float32)), "a scale of 2.05"),
        ("Resize", {"mode": "linear"}, (None, np.array([1, 1, 1.3, 1], dtype=np.float32)), "a scale of 1.3"),
        ("Resize", {"mode": "linear"}, (None, None, ints(1, 3, 1, 5)), r"a size of \[1, 5\]"),
        ("Resize", {"mode": "cubic"}, (None, None, ints(1, 3, 16, 20)), "the mode cubic"),
        ("MaxPool", {"kernel_shape": [2, 2], "pads": [0, 0, 1, 1], "ceil_mode": 1}, (), "ceil_mode and pads"),
        ("Attention", {"is_causal": 1}, (floats(1, 3, 8, 10), floats(1, 3, 8, 10)), "softcap, is_causal"),
        ("Attention", {}, (*(floats(1, 3, 8, 10),) * 2, None, *(floats(1, 3, 4, 10),) * 2), "softcap"),
        ("Slice", {}, (ints(-1), ints(-9), ints(2), ints(-1)), r"steps \[-1\]"),
    ],
)
def test_use_of_an_operator_that_is_not_known_is_rejected(
    tmp_path: Path, kind: str, attributes: dict[str, Any], constants: tuple[Any, ...], message: str
) -> None:
    opset = 23 if kind == "Attention" else 17
    path = save_operator(tmp_path / "x.onnx", kind, attributes, *constants, opset=opset)
    with pytest.raises(UnsupportedModelError, match=f"{kind} with {message}"):
        difference(path)


def test_every_operator_has_a_case() -> None:
    """Sqrt and Log need positive inputs; Gemm, DepthToSpace and Cast are in whole models or below."""
    tried = {case[0] for case in CASES} | {"Sqrt", "Log", "Gemm", "DepthToSpace", "Cast"}
    assert tried == set(OPERATORS)


@pytest.mark.parametrize("after", ["Sqrt", "Log", "Gemm", "Gemm with factors", "DepthToSpace"])
def test_operator_after_another_equals_onnx_runtime(tmp_path: Path, after: str) -> None:
    """These do not take the input as it is."""
    import onnx
    from onnx import TensorProto, helper

    before = {"Gemm": ("Flatten", {}, ()), "Gemm with factors": ("Flatten", {}, ())}
    before["DepthToSpace"] = ("Concat", {"axis": 1}, (floats(1, 1, 8, 10),))
    gemm = {"transB": 1, "alpha": 0.5, "beta": 2.0} if "factors" in after else {}
    attributes = {"DepthToSpace": {"blocksize": 2, "mode": "CRD"}}.get(after, gemm)
    weights = (floats(4, 240) if gemm else floats(240, 4), floats(4)) if "Gemm" in after else ()
    path = save_operator(tmp_path / "x.onnx", *_first(before.get(after, ("Abs", {}, ()))))
    model = onnx.load(path)
    names = [f"weight{place}" for place in range(len(weights))]
    model.graph.initializer.extend(
        onnx.numpy_helper.from_array(each, name) for each, name in zip(weights, names, strict=True)
    )
    model.graph.node.append(helper.make_node(after.split()[0], ["y0", *names], ["z"], **attributes))
    model.graph.output.pop()
    model.graph.output.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, None))
    onnx.save(model, path)
    assert difference(path) < 1e-4


def _first(case: tuple[str, dict[str, Any], tuple[Any, ...]]) -> tuple[Any, ...]:
    kind, attributes, constants = case
    return kind, attributes, *constants
