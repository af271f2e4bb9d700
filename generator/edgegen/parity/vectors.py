"""Makes golden vectors: numbers for a few pictures, stage by stage, that the generated app must reproduce.

The layout is described in templates/_shared/vectors/README.md, which goes into every project beside them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.artifacts.vector_files import INDEX, Record
from edgegen.base.errors import ExportError
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.parity.authority import REFERENCE, Authority
from edgegen.parity.pictures import Picture, drawn_pictures
from edgegen.parity.rule import CONFIDENCE_MARGIN, LETTERBOX, TOLERANCES, Thresholds, compare_boxes
from edgegen.reference import letterbox, plan_letterbox, to_tensor
from edgegen.tasks.detect import Candidates, Detections, choose, to_image
from edgegen.tasks.detect.decode import LEAST_TOP_K
from edgegen.tasks.detect.pipeline import decode
from edgegen.tasks.detect.rows import (
    Rows,
    class_columns,
    gather_rows,
    only_cells,
    pick_classes,
    random_outputs,
)

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]
Uint8 = npt.NDArray[np.uint8]

SCHEMA: Final = 1
SAMPLES: Final = 512  # of the letterboxed bytes, of the tensor and of the class outputs
MAX_ROWS: Final = 500
ROW_CONFIDENCE: Final = 0.001
PROJECT_BYTES: Final = 1_950_000  # for all pictures of a project, index.json included
PROJECT_MAX_DET: Final = 300  # boxes of a picture, whatever the app is asked for
INDEX_BYTES: Final = 3_000  # a picture's part of index.json, generously
INDEX_COLUMNS: Final = 100  # longer lists and objects take a line for each item
LOWER_CONFIDENCES: Final = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002)  # tried where the asked one shows nothing


@dataclass(frozen=True)
class Summary:
    """What was made."""

    folder: Path
    source: str
    pictures: int
    detections: int  # boxes that the authority shows, over all pictures
    bytes: int


def make_vectors(
    folder: Path,
    spec: ModelSpec,
    *,
    authority: Authority | None = None,
    pictures: Sequence[Picture] | None = None,
    thresholds: Thresholds | None = None,
    max_bytes: int | None = PROJECT_BYTES,
    lower_confidence: bool = True,
) -> Summary:
    """Write golden vectors into a folder that is not there yet.

    authority gives the outputs and the boxes; without one (source `reference`) the candidates are drawn at
    random and nothing imports torch. pictures default to the drawn ones. max_bytes limits the rows kept of
    each picture, not the pictures themselves; None keeps up to MAX_ROWS of each. With lower_confidence a
    picture that shows nothing at the asked confidence gets a lower one, which index.json records.

    Raises:
        ExportError: The numpy reference and the authority disagree on a picture.
    """
    pictures = drawn_pictures((spec.input.height, spec.input.width)) if pictures is None else pictures
    thresholds = thresholds or Thresholds()
    max_rows = MAX_ROWS
    if max_bytes is not None:
        thresholds = replace(thresholds, max_det=min(thresholds.max_det, PROJECT_MAX_DET))
        max_rows = min(MAX_ROWS, _affordable_rows(max_bytes, pictures, spec))
    folder.mkdir(parents=True)
    entries, detections, size = [], 0, 0
    for number, picture in enumerate(pictures, start=1):
        record = Record()
        entry: dict[str, Any] = {"name": picture.name, "file": f"{number:02d}.bin"}
        entry |= _add_input_stages(record, picture, spec, authority, seed=number)
        if authority is None:
            _add_random_stages(record, spec, thresholds, max_rows, seed=number)
            used = thresholds
        else:
            used, shown = _add_model_stages(
                record, picture, spec, authority, thresholds, max_rows, lower_confidence, seed=number
            )
            detections += shown
        entry |= {
            "confidence": used.confidence,
            "iou": used.iou,
            "max_det": used.max_det,
            "agnostic": used.agnostic,
            "arrays": record.arrays,
        }
        (folder / entry["file"]).write_bytes(record.data)
        size += len(record.data)
        entries.append(entry)
    source = REFERENCE if authority is None else authority.source
    text = (_json(_index(spec, source, entries)) + "\n").encode()
    (folder / INDEX).write_bytes(text)
    return Summary(folder, source, len(entries), detections, size + len(text))


def _add_input_stages(
    record: Record, picture: Picture, spec: ModelSpec, authority: Authority | None, seed: int
) -> dict[str, Any]:
    """Add the picture, its letterboxed bytes and its tensor; return their part of the picture's entry."""
    height, width = picture.rgb.shape[:2]
    record.add("picture", "u8", picture.rgb)
    boxed = letterbox(picture.rgb, (spec.input.height, spec.input.width), spec.input.pad_value)
    if authority is not None:
        off = np.abs(boxed.astype(np.int16) - authority.letterboxed(picture.rgb)).max()
        if off > LETTERBOX:
            raise _disagreement(picture, f"letterboxed bytes differ by up to {off} of 255")
    tensor = to_tensor(boxed, spec.input)
    plan = plan_letterbox((height, width), (spec.input.height, spec.input.width))
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
    y = np.concatenate([random.randint(height, size=half), top + random.randint(rows, size=SAMPLES - half)])
    return y, random.randint(width, size=SAMPLES), random.randint(channels, size=SAMPLES)


def _add_model_stages(
    record: Record,
    picture: Picture,
    spec: ModelSpec,
    authority: Authority,
    thresholds: Thresholds,
    max_rows: int,
    lower_confidence: bool,
    seed: int,
) -> tuple[Thresholds, int]:
    """Add what the model gives for the picture; return the thresholds used and how many boxes are shown."""
    input_hw = (spec.input.height, spec.input.width)
    boxed = letterbox(picture.rgb, input_hw, spec.input.pad_value)
    outputs = authority.outputs(to_tensor(boxed, spec.input))
    random = np.random.RandomState(seed)
    candidate = random.randint(spec.output.candidates, size=SAMPLES)
    class_id = random.randint(class_columns(spec), size=SAMPLES)
    record.add("raw.sample.candidate", "u32", candidate)
    record.add("raw.sample.class", "u32", class_id)
    record.add("raw.sample.value", "f32", pick_classes(outputs, spec.output, candidate, class_id))

    found = decode(outputs, spec.output, ROW_CONFIDENCE)
    if lower_confidence:
        thresholds = replace(thresholds, confidence=_telling_confidence(found, thresholds.confidence))
    rows = _strongest(outputs, spec.output, thresholds, max_rows)
    _add_rows(record, gather_rows(outputs, spec.output, np.unique(rows.index)))
    _add_postprocessing(record, rows, spec.output, thresholds)

    shown = authority.boxes(picture.rgb, thresholds)
    candidates = _decode(outputs, spec.output, thresholds.confidence, thresholds)
    kept = _choose(candidates, spec.output, thresholds)
    plan = plan_letterbox((picture.rgb.shape[0], picture.rgb.shape[1]), input_hw)
    ours = Detections(
        to_image(candidates.boxes[kept], plan), candidates.scores[kept], candidates.class_ids[kept]
    )
    comparison = compare_boxes(ours, shown, thresholds, spec.output)
    if not comparison.passed:
        raise _disagreement(
            picture,
            f"corners by up to {comparison.worst_corner:.3f} px, scores by up to {comparison.worst_score:.4f}"
            + "".join(f"; {problem}" for problem in comparison.problems[:3]),
        )
    record.add("boxes.box", "f32", shown.boxes)
    record.add("boxes.score", "f32", shown.scores)
    record.add("boxes.class", "u32", shown.class_ids)
    return thresholds, len(shown)


def _add_random_stages(
    record: Record, spec: ModelSpec, thresholds: Thresholds, max_rows: int, seed: int
) -> None:
    """Add candidates drawn at random, what decoding makes of them and what NMS keeps."""
    outputs, classes = random_outputs(spec, seed, max_rows)
    found = _strongest(outputs, spec.output, thresholds, max_rows)
    few = gather_rows(outputs, spec.output, np.unique(found.index))
    cls = np.full((len(few.candidate), class_columns(spec)), few.cls.min(initial=0), dtype=np.float32)
    cls[:, classes] = few.cls
    _add_rows(record, Rows(few.candidate, few.box, cls))
    if spec.output.contract != "detections":
        found = replace(found, class_ids=classes[found.class_ids])
    _add_postprocessing(record, found, spec.output, thresholds)


def _add_rows(record: Record, rows: Rows) -> None:
    record.add("raw.row.candidate", "u32", rows.candidate)
    record.add("raw.row.box", "f32", rows.box)
    record.add("raw.row.class", "f32", rows.cls)


def _add_postprocessing(record: Record, rows: Candidates, output: OutputSpec, thresholds: Thresholds) -> None:
    """Add all rows decoded, and which of them are chosen: by NMS, where the contract needs it.

    All, whatever the confidence: only a crowd of weak and overlapping candidates shows that NMS is right.
    """
    record.add("decode.candidate", "u32", rows.index)
    record.add("decode.box", "f32", rows.boxes)
    record.add("decode.score", "f32", rows.scores)
    record.add("decode.class", "u32", rows.class_ids)
    record.add("nms.keep", "u32", _choose(rows, output, thresholds))


def _decode(
    outputs: Sequence[Float32], output: OutputSpec, confidence: float, thresholds: Thresholds
) -> Candidates:
    return decode(outputs, output, confidence, max_det=thresholds.max_det, agnostic=thresholds.agnostic)


def _choose(candidates: Candidates, output: OutputSpec, thresholds: Thresholds) -> Int64:
    return choose(
        candidates,
        output,
        iou=thresholds.iou,
        max_det=thresholds.max_det,
        agnostic=thresholds.agnostic,
    )


def _strongest(
    outputs: Sequence[Float32], output: OutputSpec, thresholds: Thresholds, count: int
) -> Candidates:
    """Return the candidates with the highest scores above ROW_CONFIDENCE, by rising number.

    A cell of `end2end` may give several: it comes with all of them, and only as many cells come as top-k
    lets through whole, so that decoding any part of them gives the same.
    """
    found = _decode(outputs, output, ROW_CONFIDENCE, thresholds)
    best = np.argsort(-found.scores, kind="stable")
    if output.contract != "end2end":
        return _chosen(found, np.sort(best[:count]))
    _, first = np.unique(found.index[best], return_index=True)
    cells = found.index[best][np.sort(first)][:count]  # by falling score
    most = max(thresholds.max_det, LEAST_TOP_K)
    while True:
        rows = _decode(only_cells(outputs, cells), output, ROW_CONFIDENCE, thresholds)
        if len(rows) < min(most, output.candidates) or len(cells) <= 1:
            return rows
        cells = cells[: len(cells) // 2]


def _chosen(candidates: Candidates, places: Int64) -> Candidates:
    return Candidates(
        candidates.boxes[places],
        candidates.scores[places],
        candidates.class_ids[places],
        candidates.index[places],
    )


def _telling_confidence(found: Candidates, asked: float) -> float:
    """Return the highest confidence at which the picture shows something, or the asked one if none does.

    What lies within the margin of the threshold proves little: it may be on one side only.
    """
    best = float(found.scores.max(initial=0))
    tried = [asked, *(lower for lower in LOWER_CONFIDENCES if lower < asked)]
    for margin in (CONFIDENCE_MARGIN, 0):
        for confidence in tried:
            if best > confidence + margin:
                return confidence
    return asked


def _affordable_rows(max_bytes: int, pictures: Sequence[Picture], spec: ModelSpec) -> int:
    """Return how many rows each picture may keep; at least one, of however many classes."""
    samples = SAMPLES * (4 + 1 + 4 + 4 + 4 + 4 + 4)
    boxes = PROJECT_MAX_DET * (4 * 4 + 4 + 4)
    fixed = sum(picture.rgb.nbytes + samples + boxes + INDEX_BYTES for picture in pictures)
    box_values = 4 * spec.output.reg_max if spec.output.has_levels else 4
    decoded = 4 + 4 * 4 + 4 + 4 + 4
    if spec.output.contract == "end2end":
        fixed += len(pictures) * LEAST_TOP_K * decoded
    row = 4 + 4 * box_values + 4 * class_columns(spec) + decoded
    return max((max_bytes - fixed) // (max(len(pictures), 1) * row), 1)


def _disagreement(picture: Picture, difference: str) -> ExportError:
    return ExportError(
        f"edgegen's reference and PyTorch disagree on the picture {picture.name}: {difference}",
        "no project is made from numbers that do not hold: please report this, with the model's kind",
    )


def _index(spec: ModelSpec, source: str, pictures: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "source": source,
        "model_sha256": spec.sha256,
        "contract": spec.output.contract,
        "input": [spec.input.height, spec.input.width],
        "classes": spec.num_classes,
        "reg_max": spec.output.reg_max,
        "strides": list(spec.output.strides),
        "outputs": [list(shape) for shape in spec.output.shapes],
        "row_confidence": ROW_CONFIDENCE,
        "tolerances": TOLERANCES,
        "pictures": pictures,
    }


def _json(value: Any, indent: str = "") -> str:
    """Write JSON with what fits on a line on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= INDEX_COLUMNS or not isinstance(value, (Mapping, list)):
        return line
    inner = indent + "  "
    if isinstance(value, Mapping):
        lines = [f"{inner}{json.dumps(key)}: {_json(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + _json(item, inner) for item in value) + f"\n{indent}]"
