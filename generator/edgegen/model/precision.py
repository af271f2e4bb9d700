"""In which numbers a model computes."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Precision:
    """A precision: the seam of docs/seams.md. What counts as the same in it, a task says."""

    name: str  # what metadata.yaml calls it
    quantized: bool = False  # whether a runtime has to be shown pictures before it lowers a model to it

    @property
    def compared_with(self) -> str:
        """Who says what is right: a quantized model's numbers are its own."""
        return f"the {self.name} model in Python" if self.quantized else "PyTorch"


FLOAT32: Final = Precision("float32")
INT8: Final = Precision("int8", quantized=True)
PRECISIONS: Final = {each.name: each for each in (FLOAT32, INT8)}
