"""Measure the size of an Android project in an APK, and the time of `edgegen new` and `verify`."""

import zipfile
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Spread, Target
from benchmarks.jvm import KIT_IS_MISSING, is_available
from benchmarks.processes import cost
from benchmarks.progress import say
from benchmarks.workspace import Workspace
from edgegen_kits.android import shrink
from edgegen_kits.android.app_build import Project, build
from edgegen_kits.android.kit import locate_kit
from edgegen_kits.common.commands import Commands

DEX_LIMIT_KB = Target("under", 220)
APK_LIMIT_KB = Target("under", 300)
NEW_LIMIT_S = Target("under", 1)
VERIFY_LIMIT_S = Target("under", 90)
MODEL_SUFFIX = ".pte"  # not counted: the model is the user's


def measure(workspace: Workspace) -> list[Figure]:
    """Make, shrink and verify an Android project of a `.pte`. Returns no figures without the Android kit."""
    if not is_available():
        say(f"android: {KIT_IS_MISSING}")
        return []
    runs = workspace.settings.command_runs
    say(f"android: {runs} runs of `edgegen new`, one of `edgegen verify`")
    with TemporaryDirectory(dir=workspace.folder) as name:
        project = Path(name) / "app"
        make = workspace.edgegen_new_android(workspace.raw_project / "model" / "model.pte", project)
        made = [cost([*make, "--force"]).wall for _ in range(runs + 1)][1:]
        verified = cost(workspace.edgegen_verify(project)).wall
        dex, added = _sizes(project, Path(name) / "built")
    return [
        _once("android_dex", "Android: the project's own code after R8", "kB", dex, DEX_LIMIT_KB),
        _once(
            "android_apk",
            "Android: what the project adds to an APK, compressed",
            "kB",
            added,
            APK_LIMIT_KB,
            "without the .pte and the libraries' code; AndroidX's resources are counted as ours",
        ),
        Figure("android_new", "edgegen new --target android from a .pte", "s", Spread.of(made), NEW_LIMIT_S),
        _once("android_verify", "edgegen verify of an Android project", "s", verified, VERIFY_LIMIT_S),
    ]


def _once(name: str, title: str, unit: str, value: float, target: Target, note: str = "") -> Figure:
    return Figure(name, title, unit, Spread.of([value]), target, (), note)


def _sizes(project: Path, folder: Path) -> tuple[float, float]:
    """Return two sizes in kB: of the project's dex code, and of the project in an APK, compressed."""
    with Commands() as commands:
        kit = locate_kit()
        built = build(kit, Project(project), folder / "built", commands)
        own = shrink.shrink_own_code(kit, built, folder / "shrunk", commands)
    code = sum(map(_compressed_size, own))
    with zipfile.ZipFile(built.linked.archive) as linked:
        names = [each for each in linked.namelist() if not each.endswith(MODEL_SUFFIX)]
        rest = sum(_compressed_size(linked.read(each)) for each in names)
    return sum(map(len, own)) / 1e3, (code + rest) / 1e3


def _compressed_size(content: bytes) -> int:
    return len(zlib.compress(content, 9))
