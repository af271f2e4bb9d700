"""Int8 by contract: what is asked for, and what is known of a model that was made so."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import UsageError
from edgegen.base.naming import how_many

MEASURES: Final = {"map": "points of mAP50-95", "lost": "% of what float32 shows"}
# The most that is lost, unless asked otherwise. A few boxes near the threshold always change sides.
MAX_LOSS: Final = {"map": 1.0, "lost": 5.0}
LEAST: Final = 4  # pictures: three to watch and one to judge by
PICTURES: Final = 100  # unless asked otherwise
LEAST_CONFIDENCE: Final = 0.001  # the steps of scores begin below it
_THINGS: Final = {"map": ("label", "labels"), "lost": ("thing", "things")}


def describe_loss(measure: str, loss: float, things: int) -> str:
    """Say a loss, and what it was measured on: of three things, one is a third."""
    one, more = _THINGS[measure]
    verb = "gains" if loss < 0 else "loses"
    return f"{verb} {abs(loss):.2f} {MEASURES[measure]} ({things} {one if things == 1 else more})"


@dataclass(frozen=True)
class Int8Options:
    """What `--precision int8` was asked with."""

    calibration: Path
    pictures: int = PICTURES
    max_loss: float | None = None
    keep_float: tuple[str, ...] = ()
    sensitivity: bool = False  # say what each layer alone costs
    at_borders: bool = False  # whether input and outputs become int8, too, where that saves something

    def __post_init__(self) -> None:
        """Raise UsageError where a value is out of range."""
        if self.max_loss is not None and not 0 < self.max_loss < 100:
            raise UsageError(
                f"--max-loss is {self.max_loss:g}, but it has to be above 0, as int8 always rounds, "
                "and below 100",
                f"leave it out for {MAX_LOSS['map']:g} {MEASURES['map']} where labels are given, "
                f"or {MAX_LOSS['lost']:g} {MEASURES['lost']}",
            )
        if not LEAST <= self.pictures <= 10_000:
            raise UsageError(
                f"--calibration-images is {self.pictures}, but from {LEAST} to 10000 pictures can be taken",
                f"leave it out for {PICTURES}",
            )


@dataclass(frozen=True)
class Certificate:
    """A promise and what was measured of it, before the model was taken."""

    measure: str  # a key of MEASURES
    loss: float  # in its unit
    max_loss: float  # what was promised
    held_out_count: int  # pictures that it was measured on, none of them watched
    object_count: int  # labels in them, or what float32 shows there
    calibration_count: int  # pictures that ranges come from
    calibration_sha256: str  # SHA-256 of these
    float_layers: tuple[str, ...]  # what stays float32
    layers: int  # of how many
    speedup: float  # over float32, of the forward pass, on the machine that exported
    ranges: tuple[tuple[float, float], ...]  # over which the steps of the outputs in int8 are spread

    def summary(self) -> str:
        """Say it in one line."""
        kept = (
            f"; {len(self.float_layers)} of {how_many(self.layers, 'layer')} are float32"
            if self.float_layers
            else ""
        )
        loss = describe_loss(self.measure, self.loss, self.object_count)
        pictures = how_many(self.held_out_count, "picture")
        return (
            f"{loss} on {pictures}, at most {self.max_loss:g} was promised; it was {self.speedup:.1f} times "
            f"as fast where it was made; ranges of {self.calibration_count} other pictures{kept}"
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
