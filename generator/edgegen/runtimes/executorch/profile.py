"""Profile a program: the time of every operator that XNNPACK runs."""

import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base.arrays import Float32
from edgegen.base.quiet import captured_stderr, quiet
from edgegen.runtimes.executorch.int8_io import Int8Io

_NUMBER: Final = re.compile(r" #\d+$")  # the operator's index among those of its kind
_OUTSIDE: Final = ("Execute", "Method::execute", "DELEGATE_CALL", "OPERATOR_CALL")  # contain other events


@dataclass(frozen=True)
class Kind:
    """All operators of one kind, such as "Convolution (NHWC, F32) IGEMM"."""

    name: str
    count: int
    ms: float  # in one run, in total


def operators(pte: Path, tensor: Float32, runs: int) -> list[Kind]:
    """Return the kinds of operators, the slowest first: medians of `runs`, at least one.

    Tracing adds time to every operator. The times of many small operators are therefore too high.
    """
    with quiet(), captured_stderr(), tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        import torch
        from executorch.devtools import Inspector
        from executorch.extension.pybindings import portable_lib

        traced, unused = Path(folder) / "trace.etdump", Path(folder) / "unused.bin"
        module: Any = portable_lib._load_for_executorch(str(pte), enable_etdump=True)
        given = [torch.from_numpy(Int8Io(pte).enter(tensor))]
        for _ in range(runs):
            module.forward(given)
        module.write_etdump_result_to_file(str(traced), str(unused))
        blocks: Any = Inspector(etdump_path=str(traced)).event_blocks
        return _kinds(
            (event.name, event.perf_data.p50)
            for block in blocks
            if block.name == "Execute"
            for event in block.events
            if event.perf_data is not None
        )


def _kinds(events: Iterable[tuple[str, float]]) -> list[Kind]:
    times: dict[str, list[float]] = {}
    for name, ms in events:
        if name not in _OUTSIDE:
            times.setdefault(_NUMBER.sub("", name), []).append(float(ms))
    kinds = (Kind(name, len(each), sum(each)) for name, each in times.items())
    return sorted(kinds, key=lambda kind: -kind.ms)
