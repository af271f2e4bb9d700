"""The command line of `python -m benchmarks`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import avx512, machine
from benchmarks.figures import Results
from benchmarks.processes import ProcessError
from benchmarks.report import chart, page, table
from benchmarks.run import GROUPS, measure
from benchmarks.settings import FULL, QUICK, Settings, all_cores
from benchmarks.workspace import ROOT, Workspace, default_picture

WORK = ROOT / "build" / "benchmarks"
PUBLISHED = ROOT / "benchmarks" / "results"  # a file for each kind of processor
PAGE = ROOT / "docs" / "benchmarks.md"
PICTURES = ROOT / "docs" / "images"
TARGET_MISSED, FAILED = 1, 3


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the figures of docs/benchmarks.md. A full run writes the part of that page for "
        "this kind of processor, its picture, and a file in benchmarks/results. A run with --quick or --only "
        "writes them with --publish only.",
        epilog=f"Exit code: {TARGET_MISSED} if a target is missed, {FAILED} if a program fails, else 0.",
    )
    result.add_argument("--quick", action="store_true", help="few rounds: minutes, less exact")
    result.add_argument(
        "--only", action="append", choices=list(GROUPS), help="measure one group; may be repeated"
    )
    result.add_argument("--image", action="append", type=Path, help="a further photo; may be repeated")
    result.add_argument("--model", type=Path, help="a YOLO detection checkpoint (default: yolo11n)")
    result.add_argument("--imgsz", type=_positive, default=640, help="input size in pixels (default: 640)")
    result.add_argument(
        "--threads", type=_positive, default=all_cores(), help="threads of both sides (default: all cores)"
    )
    for name, what in (
        ("rounds", "turns of each side"),
        ("frames", "counted frames in a turn"),
        ("command-runs", "runs of short commands"),
        ("export-runs", "runs of exports"),
    ):
        default = FULL[name.replace("-", "_")]
        result.add_argument(f"--{name}", type=_positive, help=f"{what} (default: {default})")
    result.add_argument("--work", type=Path, default=WORK, help="folder for exports and builds")
    result.add_argument("--json", type=Path, help="also write the results to this file")
    result.add_argument("--show", type=Path, metavar="JSON", help="measure nothing, print these results")
    result.add_argument(
        "--over", type=Path, metavar="JSON", help="add the figures of earlier results that this run lacks"
    )
    result.add_argument(
        "--hide-avx512",
        action="store_true",
        help="measure as on most laptops: no program sees AVX-512 (Intel, Linux; not android, kotlin, web)",
    )
    result.add_argument("--publish", action="store_true", help="write page, picture and results")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and save the figures. Return the exit code."""
    options = parser().parse_args(arguments)
    try:
        if options.hide_avx512 and not avx512.is_hidden():
            return avx512.run_again_without(options.work.resolve())
        return _run(options)
    except ProcessError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED


def _run(options: argparse.Namespace) -> int:
    earlier = _read(options.over) if options.over else None
    here = machine.kind()
    if earlier is not None and not options.show and earlier.machine["kind"] != here:
        print(
            f"error: {options.over} is of {earlier.machine['kind']}, and this machine is {here}",
            file=sys.stderr,
        )
        return FAILED
    results = _results(options)
    if earlier is not None:
        results = results.over(earlier)
    table.show(results, Console(width=None if sys.stdout.isatty() else 160))
    if options.json:
        _save(results, options.json)
    if options.publish or not (options.quick or options.only or options.show):
        _save(results, PUBLISHED / f"{results.slug}.json")
        page.write([_read(path) for path in sorted(PUBLISHED.glob("*.json"))], PAGE)
        chart.draw(results, PICTURES / f"benchmarks-{results.slug}.png")
    for figure in results.missed:
        print(f"target missed: {figure.title}", file=sys.stderr)
    return TARGET_MISSED if results.missed else 0


def _results(options: argparse.Namespace) -> Results:
    if options.show:
        return _read(options.show)
    counts = dict(QUICK if options.quick else FULL)
    counts.update({name: count for name in counts if (count := getattr(options, name)) is not None})
    settings = Settings(
        **counts,
        threads=options.threads,
        input_size=options.imgsz,
        pictures=(default_picture(), *(options.image or ())),
    )
    workspace = Workspace(options.work.resolve(), options.model, settings)
    return measure(workspace, options.only or list(GROUPS))


def _read(path: Path) -> Results:
    return Results.from_json(json.loads(path.read_text()))


def _save(results: Results, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results.to_json(), indent=2) + "\n")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value
