"""Detectors of other libraries: apps of their checkpoints, compared with the library itself."""

import json
from pathlib import Path
from typing import Any, Final

from edgegen.parity.pictures import KINDS
from tests.helpers import rfdetr_models, ssdlite_models, transformers_folders
from tests.helpers.mutating import replaced
from tests.helpers.places import ROOT, TINY
from tests.helpers.support import Answer, process

D_FINE: Final = "d_fine"
YOLOX: Final = "yolox"
SSDLITE: Final = "ssdlite"
RF_DETR: Final = "rf_detr"
VERIFY_FAILED: Final = 7


def model_words(kind: str, folder: Path) -> tuple[object, ...]:
    """Return the words for a model in a command: a checkpoint, or a saved folder of D-FINE."""
    names = folder / "classes.txt"
    names.write_text("\n".join(KINDS), encoding="utf-8")
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


def verified(kind: str, target: str, folder: Path) -> dict[str, Any]:
    """Return the report of an app's comparison with the library, which must have passed."""
    project = folder / "app"
    _run(kind, "new", *model_words(kind, folder), "--target", target, "--output", project).ok()
    report: dict[str, Any] = json.loads(_run(kind, "verify", project, "--json").ok().out)
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
