"""What a model is, as `edgegen inspect` shows it: facts that can be written as JSON.

Keys of every model:

| key | what |
|---|---|
| `model` | the MODEL argument |
| `kind` | `export` (a .pte with metadata), `project` (with one), `program` (a .pte alone) or `checkpoint` |
| `target`, `made_by` | of a `project` |
| `models` | of a `project` with several: what they are called; all else is of the first |
| `supported`, `problem` | whether `edgegen new` takes it; if not, why ("" otherwise) |
| `task`, `classes`, `class_names` | as recorded; absent for a `program` |
| `imgsz` | [height, width] of the input; of a checkpoint, what it was trained with |
| `stride`, `strides`, `reg_max` | the largest stride, all of them, bins a side of a box; where known |
| `sha256`, `files` | of the .pte or the checkpoint; sizes in bytes by name |
| `versions` | by package: what wrote the files, as far as they say |
| `license`, `description` | as recorded, without the folders of paths |

A `.pte` adds `contract`, `returns` (the contract in words), `branch` (of the head) and `precision` (where the
model is supported), `methods` (a list of name, inputs,
outputs, operators outside delegates with their calls, backends with their subgraphs), `external_data`
(weights in a .ptd), `format` (identifier, schema version, bytes and segments) and `vectors` (whether golden
vectors lie beside it). A checkpoint adds `head` (its class), `branches` (of it, where it has any; the first
is what is exported by default), `architecture`, `trained_on` and `date`.
"""

from pathlib import Path
from typing import Any

from edgegen import tasks
from edgegen.artifacts.borders import METHOD
from edgegen.artifacts.metadata_reader import Metadata, read_metadata
from edgegen.artifacts.model_reader import check_model
from edgegen.artifacts.pte import IDENTIFIER, METADATA_NAME, Method, Program, read_pte
from edgegen.base.errors import InputError
from edgegen.base.files import file_sha256
from edgegen.commands.resolve_model import find_model, is_project, known_project
from edgegen.sources.exported import ExportedSource
from edgegen.sources.source import ModelSource, OpenableSource, OpenedModel


def inspect_model(model: str, metadata: Path | None = None) -> dict[str, Any]:
    """Return what can be said of the MODEL argument; torch is imported for checkpoints only.

    Raises:
        InputError: It is not there, of no known kind, damaged, or a checkpoint that edgegen does not take.
    """
    if metadata is None and _is_lone_program(model):
        return {"model": model, "kind": "program"} | _lone_program(Path(model).expanduser())
    source = find_model(model, metadata)
    if isinstance(source, ExportedSource):
        return {"model": model, **_kind(model, metadata)} | _export(source)
    if isinstance(source, OpenableSource) and source.here is not None:
        return {"model": model, "kind": "checkpoint"} | _checkpoint(source.open(source.here))
    raise _not_on_disk(source)


def _kind(model: str, metadata: Path | None) -> dict[str, Any]:
    """Return whether an exported model lies in a project, and in which."""
    if metadata is not None or not is_project(model):
        return {"kind": "export"}
    known = known_project(Path(model).expanduser())
    made_by = known.versions.get("edgegen", "")
    keys = [place.key for place in known.models]
    more = {"models": keys} if len(keys) > 1 else {}
    return {"kind": "project", "target": known.target, "made_by": f"edgegen {made_by}", **more}


def supported() -> dict[str, Any]:
    """Return what can be combined: tasks, sources, precisions, runtimes and targets, whoever adds them.

    Keys: `tasks` (name -> contracts, the default one first), `sources` (name -> what each takes, in words),
    `precisions`, `runtimes` (name -> backends and precisions), `targets` (names).
    """
    from edgegen import runtimes, sources, targets, tasks
    from edgegen.model.precision import PRECISIONS

    return {
        "tasks": {name: list(tasks.find(name).contracts) for name in tasks.names()},
        "sources": {name: sources.find(name).takes for name in sources.names()},
        "precisions": list(PRECISIONS),
        "runtimes": {
            name: {"backends": list(runtime.backends), "precisions": list(runtime.precisions)}
            for name in runtimes.names()
            for runtime in (runtimes.find(name),)
        },
        "targets": targets.names(),
    }


def _not_on_disk(source: ModelSource) -> InputError:
    return InputError(
        f"{source.name_path} is not on disk, and `inspect` fetches nothing",
        f"fetch and export it: edgegen export --model {source.name_path}",
    )


def _is_lone_program(model: str) -> bool:
    try:
        path = Path(model).expanduser()
        if not path.is_file() or path.with_name(METADATA_NAME).exists():
            return False
        with path.open("rb") as file:
            return file.read(8)[4:] == IDENTIFIER
    except (OSError, ValueError, RuntimeError):
        return False  # `identify` says what is wrong


def _lone_program(path: Path) -> dict[str, Any]:
    program = read_pte(path)
    return {
        "supported": False,
        "problem": f"there is no {METADATA_NAME} beside it: name it with --metadata",
        "imgsz": _input_size(program),
        **_signature(path, program),
        "files": _sizes(path),
    }


def _export(source: ExportedSource) -> dict[str, Any]:
    program, metadata = read_pte(source.pte), read_metadata(source.metadata)
    verdict, checked = _verdict(source.pte, program, metadata)
    return {
        **verdict,
        "task": metadata.task,
        "classes": len(metadata.class_names),
        "class_names": list(metadata.class_names),
        "imgsz": _input_size(program) or list(metadata.imgsz or ()),
        **checked,
        **_signature(source.pte, program),
        "vectors": source.vectors is not None,
        "files": _sizes(source.pte, source.metadata),
        "versions": _versions(metadata),
        "license": metadata.license,
        "description": metadata.description,
    }


def _verdict(pte: Path, program: Program, metadata: Metadata) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return whether `new` takes the model, and what only a checked model has."""
    checked: dict[str, Any] = {"stride": metadata.stride} if metadata.stride else {}
    try:
        spec = check_model(pte, program, metadata)
    except InputError as error:
        return {"supported": False, "problem": error.message}, checked
    contract = spec.output.contract
    task = tasks.find(spec.task)
    checked |= {"contract": contract, **task.explain(contract), "precision": spec.precision}
    checked |= task.parameters(spec.output)
    return _taken(spec.task), checked


def _taken(task: str) -> dict[str, Any]:
    """Return whether there is a target that shows models of a task, and what is said where there is none."""
    from edgegen import targets

    taken = any(task in targets.find(name).tasks for name in targets.names())
    problem = f"not supported yet: projects of models for the task `{task}`; `edgegen export` takes them"
    return {"supported": taken, "problem": "" if taken else problem}


def _signature(path: Path, program: Program) -> dict[str, Any]:
    return {
        "methods": [_method(method) for method in program.methods],
        "external_data": program.external_data,
        "format": {
            "identifier": program.identifier,
            "schema": program.version,
            "program_bytes": program.program_bytes,
            "segments": program.segments,
            "segment_bytes": program.segment_bytes,
        },
        "sha256": file_sha256(path),
    }


def _method(method: Method) -> dict[str, Any]:
    return {
        "name": method.name,
        "inputs": [str(value) for value in method.inputs],
        "outputs": [str(value) for value in method.outputs],
        "operators": {operator.name: operator.count for operator in method.operators},
        "backends": {backend.name: backend.count for backend in method.backends},
    }


def _input_size(program: Program) -> list[int]:
    """Return height and width of the only picture that `forward` takes, or []."""
    method = program.method(METHOD)
    shapes = [value.shape for value in method.inputs] if method else []
    return list(shapes[0][2:]) if len(shapes) == 1 and len(shapes[0]) == 4 else []


def _versions(metadata: Metadata) -> dict[str, str]:
    recorded = {
        "ultralytics": metadata.ultralytics_version,
        "executorch": metadata.own.executorch if metadata.own else "",
        "torch": metadata.own.torch if metadata.own else "",
    }
    return {package: version for package, version in recorded.items() if version}


def _checkpoint(checkpoint: OpenedModel) -> dict[str, Any]:
    facts = checkpoint.facts
    return {
        **_taken(facts.task),
        "task": facts.task,
        "classes": len(facts.class_names),
        "class_names": list(facts.class_names),
        "imgsz": list(facts.imgsz),
        "stride": facts.largest_stride,
        "strides": list(facts.strides),
        **({"reg_max": facts.reg_max} if facts.reg_max else {}),
        "head": facts.head,
        **({"kpt_shape": list(facts.extras.kpt_shape)} if facts.extras.kpt_shape[0] else {}),
        **({"branches": list(facts.branches)} if facts.branches else {}),
        "architecture": facts.architecture,
        "trained_on": facts.data,
        "date": facts.date,
        "sha256": checkpoint.sha256,
        "files": _sizes(checkpoint.path),
        "versions": {facts.library: facts.library_version} if facts.library_version else {},
        "license": facts.license,
        "description": "",
    }


def _sizes(*paths: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in paths}
