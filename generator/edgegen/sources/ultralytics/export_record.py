"""What Ultralytics' exporter recorded in a file, checked against what edgegen takes."""

import re
from collections.abc import Mapping
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError, other_channels
from edgegen.sources.graph import Graph
from edgegen.sources.ultralytics import heads

HINT: Final = "export it again with Ultralytics, or give its checkpoint"
_LONGEST_SIDE: Final = 8192


def recorded_task(graph: Graph) -> str:
    """Return the task, if edgegen takes such exports."""
    record, name = graph.record, graph.path.name
    task, head = str(record.get("task")), str(record.get("head", ""))
    if head and heads.TASKS.get(head) != task:
        raise UnsupportedModelError(f"exports of {head} models ({name})", heads.SUPPORTED)
    if task not in heads.TASKS.values():
        raise UnsupportedModelError(f"exports of the task {task} ({name})", heads.SUPPORTED)
    arguments = record.get("args")
    if isinstance(arguments, Mapping) and arguments.get("nms"):
        raise UnsupportedModelError(
            f"exports with NMS inside ({name})",
            "export it again without nms=True: edgegen's apps have their own",
        )
    if record.get("channels", 3) != 3:
        raise other_channels(record["channels"])
    if graph.input_dtype != "float32":
        raise UnsupportedModelError(
            f"an input of {graph.input_dtype} ({name})", "export it again without half=True or quantize"
        )
    if graph.input_shape[:1] not in ((1,), (None,)):
        raise UnsupportedModelError(f"a batch of {graph.input_shape[0]} ({name})", "export it with batch=1")
    return task


def recorded_size(graph: Graph) -> tuple[int, int]:
    """Return height and width: of the input, or of the export if the input is dynamic."""
    recorded = graph.record.get("imgsz")
    sides = whole_numbers([recorded, recorded] if isinstance(recorded, int) else recorded)
    if len(sides) != 2 or not 1 <= min(sides) <= max(sides) <= _LONGEST_SIDE:
        raise InputError(f"{graph.path} has an unusable input size: {recorded!r}", HINT)
    own = graph.input_shape[2:]
    if len(own) != 2:
        raise InputError(f"{graph.path} takes an input of {len(graph.input_shape)} dimensions, not 4", HINT)
    if any(side not in (None, known) for side, known in zip(own, sides, strict=True)):
        raise InputError(f"{graph.path} contradicts itself: imgsz is {recorded}, its input {list(own)}", HINT)
    return sides[0], sides[1]


def whole_numbers(recorded: Any) -> tuple[int, ...]:
    """Return the numbers of a list; () for anything else."""
    listed = recorded if isinstance(recorded, (list, tuple)) else ()
    return tuple(listed) if all(type(each) is int for each in listed) else ()


def recorded_architecture(description: str) -> str:
    """Return YOLO11n for "Ultralytics YOLO11n model trained on ..."."""
    match = re.match(r"Ultralytics (\S+) model", description)
    return match[1] if match else ""
