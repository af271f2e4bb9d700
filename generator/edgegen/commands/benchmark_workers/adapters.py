"""Run a model on other runtimes: functions from the input tensor to the outputs.

The models are exports of the model's own library, or of edgegen if it has none. Every runtime uses float32
arithmetic and the same number of threads. Its outputs are compared with PyTorch before it is timed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen.base.arrays import Float32
from edgegen.base.model_files import PTE_SUFFIX
from edgegen.runtimes.executorch import bindings
from edgegen.runtimes.executorch.int8_io import Int8Io
from edgegen.runtimes.onnxruntime import backend as web

Forward = Callable[[Float32], Sequence[Any]]  # [1, 3, H, W] -> the outputs; numpy reads them
Load = Callable[[Path, int], Forward]  # the file or folder, the threads


@dataclass(frozen=True)
class Adapter:
    """One runtime."""

    name: str  # the value of --against
    load: Load
    export_format: str  # the Ultralytics export format, or EDGEGENS_ONNX
    packages: tuple[str, ...]  # to export and to run; the last one is the runtime
    in_pixels: bool = True  # whether coordinates are in pixels; else in shares of the input's sides


def _torchscript(model: Path, threads: int) -> Forward:
    import torch

    torch.set_num_threads(threads)
    frozen = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.load(model).eval()))  # type: ignore[no-untyped-call]

    def forward(tensor: Float32) -> Sequence[Any]:
        with torch.inference_mode():
            outputs = frozen(torch.from_numpy(tensor))
        return outputs if isinstance(outputs, (tuple, list)) else (outputs,)

    return forward


def _onnxruntime(model: Path, threads: int) -> Forward:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda tensor: session.run(None, {name: tensor})


def _openvino(model: Path, threads: int) -> Forward:
    import openvino

    options = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "f32",  # the default is bfloat16 on processors that have it
    }
    program = openvino.Core().compile_model(next(model.glob("*.xml")), "CPU", options)
    request = program.create_infer_request()

    def forward(tensor: Float32) -> Sequence[Any]:
        request.infer([tensor])
        return [request.get_output_tensor(number).data for number in range(len(program.outputs))]

    return forward


def _ncnn(model: Path, threads: int) -> Forward:
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads = threads
    for half in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
        setattr(net.opt, f"use_{half}", False)
    net.load_param(str(next(model.glob("*.param"))))
    net.load_model(str(next(model.glob("*.bin"))))
    (input_name,), output_names = net.input_names(), sorted(net.output_names())

    def forward(tensor: Float32) -> Sequence[Any]:
        extractor = net.create_extractor()
        extractor.input(input_name, ncnn.Mat(tensor[0]))
        return [np.asarray(extractor.extract(name)[1])[np.newaxis] for name in output_names]

    return forward


def _mnn(model: Path, threads: int) -> Forward:
    import MNN

    options = {"backend": "CPU", "numThread": threads, "precision": "high"}
    manager = MNN.nn.create_runtime_manager((options,))
    net = MNN.nn.load_module_from_file(str(model), [], [], runtime_manager=manager, rearrange=True)

    def forward(tensor: Float32) -> Sequence[Any]:
        constant = MNN.expr.const(tensor.ctypes.data, list(tensor.shape))
        return [each.read() for each in net.onForward([constant])]

    return forward


def _litert(model: Path, threads: int) -> Forward:
    from ai_edge_litert.interpreter import Interpreter

    program = Interpreter(str(model), num_threads=threads)
    program.allocate_tensors()
    (input_detail,), output_details = program.get_input_details(), program.get_output_details()

    def forward(tensor: Float32) -> Sequence[Any]:
        program.set_tensor(input_detail["index"], tensor)
        program.invoke()
        return [program.get_tensor(each["index"]) for each in output_details]

    return forward


def _paddle(model: Path, threads: int) -> Forward:
    from paddle import inference

    graph, weights = (str(next(model.rglob(name))) for name in ("*.json", "*.pdiparams"))
    config = inference.Config(graph, weights)
    config.set_cpu_math_library_num_threads(threads)
    config.disable_glog_info()
    program = inference.create_predictor(config)
    input_handle = program.get_input_handle(program.get_input_names()[0])
    output_handles = [program.get_output_handle(name) for name in program.get_output_names()]

    def forward(tensor: Float32) -> Sequence[Any]:
        input_handle.copy_from_cpu(tensor)
        program.run()
        return [each.copy_to_cpu() for each in output_handles]

    return forward


def executorch(model: Path, threads: int) -> Forward:
    """Run a `.pte` of edgegen, or the one in Ultralytics' folder."""
    import torch

    # A program keeps the thread pool that exists when it is loaded.
    bindings.portable_lib()._unsafe_reset_threadpool(threads)
    pte = next(model.glob(f"*{PTE_SUFFIX}")) if model.is_dir() else model
    method: Any = bindings.runtime().Runtime.get().load_program(pte).load_method("forward")
    int8_io = Int8Io(pte)
    # An app's letterbox writes int8 directly, so the conversion is not timed.
    last: tuple[Any, Any] = (None, None)

    def forward(tensor: Float32) -> Sequence[Any]:
        nonlocal last
        if tensor is not last[0]:
            last = (tensor, torch.from_numpy(int8_io.enter(tensor)))
        return int8_io.leave(method.execute([last[1]]))

    return forward


_ONNX: Final = ("onnx", "onnxslim")
ADAPTERS: Final = {  # of Ultralytics' exports
    adapter.name: adapter
    for adapter in (
        Adapter("torchscript", _torchscript, "torchscript", ("torch",)),
        Adapter("onnxruntime", _onnxruntime, "onnx", (*_ONNX, "onnxruntime")),
        Adapter("openvino", _openvino, "openvino", ("openvino",)),
        Adapter("ncnn", _ncnn, "ncnn", ("pnnx", "ncnn")),
        Adapter("mnn", _mnn, "mnn", (*_ONNX, "MNN")),
        Adapter("litert", _litert, "litert", ("litert-torch", "ai-edge-litert"), in_pixels=False),
        Adapter("paddle", _paddle, "paddle", ("six", "x2paddle", "paddlepaddle")),
        Adapter("ultralytics-pte", executorch, "executorch", ("executorch",)),
    )
}

EDGEGENS_ONNX: Final = "onnx by edgegen"
# The runtimes of models of other libraries.
OTHER_ADAPTERS: Final = {"onnxruntime": Adapter("onnxruntime", _onnxruntime, EDGEGENS_ONNX, web.PACKAGES)}

# Runtimes that users ask for, and the reason why they are not timed.
NOT_TIMED: Final = {
    "coreml": "Core ML runs on Apple's systems only: time the app there",
    "tensorrt": "TensorRT runs on NVIDIA GPUs only, and edgegen times processors",
}
