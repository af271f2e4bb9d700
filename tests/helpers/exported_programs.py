"""Programs of torch.export and modules of TorchScript with five classes, as people send them."""

from pathlib import Path
from typing import Any


def small_classifier() -> Any:
    """Return a module with random weights: [N, 3, H, W] to [N, 5]."""
    import torch
    from torch import nn

    torch.manual_seed(5)
    layers = (nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(*layers, nn.Linear(8, 5)).eval()


def save_program(path: Path, *more_layers: Any, dynamic: tuple[int, ...] = (), side: int = 64) -> Path:
    """Export the classifier and further layers, and save the program. `dynamic`: axes of any size."""
    import torch

    module = torch.nn.Sequential(small_classifier(), *more_layers).eval()
    example = torch.rand(2 if dynamic else 1, 3, side, side)
    shapes = (dict.fromkeys(dynamic, torch.export.Dim.AUTO),) if dynamic else None
    torch.export.save(torch.export.export(module, (example,), dynamic_shapes=shapes), path)
    return path


def save_trace(path: Path, *more_layers: Any, side: int = 64) -> Path:
    """Trace the classifier and further layers, and save the TorchScript module."""
    import torch

    return trace_module(
        path, torch.nn.Sequential(small_classifier(), *more_layers), torch.rand(1, 3, side, side)
    )


def trace_module(path: Path, module: Any, *inputs: Any) -> Path:
    """Trace a module with these inputs, and save it."""
    import torch

    torch.jit.trace(module.eval(), inputs).save(str(path))  # type: ignore[no-untyped-call]
    return path
