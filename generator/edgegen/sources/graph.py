"""A model file that is a graph of operators: ONNX and TorchScript."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar


@dataclass(frozen=True)
class Graph(ABC):
    """A graph with one input, read as data. Values have names."""

    suffix: ClassVar[str]  # of the format: "onnx"
    engine: ClassVar[str]  # that runs such files: "ONNX Runtime"

    path: Path
    input_shape: tuple[int | None, ...]  # None: any size
    input_dtype: str  # with torch's name: "float32"
    outputs: tuple[str, ...]  # names of values
    record: Mapping[str, Any]  # by Ultralytics' exporter: task, names, imgsz, ...; empty in other files

    @property
    @abstractmethod
    def convolutions(self) -> Mapping[str, str]:
        """The result's name of each convolution, by the path of its layer: "model.23.cv2.0.2"."""

    @property
    @abstractmethod
    def softmax_input(self) -> str | None:
        """The value before a softmax over classes that is the only output; None if there is none."""

    @abstractmethod
    def module(self, outputs: Sequence[str], size: tuple[int, int]) -> Any:
        """Return a torch module from [1, 3, H, W] to a tuple of these values. It runs known operators only.

        size: height and width of the input.

        Raises:
            UnsupportedModelError: The graph has operators that edgegen does not know; it names them.
        """
