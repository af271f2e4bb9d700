"""Read a `.pt2` file of torch.export, and run its operators, without executing code from it.

`torch.export.load` is not used: it unpickles, compiles names and sizes to Python, and loads libraries. Here
the graph is data: a list of ATen operators, whose results have names. Weights are bytes.
"""

import json
import math
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.strict_yaml import shorten
from edgegen.sources.stored_tensors import stored_tensor
from edgegen.sources.torch_export import operators

SCHEMA: Final = 8  # the major version of torch's schema
_PROGRAM: Final = "models/model.json"
_STORED: Final = re.compile(r"(weight|tensor|constant)_[0-9]+")
# Numbers of torch's schema: _export/serde/schema.py.
_DTYPES: Final = {
    1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float16", 7: "float32", 8: "float64",
    12: "bool", 13: "bfloat16",
}  # fmt: skip
_MEMORY_FORMATS: Final = {1: "contiguous_format", 2: "channels_last", 4: "preserve_format"}
_NAMED: Final = 2  # the kind of an argument that is passed by its name
# The kinds of an input that hold a stored tensor, and the key of its name.
_STORED_INPUTS: Final = {
    "parameter": "parameter_name",
    "buffer": "buffer_name",
    "tensor_constant": "tensor_constant_name",
}
_HINT: Final = "export the model again with torch.export.save"


@dataclass(frozen=True)
class Node:
    """An operator of the graph. Arguments and results are those of the file."""

    operator: Any
    name: str  # aten.softmax.int
    arguments: tuple[Mapping[str, Any], ...]
    results: tuple[str, ...]
    returns_list: bool


@dataclass(frozen=True)
class Program:
    """A program with one input and one output."""

    nodes: tuple[Node, ...]
    values: Mapping[str, Any]  # weights and constants, by their names in the graph
    input_name: str
    input_shape: tuple[int | None, ...]  # None: any size
    input_dtype: str
    output_name: str
    ranges: tuple[tuple[int, float], ...] = ()  # of the input's sizes: lowest, highest
    conditions: tuple[str, ...] = ()  # on the input's sizes

    def run(self, x: Any) -> Any:
        """Return the output for an input."""
        values = {**self.values, self.input_name: x}
        for node in self.nodes:
            positional, named = list[Any](), dict[str, Any]()
            for argument in node.arguments:
                value = _value(argument["arg"], values)
                if argument.get("kind") == _NAMED:
                    named[argument["name"]] = value
                else:
                    positional.append(value)
            result = node.operator(*positional, **named)
            is_single = len(node.results) == 1 and not node.returns_list
            results = (result,) if is_single else result
            values.update(zip(node.results, results, strict=True))
        return values[self.output_name]


def read_program(path: Path) -> Program:
    """Read a program.

    Raises:
        InputError: The file is damaged.
        UnsupportedModelError: Another version of torch saved it, or operators, inputs or outputs are not
            supported.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _Reader(path, archive).program()
    except InputError:
        raise
    except Exception as error:  # a damaged file may have anything anywhere
        raise InputError(f"{path} is damaged: {shorten(str(error))}", _HINT) from error


class _Reader:
    """Reads the members of one archive."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        self._root = archive.namelist()[0].partition("/")[0]

    def program(self) -> Program:
        content = self._json(_PROGRAM)
        major = content["schema_version"]["major"]
        if major != SCHEMA:
            raise UnsupportedModelError(
                f"programs of another torch ({self._path.name}: schema {shorten(major)}, not {SCHEMA})",
                "export the model again with a current torch",
            )
        graph, signature = content["graph_module"]["graph"], content["graph_module"]["signature"]
        if any("user_output" not in each for each in signature["output_specs"]):
            raise UnsupportedModelError(
                f"a program that changes its own buffers ({self._path.name})",
                "call model.eval() before the export",
            )
        inputs = [each["user_input"]["arg"] for each in signature["input_specs"] if "user_input" in each]
        outputs = [each["user_output"]["arg"] for each in signature["output_specs"]]
        tensors = [each["as_tensor"]["name"] for each in (*inputs, *outputs) if "as_tensor" in each]
        if (len(inputs), len(outputs), len(tensors)) != (1, 1, 2):
            raise UnsupportedModelError(
                f"{len(inputs)} inputs and {len(outputs)} outputs ({self._path.name})",
                "edgegen takes programs with one tensor in and one tensor out",
            )
        about = graph["tensor_values"][tensors[0]]
        return Program(
            nodes=tuple(
                self._node(each) for each in graph["nodes"] if each["target"] not in operators.CHECKS
            ),
            values=self._values(signature["input_specs"]),
            input_name=tensors[0],
            input_shape=tuple(_size(each) for each in about["sizes"]),
            input_dtype=_DTYPES.get(about["dtype"], "another type"),
            output_name=tensors[1],
            ranges=tuple(_range(each, content["range_constraints"]) for each in about["sizes"]),
            conditions=tuple(content.get("guards_code") or ()),
        )

    def _json(self, member: str) -> Any:
        return json.loads(self._read(member))

    def _read(self, member: str) -> bytes:
        name = f"{self._root}/{member}"
        if self._archive.getinfo(name).compress_type != zipfile.ZIP_STORED:  # it may be huge
            raise ValueError(f"{member} is compressed")
        return self._archive.read(name)

    def _node(self, node: Mapping[str, Any]) -> Node:
        name = str(node["target"])
        operator = operators.find(name)
        if operator is None:
            raise UnsupportedModelError(
                f"the operator {shorten(name)} ({self._path.name})",
                "edgegen takes the operators of image classifiers: sources/torch_export/operators.py",
            )
        return Node(
            operator=operator,
            name=name.removeprefix("torch.ops."),
            arguments=tuple(node["inputs"]),
            results=tuple(result for output in node["outputs"] for result in _result_names(output)),
            returns_list=any("as_tensors" in output for output in node["outputs"]),
        )

    def _values(self, inputs: list[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the tensors that the graph uses, by their names in it."""
        stored = {
            **self._stored("weights", "model_weights_config.json"),
            **self._stored("constants", "model_constants_config.json"),
        }
        values = {}
        for each in inputs:
            ((kind, about),) = each.items()
            if kind in _STORED_INPUTS:
                values[about["arg"]["name"]] = stored[about[_STORED_INPUTS[kind]]]
        return values

    def _stored(self, folder: str, config: str) -> dict[str, Any]:
        tensors = {}
        for name, about in self._json(f"data/{folder}/{config}")["config"].items():
            if about["use_pickle"] or not _STORED.fullmatch(about["path_name"]):
                raise UnsupportedModelError(
                    f"the pickled value {shorten(name)} ({self._path.name})", "edgegen reads plain tensors"
                )
            content = self._read(f"data/{folder}/{about['path_name']}")
            tensors[name] = _tensor(content, about["tensor_meta"])
        return tensors


def _tensor(content: bytes, about: Mapping[str, Any]) -> Any:
    sizes, strides = ([each["as_int"] for each in about[key]] for key in ("sizes", "strides"))
    return stored_tensor(content, _DTYPES[about["dtype"]], sizes, strides, about["storage_offset"]["as_int"])


def _size(size: Mapping[str, Any]) -> int | None:
    """Return a size of the input; None if it is symbolic."""
    value = size.get("as_int")
    if value is not None and (type(value) is not int or value <= 0):
        raise ValueError("a size that is not positive")
    return value


def _range(size: Mapping[str, Any], ranges: Mapping[str, Any]) -> tuple[int, float]:
    """Return the lowest and highest value of a size of the input."""
    if "as_int" in size:
        return size["as_int"], size["as_int"]
    symbol = re.search(r"'(s[0-9]+)'", size["as_expr"]["expr_str"])
    known = ranges.get(symbol[1], {}) if symbol else {}
    lowest, highest = known.get("min_val"), known.get("max_val")
    return lowest or 0, math.inf if highest is None else highest


def _result_names(output: Mapping[str, Any]) -> list[str]:
    """Return the names of a result: a tensor, several tensors, or a symbolic integer."""
    ((kind, content),) = output.items()
    if kind == "as_tensors":
        return [each["name"] for each in content]
    return [content["name"] if "name" in content else content["as_name"]]


def _value(argument: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """Return an argument of an operator."""
    ((kind, content),) = argument.items()
    if kind not in _ARGUMENTS:
        raise ValueError(f"an argument of the kind {kind}")
    return _ARGUMENTS[kind](content, values)


def _symbol(content: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """Return a symbolic number: the result of another operator by its name, or the number itself."""
    ((kind, value),) = content.items()
    return values[value] if kind == "as_name" else value


# The argument of each kind, from its content and the values of the graph.
_ARGUMENTS: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], Any]]] = {
    "as_none": lambda _content, _values: None,
    **dict.fromkeys(
        ("as_int", "as_ints", "as_bool", "as_bools", "as_string"), lambda content, _values: content
    ),
    "as_float": lambda content, _values: float(content),
    "as_floats": lambda content, _values: [float(each) for each in content],
    "as_tensor": lambda content, values: values[content["name"]],
    "as_tensors": lambda content, values: [values[each["name"]] for each in content],
    "as_optional_tensors": lambda content, values: [_value(each, values) for each in content],
    **dict.fromkeys(("as_sym_int", "as_sym_float", "as_sym_bool"), _symbol),
    **dict.fromkeys(
        ("as_sym_ints", "as_sym_floats", "as_sym_bools"),
        lambda content, values: [_symbol(each, values) for each in content],
    ),
    "as_scalar_type": lambda content, _values: getattr(torch, _DTYPES[content]),
    "as_memory_format": lambda content, _values: getattr(torch, _MEMORY_FORMATS[content]),
    "as_device": lambda _content, _values: torch.device("cpu"),
    "as_layout": lambda _content, _values: torch.strided,
}
