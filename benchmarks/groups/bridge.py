"""Measure the time and memory that the iOS bridge adds to its C++ detector, on Linux."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np

from benchmarks.figures import Figure, Side, Spread, Target
from benchmarks.pairs import ratio
from benchmarks.processes import run
from benchmarks.progress import say
from benchmarks.settings import CONFIDENCE, LOW_CONFIDENCE
from benchmarks.workspace import Workspace
from edgegen_kits.common.executorch import executorch_sdk
from edgegen_kits.ios import bridge_build
from edgegen_kits.ios.tools import TOOLS

MAIN = Path(__file__).resolve().parents[1] / "native" / "bridge.mm"
AT_MOST_3_PERCENT = Target("at_most", 1.03)
ONE_OBJECT = Target("at_most", 1)


def measure(workspace: Workspace) -> list[Figure]:
    """Compare both in one process, in turns. Returns no figures without the iOS kit."""
    if not all(tool.find().usable for tool in TOOLS if tool.required):
        say("bridge: skipped, the iOS kit is missing. Run `edgegen doctor --target ios --install`")
        return []
    say(f"bridge: {workspace.settings.rounds} rounds")
    figures = list[Figure]()
    with TemporaryDirectory(dir=workspace.folder) as name:
        folder = Path(name)
        run(workspace.edgegen_new_ios(workspace.raw_project / "model", folder / "project"))
        program = bridge_build.build(folder / "project", folder, executorch=executorch_sdk(), main=MAIN)
        for picture in workspace.settings.pictures:
            figures += _figures(_run(workspace, program, folder, picture), picture)
    return figures


def _run(workspace: Workspace, program: Path, folder: Path, picture: Path) -> dict[str, Any]:
    bgr = np.asarray(cv2.imread(str(picture)), dtype=np.uint8)
    height, width = bgr.shape[:2]
    photo = folder / "photo"
    photo.write_bytes(cv2.cvtColor(bgr, cv2.COLOR_BGR2BGRA).tobytes())
    settings = workspace.settings
    numbers = (width, height, settings.threads, settings.rounds, settings.frames, CONFIDENCE, LOW_CONFIDENCE)
    model = folder / "project" / "Model" / "model.pte"
    measured: dict[str, Any] = json.loads(run([program, model, photo, *map(str, numbers)]))
    return measured


def _figures(measured: dict[str, Any], picture: Path) -> list[Figure]:
    rounds, more = measured["rounds"], measured["more_boxes"]
    spread = ratio(rounds, above="bridge", below="plain")
    names = {"bridge": "bridge", "plain": "C++ detector"}
    sides = tuple(
        Side(shown, Spread.of([each[name] for each in rounds]).median, "ms") for name, shown in names.items()
    )
    note = f"{measured['boxes']} boxes; one process, in turns"
    title = "iOS: the bridge against the detector behind it"
    figures = [Figure("bridge", title, "x", spread, AT_MOST_3_PERCENT, sides, note, picture.name)]
    title = "iOS: time of the bridge without the detector"
    outside = Spread.of([each["outside"] for each in rounds])
    figures.append(Figure("bridge_outside", title, "ms", outside, None, (), note, picture.name))
    if more > 0:
        objects = Spread.of([measured["more_objects"] / more])
        title = "iOS: objects that the bridge allocates for a detection"
        note = f"{measured['more_objects']} more objects for {more} more boxes"
        figures.append(
            Figure("bridge_objects", title, "objects", objects, ONE_OBJECT, (), note, picture.name)
        )
    return figures
