"""Write metadata.yaml: Ultralytics' keys, and the mapping `edgegen`."""

import hashlib
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgegen import __version__, tasks
from edgegen.artifacts.metadata_reader import SCHEMA, read_metadata
from edgegen.base import naming
from edgegen.base.errors import InputError
from edgegen.base.private import strip_metadata
from edgegen.base.strict_yaml import dump, load_mapping
from edgegen.model.facts import Facts
from edgegen.model.int8 import Certificate
from edgegen.model.precision import FLOAT32, INT8, Steps
from edgegen.model.spec import BGR, BILINEAR, CENTRE_CROP, LETTERBOX, InputSpec, OutputSpec, Program


def describe(
    facts: Facts,
    path: Path,
    checkpoint_sha256: str,
    input_spec: InputSpec,
    output_spec: OutputSpec,
    *,
    program: Program,
    versions: dict[str, str],
) -> dict[str, Any]:
    """Return the metadata of an export. It depends on neither time nor folders.

    path is the checkpoint's. versions has those of executorch, torch and the source's library.
    """
    return {
        "description": facts.description,
        "author": "edgegen",
        "date": facts.date,
        **({"version": versions["ultralytics"]} if "ultralytics" in versions else {}),
        "license": facts.license,
        "docs": facts.docs,
        **({"stride": facts.largest_stride} if facts.yolo.strides else {}),
        "task": facts.task,
        **({"head": facts.yolo.name} if facts.yolo.name else {}),
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
            "input": _input(input_spec),
            "output": tasks.find(facts.task).describe_outputs(output_spec),
            "programs": [_program(program)],
            **({"architecture": facts.given_architecture} if facts.given_architecture else {}),
            **({"color": BGR} if facts.preprocessing and facts.preprocessing.is_bgr else {}),
            "name": naming.name_from_path(path),
            "checkpoint": {"name": path.name, "sha256": checkpoint_sha256},
        },
    }


def _input(spec: InputSpec) -> dict[str, Any]:
    """Return the mapping `input`: the preprocessing, without values that the resize does not use."""
    described = {
        "layout": "NCHW",
        "dtype": FLOAT32.name,
        "color": spec.color,
        "scale": spec.scale,
        "mean": list(spec.mean),
        "std": list(spec.std),
        "resize": spec.resize,
    }
    if spec.resize == LETTERBOX:
        described["pad_value"] = spec.pad_value
    if spec.resize == CENTRE_CROP:
        described["shorter_side"] = spec.shorter_side
    if spec.interpolation != BILINEAR:
        described["interpolation"] = spec.interpolation
    return described


def _keypoint_names(facts: Facts) -> dict[str, Any]:
    """Return the names as Ultralytics writes them: for each class."""
    names = list(facts.extras.kpt_names)
    return {"kpt_names": dict.fromkeys(range(len(facts.class_names)), names)} if names else {}


def write(path: Path, metadata: dict[str, Any]) -> None:
    """Write metadata.yaml in UTF-8. Keeps every character of class names."""
    path.write_text(dump(metadata), encoding="utf-8", newline="\n")


def project_metadata(path: Path, backends: Collection[str] = ()) -> bytes:
    """Return the content of a metadata.yaml for a project, without the author's folders.

    backends: those whose programs the project has, besides the first one.
    """
    content = path.read_bytes()
    with suppress(InputError):  # read_metadata reports it
        recorded = load_mapping(path)
        own = strip_metadata(recorded)
        if len(read_metadata(path).own.programs) > 1:
            first, *others = own["edgegen"]["programs"]
            own["edgegen"]["programs"] = [first, *(each for each in others if each["backend"] in backends)]
        if own != recorded:
            return dump(own).encode()
    return content


def add_program(path: Path, program: Program) -> None:
    """Add a program to the list of a metadata.yaml."""
    content = load_mapping(path)
    content["edgegen"]["programs"].append(_program(program))
    write(path, content)


def _program(program: Program) -> dict[str, Any]:
    described = {**asdict(program), "pictures": list(program.pictures)}
    optional = {"tolerances", "pictures", "size"}
    return {key: value for key, value in described.items() if value or key not in optional}


def record_int8(
    path: Path,
    certificate: Certificate,
    program: bytes,
    input_steps: Steps | None = None,
    output_steps: Sequence[Steps | None] = (),
) -> None:
    """Record in a metadata.yaml that the program is int8 now, and its measured loss.

    input_steps and output_steps are those of the input and of each output, None for float32.
    """
    content = load_mapping(path)
    if input_steps is not None:
        content["edgegen"]["input"] |= {"dtype": INT8.name, INT8.name: input_steps.to_metadata()}
    if any(output_steps):
        content["edgegen"]["output"][INT8.name] = [each and each.to_metadata() for each in output_steps]
    content["edgegen"]["programs"][0] |= {
        "precision": INT8.name,
        "sha256": hashlib.sha256(program).hexdigest(),
        "size": len(program),
    }
    content["edgegen"][INT8.name] = certificate.to_metadata()
    write(path, content)
