"""The precisions of a model: float32 and int8."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Precision:
    """A precision, as docs/seams.md describes it. The tolerances are part of a task."""

    name: str  # as in metadata.yaml
    quantized: bool = False  # whether lowering needs calibration pictures

    @property
    def compared_with(self) -> str:
        """The reference of a comparison: a quantized model is compared with itself in Python."""
        return f"the {self.name} model in Python" if self.quantized else "PyTorch"


FLOAT32: Final = Precision("float32")
INT8: Final = Precision("int8", quantized=True)
PRECISIONS: Final = {each.name: each for each in (FLOAT32, INT8)}
