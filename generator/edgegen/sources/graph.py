"""The interface of a model file that is a graph of operators: ONNX and TorchScript."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol


class Graph(Protocol):
    """A graph with one input, read as data. Values have names."""

    suffix: ClassVar[str]  # of the format: "onnx"
    engine: ClassVar[str]  # that runs such files: "ONNX Runtime"

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """The shape of the input; None: any size."""

    @property
    def input_dtype(self) -> str:
        """The type of the input, with torch's name: "float32"."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs' values."""

    @property
    def convolutions(self) -> Mapping[str, str]:
        """The result's name of each convolution, by the path of its layer: "model.23.cv2.0.2"."""

    @property
    def record(self) -> Mapping[str, Any]:
        """What Ultralytics' exporter wrote about the model: task, names, imgsz, ...; empty in other files."""

    @property
    def softmax_input(self) -> str | None:
        """The value before a softmax over classes that is the only output; None if there is none."""

    def module(self, outputs: Sequence[str], size: tuple[int, int]) -> Any:
        """Return a torch module from [1, 3, H, W] to a tuple of these values. It runs known operators only.

        size: height and width of the input.

        Raises:
            UnsupportedModelError: The graph has operators that edgegen does not know; it names them.
        """
