"""What a batch makes projects with: as options of `edgegen new`, and beside what one was made of."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from edgegen.commands.request import Request
from edgegen.model.precision import INT8
from edgegen.project.context import CONFIDENCE, IOU, MAX_DET


def options_of(asked: Request) -> list[str]:
    """Return the options of `edgegen new` that say this; texts cling to theirs, whatever they begin with."""
    texts: dict[str, Any] = {
        "model": asked.model or None,
        "name": asked.name,
        "package": asked.package,
        "app": asked.app,
        "classes": asked.classes,
        "skeleton": asked.skeleton,
        "imgsz": ",".join(map(str, asked.imgsz)) if asked.imgsz else None,
        "head": asked.head,
        "precision": asked.precision,
        "calibration": asked.calibration,
        "calibration-images": asked.calibration_images,
        "max-loss": asked.max_loss,
        "conf": asked.confidence if asked.confidence != CONFIDENCE else None,
        "iou": asked.iou if asked.iou != IOU else None,
        "max-det": asked.max_det if asked.max_det != MAX_DET else None,
        "template": asked.template,
    }
    return [
        *(f"--{option}={value}" for option, value in texts.items() if value is not None),
        *(f"--image={path}" for path in asked.images),
        *(f"--keep-float={layer}" for layer in asked.keep_float),
        *(["--sensitivity"] if asked.sensitivity and asked.precision == INT8.name else []),
        *(f"--data={name}={value}" for name, value in asked.data),
        *(["--trust"] if asked.trust else []),
        *(["--force"] if asked.force else []),
    ]


def template_changes(record: Any, origin: Mapping[str, Any], data: Mapping[str, str]) -> list[str]:
    """Return what changed since a project was made: its template, or the names of answers."""
    import yaml

    record = record if isinstance(record, dict) else {}  # a manifest may come from anywhere
    is_same = all(record.get(key) == value for key, value in origin.items() if key != "ref")
    changes = [] if is_same else ["the template"]
    texts, answers = (
        each if isinstance(each, dict) else {} for each in (record.get("data"), record.get("answers"))
    )
    for name, text in data.items():
        if name in texts:
            changes += [name] if texts[name] != text else []
            continue
        equal = [text]  # the text may be the default of then
        with suppress(yaml.YAMLError):
            equal.append(yaml.safe_load(text))
        changes += [name] if answers.get(name, text) not in equal else []
    return [*changes, *(str(name) for name in texts if name not in data)]
