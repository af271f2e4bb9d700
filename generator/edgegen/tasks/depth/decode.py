"""Decode and compare the result of a depth model: a distance for every pixel."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np

from edgegen.base.arrays import Float32, Float64
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import LetterboxPlan, bilinear
from edgegen.tasks.decoder import SAMPLE_BYTES, Decoder, Outputs, Record, Tolerances, add_samples
from edgegen.tasks.stage import Comparison, Loss, Stage, worst_of

PNG_STEPS: Final = 65535  # of a 16-bit PNG, from the minimum to the maximum
RELATIVE: Final = 1e-3
DIGITS: Final = 1e-6  # precision of minimum and maximum in the apps' JSON
LOST: Final = 0.1  # relative difference; pixels beyond are lost


@dataclass(frozen=True)
class DepthMap:
    """The distance of every pixel of a picture, in the model's unit."""

    depth: Float32  # [h, w]
    step: float = 0.0  # rounding step of a map from a PNG; 0 if not rounded

    def __len__(self) -> int:
        return 1

    @property
    def ends(self) -> tuple[float, float] | None:
        """The minimum and maximum of finite distances; None if there are none."""
        known = self.depth[np.isfinite(self.depth)]
        return (float(known.min()), float(known.max())) if known.size else None

    def compare(
        self,
        reference: "DepthMap",
        thresholds: Thresholds,
        output: OutputSpec,
        tolerances: Tolerances | None = None,
    ) -> Comparison:
        """Compare every pixel. Differences within the rounding of this map do not count."""
        relative = (tolerances or DepthDecoder.tolerances)["relative"]
        ours, theirs = self.depth, reference.depth
        if ours.shape != theirs.shape:
            sizes = f"the map is {list(ours.shape)} pixels, not {list(theirs.shape)}"
            return Comparison("distances", Stage("", 0.0, relative, "of it", False, 0), problems=(sizes,))
        rounding = self.step / 2 + DIGITS if self.step else 0.0
        worst = worst_of(_relative(ours, theirs, rounding))
        stage = Stage.of("", worst, relative, "of it", theirs.size)
        return Comparison("distances", stage, worst={"relative": worst})

    def lost_in(self, other: "DepthMap") -> Loss:
        """Count the pixels whose distance differs by more than LOST."""
        within = _relative(other.depth, self.depth) <= LOST
        return Loss(int((~within).sum()), self.depth.size)

    def to_json(self, class_names: Sequence[str]) -> list[dict[str, Any]]:
        """Return minimum and maximum, both 0 if no distance is finite. The map is in a file."""
        lowest, highest = self.ends or (0.0, 0.0)
        return [{"min": lowest, "max": highest}]

    def spoken_text(self, class_names: Sequence[str]) -> str:
        return f"{self.ends[0]:.1f} - {self.ends[1]:.1f}" if self.ends else ""

    def add_to(self, record: Record) -> None:
        add_samples(record, "depth", self.depth, self.depth.size)


def depth_map(depth: Float32, input_hw: tuple[int, int], picture_hw: tuple[int, int]) -> Float32:
    """Return the depth map [h, w] of a picture, in the model's unit, from an output [mh, mw].

    The output is resized to the input's size, then to the picture's, both with aligned corners. NaN stays
    and spreads to neighbours.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        whole = bilinear.resize(depth, *input_hw, align_corners=True)
        return bilinear.resize(whole, *picture_hw, align_corners=True)


class DepthDecoder(Decoder):
    """Decodes and compares depth maps."""

    tolerances: ClassVar[Tolerances] = {"relative": RELATIVE}

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        worst = worst_of(_relative(ours[0], theirs[0]))
        return [Stage.of("pte", worst, RELATIVE, "of it", theirs[0].size)]

    def result(
        self,
        outputs: Outputs,
        output: OutputSpec,
        plan: LetterboxPlan,
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> DepthMap:
        input_hw, picture_hw = (plan.input_height, plan.input_width), (plan.source_height, plan.source_width)
        return DepthMap(depth_map(outputs[0][0, 0], input_hw, picture_hw))

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> DepthMap:
        """Read the map (little-endian float32 in Base64), or the PNG that the JSON names.

        In the PNG, 0 is the minimum and 65535 the maximum.
        """
        row = rows[0]
        if "map" in row:
            depth = np.frombuffer(base64.b64decode(row["map"]["values"]), dtype="<f4")
            return DepthMap(depth.reshape(row["map"]["size"]))
        from PIL import Image

        with Image.open(row["file"]) as picture:
            values = np.asarray(picture, dtype=np.float64)
        step = (row["max"] - row["min"]) / PNG_STEPS
        return DepthMap((row["min"] + values * step).astype(np.float32), step)

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        return 2 * SAMPLE_BYTES, 1


def _relative(ours: Float32, theirs: Float32, rounding: float = 0.0) -> Float64:
    """Return the differences as shares of theirs."""
    difference = np.maximum(np.abs(ours.astype(np.float64) - theirs) - rounding, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(difference == 0, 0.0, difference / np.abs(theirs.astype(np.float64)))
