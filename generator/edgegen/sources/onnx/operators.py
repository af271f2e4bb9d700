"""The ONNX operators that edgegen runs, in torch: those of vision models with folded constants.

A function gets the node and its inputs. Parameters, such as a shape, are numpy arrays; other inputs are
tensors. Semantics: https://onnx.ai/onnx/operators, opsets 11 to 24.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from edgegen.sources.onnx.node import Array, Node


def _axes(node: Node, parameter: Array | None) -> list[int]:
    """Return the axes: of the parameter, or of the attribute that older opsets have; [] if neither exists."""
    return list(node.get("axes", [])) if parameter is None else parameter.reshape(-1).tolist()


def _torch(function: str) -> Callable[..., Any]:
    """Return torch's function of the same inputs."""
    return lambda _node, *inputs: getattr(torch, function)(*inputs)


def _activation(function: str, attribute: str = "", usual: Any = None) -> Callable[..., Any]:
    """Return torch's function. Its second parameter, if any, is this attribute with ONNX's default."""

    def run(node: Node, x: Any) -> Any:
        parameters = [node.get(attribute, usual)] if attribute else []
        return getattr(functional, function)(x, *parameters)

    return run


def _hard_sigmoid(node: Node, x: Any) -> Any:
    alpha, beta = node.get("alpha", 0.2), node.get("beta", 0.5)
    if abs(alpha - 1 / 6) < 1e-6 and beta == 0.5:
        return functional.hardsigmoid(x)
    return (x * alpha + beta).clamp(0, 1)


def _prelu(_node: Node, x: Any, slope: Any) -> Any:
    if slope.numel() == 1 or (slope.dim() == 3 and slope.shape[0] == slope.numel() == x.shape[1]):
        return functional.prelu(x, slope.reshape(-1))
    return x.clamp(min=0) + slope * x.clamp(max=0)


def _clip(node: Node, x: Any, low: Array | None = None, high: Array | None = None) -> Any:
    lowest = node.get("min", None) if low is None else low.item()
    highest = node.get("max", None) if high is None else high.item()
    return x if lowest is None and highest is None else x.clamp(lowest, highest)


def _pow(_node: Node, x: Any, exponent: Array) -> Any:
    return x ** exponent.item() if exponent.size == 1 else x ** torch.from_numpy(exponent)


def _softmax(function: str) -> Callable[..., Any]:
    def run(node: Node, x: Any) -> Any:
        axis = node.get("axis", -1 if node.opset >= 13 else 1)
        if node.opset < 13 and axis not in (-1, x.dim() - 1):
            raise node.unsupported(f"axis {axis} of opset {node.opset}")
        return getattr(x, function)(dim=axis)

    return run


def _reduced(function: str) -> Callable[..., Any]:
    def run(node: Node, x: Any, axes: Array | None = None) -> Any:
        dims = _axes(node, axes)
        if not dims and node.get("noop_with_empty_axes", 0):
            return x
        dims = dims or list(range(x.dim()))
        return getattr(x, function)(dim=dims, keepdim=bool(node.get("keepdims", 1)))

    return run


def _gemm(node: Node, a: Any, b: Any, c: Any = None) -> Any:
    if node.get("transA", 0):
        a = a.t()
    weight = b if node.get("transB", 0) else b.t()
    alpha, beta = node.get("alpha", 1.0), node.get("beta", 1.0)
    if (alpha, beta) == (1, 1) and (c is None or c.dim() == 1):
        return functional.linear(a, weight, c)
    product = alpha * functional.linear(a, weight)
    return product if c is None else product + beta * c


def _flatten(node: Node, x: Any) -> Any:
    axis = node.get("axis", 1)
    axis += x.dim() if axis < 0 else 0
    return x.reshape(int(np.prod(x.shape[:axis])), -1)


def _reshape(node: Node, x: Any, shape: Array) -> Any:
    copies_zeros = not node.get("allowzero", 0)
    sizes = [x.shape[i] if not size and copies_zeros else size for i, size in enumerate(shape.tolist())]
    return x.reshape(sizes)


def _split(node: Node, x: Any, sizes: Array | None = None) -> Any:
    axis, count = node.get("axis", 0), len(node.outputs)
    listed = node.get("split", None) if sizes is None else sizes.tolist()
    return x.split(listed or -(-x.shape[axis] // count), dim=axis)


def _slice(
    node: Node, x: Any, starts: Array, ends: Array, axes: Array | None = None, steps: Array | None = None
) -> Any:
    places = range(len(starts)) if axes is None else axes.tolist()
    strides = [1] * len(starts) if steps is None else steps.tolist()
    if min(strides) < 1:
        raise node.unsupported(f"steps {strides}")
    for axis, start, end, step in zip(places, starts.tolist(), ends.tolist(), strides, strict=True):
        index = [slice(None)] * x.dim()
        index[axis] = slice(start, end, step)
        x = x[tuple(index)]
    return x


def _squeeze(node: Node, x: Any, axes: Array | None = None) -> Any:
    dims = _axes(node, axes)
    return x.squeeze(dims) if dims else x.squeeze()


def _unsqueeze(node: Node, x: Any, axes: Array | None = None) -> Any:
    dims = _axes(node, axes)
    for axis in sorted(axis % (x.dim() + len(dims)) for axis in dims):
        x = x.unsqueeze(axis)
    return x


def _gather(node: Node, x: Any, indices: Array) -> Any:
    axis = node.get("axis", 0)
    if indices.ndim == 0:
        return x.select(axis, indices.item())
    picked = x.index_select(axis, torch.from_numpy(indices.reshape(-1) % x.shape[axis]))
    axis %= x.dim()
    return picked.reshape(*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])


def _cast(node: Node, x: Any) -> Any:
    if node.attributes["to"] != 1:  # TensorProto.FLOAT
        raise node.unsupported("another type than float32")
    return x.float()


def _depth_to_space(node: Node, x: Any) -> Any:
    if node.get("mode", "DCR") != "CRD":
        raise node.unsupported("the mode DCR")
    return functional.pixel_shuffle(x, node.attributes["blocksize"])


def _stacked(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return a function of two tensors for any number of them."""
    return lambda _node, *parts: reduce(function, parts)


TENSOR_OPERATORS: Final[Mapping[str, Callable[..., Any]]] = {
    **{kind: _torch(kind.lower()) for kind in ("Add", "Sub", "Mul", "Div", "MatMul")},
    **{kind: _torch(kind.lower()) for kind in ("Abs", "Ceil", "Cos", "Erf", "Exp", "Floor", "Log", "Neg")},
    **{kind: _torch(kind.lower()) for kind in ("Reciprocal", "Sigmoid", "Sign", "Sin", "Sqrt", "Tanh")},
    **{kind: _activation(kind.lower()) for kind in ("HardSwish", "Mish", "Relu", "Softplus")},
    "Elu": _activation("elu", "alpha", 1.0),
    "LeakyRelu": _activation("leaky_relu", "alpha", 0.01),
    "HardSigmoid": _hard_sigmoid,
    "Gelu": lambda node, x: functional.gelu(x, approximate=node.get("approximate", "none")),
    "PRelu": _prelu,
    "Clip": _clip,
    "Pow": _pow,
    "Max": _stacked(torch.maximum),
    "Min": _stacked(torch.minimum),
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "ReduceMean": _reduced("mean"),
    "ReduceSum": _reduced("sum"),
    "ReduceMax": _reduced("amax"),
    "ReduceMin": _reduced("amin"),
    "Gemm": _gemm,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Transpose": lambda node, x: x.permute(node.get("perm", list(range(x.dim()))[::-1])),
    "Concat": lambda node, *parts: torch.cat(parts, dim=node.attributes["axis"]),
    "Split": _split,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Expand": lambda _node, x, shape: x.expand(np.broadcast_shapes(tuple(x.shape), tuple(shape.tolist()))),
    "Gather": _gather,
    "Cast": _cast,
    "DepthToSpace": _depth_to_space,
    "Dropout": lambda _node, x, *_: x,
    "Identity": lambda _node, x: x,
}
# The inputs that are parameters, by their places: constants that arrive as numpy arrays.
PARAMETERS: Final[Mapping[str, Sequence[int]]] = {
    **dict.fromkeys(("Expand", "Gather", "Pow", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum"), (1,)),
    **dict.fromkeys(("Reshape", "Split", "Squeeze", "Unsqueeze"), (1,)),
    "Clip": (1, 2),
    "Pad": (1, 2, 3),
    "Resize": (1, 2, 3),
    "Slice": (1, 2, 3, 4),
}
