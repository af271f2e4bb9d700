"""Detectors of other libraries: apps of their checkpoints, compared with the library itself."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from edgegen.parity import pictures
from tests.helpers import rfdetr_models, ssdlite_models, transformers_folders
from tests.helpers.mutating import replaced
from tests.helpers.once import Once
from tests.helpers.places import ROOT, TINY
from tests.helpers.several_models import keys_of, record_files
from tests.helpers.support import Answer, edgegen, process

D_FINE: Final = "d_fine"
YOLOX: Final = "yolox"
SSDLITE: Final = "ssdlite"
RF_DETR: Final = "rf_detr"
KINDS: Final = (D_FINE, RF_DETR, YOLOX, SSDLITE)
STAGES: Final = ("constants", "letterbox", "tensor", "raw", "boxes", "app")
VERIFY_FAILED: Final = 7

Run = Callable[..., Answer]


def model_words(kind: str, folder: Path) -> tuple[object, ...]:
    """Return the words for a model in a command: a checkpoint, or a saved folder of D-FINE."""
    names = folder / "classes.txt"
    names.write_text("\n".join(pictures.KINDS), encoding="utf-8")
    if kind == YOLOX:
        return ("--model", TINY.with_name("tiny-yolox.pth"), "--names", names, "--imgsz", "128,160")
    if kind == SSDLITE:
        path = ssdlite_models.save(folder / "model_25.pth")
        return ("--model", path, "--arch", ssdlite_models.ARCHITECTURE, "--names", names)
    if kind == RF_DETR:
        with rfdetr_models.small_encoder():
            model, config = rfdetr_models.build(**rfdetr_models.SMALL)
        path = rfdetr_models.save(folder / "checkpoint_best_total.pth", model, config)
        return ("--model", path, "--imgsz", "128,160")
    return ("--model", transformers_folders.save_detector(folder / "my-dfine"))


def verified(kind: str, target: str, folder: Path, run: Run | None = None) -> dict[str, Any]:
    """Return the report of an app's comparison with the library, which must have passed.

    run: runs a command for a kind of detector; otherwise each command has a process of its own.
    """
    project, run = folder / "app", run or _run
    run(kind, "new", *model_words(kind, folder), "--target", target, "--output", project).ok()
    return _passed(run(kind, "verify", project, "--json"))


def verified_together(
    once: Once, target: str, folder: Path, file: Path, int8: Path, *more: Path
) -> dict[str, Any]:
    """Return the report of an app with a detector of each library and other models, which must have passed.

    Each stage is compared for each model, with what it was made from.

    file: of ONNX Runtime.
    int8: an export. Its integers must be equal.
    more: further exports.
    """
    detectors = once("other-detectors", _export_all)
    files = [detectors / name for name in (detectors / "files.txt").read_text("utf-8").splitlines()]
    models, project = [*(detectors / kind for kind in KINDS), file, int8, *more], folder / "app"
    options = [part for model in models for part in ("--model", model)]
    with rfdetr_models.small_encoder():
        edgegen("new", *options, "--target", target, "--app", "studio", "--output", project).ok()
        record_files(project, files)
        report = _passed(edgegen("verify", project, "--json"))
    keys, stages = keys_of(project), {stage["name"]: stage for stage in report["stages"]}
    assert stages.keys() >= {f"{key}: {name}" for key in keys for name in STAGES}
    assert stages[f"{keys[len(KINDS) + 1]}: raw"]["worst"] == 0
    expected = [*(("PyTorch on ", each.name) for each in files), ("ONNX Runtime on ", file.name)]
    expected.append(("the int8 model in Python", ""))
    authorities = report["authority"].split(" and ")
    for (engine, name), authority in zip(expected, authorities, strict=False):
        assert authority.startswith(engine)
        assert name in authority
    assert len(authorities) == len(expected) + len(more)
    return report


def _export_all(folder: Path) -> None:
    """Write a checkpoint of each kind, its export, and a list of the checkpoints."""
    files = list[str]()
    with rfdetr_models.small_encoder():
        for kind in KINDS:
            words = model_words(kind, folder)
            edgegen("export", *words, "--output", folder / kind).ok()
            files.append(os.path.relpath(str(words[1]), folder))
    (folder / "files.txt").write_text("\n".join(files), "utf-8")


def _passed(answer: Answer) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(answer.ok().out)
    assert report["passed"]
    assert report["detections"] > 0
    assert all(stage["compared"] > 0 for stage in report["stages"])
    return report


def failed_stage(kind: str, project: Path, file: str, old: str, new: str) -> str:
    """Return the first stage that fails after a replacement in a file of the project."""
    replaced(project / file, old, new)
    answer = _run(kind, "verify", project, "--json")
    assert answer.code == VERIFY_FAILED
    return next(stage["name"] for stage in json.loads(answer.out)["stages"] if not stage["passed"])


def _run(kind: str, *words: object) -> Answer:
    """Run a command in a process of its own: Playwright of other tests may run in this one."""
    module = rfdetr_models.__name__ if kind == RF_DETR else "edgegen"
    return process(*words, folder=ROOT, module=module)
