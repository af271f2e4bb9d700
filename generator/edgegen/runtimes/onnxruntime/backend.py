"""The backends of ONNX Runtime Web."""

from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen.base.model_files import ONNX_NAME
from edgegen.base.tools import installed_version
from edgegen.model.precision import FLOAT16, FLOAT32
from edgegen.runtimes.backend import Backend

INPUT: Final = "images"  # the name of a model's input
WHY_NO_INT8: Final = "ONNX Runtime Web's int8 operators change scores by up to 0.07, and 0.005 is allowed"
PACKAGES: Final = ("onnx", "onnxscript", "onnxruntime")  # of the extra [web]


def output_names(count: int) -> list[str]:
    """Return the names of a model's outputs, in their order."""
    return [f"output{number}" for number in range(count)]


class OnnxRuntimeWeb(Backend):
    """Runs an ONNX model in a browser in float32. The precision is that of its weights."""

    name = "onnx"
    title = "ONNX Runtime Web"
    runtime = "onnxruntime"
    delegates: tuple[str, ...] = ()
    precisions = (FLOAT32, FLOAT16)
    takes_decoded = True
    has_own_tolerances = False
    needs = "the packages of edgegen[web]"

    @property
    def file_name(self) -> str:
        """The name of the model's file."""
        return ONNX_NAME

    def versions(self) -> dict[str, str]:
        """Return the versions of the packages that make and check a model.

        Raises:
            ToolchainError: One of them is missing.
        """
        versions = {package: installed_version(package) for package in PACKAGES}
        if missing := [package for package, version in versions.items() if version is None]:
            raise ToolchainError(
                f"an ONNX model for {self.title} needs {', '.join(missing)}, which is not installed",
                'pip install "edgegen[web]"',
            )
        return {package: str(version) for package, version in versions.items()}


class WebGpu(OnnxRuntimeWeb):
    """Runs the same ONNX model on the GPU, if the app finds that right and faster on a device."""

    name = "webgpu"
    title = "WebGPU"
    delegates = ("webgpu",)  # ONNX Runtime's execution provider
    runs_program_of = OnnxRuntimeWeb.name
    has_own_tolerances = True
    needs = "a browser with WebGPU"


BACKEND: Final[Backend] = OnnxRuntimeWeb()
WEBGPU: Final[Backend] = WebGpu()
