"""Writes metadata.yaml: the keys that Ultralytics writes, and edgegen's own mapping."""

from pathlib import Path
from typing import Any

from edgegen import __version__
from edgegen.base import naming
from edgegen.base.strict_yaml import dump
from edgegen.model.spec import InputSpec, OutputSpec, branch_of
from edgegen.sources.ultralytics.checkpoint import Checkpoint

SCHEMA = 1
BACKEND = "XnnpackBackend"
PRECISION = "float32"


def describe(
    checkpoint: Checkpoint,
    input_spec: InputSpec,
    output_spec: OutputSpec,
    *,
    versions: dict[str, str],
    sha256: str,
) -> dict[str, Any]:
    """Return the metadata of an export.

    versions names the exporter's packages: executorch, torch, ultralytics. sha256 is of the .pte. Nothing
    depends on the time or on where files lie: the same checkpoint always gives the same text.
    """
    facts = checkpoint.facts
    what = (
        " ".join(("Ultralytics", facts.architecture, "model")) if facts.architecture else "Ultralytics model"
    )
    return {
        "description": f"{what} trained on {facts.data}" if facts.data else what,
        "author": "edgegen",
        "date": facts.date,
        "version": versions["ultralytics"],
        "license": facts.license,
        "docs": "https://docs.ultralytics.com",
        "stride": facts.largest_stride,
        "task": "detect",
        "head": facts.head,
        "batch": 1,
        "imgsz": [input_spec.height, input_spec.width],
        "names": dict(enumerate(facts.class_names)),
        "args": {"batch": 1},
        "channels": input_spec.channels,
        "end2end": output_spec.contract == "end2end",
        "edgegen": {
            "schema": SCHEMA,
            "edgegen": __version__,
            **versions,
            "input": {
                "layout": "NCHW",
                "dtype": "float32",
                "color": input_spec.color,
                "scale": input_spec.scale,
                "mean": list(input_spec.mean),
                "std": list(input_spec.std),
                "resize": input_spec.resize,
                "pad_value": input_spec.pad_value,
            },
            "output": _output(output_spec),
            "precision": PRECISION,
            "backends": [BACKEND],
            "sha256": sha256,
            "name": naming.model_name(checkpoint.path),
            "checkpoint": {"name": checkpoint.path.name, "sha256": checkpoint.sha256},
        },
    }


def _output(spec: OutputSpec) -> dict[str, Any]:
    shapes = [list(shape) for shape in spec.shapes]
    if spec.has_levels:
        return {
            "contract": spec.contract,
            "branch": branch_of(spec.contract),
            "reg_max": spec.reg_max,
            "strides": list(spec.strides),
            "names": [f"{kind}{level}" for level in range(len(spec.strides)) for kind in ("box", "cls")],
            "shapes": shapes,
        }
    return {
        "contract": spec.contract,
        "branch": branch_of(spec.contract),
        "names": ["detections"],
        "shapes": shapes,
    }


def write(path: Path, metadata: dict[str, Any]) -> None:
    """Write metadata.yaml. Every character of a class name survives; the file is UTF-8."""
    path.write_text(dump(metadata), encoding="utf-8", newline="\n")
