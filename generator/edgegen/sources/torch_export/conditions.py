"""Conditions on the input's size that torch.export recorded: expressions such as `L['x'].size()[3] // 2 > 1`.

They are evaluated here, number by number, and never executed as Python.
"""

import ast
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

_SIZE: Final = re.compile(r"L\['[^'\]]*'\]\.size\(\)\[([0-9])\]")
_LONGEST: Final = 10_000  # characters
_BINARY: Final[dict[type[ast.AST], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def holds(condition: str, shape: Sequence[int]) -> bool:
    """Return whether a condition holds for an input of this shape.

    Raises:
        ValueError: It has something else than numbers, sizes of these axes, arithmetic and comparisons.
    """
    if len(condition) > _LONGEST:
        raise ValueError("a condition that is too long")
    try:
        text = _SIZE.sub(lambda match: str(shape[int(match[1])]), condition)
        return bool(_value(ast.parse(text, mode="eval").body))
    except (SyntaxError, IndexError, RecursionError, ZeroDivisionError, MemoryError) as error:
        raise ValueError(f"a condition that cannot be evaluated: {condition[:80]}") from error


def _value(node: ast.AST) -> Any:
    if isinstance(node, ast.Constant) and type(node.value) in (int, bool):
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _BINARY[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _value(node.operand)
    if isinstance(node, ast.BoolOp):
        values = [_value(operand) for operand in node.values]
        return all(values) if isinstance(node.op, ast.And) else any(values)
    if isinstance(node, ast.Compare) and all(type(comparison) in _BINARY for comparison in node.ops):
        sides = [_value(side) for side in (node.left, *node.comparators)]
        return all(
            _BINARY[type(op)](left, right)
            for op, left, right in zip(node.ops, sides, sides[1:], strict=False)
        )
    raise ValueError(f"a condition with {type(node).__name__}")
