"""How large an iOS project is, without what is the user's."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Spread, Target
from benchmarks.processes import run
from benchmarks.progress import say
from benchmarks.workspace import Workspace

SIZE_LIMIT_KB = Target("under", 500)


def measure(workspace: Workspace) -> list[Figure]:
    """Make an iOS project from a `.pte` and weigh it."""
    say("ios: one run of `edgegen new`")
    with TemporaryDirectory(dir=workspace.folder) as name:
        project = Path(name) / "app"
        run(workspace.edgegen_new_ios(workspace.raw_project / "model" / "model.pte", project))
        files = [path for path in project.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files if _counts(path.relative_to(project)))
    note = "without the .pte, the golden vectors and the icon's pictures"
    return [
        Figure(
            "ios_size", "iOS: the project's folder", "kB", Spread.of([size / 1e3]), SIZE_LIMIT_KB, (), note
        )
    ]


def _counts(path: Path) -> bool:
    return path.parts[0] != "vectors" and path.suffix not in {".pte", ".png"}
