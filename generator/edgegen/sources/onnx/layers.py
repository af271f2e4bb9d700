"""ONNX operators that are layers: convolution, pooling, normalization, resizing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from edgegen.sources.onnx.node import Array, Node

_NEAREST: Final = frozenset(  # rules that repeat each pixel if the factor is a whole number
    {
        ("asymmetric", "floor"),
        ("half_pixel", "round_prefer_floor"),
        ("half_pixel", "round_prefer_ceil"),
        ("pytorch_half_pixel", "round_prefer_floor"),
    }
)


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


def _pair(node: Node, attribute: str) -> list[int]:
    return list(node.get(attribute, [1, 1]))


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


def _max_pool(node: Node, x: Any) -> Any:
    kernel, ceil_mode = list(node.attributes["kernel_shape"]), bool(node.get("ceil_mode", 0))
    x, padding = _padded(node, x, kernel, None if ceil_mode else float("-inf"))
    strides, dilations = _pair(node, "strides"), _pair(node, "dilations")
    return functional.max_pool2d(x, kernel, strides, padding, dilations, ceil_mode)


def _average_pool(node: Node, x: Any) -> Any:
    kernel, ceil_mode = list(node.attributes["kernel_shape"]), bool(node.get("ceil_mode", 0))
    counts_border = bool(node.get("count_include_pad", 0))
    if _pair(node, "dilations") != [1, 1]:
        raise node.unsupported("dilations")
    if ceil_mode and any(pads := _padding(node, x, kernel)):
        raise node.unsupported(f"ceil_mode and pads {pads}")
    x, padding = _padded(node, x, kernel, 0.0 if counts_border else None)
    return functional.avg_pool2d(x, kernel, _pair(node, "strides"), padding, ceil_mode, counts_border)


def _global_pool(function: str) -> Callable[..., Any]:
    return lambda _node, x: getattr(x, function)(dim=list(range(2, x.dim())), keepdim=True)


def _batch_normalization(node: Node, x: Any, scale: Any, bias: Any, mean: Any, var: Any) -> Any:
    if node.get("training_mode", 0):
        raise node.unsupported("training_mode: call model.eval() before the export")
    epsilon = node.get("epsilon", 1e-5)
    return functional.batch_norm(x, mean, var, scale, bias, training=False, eps=epsilon)


def _layer_normalization(node: Node, x: Any, scale: Any, bias: Any = None) -> Any:
    shape = x.shape[node.get("axis", -1) % x.dim() :]
    scale, bias = (None if each is None else each.expand(shape) for each in (scale, bias))
    return functional.layer_norm(x, shape, scale, bias, node.get("epsilon", 1e-5))


def _attention(node: Node, query: Any, key: Any, value: Any, mask: Any = None, *cache: Any) -> Any:
    if query.dim() != 4 or query.shape[1] != key.shape[1]:
        raise node.unsupported("inputs other than [N, heads, tokens, values]")
    if node.get("softcap", 0.0) or node.get("is_causal", 0) or any(each is not None for each in cache):
        raise node.unsupported("softcap, is_causal or a cache")
    scale = node.get("scale", None)
    return functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)


def _instance_normalization(node: Node, x: Any, scale: Any, bias: Any) -> Any:
    return functional.instance_norm(x, weight=scale, bias=bias, eps=node.get("epsilon", 1e-5))


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


LAYERS: Final[Mapping[str, Callable[..., Any]]] = {
    "Attention": _attention,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_normalization,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "GlobalAveragePool": _global_pool("mean"),
    "GlobalMaxPool": _global_pool("amax"),
    "InstanceNormalization": _instance_normalization,
    "LayerNormalization": _layer_normalization,
    "MaxPool": _max_pool,
    "Pad": _pad,
    "Resize": _resize,
}
