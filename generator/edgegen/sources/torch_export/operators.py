"""The operators of a `.pt2` file that edgegen calls. Many others of ATen do not check their arguments.

They are those of image classifiers, as torch.export writes them, with and without `run_decompositions`.
"""

import operator
from collections.abc import Callable
from typing import Any, Final

import torch

ATEN: Final = frozenset(
    """
    _adaptive_avg_pool2d.default _log_softmax.default _softmax.default _to_copy.default abs.default
    adaptive_avg_pool2d.default add.Scalar add.Tensor add_.Scalar add_.Tensor addmm.default alias.default
    amax.default amin.default arange.default arange.start arange.start_step as_strided.default
    avg_pool2d.default baddbmm.default bmm.default cat.default chunk.default clamp.default clamp_.default
    clamp_max.default clamp_min.default clone.default constant_pad_nd.default contiguous.default
    conv2d.default conv2d.padding convolution.default copy.default cos.default detach.default
    detach_.default div.Scalar div.Tensor div.Tensor_mode div_.Tensor einsum.default elu.default
    elu_.default eq.Scalar eq.Tensor erf.default exp.default expand.default expand_as.default expm1.default
    fill_.Tensor flatten.using_ints floor_divide.default fmod.Scalar full.default full_like.default
    ge.Scalar ge.Tensor gelu.default group_norm.default gt.Scalar gt.Tensor hardsigmoid.default
    hardsigmoid_.default hardswish.default hardswish_.default hardtanh.default hardtanh_.default
    index.Tensor index_select.default layer_norm.default le.Scalar le.Tensor leaky_relu.default
    leaky_relu_.default lift_fresh_copy.default linalg_vector_norm.default linear.default log.default
    log_softmax.int logical_and.default logical_not.default logical_or.default lt.Scalar lt.Tensor
    masked_fill.Scalar masked_fill.Tensor matmul.default max_pool2d.default max_pool2d_with_indices.default
    maximum.default mean.default mean.dim minimum.default mish.default mish_.default mm.default movedim.int
    mul.Scalar mul.Tensor mul_.Scalar mul_.Tensor narrow.default native_group_norm.default
    native_layer_norm.default ne.Scalar ne.Tensor neg.default new_full.default new_ones.default
    new_zeros.default ones.default ones_like.default pad.default permute.default pixel_shuffle.default
    pow.Tensor_Scalar prelu.default reciprocal.default relu.default relu6.default relu6_.default
    relu_.default repeat.default reshape.default roll.default rsqrt.default rsub.Scalar
    scalar_tensor.default scaled_dot_product_attention.default select.int selu.default selu_.default
    sigmoid.default sigmoid_.default silu.default silu_.default sin.default slice.Tensor
    slice_scatter.default softmax.int softplus.default split.Tensor split_with_sizes.default sqrt.default
    squeeze.default squeeze.dim squeeze.dims stack.default sub.Scalar sub.Tensor sub_.Tensor sum.default
    sum.dim_IntList sym_size.int t.default tanh.default tanh_.default to.device to.dtype to.dtype_layout
    transpose.int unbind.int unflatten.int unsqueeze.default upsample_bilinear2d.vec upsample_nearest2d.vec
    var.correction view.default where.self zero_.default zeros.default zeros_like.default
    """.split()  # noqa: SIM905 - a list that can be read
)
_ARITHMETIC: Final = (
    *("add", "sub", "mul", "floordiv", "truediv", "mod", "neg"),
    *("eq", "ne", "ge", "gt", "le", "lt"),
)
_NUMBERS: Final[dict[str, Callable[..., Any]]] = {
    **{f"_operator.{name}": getattr(operator, name) for name in _ARITHMETIC},
    "torch.sym_max": max,
    "torch.sym_min": min,
}
# Checks of torch.export, which change nothing.
CHECKS: Final = frozenset(
    f"torch.ops.aten.{name}"
    for name in ("_assert_tensor_metadata.default", "_assert_scalar.default", "sym_constrain_range.default")
)


def find(name: str) -> Callable[..., Any] | None:
    """Return the operator of this name; None if edgegen does not call it."""
    short = name.removeprefix("torch.ops.aten.")
    if short != name and short in ATEN:
        packet, _, overload = short.partition(".")
        found: Callable[..., Any] = getattr(getattr(torch.ops.aten, packet), overload)
        return found
    if name in _NUMBERS:
        return _on_numbers(_NUMBERS[name])
    return REPLACED.get(name.removeprefix("torch.ops.aten."))


def _on_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function for numbers only: texts and lists would be repeated or formatted."""

    def checked(*numbers: Any) -> Any:
        if not all(isinstance(number, (int, float)) for number in numbers):
            raise ValueError("arithmetic on something else than numbers")
        return function(*numbers)

    return checked


def _getitem(values: Any, place: Any) -> Any:
    if not isinstance(values, (list, tuple)) or type(place) is not int:
        raise ValueError("an item of something else than a list")
    return values[place]


def _dropout(x: Any, _probability: float, train: bool) -> Any:
    if train:
        raise ValueError("it was exported for training: call model.eval() first")
    return x


def _batch_norm(
    x: Any, weight: Any, bias: Any, mean: Any, var: Any, training: bool, momentum: float, eps: float, *_: Any
) -> Any:
    """Normalize with stored statistics. ATen's operator does not check the lengths of all arguments."""
    if training or mean is None or var is None:
        raise ValueError("it was exported for training: call model.eval() first")
    if any(each is not None and each.numel() != x.shape[1] for each in (weight, bias, mean, var)):
        raise ValueError("a batch normalization of another number of channels")
    return torch.ops.aten.batch_norm.default(x, weight, bias, mean, var, False, momentum, eps, False)


def _native_batch_norm(x: Any, weight: Any, bias: Any, mean: Any, var: Any, *rates: float) -> Any:
    """Return the result and the two empty statistics of the decomposed operator."""
    return _batch_norm(x, weight, bias, mean, var, False, *rates), None, None


REPLACED: Final[dict[str, Callable[..., Any]]] = {
    "batch_norm.default": _batch_norm,
    "_native_batch_norm_legit_no_training.default": _native_batch_norm,
    "dropout.default": _dropout,
    "dropout_.default": _dropout,
    "_operator.getitem": _getitem,
}
