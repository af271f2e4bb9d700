"""Time commands that a person waits for. Each run is a new process."""

import shutil
import statistics
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Side, Spread, Target
from benchmarks.pairs import ratio, take_turns
from benchmarks.processes import BIN, Cost, cost
from benchmarks.progress import say
from benchmarks.workspace import Workspace

HELP_LIMIT_S = Target("under", 0.2)
NEW_LIMIT_S = Target("under", 1)
EXPORT_LIMIT = Target("at_most", 1.25)
OURS, THEIRS = "edgegen new", "yolo export"


def measure(workspace: Workspace) -> list[Figure]:
    """Time `edgegen --help`, and `edgegen new` from existing exports."""
    runs = workspace.settings.command_runs
    say(f"commands: {runs} runs each")
    exported = workspace.raw_project / "model"
    plain = workspace.ultralytics_folder
    with TemporaryDirectory(dir=workspace.folder) as name:
        folder = Path(name)
        from_ours = workspace.edgegen_new(exported / "model.pte", folder / "ours")
        from_theirs = workspace.edgegen_new(plain, folder / "theirs")
        return [
            _time_command("help", "edgegen --help", [str(BIN / "edgegen"), "--help"], runs, HELP_LIMIT_S),
            _time_command(
                "new_pte",
                "edgegen new from a .pte",
                from_ours,
                runs,
                NEW_LIMIT_S,
                folder / "ours",
                "raw head; golden vectors are made again",
            ),
            _time_command(
                "new_folder",
                "edgegen new from Ultralytics' folder",
                from_theirs,
                runs,
                NEW_LIMIT_S,
                folder / "theirs",
                "decoded head; golden vectors are made again",
            ),
        ]


def measure_export(workspace: Workspace) -> list[Figure]:
    """Time `edgegen new` from a checkpoint, and Ultralytics' export of the same checkpoint."""
    runs = workspace.settings.export_runs
    say(f"export: {runs} rounds")
    with TemporaryDirectory(dir=workspace.folder) as name:
        folder = Path(name)
        checkpoint = folder / workspace.checkpoint.name
        shutil.copyfile(workspace.checkpoint, checkpoint)
        theirs = folder / f"{checkpoint.stem}_executorch_model"
        # Also has edgegen's cache of lowered programs, which is removed before each run.
        own_folder = folder / "ours"
        ours = workspace.edgegen_new_checkpoint(checkpoint, own_folder / "app")
        ours = ["env", f"EDGEGEN_HOME={own_folder / 'home'}", *ours]
        rounds = take_turns(
            {
                OURS: partial(_cost, own_folder, ours),
                THEIRS: partial(_cost, theirs, workspace.yolo_export(checkpoint)),
            },
            runs,
        )
    wall = [{name: each.wall for name, each in row.items()} for row in rounds]
    processor = [{name: each.processor for name, each in row.items()} for row in rounds]
    title = "edgegen new from a .pt against yolo export"
    note = "golden vectors and the project included"
    return [
        _compare("new_pt", title, wall, note, EXPORT_LIMIT),
        _compare("new_pt_processor", f"{title}, processor time", processor, note),
    ]


def _compare(
    name: str, title: str, rounds: Sequence[Mapping[str, float]], note: str, target: Target | None = None
) -> Figure:
    sides = tuple(Side(each, statistics.median(row[each] for row in rounds), "s") for each in (OURS, THEIRS))
    return Figure(name, title, "x", ratio(rounds, OURS, THEIRS), target, sides, note)


def _time_command(
    name: str,
    title: str,
    command: Sequence[str],
    runs: int,
    target: Target,
    output: Path | None = None,
    note: str = "",
) -> Figure:
    """Time a command. The first run does not count, because it may read its files from the disk."""
    times = [_cost(output, command).wall for _ in range(runs + 1)][1:]
    return Figure(name, title, "s", Spread.of(times), target, (), note)


def _cost(output: Path | None, command: Sequence[str]) -> Cost:
    """Return the cost of a command. Removes the output of an earlier run first."""
    if output is not None and output.exists():
        shutil.rmtree(output)
    return cost(command)
