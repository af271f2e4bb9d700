"""Write golden vectors: numbers of each stage for a few pictures, which the app must reproduce.

templates/_shared/vectors/README.md.jinja describes the layout, in every project.
"""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from edgegen import tasks
from edgegen.artifacts.vector_files import INDEX, Record
from edgegen.base.arrays import Float32, Int64, Uint8
from edgegen.base.errors import ExportError
from edgegen.base.progress import Progress
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import REFERENCE, Authority
from edgegen.parity.picture_files import Picture
from edgegen.parity.pictures import drawn_pictures
from edgegen.parity.rounding import ROUNDING, rounded_runs
from edgegen.tasks.decoder import SAMPLES, Result
from edgegen.tasks.prepared import prepare

SCHEMA: Final = 1
LETTERBOX: Final = 1.0  # levels of 255
TENSOR: Final = 1e-6
ROUNDINGS: Final = 8  # trials, on outputs
RUNS: Final = 4  # trials of a model that selects its boxes: each takes a run
MAX_ROWS: Final = 500
PROJECT_MAX_DET: Final = 300  # detections a picture in a project's vectors, whatever the app's threshold
PROJECT_BYTES: Final = 1_950_000  # of all pictures of a project, with index.json
INDEX_BYTES: Final = 3_000  # an upper estimate of a picture's part of index.json
INDEX_COLUMNS: Final = 100  # longer lists and objects take a line for each item


# The numpy reference of a picture: from the model's outputs to the result with these thresholds.
Decoded = Callable[[Sequence[Float32], Thresholds], Any]


def make_vectors(
    folder: Path,
    spec: ModelSpec,
    *,
    authority: Authority | None = None,
    pictures: Sequence[Picture] | None = None,
    thresholds: Thresholds | None = None,
    max_bytes: int | None = PROJECT_BYTES,
    lower_confidence: bool = True,
    progress: Progress | None = None,
) -> None:
    """Write golden vectors into a new folder.

    authority: gives outputs and results. Without it the source is `reference`: candidates are random, and
    torch is not imported. pictures: default to the drawn ones. max_bytes: limits the rows of each picture,
    not the pictures; None keeps up to MAX_ROWS each. lower_confidence: a picture without results gets a lower
    confidence threshold, and a picture on which rounding decides gets a higher one. index.json records it,
    and progress notes a higher one.
    """
    if pictures is None:
        pictures = drawn_pictures((spec.input.height, spec.input.width), spec.input.resize)
    thresholds = thresholds or Thresholds()
    max_rows = MAX_ROWS
    if max_bytes is not None:
        thresholds = replace(thresholds, max_det=min(thresholds.max_det, PROJECT_MAX_DET))
        max_rows = min(MAX_ROWS, _affordable_rows(max_bytes, pictures, spec))
    decoder = tasks.find(spec.task).decoder
    model_stages = None if authority is None else _ModelStages(spec, authority, max_rows, lower_confidence)
    folder.mkdir(parents=True)
    entries = []
    for number, picture in enumerate(pictures, start=1):
        record, used = Record(), thresholds
        entry: dict[str, Any] = {"name": picture.name, "file": f"{number:02d}.bin"}
        entry |= _add_input_stages(record, picture, spec, authority, seed=number)
        if model_stages is None:
            decoder.add_random_stages(record, spec, thresholds, rows=max_rows, seed=number)
        else:
            used = model_stages.add(record, picture, thresholds, seed=number)
            if progress is not None and used.confidence > thresholds.confidence:
                progress.note(
                    f"golden vectors of {picture.name}: confidence {used.confidence:.3g}, because rounding"
                    " decides which boxes with a lower score are kept"
                )
        entry |= {**asdict(used), "arrays": record.arrays}
        (folder / entry["file"]).write_bytes(record.data)
        entries.append(entry)
    source = REFERENCE if authority is None else authority.source
    (folder / INDEX).write_bytes((_json(_index(spec, source, entries)) + "\n").encode())


def _add_input_stages(
    record: Record, picture: Picture, spec: ModelSpec, authority: Authority | None, seed: int
) -> dict[str, Any]:
    """Add the picture, its letterboxed bytes and its tensor; return their part of the index."""
    height, width = picture.rgb.shape[:2]
    record.add("picture", "u8", picture.rgb)
    prepared = prepare(picture.rgb, spec.input)
    boxed, tensor, plan = prepared.pixels, prepared.tensor, prepared.plan
    if authority is not None:
        off = np.abs(boxed.astype(np.int16) - authority.letterboxed(picture.rgb)).max()
        tolerances = tasks.find(spec.task).decoder.tolerances
        if off > tolerances.get("letterbox", LETTERBOX):
            raise _disagreement(picture, f"letterboxed bytes differ by up to {off} of 255")
    if spec.input.color != "RGB":
        boxed = np.ascontiguousarray(boxed[..., ::-1])  # the order of the tensor's channels, as apps have it
    y, x, channel = _sample_places(np.random.RandomState(seed), boxed, plan.top, plan.resized_height)
    index = np.ravel_multi_index((y, x, channel), boxed.shape)
    record.add("letterbox.index", "u32", index)
    record.add("letterbox.value", "u8", boxed.reshape(-1)[index])
    index = np.ravel_multi_index((channel, y, x), tensor.shape[1:])
    record.add("tensor.index", "u32", index)
    record.add("tensor.value", "f32", tensor.reshape(-1)[index])
    return {
        "width": width,
        "height": height,
        "letterbox": {
            "resized": [plan.resized_height, plan.resized_width],
            "left": plan.left,
            "top": plan.top,
            "sha256": hashlib.sha256(boxed.tobytes()).hexdigest(),
        },
        "tensor": {"sha256": hashlib.sha256(tensor.astype("<f4").tobytes()).hexdigest()},
    }


def _sample_places(
    random: np.random.RandomState, boxed: Uint8, top: int, rows: int
) -> tuple[Int64, Int64, Int64]:
    """Draw SAMPLES places (y, x, channel): half anywhere, half in the rows that hold the picture."""
    height, width, channels = boxed.shape
    half = SAMPLES // 2
    first, last = max(top, 0), min(top + rows, height)  # a crop leaves rows outside the input
    y = np.concatenate([random.randint(height, size=half), random.randint(first, last, SAMPLES - half)])
    return y, random.randint(width, size=SAMPLES), random.randint(channels, size=SAMPLES)


class _Agreed(NamedTuple):
    """Thresholds at which the numpy reference and the authority agree on a picture."""

    thresholds: Thresholds
    shown: Result  # of the authority


@dataclass(frozen=True)
class _ModelStages:
    """The stages after the input, of a model with an authority."""

    spec: ModelSpec
    authority: Authority
    max_rows: int
    lower_confidence: bool

    def add(self, record: Record, picture: Picture, thresholds: Thresholds, seed: int) -> Thresholds:
        """Add the stages of a picture, and return its thresholds."""
        decoder = tasks.find(self.spec.task).decoder
        prepared = prepare(picture.rgb, self.spec.input)
        outputs = self.authority.outputs(prepared.tensor)
        if self.lower_confidence:
            thresholds = decoder.thresholds_with_results(outputs, self.spec.output, thresholds)

        def decoded(outputs: Sequence[Float32], thresholds: Thresholds) -> Any:
            return decoder.result(outputs, self.spec.output, prepared.plan, thresholds)

        others: list[list[Float32]] = []
        if self.spec.output.contract == "detections":
            others = list(rounded_runs(self.authority, prepared.tensor, RUNS))
            if self.lower_confidence:
                thresholds = _steady(decoded, outputs, others, self.spec.output, thresholds) or thresholds
        agreed = self._agree(picture, decoded, outputs, thresholds)
        kept = decoder.steady_rows(outputs, others, self.spec.output)
        decoder.add_model_stages(
            record, outputs, self.spec, agreed.thresholds, rows=self.max_rows, seed=seed, kept=kept
        )
        agreed.shown.add_to(record)
        return agreed.thresholds

    def _agree(
        self, picture: Picture, decoded: Decoded, outputs: Sequence[Float32], thresholds: Thresholds
    ) -> _Agreed:
        """Compare the reference with the authority; raise the confidence if rounding decides below it."""
        ours, shown = decoded(outputs, thresholds), self.authority.result(picture.rgb, thresholds)
        comparison = ours.compare(shown, thresholds, self.spec.output)
        if comparison.passed:
            return _Agreed(thresholds, shown)
        difference, steady = str(comparison), None
        if self.lower_confidence and self.spec.output.needs_nms:
            steady = _steady(decoded, outputs, _rounded(outputs), self.spec.output, thresholds)
        if steady is None:
            raise _disagreement(picture, difference)
        ours, shown = decoded(outputs, steady), self.authority.result(picture.rgb, steady)
        if not _best_is_alike(ours, shown):
            raise _disagreement(picture, difference)
        comparison = ours.compare(shown, steady, self.spec.output)
        if not comparison.passed:
            raise _disagreement(picture, str(comparison))
        return _Agreed(steady, shown)


def _rounded(outputs: Sequence[Float32]) -> list[list[Float32]]:
    """Return outputs that differ by rounding."""
    random = np.random.RandomState(0)
    return [
        [each + random.uniform(-ROUNDING, ROUNDING, each.shape).astype(np.float32) for each in outputs]
        for _ in range(ROUNDINGS)
    ]


def _steady(
    decoded: Decoded,
    outputs: Sequence[Float32],
    others: Sequence[Sequence[Float32]],
    output: OutputSpec,
    thresholds: Thresholds,
) -> Thresholds | None:
    """Return thresholds with a confidence above which rounding decides nothing and a box remains.

    Return None if rounding decides nothing at the given confidence, or decides at every one. Boxes of a model
    that has learned little overlap, and have nearly the same scores. Which of them NMS keeps depends on the
    last bits, which differ between implementations of the exponential function. NMS starts with the best box,
    so the boxes above an unstable one do not change.

    others: outputs that differ by rounding.
    """

    def is_steady(confidence: float) -> bool:
        here = replace(thresholds, confidence=confidence)
        ours = decoded(outputs, here)
        return all(decoded(each, here).compare(ours, here, output).passed for each in others)

    if is_steady(thresholds.confidence):
        return None
    scores = sorted({float(score) for score in decoded(outputs, thresholds).scores})[:-1]
    place = bisect_left(scores, True, key=is_steady)
    return replace(thresholds, confidence=scores[place]) if place < len(scores) else None


def _best_is_alike(ours: Any, shown: Any) -> bool:
    """Return whether the authority's best box is among ours: it must not get lost with unstable ones."""
    if not len(shown) or not len(ours):
        return False
    apart = np.abs(ours.boxes - shown.boxes[0]).max(axis=1)
    off = np.abs(ours.scores - shown.scores[0])
    return bool(((ours.class_ids == shown.class_ids[0]) & (apart < 1) & (off < 0.01)).any())


def _affordable_rows(max_bytes: int, pictures: Sequence[Picture], spec: ModelSpec) -> int:
    """Return how many rows each picture may keep: at least one, for any number of classes."""
    each, row = tasks.find(spec.task).decoder.row_bytes(spec)
    each += SAMPLES * (4 + 1 + 4 + 4) + INDEX_BYTES  # of the letterboxed bytes and the tensor
    fixed = sum(picture.rgb.nbytes + each for picture in pictures)
    return int(max((max_bytes - fixed) // (max(len(pictures), 1) * row), 1))


def _disagreement(picture: Picture, difference: str) -> ExportError:
    return ExportError(
        f"edgegen's reference and PyTorch disagree on the picture {picture.name}: {difference}",
        "no project is made from wrong numbers: please report this, with the type of the model",
    )


def _index(spec: ModelSpec, source: str, pictures: list[dict[str, Any]]) -> dict[str, Any]:
    task = tasks.find(spec.task)
    return {
        "schema": SCHEMA,
        "source": source,
        "model_sha256": spec.sha256,
        "task": spec.task,
        "contract": spec.output.contract,
        "input": [spec.input.height, spec.input.width],
        "classes": spec.num_classes,
        "reg_max": spec.output.reg_max,
        "strides": list(spec.output.strides),
        **task.parameters(spec.output),
        "outputs": [list(shape) for shape in spec.output.shapes],
        "row_confidence": task.decoder.row_confidence,
        "tolerances": {"letterbox": LETTERBOX, "tensor": TENSOR, **task.decoder.tolerances},
        "pictures": pictures,
    }


def _json(value: Any, indent: str = "") -> str:
    """Return JSON text in which values that fit on a line are on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= INDEX_COLUMNS or not isinstance(value, (Mapping, list)):
        return line
    inner = indent + "  "
    if isinstance(value, Mapping):
        lines = [f"{inner}{json.dumps(key)}: {_json(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + _json(item, inner) for item in value) + f"\n{indent}]"
