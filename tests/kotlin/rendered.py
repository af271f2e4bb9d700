"""The rendered files of the vision module, for any model."""

import dataclasses
from pathlib import Path

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.model.spec import ModelSpec
from edgegen.project.context import Options, shared_context
from edgegen.project.template_filters import environment
from tests.kotlin.compiler import CORE, PARITY


def spec_of(export: Path, **changes: object) -> ModelSpec:
    """Return the ModelSpec of an export, with some fields changed."""
    spec = load_model_spec(export / "model.pte", export / "metadata.yaml")
    return dataclasses.replace(spec, **changes)  # type: ignore[arg-type]


def render_spec(spec: ModelSpec, folder: Path, sources: Path = CORE) -> list[Path]:
    """Render a module's templates as for a project, and return the files."""
    jinja = environment(sources)
    context = shared_context(spec, Options("Birds", "birds"))
    files = []
    for template in sorted(sources.rglob("*.jinja")):
        name = template.relative_to(sources)
        path = folder / name.with_suffix("")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(jinja.get_template(name.as_posix()).render(context), encoding="utf-8")
        files.append(path)
    return files


def render_constants(export: Path, folder: Path) -> list[Path]:
    """Render both modules' templates for an exported model."""
    spec = spec_of(export)
    return [*render_spec(spec, folder), *render_spec(spec, folder / "parity", PARITY)]
