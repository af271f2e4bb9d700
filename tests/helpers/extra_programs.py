"""Add a program for another backend to an export."""

import hashlib
from functools import cache
from pathlib import Path

from edgegen import runtimes, tasks
from edgegen.artifacts.metadata import add_program
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.progress import NoProgress
from edgegen.model.spec import Program


def add_extra_program(export: Path, backend: str, factor: float = 4.0) -> Path:
    """Add `model.<backend>.pte` to an export folder and list it in metadata.yaml.

    The program has the export's inputs and outputs, one delegate, and weights of its own: on this machine a
    steered backend runs another program in its place. factor: its tolerances, in those of the task.
    """
    spec = load_model_spec(export / "model.pte", export / "metadata.yaml")
    path = export / f"model.{backend}.pte"
    path.write_bytes(_lowered(backend, (spec.input.height, spec.input.width), spec.output.shapes))
    usual = tasks.find(spec.task).decoder.tolerances
    tolerances = {name: value * factor for name, value in usual.items() if name != "mask_iou"}
    if "mask_iou" in usual:
        tolerances["mask_iou"] = 1 - factor * (1 - usual["mask_iou"])
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    precision = runtimes.find_backend(backend).precisions[0]
    add_program(export / "metadata.yaml", Program(path.name, backend, precision, sha256, tolerances))
    return path


@cache
def _lowered(backend: str, input_hw: tuple[int, int], shapes: tuple[tuple[int, ...], ...]) -> bytes:
    """Return a program that takes [1, 3, H, W] and returns outputs of these shapes."""
    import torch

    class Outputs(torch.nn.Module):
        """Outputs that depend on the input and are as large as those of the model."""

        def __init__(self) -> None:
            super().__init__()
            self.mix = torch.nn.Conv2d(3, 1, 1)
            self.values = torch.nn.ParameterList([torch.rand(shape) for shape in shapes])

        def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
            mean = self.mix(torch.nn.functional.avg_pool2d(image, input_hw))
            return tuple(mean.reshape([1] * values.dim()) + values for values in self.values)

    module = Outputs().eval()
    found, _ = runtimes.default().lower(module, input_hw, runtimes.find_backend(backend), NoProgress())
    return found
