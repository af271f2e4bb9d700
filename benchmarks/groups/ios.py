"""Measure the size of an iOS project, without the user's files."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Spread, Target
from benchmarks.processes import run
from benchmarks.progress import say
from benchmarks.workspace import Workspace

SIZE_LIMIT_KB = Target("under", 500)


def measure(workspace: Workspace) -> list[Figure]:
    """Make an iOS project of a `.pte`, and add up the sizes of its files."""
    say("ios: one run of `edgegen new`")
    with TemporaryDirectory(dir=workspace.folder) as name:
        project = Path(name) / "app"
        run(workspace.edgegen_new_ios(workspace.raw_project / "model" / "model.pte", project))
        files = [path for path in project.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files if _is_counted(path.relative_to(project)))
    note = "without the .pte, the golden vectors and the icon's pictures"
    return [
        Figure(
            "ios_size", "iOS: the project's folder", "kB", Spread.of([size / 1e3]), SIZE_LIMIT_KB, (), note
        )
    ]


def _is_counted(path: Path) -> bool:
    return path.parts[0] != "vectors" and path.suffix not in {".pte", ".png"}
