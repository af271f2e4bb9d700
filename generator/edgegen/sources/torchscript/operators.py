"""The operators of TorchScript that edgegen calls: those of `.pt2` files, and some that only TorchScript has.

Sizes are Python's numbers here: torch.export then sees constants. TorchScript has them as 0-dim tensors too.
"""

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any, Final

import torch

from edgegen.base.errors import UnsupportedModelError
from edgegen.base.text import shorten
from edgegen.sources.torch_export import operators as exported

_MORE: Final = frozenset(
    """
    addcmul.default argmax.default ceil.default clamp_min_.default copy_.default cumsum.default
    div_.Scalar fill_.Scalar floor.default floor_divide.Scalar gather.default log1p.default
    log_sigmoid.default max.default max.dim max.other meshgrid.default meshgrid.indexing min.default
    min.dim min.other norm.ScalarOpt_dim pow.Scalar pow.Tensor_Tensor remainder.Scalar remainder.Tensor
    repeat_interleave.self_int round.default square.default sub_.Scalar topk.default type_as.default
    unsqueeze_.default upsample_bicubic2d.vec where.ScalarOther where.ScalarSelf
    """.split()  # noqa: SIM905 - a list that can be read
)
_NAMES: Final = frozenset(name.partition(".")[0] for name in (*_MORE, *exported.ATEN, *exported.REPLACED))
# Operators of code that a trained model does not reach, or that only writes a message.
_NOT_RUN: Final = frozenset(("bernoulli_", "empty", "rand", "rand_like", "warn", "format"))
_NO_MESSAGE: Final = frozenset(("warn", "format"))
_OF_ANYTHING: Final = ("__is__", "__isnot__")  # operators on numbers that also take None and lists
_LARGEST: Final = 1 << 63  # of integers
_LONGEST: Final = 10_000  # list
_HINT: Final = "export it with torch.jit.trace, without optimize_for_inference, or as ONNX"
# Numbers of c10::ScalarType.
_DTYPES: Final = (
    *("uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"),
    *("complex32", "complex64", "complex128", "bool"),
)


def unknown_operator(name: str, file: str) -> UnsupportedModelError:
    """Return the error for an operator."""
    return UnsupportedModelError(f"the operator {shorten(name)} ({file})", _HINT)


def is_operator(name: str) -> bool:
    """Return whether torch has an operator of this name. `x.save(...)` may then be a call of it."""
    return bool(torch._C._jit_get_schemas_for_operator(f"aten::{name}"))


def is_known(name: str) -> bool:
    """Return whether code may contain this operator: "torch.add", "ops.prim.NumToTensor"."""
    library, _, short = name.rpartition(".")
    if library == "ops.prim":
        return short in _PRIM
    return library == "torch" and (
        short in _NOT_RUN or short in _OWN or short in _ON_NUMBERS or short in _ON_LISTS or short in _NAMES
    )


def call(name: str, arguments: list[Any], named: dict[str, Any]) -> Any:
    """Return the result of an operator: a tensor, a number, or a list or tuple of them."""
    library, _, short = name.rpartition(".")
    if library == "ops.prim":
        return _PRIM[short](*arguments, **named)
    if short in _NOT_RUN:
        if short in _NO_MESSAGE:
            return ""
        raise ValueError(f"the operator {short}, which is for training: call model.eval() first")
    if not any(isinstance(each, torch.Tensor) for each in _flat((arguments, named))):
        if arguments and isinstance(arguments[0], (list, tuple)) and short in _ON_LISTS:
            return _ON_LISTS[short](*arguments, **named)
        if short in _ON_NUMBERS:
            return _on_numbers(short, arguments, named)
    if short in _OWN:
        return _OWN[short](*arguments, **named)
    overload = torch._C._jit_resolve_packet(f"aten::{short}", *arguments, **named) or "default"
    full = f"{short}.{overload}"
    found = exported.find(f"torch.ops.aten.{full}")
    if found is None and full in _MORE:
        found = getattr(getattr(torch.ops.aten, short), overload)
    if found is None:
        raise UnsupportedModelError(f"the operator aten::{full}", _HINT)
    return found(*arguments, **named)


def _flat(values: Any) -> Iterator[Any]:
    for each in values.values() if isinstance(values, dict) else values:
        if isinstance(each, (list, tuple, dict)):
            yield from _flat(each)
        else:
            yield each


def _on_numbers(name: str, arguments: list[Any], named: dict[str, Any]) -> Any:
    """Return the result for numbers. It stays within 64 bits."""
    are_numbers = all(isinstance(argument, (int, float)) for argument in arguments)
    are_texts = all(isinstance(argument, str) for argument in arguments)
    if name not in _OF_ANYTHING and not are_numbers and not (are_texts and name in ("eq", "ne")):
        raise ValueError(f"{name} of something else than numbers")
    result = _ON_NUMBERS[name](*arguments, **named)
    if type(result) is int and not -_LARGEST <= result < _LARGEST:
        raise ValueError("a number of more than 64 bits")
    return result


def _divide(a: float, b: float, rounding_mode: str | None = None) -> float:
    if rounding_mode == "floor":
        return a // b
    return math.trunc(a / b) if rounding_mode == "trunc" else a / b


def _power(a: float, b: float) -> float:
    if isinstance(a, int) and isinstance(b, int) and b >= 0:
        if a.bit_length() * b > _LARGEST.bit_length():
            raise ValueError("a number of more than 64 bits")
        return int(a**b)
    return math.pow(a, b)


def _with_alpha(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda a, b, alpha=1: function(a, b * alpha)


_ON_NUMBERS: Final[dict[str, Callable[..., Any]]] = {
    "add": _with_alpha(operator.add),
    "sub": _with_alpha(operator.sub),
    "rsub": lambda a, b, alpha=1: b - a * alpha,
    "mul": operator.mul,
    "div": _divide,
    "floor_divide": operator.floordiv,
    "floordiv": operator.floordiv,
    "remainder": operator.mod,
    "pow": _power,
    "neg": operator.neg,
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "sqrt": math.sqrt,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "__is__": operator.is_,
    "__isnot__": operator.is_not,
    "__not__": operator.not_,
    "__and__": operator.and_,
    "__or__": operator.or_,
}


def _set_item(values: list[Any], place: int, value: Any) -> list[Any]:
    values[place] = value
    return values


def _joined(first: Any, second: Any) -> list[Any]:
    if len(first) + len(second) > _LONGEST:
        raise ValueError("a list that is too long")
    return [*first, *second]


_ON_LISTS: Final[dict[str, Callable[..., Any]]] = {
    "len": len,
    "copy": list,
    "list": list,
    "sum": sum,
    "add": _joined,
    "slice": lambda values, start=None, end=None, step=1: list(values)[start:end:step],
    "eq": operator.eq,
    "ne": operator.ne,
    "_set_item": _set_item,
    "__contains__": lambda values, value: value in values,
    "__is__": operator.is_,
    "__isnot__": operator.is_not,
}


def _convolution(
    x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, transposed: bool, output: Any,
    groups: int, *_: Any,
) -> Any:  # fmt: skip
    """Return a convolution by the operators that quantizers and backends know."""
    aten = torch.ops.aten
    if weight.ndim == 4 and not transposed:
        return aten.conv2d.default(x, weight, bias, stride, padding, dilation, groups)
    if weight.ndim == 4:
        return aten.conv_transpose2d.input(x, weight, bias, stride, padding, output, groups, dilation)
    return aten.convolution.default(x, weight, bias, stride, padding, dilation, transposed, output, groups)


def _tensor(value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    kind = getattr(torch, _DTYPES[dtype]) if type(dtype) is int else dtype
    return torch.tensor(value, dtype=kind, device=device)


def _raise(message: str = "", *_: Any) -> None:
    raise ValueError(f"the model rejects this input: {message}")


_OWN: Final[dict[str, Callable[..., Any]]] = {
    "size": lambda x, axis=None: list(x.shape) if axis is None else x.shape[axis],
    "dim": lambda x: x.ndim,
    "numel": lambda x: x.numel(),
    "is_floating_point": lambda x: x.is_floating_point(),
    "tensor": _tensor,
    "_convolution": _convolution,
    "feature_dropout": lambda x, p, train: exported.REPLACED["dropout.default"](x, p, train),
    "device": lambda name: name,
    "__is__": operator.is_,
    "__isnot__": operator.is_not,
}
_PRIM: Final[dict[str, Callable[..., Any]]] = {
    "NumToTensor": lambda number: number,
    "dtype": lambda x: x.dtype,
    "device": lambda x: x.device,
    "min": min,
    "max": max,
    "RaiseException": _raise,
}
