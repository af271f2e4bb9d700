"""Writes metadata.yaml: the keys that Ultralytics writes, and edgegen's own mapping."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from edgegen import __version__, tasks
from edgegen.base import naming
from edgegen.base.errors import InputError
from edgegen.base.private import strip_metadata
from edgegen.base.strict_yaml import dump, load_mapping
from edgegen.model.facts import Facts
from edgegen.model.int8 import Certificate
from edgegen.model.precision import FLOAT32, INT8, Precision
from edgegen.model.spec import LETTERBOX, InputSpec, OutputSpec
from edgegen.model.steps import Steps

SCHEMA = 1


def describe(
    facts: Facts,
    path: Path,
    checkpoint_sha256: str,
    input_spec: InputSpec,
    output_spec: OutputSpec,
    *,
    backends: Sequence[str],
    versions: dict[str, str],
    sha256: str,
) -> dict[str, Any]:
    """Return the metadata of an export.

    path is where the checkpoint lies. versions names the packages that exported: executorch, torch and the
    source's library. sha256 is of the .pte. Nothing depends on the time or on where files lie: the same
    checkpoint always gives the same text.
    """
    return {
        "description": facts.description,
        "author": "edgegen",
        "date": facts.date,
        "version": versions[facts.library],
        "license": facts.license,
        "docs": facts.docs,
        "stride": facts.largest_stride,
        "task": facts.task,
        "head": facts.head,
        "batch": 1,
        "imgsz": [input_spec.height, input_spec.width],
        "names": dict(enumerate(facts.class_names)),
        "args": {"batch": 1},
        "channels": input_spec.channels,
        **({"kpt_shape": list(facts.extras.kpt_shape)} if any(facts.extras.kpt_shape) else {}),
        **_keypoint_names(facts),
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
                **({"pad_value": input_spec.pad_value} if input_spec.resize == LETTERBOX else {}),
            },
            "output": dict(tasks.find(facts.task).describe_outputs(output_spec)),
            "precision": FLOAT32.name,
            "backends": list(backends),
            "sha256": sha256,
            "name": naming.model_name(path),
            "checkpoint": {"name": path.name, "sha256": checkpoint_sha256},
        },
    }


def _keypoint_names(facts: Facts) -> dict[str, Any]:
    """Return them as Ultralytics writes them: for each class."""
    names = list(facts.extras.kpt_names)
    return {"kpt_names": dict.fromkeys(range(len(facts.class_names)), names)} if names else {}


def write(path: Path, metadata: dict[str, Any]) -> None:
    """Write metadata.yaml. Every character of a class name survives; the file is UTF-8."""
    path.write_text(dump(metadata), encoding="utf-8", newline="\n")


def project_metadata(path: Path) -> bytes:
    """Return a metadata.yaml as projects have it: without the folders of the person who trained the model."""
    content = path.read_bytes()
    with suppress(InputError):  # its reader tells of that
        recorded = load_mapping(path)
        private = strip_metadata(recorded)
        if private != recorded:
            return dump(private).encode()
    return content


def record_precision(
    path: Path,
    precision: Precision,
    certificate: Certificate,
    sha256: str,
    given: Steps | None = None,
    gives: Sequence[Steps | None] = (),
) -> None:
    """Say in a metadata.yaml that its program was made again in another precision, and what that costs.

    given and gives: the steps of its input and of each output, None for what is float32.
    """
    told = load_mapping(path)
    if given is not None:
        told["edgegen"]["input"] |= {"dtype": INT8.name, INT8.name: given.to_metadata()}
    if any(gives):
        told["edgegen"]["output"][INT8.name] = [each and each.to_metadata() for each in gives]
    told["edgegen"] |= {
        "precision": precision.name,
        "sha256": sha256,
        precision.name: certificate.to_metadata(),
    }
    write(path, told)
