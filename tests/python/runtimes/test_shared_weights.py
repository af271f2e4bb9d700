"""Layers that share a weight, each with a batch normalization of its own, give PyTorch's results."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.base.progress import NoProgress
from edgegen.runtimes.executorch import lower as lowering
from edgegen.runtimes.executorch.lower import lower
from edgegen.runtimes.executorch.runtime import PteProgram
from edgegen.runtimes.executorch.xnnpack import AVX2, BACKEND

INPUT_HW = 16, 24
TOLERANCE = 1e-4  # the right results differ by 1e-5, the wrong ones by more than 1


def network() -> Any:
    """Return a network that uses one convolution twice, and another one under two names."""
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.enter = nn.Conv2d(3, 32, 1)
            self.twice = nn.Conv2d(32, 32, 3, padding=1, bias=False)
            self.one, self.other = nn.Conv2d(32, 8, 1), nn.Conv2d(32, 8, 1)
            self.other.weight, self.other.bias = self.one.weight, self.one.bias
            self.larger = nn.ConvTranspose2d(8, 8, 2, 2)
            self.norms = nn.ModuleList([nn.BatchNorm2d(width) for width in (32, 32, 8, 8, 8, 8)])

        def forward(self, x: Any) -> tuple[Any, ...]:
            first, second, third, fourth, fifth, sixth = self.norms
            x = self.enter(x)
            near, far = first(self.twice(x)).relu(), second(self.twice(x / 2)).relu()
            left, right = third(self.one(near)).relu(), fourth(self.other(far)).relu()
            return left, right, fifth(self.larger(left)).relu(), sixth(self.larger(right)).relu()

    torch.manual_seed(3)
    made = Network().eval().requires_grad_(False)
    for number, norm in enumerate(made.norms, start=1):
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2)
        norm.weight.fill_(number)
    return made


def differences(folder: Path, backend: Any) -> list[float]:
    """Return the largest difference of each output from PyTorch's."""
    import torch

    module = network()
    program, _ = lower(module, INPUT_HW, backend, NoProgress())
    path = folder / "model.pte"
    path.write_bytes(program)
    tensor = np.random.default_rng(5).random((1, 3, *INPUT_HW), dtype=np.float32)
    expected = [each.numpy() for each in module(torch.from_numpy(tensor))]
    actual = PteProgram(path)(tensor)
    return [float(np.abs(a - b).max()) for a, b in zip(actual, expected, strict=True)]


@pytest.mark.parametrize("backend", [BACKEND, AVX2], ids=lambda backend: backend.name)
def test_normalized_layers_may_share_a_weight(tmp_path: Path, backend: Any) -> None:
    assert max(differences(tmp_path, backend)) < TOLERANCE


def test_executorch_still_needs_the_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, ExecuTorch has mended its pass: _with_copied_weights can go."""
    monkeypatch.setattr(lowering, "_with_copied_weights", lambda exported: exported)
    assert max(differences(tmp_path, BACKEND)) > 1


def test_other_programs_stay_as_they_are() -> None:
    """A weight that one layer uses, or that no normalization follows, is not copied."""
    import torch

    shared = torch.nn.Conv2d(3, 3, 1)
    model = torch.nn.Sequential(shared, shared, torch.nn.BatchNorm2d(3)).eval()
    exported = torch.export.export(model, (torch.zeros(1, 3, 4, 4),))
    assert lowering._with_copied_weights(exported) is exported
