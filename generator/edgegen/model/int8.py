"""Options of an int8 export, and the certificate of an int8 model's measured loss."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import UsageError
from edgegen.base.text import how_many

MEASURES: Final = {"map": "points of mAP50-95", "lost": "% of the float32 result"}
# Default limits of the loss. A few boxes near the threshold always cross it.
MAX_LOSS: Final = {"map": 1.0, "lost": 5.0}
LEAST: Final = 4  # pictures: three for calibration, one held out
PICTURES: Final = 100  # default number of calibration pictures
LEAST_CONFIDENCE: Final = 0.001  # scores are quantized from below this value
_COUNTED: Final = {"map": "label", "lost": "object"}


def describe_loss(measure: str, loss: float, object_count: int) -> str:
    """Return a loss in words, with the number of labels or objects that it was measured on."""
    verb = "gains" if loss < 0 else "loses"
    return f"{verb} {abs(loss):.2f} {MEASURES[measure]} ({how_many(object_count, _COUNTED[measure])})"


@dataclass(frozen=True)
class Int8Options:
    """The options of `--precision int8`."""

    calibration: Path
    pictures: int = PICTURES
    max_loss: float | None = None
    keep_float: tuple[str, ...] = ()
    sensitivity: bool = False  # report the loss of each layer
    int8_io: bool = False  # also convert input and outputs to int8 if that saves work

    def __post_init__(self) -> None:
        """Raise UsageError if a value is out of range."""
        if self.max_loss is not None and not 0 < self.max_loss < 100:
            raise UsageError(
                f"--max-loss is {self.max_loss:g}, but must be above 0, because int8 always rounds, "
                "and below 100",
                f"leave it out for {MAX_LOSS['map']:g} {MEASURES['map']} with labels, "
                f"else {MAX_LOSS['lost']:g} {MEASURES['lost']}",
            )
        if not LEAST <= self.pictures <= 10_000:
            raise UsageError(
                f"--calibration-images is {self.pictures}, but must be {LEAST} to 10000",
                f"leave it out for {PICTURES}",
            )


@dataclass(frozen=True)
class Certificate:
    """The measured loss of an int8 model, and the limit that it kept."""

    measure: str  # a key of MEASURES
    loss: float  # in the unit of the measure
    max_loss: float  # the limit
    held_out_count: int  # held-out pictures: the loss was measured on them
    object_count: int  # labels in them, or objects that float32 finds
    calibration_count: int  # calibration pictures: value ranges come from them
    calibration_sha256: str  # of the calibration pictures
    float_layers: tuple[str, ...]  # layers that stay float32
    layers: int  # all layers
    speedup: float  # of the forward pass over float32, on the exporting machine
    ranges: tuple[tuple[float, float], ...]  # value range of each int8 output

    def summary(self) -> str:
        """Return the certificate in one line."""
        float_layers = (
            f"; {len(self.float_layers)} of {how_many(self.layers, 'layer')} are float32"
            if self.float_layers
            else ""
        )
        loss = describe_loss(self.measure, self.loss, self.object_count)
        pictures = how_many(self.held_out_count, "picture")
        return (
            f"{loss} on {pictures}, the limit is {self.max_loss:g}; {self.speedup:.1f} times as fast on the "
            f"exporting machine; calibrated on {self.calibration_count} other pictures{float_layers}"
        )

    def to_metadata(self) -> dict[str, Any]:
        """Return the mapping `int8` of metadata.yaml."""
        return {
            "contract": {
                "measure": self.measure,
                "loss": round(self.loss, 4),
                "max_loss": self.max_loss,
                "pictures": self.held_out_count,
                "things": self.object_count,
            },
            "calibration": {
                "pictures": self.calibration_count,
                "sha256": self.calibration_sha256,
                "ranges": [[round(low, 4), round(high, 4)] for low, high in self.ranges],
            },
            "layers": self.layers,
            "float32_layers": list(self.float_layers),
            "speedup": round(self.speedup, 2),
        }
