"""The runtime ONNX Runtime, which runs a model in Python too."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen.base.arrays import Float32
from edgegen.base.errors import ExportError, InputError, ToolchainError, first_line
from edgegen.base.progress import Progress
from edgegen.base.quiet import captured_stderr, quiet
from edgegen.model.precision import FLOAT16
from edgegen.runtimes.backend import Backend
from edgegen.runtimes.onnxruntime.backend import INPUT, output_names
from edgegen.runtimes.runtime import Quantizer, Runtime, Shapes

# The operators whose weights may be float16, and the place of the weights among their inputs.
_WITH_WEIGHTS: Final = {"Conv": (1,), "ConvTranspose": (1,), "Gemm": (0, 1), "MatMul": (0, 1)}
OPSET: Final = 20  # of ONNX 1.15; ONNX Runtime Web has it since 1.17


def lower(
    module: Any, input_hw: tuple[int, int], backend: Backend, progress: Progress
) -> tuple[bytes, Shapes]:
    """Return the ONNX model of a module that takes [1, 3, H, W], and the shapes of its outputs.

    The same module gives the same bytes, which have no path of this machine. Errors of torch are not wrapped.
    """
    import torch

    example = torch.zeros(1, 3, *input_hw)
    with quiet(), captured_stderr(), torch.no_grad():
        module = backend.rewrite(module, int8=False)
        progress.step("Trace with torch.export")
        given = module(example)  # also fixes the upsampling and a decoded head's anchor points for this size
        outputs = given if isinstance(given, tuple) else (given,)
        exported = torch.export.export(module, (example,))
        progress.step(f"Lower to {backend.title}")
        program = torch.onnx.export(
            exported,
            dynamo=True,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=output_names(len(outputs)),
            external_data=False,
        )
    assert program is not None  # noqa: S101 - the exporter of TorchDynamo returns it
    model = program.model_proto
    _drop_traces(model)
    if backend.precisions[0] == FLOAT16:
        _store_weights_in_float16(model.graph)
    shapes = tuple(tuple(output.shape) for output in outputs)
    return model.SerializeToString(deterministic=True), shapes


def _drop_traces(model: Any) -> None:
    """Remove what the exporter notes for debugging: stack traces with paths of this machine, and comments."""
    graph, functions = model.graph, model.functions
    nodes = [*graph.node, *(node for function in functions for node in function.node)]
    values = [*graph.input, *graph.output, *graph.value_info, *graph.initializer]
    for each in (model, graph, *functions, *nodes, *values):
        each.ClearField("metadata_props")
        each.ClearField("doc_string")


def _store_weights_in_float16(graph: Any) -> None:
    """Store the weights of convolutions and matrix products in float16, and cast them to float32 for use.

    ONNX Runtime casts them once, when it loads the model. Other constants, such as anchor points, must not be
    rounded. Weights beyond float16's range stay float32.
    """
    from onnx import TensorProto, helper, numpy_helper

    names = {
        node.input[place]
        for node in graph.node
        for place in _WITH_WEIGHTS.get(node.op_type, ())
        if place < len(node.input)
    }
    casts = []
    for weights in graph.initializer:
        if weights.name not in names or weights.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(weights)
        if np.abs(values).max(initial=0) > np.finfo(np.float16).max:
            continue
        name = weights.name
        weights.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.float16"))
        casts.append(helper.make_node("Cast", [weights.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    graph.ClearField("node")
    graph.node.extend(nodes)


class OnnxProgram:
    """A loaded ONNX model."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._session = _load(path)
        self._input = self._session.get_inputs()[0].name

    def __call__(self, tensor: Float32) -> list[Float32]:
        """Run on the input tensor [1, 3, H, W], and return the outputs."""
        try:
            outputs = self._session.run(None, {self._input: tensor})
        except Exception as error:  # the classes of ONNX Runtime's errors have no public base
            raise InputError(f"{self._path} failed to run: {first_line(error)}", "export it again") from error
        return [np.asarray(output) for output in outputs]


class OnnxRuntime:
    """Implements `runtimes.runtime.Runtime`."""

    name = "onnxruntime"
    lower = staticmethod(lower)
    load = OnnxProgram

    def quantizer(
        self, module: Any, input_hw: tuple[int, int], backend: Backend, progress: Progress
    ) -> Quantizer:
        """Raise ExportError: models of this runtime are float32."""
        raise ExportError(f"{backend.title} has no int8 models", "leave out --precision int8")

    def runs(self, backend: Backend) -> bool:
        """Return whether ONNX Runtime is installed, and the backend is the CPU's."""
        return not backend.runs_program_of and find_spec("onnxruntime") is not None


def _load(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ToolchainError(
            f"{path.name} needs the package onnxruntime: {error}", 'pip install "edgegen[web]"'
        ) from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # fatal only: errors are raised
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise InputError(
            f"ONNX Runtime cannot load {path}: {first_line(error)}", "export it again: it is damaged"
        ) from error


RUNTIME: Final[Runtime] = OnnxRuntime()
