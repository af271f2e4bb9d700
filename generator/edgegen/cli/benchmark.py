"""`edgegen benchmark`: the speed of a model, next to PyTorch and other runtimes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgegen.base.text import how_many
from edgegen.cli.common import PATH, output_options, print_json, print_table
from edgegen.cli.options import group_of
from edgegen.project.option_table import DESCRIBED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgegen.commands.benchmark import Benchmark
    from edgegen.commands.benchmark_runtimes import Row
    from edgegen.runtimes.executorch.profile import Kind
    from edgegen.targets.on_device import PhoneReport

_BUSY = 1.15  # cores per thread: threads that load or wait add less than this


@click.command("benchmark", short_help="Time a model next to PyTorch and other runtimes.")
@click.argument("model", metavar="PROJECT|MODEL")
@click.option("--image", type=PATH, help="The photo (default: one of Ultralytics' package).")
@click.option(
    "--against",
    metavar="NAMES",
    help="Runtimes, separated by commas: torchscript, onnxruntime, openvino, ncnn, mnn, litert, paddle, "
    "ultralytics-pte (default: all that are installed). PyTorch is always included.",
)
@click.option(
    "--model",
    "checkpoint",
    type=PATH,
    help="The checkpoint of an export, or of a project if its own is missing.",
)
@click.option(
    "--calibration",
    type=PATH,
    metavar="PHOTOS",
    help="Also time an int8 export of the checkpoint, calibrated with these photos.",
)
@click.option("--threads", type=int, help="Threads of each runtime (default: the number of cores).")
@click.option("--rounds", type=int, default=7, show_default=True, help="Turns of each runtime.")
@click.option("--frames", type=int, default=10, show_default=True, help="Measured frames per turn.")
@click.option("--operators", is_flag=True, help="List the time of edgegen's exports by operator.")
@click.option(
    "--device", is_flag=True, help="Run the self-check of an android project on the connected phone."
)
@group_of(DESCRIBED)
@output_options
def command(
    model: str,
    image: Path | None,
    against: str | None,
    checkpoint: Path | None,
    calibration: Path | None,
    threads: int | None,
    rounds: int,
    frames: int,
    operators: bool,
    device: bool,
    as_json: bool,
    **described: Any,
) -> None:
    """Time a model in PyTorch, other runtimes and edgegen's export, with one picture and equal threads.

    Each runtime runs in its own process. It is timed only if its detections equal PyTorch's. The runtimes
    take turns, and medians are reported. The other runtimes' exports are Ultralytics' own, in float32; for
    models of other libraries there is ONNX Runtime, on edgegen's ONNX model. The app of a linux-cpp or web
    project is timed too, next to the library's own predict.
    """
    from edgegen.base.progress import on_stderr
    from edgegen.commands.benchmark import BenchmarkRequest, benchmark
    from edgegen.commands.request import ExportRequest
    from edgegen.commands.timing import Counts, cores
    from edgegen.model.precision import INT8

    names = None if against is None else [name.strip() for name in against.split(",") if name.strip()]
    int8 = None
    if calibration is not None:
        int8 = ExportRequest(model, precision=INT8, calibration=calibration, int8_io=True).int8()
    request = BenchmarkRequest(
        export=ExportRequest(model, **described),
        image=image,
        against=names,
        checkpoint=checkpoint,
        int8=int8,
        counts=Counts(threads if threads is not None else cores(), rounds, frames),
        operators=operators,
        device=device,
    )
    with on_stderr() as progress:
        result = benchmark(request, progress)
    if as_json:
        print_json(result.to_json())
    else:
        _print(result)


def _print(result: "Benchmark") -> None:
    click.echo(f"The model alone, {result.spec.input.width} x {result.spec.input.height}")
    _print_times(result.forward)
    if result.spec.output.has_levels and result.spec.is_ultralytics:
        click.echo("Ultralytics' exports decode every anchor point; the others leave decoding to the app")
    if result.whole:
        click.echo("\nFrom the picture in memory to the results")
        _print_times(result.whole)
    if result.phone is not None:
        _print_phone(result.phone)
    for precision, kinds in result.operators.items():
        _print_operators(precision, kinds)
    for missing in result.not_timed:
        click.echo(f"\n{missing.name} is not timed: {missing.why}")
        if missing.install:
            click.echo(f"  {missing.install}")
    _print_conditions(result)


def _print_phone(phone: "PhoneReport") -> None:
    click.echo(f"\nOn the phone: {phone.device}\n{phone.verdict}")
    titles = ("threads", "input ms", "model ms", "result ms", "total ms")
    times = [
        (str(each.threads), *map(_ms, (each.input_ms, each.model_ms, each.result_ms, each.total_ms)))
        for each in phone.times
    ]
    print_table(titles, times, right=titles)
    if phone.programs:
        click.echo("")
        programs = [
            (each.title, _ms(each.model_ms), _ms(each.load_ms), each.verdict) for each in phone.programs
        ]
        numbers = ("model ms", "load ms")
        print_table(("backend", *numbers, "verdict"), programs, right=numbers)


def _print_operators(precision: str, kinds: "Sequence[Kind]") -> None:
    click.echo(f"\nOperators of the {precision} export, traced, slowest first")
    total = sum(kind.ms for kind in kinds)
    operators = [
        (f"{kind.ms:.2f}", f"{100 * kind.ms / total:.1f}", str(kind.count), kind.name) for kind in kinds
    ]
    print_table(("ms", "%", "how many", "kind"), operators, right=("ms", "%", "how many"))


def _print_conditions(result: "Benchmark") -> None:
    """Print the picture, the versions and the machine, and what may have disturbed the times."""
    from edgegen.commands.timing import machine

    height, width = result.picture.rgb.shape[:2]
    counts, on, rows = result.counts, machine(), (*result.forward, *result.whole)
    versions = dict.fromkeys(row.entry.runs for row in rows)
    click.echo(
        f"\n{result.picture.name}, {width} x {height}, scores above {result.confidence:g}; medians of "
        f"{how_many(counts.rounds, 'round')} of {how_many(counts.frames, 'frame')}\n"
        f"{', '.join(versions)}\n"
        f"{on['processor']} ({on['architecture']}), {how_many(counts.threads, 'thread')}"
    )
    for row in rows:
        if row.time.cores is not None and row.time.cores > counts.threads * _BUSY:
            click.echo(f"{row.entry.name} used {row.time.cores:.1f} cores, not {counts.threads}")
    if result.load is not None and result.load > counts.threads / 2:
        click.echo(f"The machine was busy before (load {result.load:.1f}): measure again when it is idle")


def _print_times(rows: "Sequence[Row]") -> None:
    titles = ("", "ms", "lowest to highest", f"x {rows[0].entry.name}", "MB", "shows")
    cells = [
        (
            row.entry.name,
            f"{row.time.ms.median:.2f}",
            f"{row.time.ms.low:.2f} to {row.time.ms.high:.2f}",
            f"{row.time.times_as_fast.median:.2f}",
            "" if row.entry.size is None else f"{row.entry.size / 1e6:.2f}",
            row.entry.agreement.in_words(),
        )
        for row in rows
    ]
    print_table(titles, cells, right=titles[1:-1])


def _ms(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds:.1f}"
