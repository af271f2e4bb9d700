"""Ultralytics' exports to ONNX and TorchScript. Their graph is cut at the head's last convolutions.

What the exporter recorded in a file is checked against what edgegen takes, and against the graph. The
authority is Ultralytics' predict on the file.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch

from edgegen import tasks
from edgegen.base.errors import (
    EdgegenError,
    InputError,
    UnsupportedModelError,
    UsageError,
    first_line,
    other_channels,
)
from edgegen.base.files import link_or_copy
from edgegen.base.model_files import external_weights, model_sha256
from edgegen.base.private import last_part, strip_folders
from edgegen.base.quiet import quiet
from edgegen.base.text import first_of, shorten
from edgegen.model.skeleton import keypoint_names
from edgegen.model.spec import (
    NO_EXTRAS,
    ONE_TO_MANY,
    ONE_TO_ONE,
    CheckpointFacts,
    Extras,
    ModelSpec,
    YoloHead,
)
from edgegen.sources.description import Description, check_class_names
from edgegen.sources.graph import FirstOutput, Graph
from edgegen.sources.image_classifier import check_class_count
from edgegen.sources.source import OpenedModel
from edgegen.sources.ultralytics import heads
from edgegen.sources.ultralytics.facts import LEAST_STRIDE, class_names
from edgegen.sources.ultralytics.library import require_ultralytics
from edgegen.sources.ultralytics.predict import UltralyticsPredictor

_NO_MEAN: Final = (0.0, 0.0, 0.0)  # Ultralytics' inputs are not normalized
_NO_STD: Final = (1.0, 1.0, 1.0)
_BRANCHES: Final = {"": ONE_TO_MANY, "one2one_": ONE_TO_ONE}
Values = dict[str, tuple[str, ...]]
Found = tuple[CheckpointFacts, Values, int]  # with the number of classes
_HINT: Final = "export it again with Ultralytics, or give its checkpoint"
_LONGEST_SIDE: Final = 8192


@dataclass(frozen=True)
class ExportedGraph(OpenedModel):
    """An opened export."""

    graph: Graph
    values: Mapping[str, tuple[str, ...]]  # the values in the graph of each contract's outputs

    def module(self, contract: str) -> Any:
        """Return the graph as a torch module, from [1, 3, H, W] to the outputs of a contract."""
        names = self.values[contract]
        module = self.graph.module(names, self.facts.input.size)
        return module if len(names) > 1 else FirstOutput(module).eval()

    def predictor(self, spec: ModelSpec) -> "FilePredictor":
        """Return Ultralytics' predict on the file."""
        return FilePredictor(self, spec)


def load(graph: Graph, description: Description) -> ExportedGraph:
    """Open an export."""
    with quiet():
        require_ultralytics()
    record = graph.record
    task = _recorded_task(graph)
    size = _recorded_size(graph)
    names = _recorded_names(graph)
    _check_description(graph, description, task, size, names)
    about = str(record.get("description", ""))  # Ultralytics YOLO11n model trained on ...
    architecture = re.match(r"Ultralytics (\S+) model", about)
    facts = CheckpointFacts(
        task=task,
        class_names=names,
        input=tasks.find(task).default_input(*size),
        library="ultralytics",
        description=strip_folders(about) or "Ultralytics model",
        docs="https://docs.ultralytics.com",
        architecture=architecture[1] if architecture else "",
        data=last_part(about.partition(" trained on ")[2]),
        date=str(record.get("date", "")),
        library_version=str(record.get("version", "")),
        license=strip_folders(str(record.get("license", ""))),
        yolo=YoloHead(_recorded_head(graph), (LEAST_STRIDE,)),
        is_fixed_size=True,
        engine=graph.engine,
    )
    try:
        facts, values, classes = _HEADS.get(task, _candidates)(graph, facts)
    except EdgegenError:
        raise
    except Exception as error:  # a record that does not fit the graph fails anywhere
        raise _no_head(graph, shorten(first_line(error))) from error
    if not names:
        facts = _named(graph, facts, description, classes)
    return ExportedGraph(graph.path, model_sha256(graph.path), facts, graph, values)


class FilePredictor(UltralyticsPredictor):
    """Ultralytics' predict on an ONNX or TorchScript file."""

    def __init__(self, model: ExportedGraph, spec: ModelSpec) -> None:
        self._module = model.module(spec.output.contract)
        with tempfile.TemporaryDirectory(prefix="edgegen-", ignore_cleanup_errors=True) as folder:
            named = Path(folder) / f"model.{model.graph.suffix}"  # Ultralytics goes by the suffix
            weights = external_weights(model.path)
            # ONNX Runtime follows no link to weights in another folder.
            (shutil.copyfile if weights else link_or_copy)(model.path, named)
            for location, file in weights.items():
                copy = Path(folder, location)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
            super().__init__(str(named), spec)

    def _logits(self, output: Any, tensor: Any) -> Any:
        """Return the logits [1, nc, h, w] of a semantic map, as a checkpoint does.

        The file returns a map at the input's size, which predict would enlarge without interpolation.
        """
        return self._module(tensor)


def _recorded_task(graph: Graph) -> str:
    """Return the task, if edgegen takes such exports."""
    record, name = graph.record, graph.path.name
    task, head = str(record.get("task")), _recorded_head(graph)
    if head and head not in heads.TASKS:
        raise UnsupportedModelError(f"exports of {head} models ({name})", heads.SUPPORTED)
    if head and heads.TASKS[head] != task:
        raise InputError(f"{graph.path} contradicts itself: its head is {head}, its task {task}", _HINT)
    if task not in heads.TASKS.values():
        raise UnsupportedModelError(f"exports of the task {task} ({name})", heads.SUPPORTED)
    arguments = record.get("args")
    if isinstance(arguments, Mapping) and arguments.get("nms"):
        raise UnsupportedModelError(
            f"exports with NMS inside ({name})",
            "export it again without nms=True: edgegen's apps have their own",
        )
    channels = record.get("channels")
    if type(channels) is int and channels != 3:
        raise other_channels(channels)
    if graph.input_dtype != "float32":
        raise UnsupportedModelError(
            f"an input of {graph.input_dtype} ({name})", "export it again without half=True or quantize"
        )
    if graph.input_shape[:1] not in ((1,), (None,)):
        raise UnsupportedModelError(f"a batch of {graph.input_shape[0]} ({name})", "export it with batch=1")
    return task


def _recorded_head(graph: Graph) -> str:
    """Return the class of the head; "" if there is none, as in exports of old versions."""
    return str(graph.record.get("head") or "")


def _recorded_size(graph: Graph) -> tuple[int, int]:
    """Return height and width: of the export, or of the input if the record does not name them."""
    own = graph.input_shape[2:]
    recorded = graph.record.get("imgsz") or list(own)
    sides = _whole_numbers([recorded, recorded] if isinstance(recorded, int) else recorded)
    if len(sides) != 2 or not 1 <= min(sides) <= max(sides) <= _LONGEST_SIDE:
        raise InputError(f"{graph.path} has an unusable input size: {recorded!r}", _HINT)
    if len(own) != 2:
        raise InputError(f"{graph.path} takes an input of {len(graph.input_shape)} dimensions, not 4", _HINT)
    if any(side not in (None, known) for side, known in zip(own, sides, strict=True)):
        raise InputError(
            f"{graph.path} contradicts itself: imgsz is {recorded}, its input {list(own)}", _HINT
        )
    return sides[0], sides[1]


def _whole_numbers(recorded: Any) -> tuple[int, ...]:
    """Return the numbers of a list; () for anything else."""
    listed = recorded if isinstance(recorded, (list, tuple)) else ()
    return tuple(listed) if all(type(each) is int for each in listed) else ()


def _recorded_names(graph: Graph) -> tuple[str, ...]:
    """Return the names of the classes; () if there are none, as in exports of old versions."""
    recorded = graph.record.get("names")
    if not recorded or recorded == "None":
        return ()
    return class_names(
        graph.path, recorded, len(recorded) if isinstance(recorded, (Mapping, list, tuple)) else 1
    )


def _check_description(
    graph: Graph, description: Description, task: str, size: tuple[int, int], names: tuple[str, ...]
) -> None:
    """Raise UsageError for options about facts that the file records.

    The metadata of an earlier export repeats these facts. Names are the user's if the file has none.
    """
    options = description.options()
    repeats = (
        description.task in ("", task)
        and not description.architecture
        and description.crop in (None, size[0])
        and description.mean in (None, _NO_MEAN)
        and description.std in (None, _NO_STD)
        and description.color is None
    )
    is_named = bool(description.class_names)
    if options and not (is_named and (description.class_names == names if names else repeats)):
        options = [each for each in options if names or each != "--names"]
        raise UsageError(
            f"{', '.join(options)} cannot be used: {graph.path} already records it", "leave it out"
        )


def _classes(graph: Graph, facts: CheckpointFacts) -> Found:
    if graph.softmax_input is None:
        raise _no_head(graph, "it has no softmax at its end")
    logits = (graph.softmax_input,)
    classes = _count_classes(graph, facts, logits)
    return facts, {"logits": logits, "probabilities": graph.outputs}, classes


def _class_map(graph: Graph, facts: CheckpointFacts) -> Found:
    logits = tuple(
        value for path, value in graph.convolutions.items() if re.search(r"\.classifier\.\d+$", path)
    )[-1:]
    if not logits:
        raise _no_head(graph, "it has no layer called classifier")
    return facts, {"logits": logits}, _count_classes(graph, facts, logits)


_HEADS: Final[Mapping[str, Callable[[Graph, CheckpointFacts], Found]]] = {
    "classify": _classes,
    "semantic": _class_map,
    "depth": lambda graph, facts: (facts, {"depth": graph.outputs}, 1),
}


def _no_head(graph: Graph, why: str) -> InputError:
    return InputError(f"{graph.path} does not have the head that its record names: {why}", _HINT)


def _count_classes(graph: Graph, facts: CheckpointFacts, values: Sequence[str]) -> int:
    """Return the number of classes of these logits. Raise InputError if the record names another number."""
    (shape,) = _shapes(graph, values, facts.input.size)
    if _contradicts(facts, shape[1]):
        raise _no_head(graph, f"{shape[1]} outputs for {len(facts.class_names)} classes")
    return shape[1]


def _shapes(graph: Graph, names: Sequence[str], size: tuple[int, int]) -> list[tuple[int, ...]]:
    """Return the shapes of these values for an input of this size."""
    module = graph.module(names, size)
    with quiet(), torch.inference_mode():
        return [tuple(output.shape) for output in module(torch.zeros(1, 3, *size))]


def _contradicts(facts: CheckpointFacts, classes: int) -> bool:
    """Return whether the record has names for another number of classes."""
    return bool(facts.class_names) and len(facts.class_names) != classes


def _candidates(graph: Graph, facts: CheckpointFacts) -> Found:
    """Return facts and values of a head with boxes."""
    head, branch = _branch(graph)
    layers = [f"{head}.{branch}cv2", f"{head}.{branch}cv3"]
    if facts.task != "detect":
        layers.append(_extras_layer(graph, head, branch))
    prototypes = graph.outputs[1:2] if facts.task == "segment" else ()
    levels = _levels(graph, layers, prototypes, facts.input.size)
    boxes, classes, *extra_channels = (channels for _, channels, *_ in levels[0].shapes)
    if boxes % 4 or _contradicts(facts, classes):
        raise _no_head(graph, f"{boxes} values for a box, {classes} for {len(facts.class_names)} classes")
    bins = boxes // 4
    strides = tuple(facts.input.height // level.shapes[0][2] for level in levels)
    yolo = YoloHead(facts.yolo.name, strides, bins, (_BRANCHES[branch],))
    extras = _extras(graph, facts, extra_channels[0], layers[-1], bins) if extra_channels else NO_EXTRAS
    outputs = (*(value for level in levels for value in level.values), *prototypes)
    values = {"end2end": outputs} if branch else {"raw": outputs, "decoded": graph.outputs}
    return replace(facts, yolo=yolo, extras=extras), values, classes


def _branch(graph: Graph) -> tuple[str, str]:
    """Return the path of the head, "model.23", and the prefix of its branch: "" or "one2one_"."""
    heads_found: list[tuple[int, str, str]] = []  # number of the layer, its path, the branch's prefix
    for path in graph.convolutions:
        match = re.match(r"((?:\w+\.)*model\.(\d+))\.(one2one_)?cv2\.\d+\.", path)
        if match:
            heads_found.append((int(match[2]), match[1], match[3] or ""))
    if not heads_found:
        raise _no_head(graph, "it has no layers called cv2")
    _, head, branch = max(heads_found)
    return head, branch


def _extras_layer(graph: Graph, head: str, branch: str) -> str:
    """Return the prefix of the layers of the third output."""
    prefixes = [f"{head}.{branch}{name}" for name in ("cv4_kpts", "cv5", "cv4")]
    for prefix in prefixes:
        if any(path.startswith(f"{prefix}.") for path in graph.convolutions):
            return prefix
    return prefixes[-1]


class _Level(NamedTuple):
    """The outputs of a head at one level: boxes, classes, and extras if the task has them."""

    values: tuple[str, ...]  # in the graph
    shapes: tuple[tuple[int, ...], ...]  # [1, channels, h, w] of each


def _levels(
    graph: Graph, layers: Sequence[str], prototypes: Sequence[str], size: tuple[int, int]
) -> list[_Level]:
    """Return the levels by rising stride, which is falling height. layers: the prefix of each output's."""
    by_layer = [_by_level(graph, prefix) for prefix in layers]
    if len({len(values) for values in by_layer}) != 1 or not by_layer[0]:
        raise _no_head(graph, f"its levels are {[len(values) for values in by_layer]}")
    by_level = list(zip(*by_layer, strict=True))
    names = [value for values in by_level for value in values]
    shapes = iter(_shapes(graph, (*names, *prototypes), size))
    levels = [_Level(values, tuple(next(shapes) for _ in values)) for values in by_level]
    return sorted(levels, key=lambda level: -level.shapes[0][2])


def _by_level(graph: Graph, prefix: str) -> list[str]:
    """Return the value of the last convolution of each level, by the number of the level."""
    last: dict[int, str] = {}
    for path, value in graph.convolutions.items():  # in the order of execution
        match = re.fullmatch(rf"{re.escape(prefix)}\.(\d+)((?:\.\w+)*)", path)
        if match:
            last[int(match[1])] = value
    return [last[level] for level in sorted(last)]


def _extras(graph: Graph, facts: CheckpointFacts, channels: int, layer: str, bins: int) -> Extras:
    """Return the encoding of the third output. layer: its path; bins: of a side of a box."""
    if facts.task == "segment":
        return Extras(channels)
    if facts.task == "obb":
        if channels != 1:
            raise _no_head(graph, f"{channels} angles for a box")
        # Older exports do not name the head. Of those with angles, only YOLO26's has no bins.
        return Extras(1, angle=heads.ANGLES[facts.yolo.name or ("OBB26" if bins == 1 else "OBB")])
    shape = _whole_numbers(graph.record.get("kpt_shape"))
    if len(shape) != 2 or shape[0] * shape[1] != channels or shape[1] not in (2, 3):
        raise _no_head(graph, f"{channels} values for keypoints of the shape {list(shape)}")
    rule = heads.KEYPOINT_RULE["Pose26" if layer.endswith("cv4_kpts") else "Pose"]
    names = keypoint_names(graph.record.get("kpt_names"), shape[0])
    return Extras(channels, (shape[0], shape[1]), *rule, kpt_names=names)


def _named(graph: Graph, facts: CheckpointFacts, description: Description, classes: int) -> CheckpointFacts:
    """Return the facts with the user's names, or with numbers as Ultralytics has them."""
    if description.class_names:
        if facts.task == "classify":
            check_class_count(classes, graph.path)
        names = check_class_names(graph.path, description.class_names, classes)
        return replace(facts, class_names=names)
    names = class_names(graph.path, None, classes)
    note = f"{graph.path.name} does not name its classes: they are {first_of(names, 2)}; --names gives others"
    return replace(facts, class_names=names, notes=(*facts.notes, note))
