"""What every part needs to know of a model: `metadata.yaml` and the `.pte`'s own signature, checked."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class InputSpec:
    """How a picture becomes the input tensor [1, channels, height, width] of float32.

    A value is `(byte * scale - mean[c]) / std[c]`; outside the letterboxed picture the byte is `pad_value`.
    """

    height: int
    width: int
    channels: int = 3
    color: str = "RGB"
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    resize: str = "letterbox"
    pad_value: int = 114


@dataclass(frozen=True)
class OutputSpec:
    """What the `.pte` returns.

    contract `raw`: per level, by rising stride, box logits [1, 4 * reg_max, H, W] and class logits
    [1, nc, H, W].
    contract `decoded`: one tensor [1, 4 + nc, N], cx cy w h in input pixels, then scores after the sigmoid.
    """

    contract: str
    shapes: tuple[tuple[int, ...], ...]
    reg_max: int = 0  # raw only
    strides: tuple[int, ...] = ()  # raw only: input pixels per cell, rising


@dataclass(frozen=True)
class ModelSpec:
    """A checked model: nothing in here contradicts the `.pte` that it came from."""

    pte: Path
    metadata: Path
    name: str  # a readable name, from the checkpoint or the folder
    task: str  # "detect"
    class_names: tuple[str, ...]
    input: InputSpec
    output: OutputSpec
    precision: str  # "float32"
    backends: tuple[str, ...]  # what the runtime must have registered: ("XnnpackBackend",)
    executorch_version: str  # of the exporter; "" when the metadata does not say
    sha256: str  # of the .pte
    license: str = ""
    description: str = ""

    @property
    def num_classes(self) -> int:
        """How many classes the model tells apart."""
        return len(self.class_names)
