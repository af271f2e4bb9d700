"""Small real `.pte` files, made by torch.export and ExecuTorch in a few seconds."""

from pathlib import Path
from typing import Any

CLASSES = 3
REG_MAX = 4
HEIGHT, WIDTH = 64, 96  # multiples of the largest stride


def make_programs(folder: Path) -> None:
    """Write raw.pte and decoded.pte, which return what detection heads do, and external.pte.

    raw.pte has two more methods, `add` without a backend and `sizes` without an input. The weights of
    external.pte are in a `.ptd` file beside it.
    """
    import torch
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import ExecutorchBackendConfig, to_edge_transform_and_lower

    class Heads(torch.nn.Module):
        """Three levels of strides 8, 16, 32, each a pair of logits; the upsampling stays outside XNNPACK."""

        def __init__(self) -> None:
            super().__init__()
            self.stem = torch.nn.Conv2d(3, 8, 8, stride=8)
            self.down = torch.nn.ModuleList([torch.nn.Conv2d(8, 8, 2, stride=2) for _ in range(2)])
            self.box = torch.nn.ModuleList([torch.nn.Conv2d(8, 4 * REG_MAX, 1) for _ in range(3)])
            self.cls = torch.nn.ModuleList([torch.nn.Conv2d(8, CLASSES, 1) for _ in range(3)])

        def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
            first = self.stem(image)
            second = self.down[0](first)
            third = self.down[1](second)
            first = first + torch.nn.functional.interpolate(second, scale_factor=2.0, mode="nearest")
            outputs: list[torch.Tensor] = []
            for level, box, cls in zip((first, second, third), self.box, self.cls, strict=True):
                outputs += [box(level), cls(level)]
            return tuple(outputs)

    class Decoded(torch.nn.Module):
        """One tensor [1, 4 + classes, N]."""

        def __init__(self, heads: Heads) -> None:
            super().__init__()
            self.heads = heads

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            outputs = self.heads(image)
            pairs = zip(outputs[::2], outputs[1::2], strict=True)
            return torch.cat([torch.cat((box[:, :4], cls), 1).flatten(2) for box, cls in pairs], 2)

    class Adder(torch.nn.Module):
        """No image, no backend, whole numbers among the inputs."""

        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(4, 4)

        def forward(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return torch.cumsum(torch.cumsum(self.linear(x), 1), 0), y + y

    def write(name: str, programs: Any, partitioner: Any = None, **options: Any) -> None:
        constants = options.pop("constant_methods", None)
        edge = to_edge_transform_and_lower(programs, partitioner=partitioner, constant_methods=constants)
        program = edge.to_executorch(ExecutorchBackendConfig(**options))
        (folder / name).write_bytes(program.buffer)
        if options.get("external_constants"):
            program.write_tensor_data_to_file(str(folder))

    torch.manual_seed(0)
    image = (torch.zeros(1, 3, HEIGHT, WIDTH),)
    heads = Heads().eval()
    numbers = (torch.zeros(2, 4), torch.zeros(3, dtype=torch.int64))
    adder = torch.export.export(Adder().eval(), numbers)
    xnnpack = [XnnpackPartitioner()]
    with torch.no_grad():
        write("decoded.pte", torch.export.export(Decoded(heads).eval(), image), xnnpack)
        methods = {"forward": torch.export.export(heads, image), "add": adder}
        sizes = {"sizes": [HEIGHT, WIDTH]}
        write("raw.pte", methods, {"forward": xnnpack, "add": []}, constant_methods=sizes)
        write("external.pte", adder, external_constants=True)
