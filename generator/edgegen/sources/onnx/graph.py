"""Open ONNX files: Ultralytics' exports, and classifiers of torch.onnx.

A file is read as a graph, for one input size; ONNX Runtime computes its constants. edgegen runs the operators
that it knows, in torch. The authority for classifiers is ONNX Runtime on the file.
"""

import ast
import math
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from edgegen.base.errors import InputError, UnsupportedModelError, first_line, reason
from edgegen.base.files import inside
from edgegen.base.quiet import quiet
from edgegen.base.text import shorten
from edgegen.sources.description import Description
from edgegen.sources.graph import FirstOutput, Graph, module_with_weights
from edgegen.sources.image_classifier import (
    Classifier,
    check_output,
    described_preprocessing,
    input_side,
    open_classifier,
    shape_in_words,
    sigmoid_error,
)
from edgegen.sources.library import import_library
from edgegen.sources.onnx.operators import OPERATORS, PARAMETERS, Array, Node, upsampling
from edgegen.sources.source import OpenedModel
from edgegen.sources.ultralytics import exported_graph

_OPSETS: Final = range(11, 25)
_QUANTIZED: Final = frozenset(
    {
        *("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "ConvInteger", "MatMulInteger"),
        *("QLinearConv", "QLinearMatMul", "QLinearAdd", "QLinearMul", "QLinearConcat", "QGemm", "QAttention"),
        *("QLinearGlobalAveragePool", "QLinearSigmoid", "DynamicQuantizeMatMul", "MatMulIntegerToFloat"),
        *("MatMulNBits", "FusedMatMulInteger"),
    }
)
_SAME_VALUES: Final = frozenset({"Identity", "Reshape", "Flatten", "Squeeze", "Cast"})
_HINT: Final = "export the model again, or give its checkpoint"
_DOMAINS: Final = frozenset({"", "ai.onnx"})  # of the standard's operators
_ARITHMETIC: Final = ("Add", "Sub", "Mul", "Div")


def open_file(path: Path, description: Description) -> OpenedModel:
    """Open an export of Ultralytics, or a classifier."""
    graph = read_graph(path)
    return (exported_graph.load if graph.record else _load)(graph, description)


@dataclass(frozen=True)
class OnnxGraph(Graph):
    """An ONNX file with one input."""

    suffix = "onnx"
    engine = "ONNX Runtime"

    model: Any  # its ModelProto, with all weights
    input_name: str
    output_shapes: tuple[tuple[int | None, ...], ...]  # None: any size; (): not recorded

    @cached_property
    def convolutions(self) -> Mapping[str, str]:
        """The result's name of each convolution, by the path of its layer: "model.23.cv2.0.2"."""
        nodes = [node for node in self.model.graph.node if node.op_type == "Conv"]
        return {_layer_path(node): node.output[0] for node in nodes}

    @property
    def softmax_input(self) -> str | None:
        """The value before a softmax over classes that is the only output; None if there is none."""
        node = self._last_node()
        if node is None or node.op_type != "Softmax":
            return None
        axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), -1)
        return str(node.input[0]) if axis in (1, -1) else None

    @property
    def ends_in_sigmoid(self) -> bool:
        """Whether the only output is a sigmoid: classes that do not exclude each other."""
        node = self._last_node()
        return node is not None and node.op_type == "Sigmoid"

    def _last_node(self) -> Any:
        """Return the operator that makes the only output, without those that keep its values."""
        maker = {name: node for node in self.model.graph.node for name in node.output}
        node = maker.get(self.outputs[0]) if len(self.outputs) == 1 else None
        while node is not None and node.op_type in _SAME_VALUES:
            # Each operator is passed once: in a damaged file they may form a cycle.
            node = maker.pop(node.input[0], None) if node.input else None
        return node

    def module(self, outputs: Sequence[str], size: tuple[int, int]) -> Any:
        """Return a torch module of these values; see `Graph`."""
        folded = self._folded(outputs, size)
        unknown = {
            f"{node.domain}.{node.op_type}".lstrip(".")
            for node in folded.graph.node
            if node.domain not in _DOMAINS or node.op_type not in OPERATORS
        }
        if unknown:
            raise UnsupportedModelError(
                f"the ONNX operators {', '.join(sorted(unknown))} ({self.path.name})",
                "give its checkpoint instead",
            )
        onnx = import_library("onnx")
        with quiet():
            weights = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in folded.graph.initializer}
        return _as_module(_read_nodes(folded), weights, self.input_name, outputs)

    def _folded(self, outputs: Sequence[str], size: tuple[int, int]) -> Any:
        """Return the part of the graph before these values, with constants and shapes computed."""
        onnx, runtime = import_library("onnx"), import_library("onnxruntime")
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        (picture,) = [value for value in model.graph.input if value.name == self.input_name]
        for dim, length in zip(picture.type.tensor_type.shape.dim, (1, 3, *size), strict=True):
            dim.dim_value = length
        needed = _ancestors(model.graph.node, outputs)
        del model.graph.node[:], model.graph.value_info[:], model.graph.output[:]
        model.graph.node.extend(needed)
        for name in outputs:
            model.graph.output.add().CopyFrom(
                onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
            )
        with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
            options = runtime.SessionOptions()
            options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_BASIC
            options.optimized_model_filepath = str(Path(folder) / "folded.onnx")
            _session(self.path, model.SerializeToString(), options)
            folded = onnx.load(options.optimized_model_filepath)
        return onnx.shape_inference.infer_shapes(folded)


def read_graph(path: Path) -> OnnxGraph:
    """Read a file and its external weights."""
    onnx = import_library("onnx")
    import_library("onnxruntime")
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:  # protobuf and onnx have types of their own
        raise InputError(
            f"{path} is damaged: {shorten(first_line(error))}", "download or copy it again"
        ) from error
    _check_operators(path, model)
    _check_precision(path, model)
    in_functions = (_tensors_of(function.node) for function in model.functions)
    for tensor in chain(_tensors(model.graph), *in_functions):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            _read_external(path, tensor)
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    if len(inputs) != 1:
        raise UnsupportedModelError(
            f"{len(inputs)} inputs ({path.name})", "edgegen takes models with one picture as the input"
        )
    return OnnxGraph(
        path=path,
        input_shape=_shape(inputs[0]),
        input_dtype=_dtype(inputs[0]),
        outputs=tuple(value.name for value in model.graph.output),
        record=_record(model),
        model=model,
        input_name=inputs[0].name,
        output_shapes=tuple(_shape(value) for value in model.graph.output),
    )


def run_file(path: Path) -> Any:
    """Return ONNX Runtime on the file: a function from the input [1, 3, H, W] to its outputs."""
    session = _session(path, str(path), import_library("onnxruntime").SessionOptions())
    name = session.get_inputs()[0].name
    return lambda tensor: session.run(None, {name: tensor})


def _load(graph: OnnxGraph, description: Description) -> Classifier:
    """Open a graph that takes [N, 3, H, W] and returns [N, classes]."""
    path = graph.path
    side = input_side(path, graph.input_shape, graph.input_dtype)
    if len(graph.outputs) != 1 or len(graph.output_shapes[0]) > 2:
        shapes = ", ".join(shape_in_words(shape) for shape in graph.output_shapes)
        raise UnsupportedModelError(
            f"the outputs {shapes} ({path.name})",
            "edgegen takes Ultralytics' exports of all tasks, and classifiers that return [N, classes]",
        )
    check_output(path, _dtype(graph.model.graph.output[0]) in ("float32", "undefined"))
    if graph.ends_in_sigmoid:
        raise sigmoid_error(path)
    how = described_preprocessing(path, description, side)
    logits = graph.module([graph.softmax_input or graph.outputs[0]], how.size)
    return open_classifier(
        path,
        description,
        how,
        FirstOutput(logits).eval(),
        library="onnxruntime",
        kind="an ONNX model",
        docs="https://onnxruntime.ai/docs",
        engine=graph.engine,
        probabilities=_probabilities(graph),
    )


def _probabilities(graph: OnnxGraph) -> Any:
    """Return a function from [1, 3, H, W] to probabilities [1, classes], by ONNX Runtime."""
    run, has_softmax = run_file(graph.path), graph.softmax_input is not None

    def probabilities(tensor: torch.Tensor) -> torch.Tensor:
        output = torch.from_numpy(run(tensor.numpy())[0])
        return output if has_softmax else output.softmax(dim=1)

    return probabilities


def _layer_path(node: Any) -> str:
    """Return the path of a layer: of its weight, or of the node: "/model.23/cv2.0/cv2.0.2/Conv"."""
    if len(node.input) > 1 and re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*\.weight", node.input[1]):
        return str(node.input[1]).removesuffix(".weight")
    parts: list[str] = []
    for part in node.name.strip("/").split("/")[:-1]:
        if parts and part.startswith(f"{parts[-1]}."):
            parts.pop()
        parts.append(part)
    return ".".join(parts)


def _as_module(
    nodes: Sequence[Node], weights: Mapping[str, Array], input_name: str, outputs: Sequence[str]
) -> Any:
    """Return a module from the input to a tuple of the named values. Its weights are buffers."""
    parameters = [_parameters(node, weights) for node in nodes]
    used = _used_as_tensors(nodes, weights)
    arithmetic = _only_in_arithmetic(nodes)
    numbers = {name: weights[name].item() for name in used if not weights[name].ndim and name in arithmetic}
    tensors = {name: torch.from_numpy(np.array(weights[name])) for name in used if name not in numbers}
    layers = {
        place: layer for place, node in enumerate(nodes) if (layer := upsampling(node, parameters[place]))
    }

    def run(values: dict[str, Any], upsamplings: Sequence[Any], x: Any) -> tuple[Any, ...]:
        values.update({"": None, input_name: x, **numbers})
        layer_at = dict(zip(layers, upsamplings, strict=True))
        for place, node in enumerate(nodes):
            inputs = _inputs(node, parameters[place], values)
            result = layer_at[place](inputs[0]) if place in layer_at else OPERATORS[node.kind](node, *inputs)
            results = result if isinstance(result, (tuple, list)) else (result,)
            values.update(zip(node.outputs, results, strict=False))  # optional outputs are left out
        return tuple(values[name] for name in outputs)

    return module_with_weights(tensors, run, list(layers.values()))


def _parameters(node: Node, weights: Mapping[str, Array]) -> list[Array | None]:
    """Return the node's parameters by their places, at least five; None for other inputs."""
    parameters: list[Array | None] = [None] * max(len(node.inputs), 5)
    for place in PARAMETERS.get(node.kind, ()):
        name = node.inputs[place] if place < len(node.inputs) else ""
        if name and name not in weights:
            raise node.unsupported("a parameter that is computed from the picture")
        parameters[place] = weights.get(name)
    return parameters


def _used_as_tensors(nodes: Sequence[Node], weights: Mapping[str, Array]) -> list[str]:
    """Return the names of the weights that are inputs, apart from parameters, in the order of their use."""
    used: dict[str, None] = {}
    for node in nodes:
        parameter_places = PARAMETERS.get(node.kind, ())
        for place, name in enumerate(node.inputs):
            if name in weights and place not in parameter_places:
                used[name] = None
    return list(used)


def _only_in_arithmetic(nodes: Sequence[Node]) -> set[str]:
    """Return the names of the values that only operators of arithmetic use.

    A number is faster there than a tensor with one element, and all of a backend's arithmetic takes it.
    """
    in_arithmetic, elsewhere = set[str](), set[str]()
    for node in nodes:
        (in_arithmetic if node.kind in _ARITHMETIC else elsewhere).update(node.inputs)
    return in_arithmetic - elsewhere


def _inputs(node: Node, parameters: Sequence[Array | None], values: Mapping[str, Any]) -> list[Any]:
    """Return the inputs of an operator: parameters as numpy arrays, other inputs from the values."""
    parameter_places = PARAMETERS.get(node.kind, ())
    inputs: list[Any] = []
    for place, name in enumerate(node.inputs):
        if place in parameter_places:
            inputs.append(parameters[place])
        elif name in values:
            inputs.append(values[name])
        else:
            raise node.unsupported("an input that is another operator's second output")
    return inputs


def _read_nodes(model: Any) -> list[Node]:
    """Return the operators in the order of execution."""
    onnx = import_library("onnx")
    values = (*model.graph.input, *model.graph.value_info, *model.graph.output)
    shapes = {
        value.name: tuple(size.dim_value for size in value.type.tensor_type.shape.dim) for value in values
    }
    opset = max(imported.version for imported in model.opset_import if imported.domain in _DOMAINS)
    return [
        Node(
            kind=node.op_type,
            name=node.name,
            attributes={
                attribute.name: _plain(onnx.helper.get_attribute_value(attribute))
                for attribute in node.attribute
            },
            inputs=tuple(node.input),
            outputs=tuple(node.output),
            shapes=tuple(shapes.get(name, ()) for name in node.input),
            opset=opset,
        )
        for node in model.graph.node
    ]


def _plain(value: Any) -> Any:
    """Return the value of an attribute, with text in place of bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _ancestors(nodes: Sequence[Any], outputs: Sequence[str]) -> list[Any]:
    """Return the nodes that these values need, in the order of execution."""
    needed, ancestors = set(outputs), []
    for node in reversed(nodes):
        if needed & set(node.output):
            ancestors.append(node)
            needed |= set(node.input) | _outer_values(node)
    return ancestors[::-1]


def _outer_values(node: Any) -> set[str]:
    """Return the names that the bodies of an If or a Loop use: of their own values, and of those outside."""
    names = set[str]()
    for attribute in node.attribute:
        if attribute.HasField("g"):
            body = attribute.g
            names.update(output.name for output in body.output)
            for inner in body.node:
                names.update(inner.input)
                names |= _outer_values(inner)
    return names


def _session(path: Path, model: str | bytes, options: Any) -> Any:
    options.log_severity_level = 4
    try:
        return import_library("onnxruntime").InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # it has many types of its own
        raise InputError(f"ONNX Runtime cannot load {path}: {shorten(first_line(error))}", _HINT) from error


def _check_operators(path: Path, model: Any) -> None:
    """Raise UnsupportedModelError for operators of other domains, or another opset of ONNX's own."""
    opsets = {imported.domain: imported.version for imported in model.opset_import}
    quantized = sorted({node.op_type for node in model.graph.node} & _QUANTIZED)
    if quantized:
        raise UnsupportedModelError(
            f"quantized ONNX files ({path.name}: {', '.join(quantized)})",
            "give the float32 file that it was made from; --precision int8 quantizes it",
        )
    used = {node.domain for node in model.graph.node} - {function.domain for function in model.functions}
    foreign = sorted(domain for domain in opsets if domain in used and domain not in _DOMAINS)
    if foreign:
        raise UnsupportedModelError(
            f"operators of {', '.join(foreign)} ({path.name})",
            "export the model without quantization and custom operators",
        )
    opset = opsets.get("", opsets.get("ai.onnx", 0))
    if opset not in _OPSETS:
        raise UnsupportedModelError(
            f"ONNX opset {opset} ({path.name})", f"export it with an opset of {_OPSETS[0]} to {_OPSETS[-1]}"
        )


def _check_precision(path: Path, model: Any) -> None:
    """Raise UnsupportedModelError for weights in half precision."""
    onnx = import_library("onnx")
    half = (onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16)
    if any(tensor.data_type in half for tensor in model.graph.initializer):
        raise UnsupportedModelError(
            f"weights in half precision ({path.name})", "export it again without half=True or quantize"
        )


def _tensors_of(nodes: Iterable[Any]) -> Iterator[Any]:
    """Yield the stored tensors of operators and of their bodies."""
    for node in nodes:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)
            for body in (attribute.g, *attribute.graphs):
                yield from _tensors(body)


def _tensors(graph: Any) -> Iterator[Any]:
    """Yield the stored tensors of a graph: its weights, and those of operators and of their bodies."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _tensors_of(graph.node)


def _read_external(path: Path, tensor: Any) -> None:
    """Read the values of a tensor from another file, as ONNX Runtime does."""
    onnx = import_library("onnx")
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    file, where = inside(path.parent, location), shorten(location)
    if file is None:
        raise InputError(
            f"{path} has its weights in another file, {where}, which is outside of its folder",
            "save it again with its weights next to it: onnx.save(model, PATH, save_as_external_data=True)",
        )
    try:
        size = math.prod(tensor.dims) * onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
        offset = int(entries.get("offset", 0))
        length = int(entries.get("length", size))
    except (KeyError, ValueError) as error:
        raise InputError(f"{path} is damaged: {shorten(first_line(error))}", "export it again") from error
    if length != size or offset < 0 or size < 0:
        raise InputError(
            f"{path} is damaged: a tensor of {size} bytes is {length} bytes of {where}", "export it again"
        )
    try:
        available = file.stat().st_size if file.is_file() or not file.exists() else 0  # a pipe has no end
        if offset + size > available:
            raise InputError(
                f"{path} has its weights in another file, {where}, which is too short",
                "copy both files again",
            )
        with file.open("rb") as stream:
            stream.seek(offset)
            tensor.raw_data = stream.read(size)
    except OSError as error:
        raise InputError(
            f"{path} has its weights in another file, {where}, which cannot be read: {reason(error)}",
            f"put that file next to {path.name}",
        ) from error
    tensor.data_location = onnx.TensorProto.DEFAULT
    del tensor.external_data[:]


def _shape(value: Any) -> tuple[int | None, ...]:
    """Return the sizes of a value; None: any size, which some exporters write as -1."""
    return tuple(size.dim_value if size.dim_value > 0 else None for size in value.type.tensor_type.shape.dim)


def _dtype(value: Any) -> str:
    """Return the type of a value with torch's name."""
    types, kind = import_library("onnx").TensorProto.DataType, value.type.tensor_type.elem_type
    name = types.Name(kind).lower() if kind in types.values() else "another type"
    return "float32" if name == "float" else str(name)


def _record(model: Any) -> dict[str, Any]:
    """Return what Ultralytics' exporter wrote about the model; nothing for other files."""
    written = {entry.key: entry.value for entry in model.metadata_props}
    if written.get("author") != "Ultralytics" and not {"task", "names", "imgsz", "stride"} <= written.keys():
        return {}
    return {key: _literal(value) for key, value in written.items()}


def _literal(text: str) -> Any:
    """Return the Python value of a text such as "[640, 640]"; the text itself if it is none."""
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return text
