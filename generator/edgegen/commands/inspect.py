"""The facts that `edgegen inspect` shows about a model, as JSON.

Keys of every model:

| key | value |
|---|---|
| `model` | the MODEL argument |
| `kind` | `export` (a .pte with metadata), `project` (with one), `program` (a .pte alone) or `checkpoint` |
| `target`, `made_by` | of a `project` |
| `models` | of a `project` with several: their names; everything else is about the first |
| `supported`, `problem` | whether `edgegen new` accepts it; if not, why ("" otherwise) |
| `task`, `classes`, `class_names` | as recorded; absent for a `program` |
| `imgsz` | [height, width] of the input; of a checkpoint, the training size |
| `stride`, `strides`, `reg_max` | the largest stride, all strides, bins per side of a box; if known |
| `sha256`, `files` | of the .pte or the checkpoint; sizes in bytes by name |
| `versions` | package -> version that wrote the files, if recorded |
| `license`, `description` | as recorded; paths are shortened to file names |

If it is supported, a `.pte` adds `contract`, `returns` (the contract in words), `branch` (of the head) and
`precision`. It always adds `methods` (name, inputs, outputs, number of calls of each operator outside
delegates, number of subgraphs of each backend), `external_data` (weights in a .ptd), `format` (identifier,
schema version, bytes, segments) and `vectors` (whether there are golden vectors). A checkpoint adds `head`
(its class), `branches` (of the head; the first is exported by default), `architecture`, `trained_on`, `date`.
"""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from edgegen import sources, targets, tasks
from edgegen.artifacts.metadata import Metadata
from edgegen.artifacts.model_reader import check_model
from edgegen.artifacts.pte import IDENTIFIER, METHOD, SCHEMA_VERSION, PteContent, read_pte
from edgegen.base.errors import InputError
from edgegen.base.files import file_sha256
from edgegen.base.model_files import METADATA_NAME
from edgegen.commands.loaded_project import load_project
from edgegen.commands.resolve_model import find_model
from edgegen.model.precision import PRECISIONS
from edgegen.sources.description import NOTHING_SAID, Description
from edgegen.sources.exported import ExportedSource
from edgegen.sources.source import OpenedModel


def inspect_model(model: str, description: Description = NOTHING_SAID) -> dict[str, Any]:
    """Return the facts about MODEL, or raise InputError. Imports torch for checkpoints only."""
    if description.metadata is None and _is_lone_program(model):
        return {"model": model, "kind": "program"} | _lone_program(Path(model).expanduser())
    source = find_model(model, description)
    if source.is_exported:
        kind = {"kind": "export"} if source.project is None else _project(source.project)
        return {"model": model, **kind, **_export(source)}
    if source.path_on_disk is not None:
        return {"model": model, "kind": "checkpoint"} | _checkpoint(source.open(source.path_on_disk))
    raise InputError(
        f"{source.name_path} is not on disk, and `inspect` downloads nothing",
        f"download and export it: edgegen export --model {source.name_path}",
    )


def _project(path: Path) -> dict[str, Any]:
    record = load_project(path).manifest
    facts = {
        "kind": "project",
        "target": record.target,
        "made_by": f"edgegen {record.versions.get('edgegen', '')}",
    }
    keys = [place.key for place in record.models]
    return facts | ({"models": keys} if len(keys) > 1 else {})


def supported() -> dict[str, Any]:
    """Return the installed tasks, sources, precisions, runtimes, backends and targets.

    Keys: `tasks` (name -> contracts, the default one first), `sources` (name -> description),
    `precisions`, `runtimes` (name -> its backends' delegates and precisions), `backends` (name -> runtime,
    delegates, precisions, and what runs its programs; "" for any machine), `targets` (names).
    """
    from edgegen import runtimes  # imports numpy

    backends = {name: runtimes.find_backend(name) for name in runtimes.backend_names()}
    return {
        "tasks": {name: list(tasks.find(name).contracts) for name in tasks.names()},
        "sources": {name: sources.find(name).takes for name in sources.names()},
        "precisions": list(PRECISIONS),
        "runtimes": {
            name: {
                "backends": _joined(each.delegates for each in backends.values() if each.runtime == name),
                "precisions": _joined(each.precisions for each in backends.values() if each.runtime == name),
            }
            for name in runtimes.names()
        },
        "backends": {
            name: {
                "runtime": backend.runtime,
                "delegates": list(backend.delegates),
                "precisions": list(backend.precisions),
                "needs": backend.needs,
            }
            for name, backend in backends.items()
        },
        "targets": targets.names(),
    }


def _joined(values: Iterable[Iterable[str]]) -> list[str]:
    """Return all values in order, without duplicates."""
    return list(dict.fromkeys(chain.from_iterable(values)))


def _is_lone_program(model: str) -> bool:
    try:
        path = Path(model).expanduser()
        if not path.is_file() or path.with_name(METADATA_NAME).exists():
            return False
        with path.open("rb") as file:
            return file.read(8)[4:] == IDENTIFIER
    except (OSError, ValueError, RuntimeError):
        return False  # `identify` reports the error


def _lone_program(path: Path) -> dict[str, Any]:
    program = read_pte(path)
    return {
        "supported": False,
        "problem": f"there is no {METADATA_NAME} next to it: give it with --metadata",
        "imgsz": _input_size(program),
        **_signature(path, program),
        "files": _sizes(path),
    }


def _export(source: ExportedSource) -> dict[str, Any]:
    program, metadata = read_pte(source.pte), source.record
    verdict, checked = _verdict(source.pte, program, metadata)
    versions = {
        "ultralytics": metadata.ultralytics_version,
        "executorch": metadata.executorch,
        "torch": metadata.torch,
    }
    return {
        **verdict,
        "task": metadata.task,
        "classes": len(metadata.class_names),
        "class_names": list(metadata.class_names),
        "imgsz": _input_size(program) or list(metadata.imgsz or ()),
        **checked,
        **_signature(source.pte, program),
        **_programs(source.pte, metadata),
        "vectors": source.vectors is not None,
        "files": _sizes(source.pte, source.metadata),
        "versions": {package: version for package, version in versions.items() if version},
        "license": metadata.license,
        "description": metadata.description,
    }


def _programs(pte: Path, metadata: Metadata) -> dict[str, Any]:
    """Return the model's programs for backends, if there are several."""
    programs = []
    for number, program in enumerate(metadata.programs):
        path = pte.with_name(program.file) if number else pte
        size = path.stat().st_size if path.is_file() else None
        programs.append(
            {
                "file": path.name,
                "backend": program.backend,
                "precision": program.precision,
                "bytes": size,
            }
        )
    return {"programs": programs} if len(programs) > 1 else {}


def _verdict(pte: Path, program: PteContent, metadata: Metadata) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return whether `new` accepts the model, and the facts of a checked model."""
    checked: dict[str, Any] = {"stride": metadata.stride} if metadata.stride else {}
    try:
        spec = check_model(pte, program, metadata)
    except InputError as error:
        return {"supported": False, "problem": error.message}, checked
    contract = spec.output.contract
    task = tasks.find(spec.task)
    checked |= {"contract": contract, **task.explain(contract), "precision": spec.precision}
    checked |= task.parameters(spec.output)
    return _support(spec.task), checked


def _support(task: str) -> dict[str, Any]:
    """Return whether a target shows models of this task."""
    has_target = any(task in targets.find(name).tasks for name in targets.names())
    problem = f"not supported yet: projects of models for the task `{task}`; `edgegen export` takes them"
    return {"supported": has_target, "problem": "" if has_target else problem}


def _signature(path: Path, program: PteContent) -> dict[str, Any]:
    methods = [
        {
            "name": method.name,
            "inputs": [str(value) for value in method.inputs],
            "outputs": [str(value) for value in method.outputs],
            "operators": {operator.name: operator.count for operator in method.operators},
            "backends": {delegate.backend: delegate.count for delegate in method.delegates},
        }
        for method in program.methods
    ]
    return {
        "methods": methods,
        "external_data": program.external_data,
        "format": {
            "identifier": IDENTIFIER.decode(),
            "schema": SCHEMA_VERSION,
            "program_bytes": program.program_bytes,
            "segments": program.segments,
            "segment_bytes": program.segment_bytes,
        },
        "sha256": file_sha256(path),
    }


def _input_size(program: PteContent) -> list[int]:
    """Return [height, width] of the input of `forward`, or [] if it is not one picture."""
    method = program.method(METHOD)
    shapes = [value.shape for value in method.inputs] if method else []
    return list(shapes[0][2:]) if len(shapes) == 1 and len(shapes[0]) == 4 else []


def _checkpoint(checkpoint: OpenedModel) -> dict[str, Any]:
    facts, yolo = checkpoint.facts, checkpoint.facts.yolo
    strides = {"stride": facts.largest_stride, "strides": list(yolo.strides)} if yolo.strides else {}
    return {
        **_support(facts.task),
        "task": facts.task,
        "classes": len(facts.class_names),
        "class_names": list(facts.class_names),
        "imgsz": list(facts.input.size),
        **strides,
        **({"reg_max": yolo.reg_max} if yolo.reg_max else {}),
        **({"head": yolo.name} if yolo.name else {}),
        **({"kpt_shape": list(facts.extras.kpt_shape)} if facts.extras.kpt_shape[0] else {}),
        **({"branches": list(yolo.branches)} if yolo.branches else {}),
        "architecture": facts.architecture,
        "trained_on": facts.data,
        "date": facts.date,
        "sha256": checkpoint.sha256,
        "files": _sizes(checkpoint.path),
        "versions": {facts.library: facts.library_version} if facts.library_version else {},
        "license": facts.license,
        "description": "",
        **({"notes": list(facts.notes)} if facts.notes else {}),
    }


def _sizes(*paths: Path) -> dict[str, int]:
    """Return the sizes of files, and of the files in a folder, in bytes."""
    files = [each for path in paths for each in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return {file.name: file.stat().st_size for file in files if file.is_file()}
