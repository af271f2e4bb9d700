"""The command line: `python -m benchmarks`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.figures import Results
from benchmarks.processes import ProcessError
from benchmarks.report import chart, page, table
from benchmarks.run import GROUPS, measure
from benchmarks.settings import FULL, QUICK, Settings, all_cores
from benchmarks.workspace import ROOT, Workspace, default_picture

WORK = ROOT / "build" / "benchmarks"
LATEST = ROOT / "benchmarks" / "results" / "latest.json"
PAGE = ROOT / "docs" / "benchmarks.md"
PICTURE = ROOT / "docs" / "images" / "benchmarks.png"
TARGET_MISSED, FAILED = 1, 3


def parser() -> argparse.ArgumentParser:
    """Return what the command line takes."""
    it = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure what docs/benchmarks.md says. A whole run writes that page, its picture and "
        "benchmarks/results/latest.json; --quick and --only write nothing unless told.",
        epilog=f"Exit code: 0, {TARGET_MISSED} a target was missed, {FAILED} something could not be run.",
    )
    it.add_argument("--quick", action="store_true", help="few rounds, for a look")
    it.add_argument("--only", action="append", choices=list(GROUPS), help="one group; may be repeated")
    it.add_argument("--image", action="append", type=Path, help="a photo, besides the usual one")
    it.add_argument("--model", type=Path, help="a YOLO detection checkpoint (default: yolo11n)")
    it.add_argument("--imgsz", type=_positive, default=640, help="input size in pixels (default: 640)")
    it.add_argument(
        "--threads", type=_positive, default=all_cores(), help="of both sides (default: all cores)"
    )
    for name, what in (
        ("rounds", "turns of each side"),
        ("frames", "counted frames in a turn"),
        ("command-runs", "runs of short commands"),
        ("export-runs", "runs of exports"),
    ):
        default = FULL[name.replace("-", "_")]
        it.add_argument(f"--{name}", type=_positive, help=f"{what} (default: {default})")
    it.add_argument("--work", type=Path, default=WORK, help="folder for exports and builds")
    it.add_argument("--json", type=Path, help="also write the results to this file")
    it.add_argument("--show", type=Path, metavar="JSON", help="measure nothing: print these results")
    it.add_argument(
        "--over", type=Path, metavar="JSON", help="take from these earlier results what is not measured now"
    )
    it.add_argument("--publish", action="store_true", help="write page, picture and latest.json in any case")
    return it


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, save; return the exit code."""
    options = parser().parse_args(arguments)
    try:
        results = _results(options)
        if options.over:
            results = results.over(_read(options.over))
    except ProcessError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    table.show(results, Console(width=None if sys.stdout.isatty() else 160))
    if options.json:
        _save(results, options.json)
    if options.publish or not (options.quick or options.only or options.show):
        _save(results, LATEST)
        page.write(results, PAGE)
        chart.draw(results, PICTURE)
    for figure in results.missed:
        print(f"target missed: {figure.title}", file=sys.stderr)
    return TARGET_MISSED if results.missed else 0


def _results(options: argparse.Namespace) -> Results:
    if options.show:
        return _read(options.show)
    counts = dict(QUICK if options.quick else FULL)
    counts.update({name: given for name in counts if (given := getattr(options, name)) is not None})
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
