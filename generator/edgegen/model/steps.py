"""How a tensor of int8 stands for numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what is only told of a model needs no numpy
    import numpy as np
    import numpy.typing as npt

    Float32 = npt.NDArray[np.float32]
    Int8 = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Steps:
    """A number of int8 stands for (number - zero_point) * scale, in float32."""

    scale: float
    zero_point: int

    def numbers(self, values: "Float32") -> "Int8":
        """Return the nearest numbers: half goes to even, what lies outside to the last one."""
        import numpy as np

        nearest = np.rint(values / np.float32(self.scale)) + np.float32(self.zero_point)
        numbers: npt.NDArray[np.int8] = np.clip(nearest, -128, 127).astype(np.int8)
        return numbers

    def values(self, numbers: "Int8") -> "Float32":
        """Return what int8 stands for."""
        import numpy as np

        return (numbers.astype(np.float32) - np.float32(self.zero_point)) * np.float32(self.scale)

    def rounded(self, values: "Float32") -> "Float32":
        """Return what int8 leaves of values."""
        return self.values(self.numbers(values))

    def to_metadata(self) -> dict[str, Any]:
        """Return it as metadata.yaml has it."""
        return {"scale": self.scale, "zero_point": self.zero_point}
