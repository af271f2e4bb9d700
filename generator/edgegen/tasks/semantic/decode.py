"""Decode and compare the result of semantic segmentation: a class for every pixel, with the logits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Float64, Int32, Int64
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import LetterboxPlan, bilinear
from edgegen.reference.letterbox import plan_letterbox
from edgegen.tasks.decoder import SAMPLE_BYTES, Decoder, Outputs, Record, Tolerances
from edgegen.tasks.stage import Comparison, Loss, Stage, worst_difference, worst_of

IGNORED: Final = 255  # a pixel of a class that is not selected, as in Ultralytics
BLOCK: Final = 1 << 20  # logits of one class in memory at a time
LOGIT: Final = 1e-3
LEAD: Final = 1e-3  # of the best logit over the chosen one; below it, a last bit decides
RUNS: Final = 10_000  # generous bound for a picture's map


def class_map(logits: Float32, input_hw: tuple[int, int], picture_hw: tuple[int, int]) -> Int32:
    """Return the class of every pixel [h, w] of a picture, from logits [nc, mh, mw] of any resolution.

    The logits are resized to the input, the letterbox border is cut off, and the rest is resized to the
    picture. Of equal logits, the lower class wins; NaN is lowest. A model of one class gives 1 for a logit
    above 0, else 0.
    """
    height, width = picture_hw
    logits = without_border(logits, input_hw, picture_hw)
    if logits.shape[1:] == picture_hw:
        return _best(logits)
    rows, columns = bilinear.taps(logits.shape[1], height), bilinear.taps(logits.shape[2], width)
    found = np.empty(picture_hw, dtype=np.int32)
    step = max(BLOCK // width, 1)
    for first in range(0, height, step):
        with np.errstate(invalid="ignore", over="ignore"):
            values = bilinear.sample(logits, rows.part(first, first + step), columns)
        found[first : first + step] = _best(values)
    return found


def without_border(logits: Float32, input_hw: tuple[int, int], picture_hw: tuple[int, int]) -> Float32:
    """Return logits [nc, mh, mw] resized to the input, without the letterbox border of a picture."""
    if logits.shape[1:] != input_hw:
        logits = bilinear.resize(logits, *input_hw)
    if input_hw == picture_hw:
        return logits
    plan = plan_letterbox(picture_hw, input_hw)
    logits = logits[:, plan.top : plan.top + plan.resized_height]
    return logits[:, :, plan.left : plan.left + plan.resized_width]


def only_classes(classes: Int32, keep_classes: Sequence[int]) -> Int32:
    """Return a class map with IGNORED for all other classes."""
    return np.where(np.isin(classes, keep_classes), classes, IGNORED).astype(np.int32)


def shares(classes: Int32, count: int) -> Float64:
    """Return the share of the picture (0 to 1) of each of count classes, without IGNORED pixels."""
    counted: Float64 = np.bincount(classes.ravel(), minlength=count)[:count] / classes.size
    return counted


def _best(values: Float32) -> Int32:
    with np.errstate(invalid="ignore"):
        above = values[0] > 0
    known = np.where(np.isnan(values), np.float32(-np.inf), values)
    return np.asarray(above if len(values) == 1 else known.argmax(axis=0), dtype=np.int32)


@dataclass(frozen=True)
class ClassMap:
    """The class of every pixel of a picture, or IGNORED, and the model's logits if known."""

    classes: Int32  # [h, w]
    logits: Float32 | None = None  # [nc, mh, mw], of the whole input
    input_hw: tuple[int, int] = (0, 0)

    def __len__(self) -> int:
        return 1

    def logit_deficits(self, rows: Int64, columns: Int64, chosen: npt.NDArray[np.integer[Any]]) -> Float32:
        """Return by how much the logits of the chosen classes, one for each pixel, are below the best ones.

        For a model of one class it is the logit's distance from 0. Of IGNORED, the class is unknown: its
        logit is at most the second best.
        """
        if self.logits is None:
            raise ValueError("a class map without logits has no margins")
        height, width = self.classes.shape
        wanted, place = np.unique(rows, return_inverse=True)
        values = _lines(self.logits, self.input_hw, (height, width), wanted)[:, place, columns]
        if len(values) == 1:
            return np.asarray(np.abs(values[0]), dtype=np.float32)
        known = np.where(np.isnan(values), np.float32(-np.inf), values)
        best = np.sort(known, axis=0)
        of_chosen = known[np.where(chosen == IGNORED, 0, chosen), np.arange(len(rows))]
        with np.errstate(invalid="ignore"):
            off = best[-1] - np.where(chosen == IGNORED, best[-2], of_chosen)
        return np.asarray(off, dtype=np.float32)

    def compare(
        self,
        reference: "ClassMap",
        thresholds: Thresholds,
        output: OutputSpec,
        tolerances: Tolerances | None = None,
    ) -> Comparison:
        """Compare by pixel, at least one map with logits. Classes may differ if two logits nearly equal."""
        lead = (tolerances or SemanticDecoder.tolerances)["lead"]
        theirs = reference.classes
        ours = self.classes if self.classes.size else np.full(theirs.shape, IGNORED)  # an empty result
        noun = "pixels of another class, which lead"
        if ours.shape != theirs.shape:
            sizes = f"the map is {list(ours.shape)} pixels, not {list(theirs.shape)}"
            return Comparison(noun, Stage("", 0.0, lead, "logits", False, 0), problems=(sizes,))
        rows, columns = np.nonzero(ours != theirs)
        worst = 0.0
        if len(rows):
            known, other = (reference, ours) if reference.logits is not None else (self, theirs)
            chosen = other[rows, columns]
            worst = (
                worst_of(known.logit_deficits(rows, columns, chosen)) if known.logits is not None else np.inf
            )
        stage = Stage.of("", worst, lead, "logits", theirs.size)
        return Comparison(f"{len(rows)} {noun}", stage, worst={"lead": worst})

    def lost_in(self, other: "ClassMap") -> Loss:
        """Count the pixels of another class."""
        return Loss(int((other.classes != self.classes).sum()), self.classes.size)

    def to_json(self, class_names: Sequence[str]) -> list[dict[str, Any]]:
        """Return shares and map. For a model of one class, 1 is the class and 0 is none."""
        count = max(len(class_names), 2)
        names = class_names if len(class_names) > 1 else ["", *class_names]
        parts = shares(self.classes, count)
        order = [int(each) for each in np.argsort(-parts, kind="stable") if parts[each] > 0]
        lengths, values = runs_of(self.classes)
        return [
            {
                "classes": [{"class_id": i, "class_name": names[i], "share": float(parts[i])} for i in order],
                "map": {
                    "size": list(self.classes.shape),
                    "runs": lengths.tolist(),
                    "values": values.tolist(),
                },
            }
        ]

    def spoken_text(self, class_names: Sequence[str]) -> str:
        (described,) = self.to_json(class_names)
        return ", ".join(each["class_name"] for each in described["classes"] if each["class_name"])

    def add_to(self, record: Record) -> None:
        lengths, values = runs_of(self.classes)
        record.add("class_map.run", "u32", lengths)
        record.add("class_map.value", "u32", values)


def _lines(logits: Float32, input_hw: tuple[int, int], picture_hw: tuple[int, int], rows: Int64) -> Float32:
    """Return the logits [nc, n, w] of these rows of the picture, computed as in `class_map`."""
    logits = without_border(logits, input_hw, picture_hw)
    if logits.shape[1:] == picture_hw:
        return logits[:, rows]
    down, across = (bilinear.taps(*each) for each in zip(logits.shape[1:], picture_hw, strict=True))
    few = bilinear.Taps(down.lower[rows], down.upper[rows], down.weight[rows])
    return bilinear.sample(logits, few, across)


def runs_of(classes: Int32) -> tuple[Int64, Int64]:
    """Return the lengths and classes of a map's runs [h, w], row by row."""
    flat = classes.reshape(-1)
    first = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1]).astype(np.int64)
    return np.diff(np.append(first, len(flat))), flat[first].astype(np.int64)


def of_runs(lengths: Sequence[int], values: Sequence[int], size: tuple[int, int]) -> Int32:
    """Return the map [h, w] of runs. Raise ValueError if they do not fill it."""
    return np.repeat(np.asarray(values, dtype=np.int32), np.asarray(lengths, dtype=np.int64)).reshape(size)


class SemanticDecoder(Decoder):
    """Decodes and compares semantic maps."""

    tolerances: ClassVar[Tolerances] = {"raw": LOGIT, "lead": LEAD}

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        return [Stage.of("pte", worst_difference(ours[0], theirs[0]), LOGIT, "logits", theirs[0].size)]

    def result(
        self,
        outputs: Outputs,
        output: OutputSpec,
        plan: LetterboxPlan,
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> ClassMap:
        """Return the class of every pixel. keep_classes does not apply to a model of one class."""
        logits, input_hw = outputs[0][0], (plan.input_height, plan.input_width)
        classes = class_map(logits, input_hw, (plan.source_height, plan.source_width))
        if keep_classes is not None and len(logits) > 1:
            classes = only_classes(classes, keep_classes)
        return ClassMap(classes, logits, input_hw)

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> ClassMap:
        """Read the map from its runs, or from the PNG that the JSON names."""
        row = rows[0]
        if "file" in row:
            from PIL import Image

            with Image.open(row["file"]) as picture:
                return ClassMap(np.asarray(picture, dtype=np.int32))
        runs = row["map"]
        return ClassMap(of_runs(runs["runs"], runs["values"], tuple(runs["size"])))

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        return SAMPLE_BYTES + RUNS * (4 + 4), 1
