"""The precisions of a model, and the steps of int8 numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # describing a model needs no numpy
    from edgegen.base.arrays import Float32, Int8


FLOAT32: Final = "float32"
FLOAT16: Final = "float16"  # of programs after the first
INT8: Final = "int8"  # lowering needs calibration pictures
PRECISIONS: Final = (FLOAT32, FLOAT16, INT8)


@dataclass(frozen=True)
class Steps:
    """Scale and zero point: an int8 number means (number - zero_point) * scale, in float32."""

    scale: float
    zero_point: int

    def numbers(self, values: "Float32") -> "Int8":
        """Return the nearest int8 numbers: half to even, clamped to the range."""
        import numpy as np

        nearest = np.rint(values / np.float32(self.scale)) + np.float32(self.zero_point)
        numbers: Int8 = np.clip(nearest, -128, 127).astype(np.int8)
        return numbers

    def values(self, numbers: "Int8") -> "Float32":
        """Return the float32 values of int8 numbers."""
        import numpy as np

        values: Float32 = (numbers.astype(np.float32) - np.float32(self.zero_point)) * np.float32(self.scale)
        return values

    def rounded(self, values: "Float32") -> "Float32":
        """Return float32 values rounded to int8 steps."""
        return self.values(self.numbers(values))

    def to_metadata(self) -> dict[str, Any]:
        """Return the mapping for metadata.yaml."""
        return {"scale": self.scale, "zero_point": self.zero_point}
