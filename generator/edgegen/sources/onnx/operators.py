"""The ONNX operators that edgegen runs, in torch: those of vision models with folded constants.

A function gets the node and its inputs. Parameters, such as a shape, are numpy arrays; other inputs are
tensors. Semantics: https://onnx.ai/onnx/operators, opsets 11 to 24.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from edgegen.base.errors import UnsupportedModelError

# The inputs that are parameters, by their places: constants that arrive as numpy arrays.
PARAMETERS: Final[Mapping[str, Sequence[int]]] = {
    **dict.fromkeys(("Expand", "Gather", "Pow", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum"), (1,)),
    **dict.fromkeys(("Reshape", "Split", "Squeeze", "Unsqueeze"), (1,)),
    "Clip": (1, 2),
    "Pad": (1, 2, 3),
    "Resize": (1, 2, 3),
    "Slice": (1, 2, 3, 4),
}
_NEAREST: Final = frozenset(  # rules that repeat each pixel if the factor is a whole number
    {
        ("asymmetric", "floor"),
        ("half_pixel", "round_prefer_floor"),
        ("half_pixel", "round_prefer_ceil"),
        ("pytorch_half_pixel", "round_prefer_floor"),
    }
)
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Node:
    """An operator of the graph."""

    kind: str  # "Conv"
    name: str
    attributes: Mapping[str, Any]
    inputs: tuple[str, ...]  # "" for one that is left out
    outputs: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]  # of the inputs; () if unknown
    opset: int

    def get(self, attribute: str, default: Any) -> Any:
        """Return an attribute, or its default."""
        return self.attributes.get(attribute, default)

    def unsupported(self, what: str) -> UnsupportedModelError:
        """Return the error for a use of this operator that edgegen does not know."""
        return UnsupportedModelError(
            f"the ONNX operator {self.kind} with {what} (node {self.name!r})",
            "export the model again with a current torch.onnx, or give its checkpoint",
        )


def _torch(function: str) -> Callable[..., Any]:
    """Return torch's function of the same inputs."""
    return lambda _node, *inputs: getattr(torch, function)(*inputs)


def _activation(function: str, attribute: str = "", default: Any = None) -> Callable[..., Any]:
    """Return torch's function. Its second parameter, if any, is this attribute with ONNX's default."""

    def run(node: Node, x: Any) -> Any:
        parameters = [node.get(attribute, default)] if attribute else []
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


def _stacked(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return a function of two tensors for any number of them."""
    return lambda _node, *parts: reduce(function, parts)


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


def _attention(node: Node, query: Any, key: Any, value: Any, mask: Any = None, *cache: Any) -> Any:
    if query.dim() != 4 or query.shape[1] != key.shape[1]:
        raise node.unsupported("inputs other than [N, heads, tokens, values]")
    if node.get("softcap", 0.0) or node.get("is_causal", 0) or any(each is not None for each in cache):
        raise node.unsupported("softcap, is_causal or a cache")
    scale = node.get("scale", None)
    return functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)


def _average_pool(node: Node, x: Any) -> Any:
    kernel, ceil_mode = list(node.attributes["kernel_shape"]), bool(node.get("ceil_mode", 0))
    counts_border = bool(node.get("count_include_pad", 0))
    if _pair(node, "dilations") != [1, 1]:
        raise node.unsupported("dilations")
    if ceil_mode and any(pads := _padding(node, x, kernel)):
        raise node.unsupported(f"ceil_mode and pads {pads}")
    x, padding = _padded(node, x, kernel, 0.0 if counts_border else None)
    return functional.avg_pool2d(x, kernel, _pair(node, "strides"), padding, ceil_mode, counts_border)


def _batch_normalization(node: Node, x: Any, scale: Any, bias: Any, mean: Any, var: Any) -> Any:
    if node.get("training_mode", 0):
        raise node.unsupported("training_mode: call model.eval() before the export")
    epsilon = node.get("epsilon", 1e-5)
    return functional.batch_norm(x, mean, var, scale, bias, training=False, eps=epsilon)


def _conv(node: Node, x: Any, weight: Any, bias: Any = None) -> Any:
    x, padding = _padded(node, x, weight.shape[2:])
    strides, dilations = _pair(node, "strides"), _pair(node, "dilations")
    return functional.conv2d(x, weight, bias, strides, padding, dilations, node.get("group", 1))


def _conv_transpose(node: Node, x: Any, weight: Any, bias: Any = None) -> Any:
    if node.get("auto_pad", "NOTSET") != "NOTSET" or node.get("output_shape", None):
        raise node.unsupported("auto_pad or output_shape")
    x, padding = _padded(node, x, weight.shape[2:], None)
    strides, dilations = _pair(node, "strides"), _pair(node, "dilations")
    output_padding, groups = list(node.get("output_padding", [0, 0])), node.get("group", 1)
    return functional.conv_transpose2d(x, weight, bias, strides, padding, output_padding, groups, dilations)


def _global_pool(function: str) -> Callable[..., Any]:
    return lambda _node, x: getattr(x, function)(dim=list(range(2, x.dim())), keepdim=True)


def _layer_normalization(node: Node, x: Any, scale: Any, bias: Any = None) -> Any:
    shape = x.shape[node.get("axis", -1) % x.dim() :]
    scale, bias = (None if each is None else each.expand(shape) for each in (scale, bias))
    return functional.layer_norm(x, shape, scale, bias, node.get("epsilon", 1e-5))


def _max_pool(node: Node, x: Any) -> Any:
    kernel, ceil_mode = list(node.attributes["kernel_shape"]), bool(node.get("ceil_mode", 0))
    x, padding = _padded(node, x, kernel, None if ceil_mode else float("-inf"))
    strides, dilations = _pair(node, "strides"), _pair(node, "dilations")
    return functional.max_pool2d(x, kernel, strides, padding, dilations, ceil_mode)


def _pad(node: Node, x: Any, pads: Array, value: Array | None = None, axes: Array | None = None) -> Any:
    begins, ends = pads.reshape(2, -1).tolist()
    padded_axes = range(x.dim()) if axes is None else [axis % x.dim() for axis in axes.tolist()]
    by_axis = dict(zip(padded_axes, zip(begins, ends, strict=True), strict=True))
    mode = node.get("mode", "constant")
    if mode not in ("constant", "reflect", "edge"):
        raise node.unsupported(f"the mode {mode}")
    padding: list[int] = []  # in torch's order: begin and end of the last axis first
    for axis in reversed(range(x.dim())):
        padding += by_axis.get(axis, (0, 0))
    if mode == "constant":
        filling = 0.0 if value is None or not value.size else float(value.item())
        return functional.pad(x, padding, value=filling)
    if any(padding[4:]):
        raise node.unsupported(f"the mode {mode} on other axes than height and width")
    return functional.pad(x, padding[:4], mode="replicate" if mode == "edge" else mode)


def _resize(
    node: Node, x: Any, _region: Array | None = None, scales: Array | None = None, sizes: Array | None = None
) -> Any:
    mode, rule = node.get("mode", "nearest"), node.get("coordinate_transformation_mode", "half_pixel")
    if mode != "linear" or rule not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        raise node.unsupported(f"the mode {mode}, {rule}")
    _, after = _resized_sides(node, scales, sizes)
    if min(after) < 2:  # the rules differ in one pixel
        raise node.unsupported(f"a size of {after}")
    corners = rule == "align_corners"
    return functional.interpolate(x, after, mode="bilinear", align_corners=corners)


OPERATORS: Final[Mapping[str, Callable[..., Any]]] = {
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
    "Pow": lambda _node, x, power: x ** (power.item() if power.size == 1 else torch.from_numpy(power)),
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
    # Layers.
    "Attention": _attention,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_normalization,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "GlobalAveragePool": _global_pool("mean"),
    "GlobalMaxPool": _global_pool("amax"),
    "InstanceNormalization": lambda node, x, scale, bias: functional.instance_norm(
        x, weight=scale, bias=bias, eps=node.get("epsilon", 1e-5)
    ),
    "LayerNormalization": _layer_normalization,
    "MaxPool": _max_pool,
    "Pad": _pad,
    "Resize": _resize,
}


def upsampling(node: Node, parameters: Sequence[Array | None]) -> Any:
    """Return the layer of a Resize that repeats pixels, which backends replace; None for other nodes."""
    if node.kind != "Resize" or node.get("mode", "nearest") != "nearest":
        return None
    before, after = _resized_sides(node, *parameters[2:4])
    rule = (
        node.get("coordinate_transformation_mode", "half_pixel"),
        node.get("nearest_mode", "round_prefer_floor"),
    )
    factor = after[0] // before[0]
    if rule not in _NEAREST or [side * factor for side in before] != after:
        raise node.unsupported(f"{rule[0]}, {rule[1]} from {before} to {after}")
    return torch.nn.Upsample(scale_factor=factor, mode="nearest")


def _axes(node: Node, parameter: Array | None) -> list[int]:
    """Return the axes: of the parameter, or of the attribute that older opsets have; [] if neither exists."""
    return list(node.get("axes", [])) if parameter is None else parameter.reshape(-1).tolist()


def _pair(node: Node, attribute: str) -> list[int]:
    return list(node.get(attribute, [1, 1]))


def _padding(node: Node, x: Any, kernel: Sequence[int]) -> list[int]:
    """Return the padding of a convolution or pooling: begin and end of height, begin and end of width."""
    if len(kernel) != 2:
        raise node.unsupported(f"{len(kernel)} dimensions")
    rule = node.get("auto_pad", "NOTSET")
    if rule == "VALID":
        return [0, 0, 0, 0]
    if rule == "NOTSET":
        top, left, bottom, right = node.get("pads", [0, 0, 0, 0])
        return [top, bottom, left, right]
    sizes = zip(x.shape[2:], kernel, _pair(node, "strides"), _pair(node, "dilations"), strict=True)
    padding: list[int] = []
    for length, size, stride, dilation in sizes:
        total = max((-(-length // stride) - 1) * stride + (size - 1) * dilation + 1 - length, 0)
        halves = [total // 2, total - total // 2]
        padding += halves if rule == "SAME_UPPER" else halves[::-1]
    return padding


def _padded(node: Node, x: Any, kernel: Sequence[int], value: float | None = 0.0) -> tuple[Any, list[int]]:
    """Return the input and the padding that torch's operator has left to do: of height, of width.

    Padding that is not symmetric is done here, with this value. None: it is not supported.
    """
    top, bottom, left, right = padding = _padding(node, x, kernel)
    if top == bottom and left == right:
        return x, [top, left]
    if value is None:
        raise node.unsupported(f"{'ceil_mode and ' if node.get('ceil_mode', 0) else ''}pads {padding}")
    return functional.pad(x, [left, right, top, bottom], value=value), [0, 0]


def _resized_sides(node: Node, scales: Array | None, sizes: Array | None) -> tuple[list[int], list[int]]:
    """Return height and width before and after a Resize."""
    shape = node.shapes[0]
    axes = [axis % len(shape) for axis in node.get("axes", range(len(shape)))]
    after = list(shape)
    for place, axis in enumerate(axes):
        if sizes is not None and sizes.size:
            after[axis] = int(sizes[place])
        elif scales is not None and scales.size:
            length = float(np.float32(shape[axis]) * np.float32(scales[place]))
            if not length.is_integer():
                raise node.unsupported(f"a scale of {float(scales[place]):g} for {shape[axis]} pixels")
            after[axis] = int(length)
    if len(shape) != 4 or after[:2] != list(shape[:2]):
        raise node.unsupported("other axes than height and width")
    if node.get("keep_aspect_ratio_policy", "stretch") != "stretch" or node.get("antialias", 0):
        raise node.unsupported("keep_aspect_ratio_policy or antialias")
    return list(shape[2:]), after[2:]
