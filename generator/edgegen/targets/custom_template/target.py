"""The target of the projects of a custom template, made from the template's claims."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from edgegen import tasks
from edgegen.base.errors import InputError
from edgegen.model.spec import ModelSpec
from edgegen.project import manifest
from edgegen.project.context import Options
from edgegen.project.custom_template import claims as claimed
from edgegen.project.custom_template.claims import JS, RENDERED, Claims
from edgegen.project.manifest import Manifest
from edgegen.runtimes.onnxruntime.backend import BACKEND, WHY_NO_INT8
from edgegen.targets.base import Target, import_later
from edgegen.targets.custom_template import NAME

_NOT_VERIFIED: Final = (
    "its template names neither tests nor a program",
    "its author adds `test` or `show` to _edgegen in copier.yml: docs/templates.md",
)
_RUNNER: Final = "edgegen.targets.custom_template.runner"
Write = Callable[[ModelSpec, Options, Path], Mapping[str, Any]]


def target(claims: Claims, write: Write | None = None, origin: Mapping[str, Any] | None = None) -> Target:
    """Return the target of a template's projects.

    `write` renders a project, if the template is here. `origin` is the record of the template's address and
    version.
    """
    has_onnx = any(part == JS for part, _ in claims.shared)
    backends = (BACKEND.name,) if has_onnx else ()
    return Target(
        name=NAME,
        tasks=claims.tasks or tuple(tasks.names()),
        resizes=claims.resizes,
        template="",
        write=write,
        shared=tuple((f"_shared/{part}", folder) for part, folder in claims.shared if part not in RENDERED),
        rendered=tuple((f"_shared/{part}", folder) for part, folder in claims.shared if part in RENDERED),
        model_dir=claims.model,
        vectors_dir=claims.vectors,
        build_dirs=claims.builds,
        backends=backends,
        required_backends=backends,
        why_no_int8=WHY_NO_INT8 if has_onnx else "",
        tools=tuple,
        context=lambda _spec, _options: {},
        open_runner=partial(import_later(_RUNNER, "open_runner"), claims),
        project_tests_here=lambda: (
            None if claims.show else partial(import_later(_RUNNER, "project_tests"), claims)
        ),
        why_not_evaluated=(
            "evaluating a project whose template has no `show`",
            "evaluate its model, or add `show` to the template: docs/templates.md",
        ),
        why_not_verified=None if claims.test or claims.show else _NOT_VERIFIED,
        origin=origin or {},
        is_custom=True,
        next_steps=claims.next,
    )


def target_of_project(known: Manifest) -> Target:
    """Return the target of a project. Raise InputError if its manifest has no valid claims."""
    try:
        return target(claims_of_project(known))
    except InputError as error:
        error.hint = error.hint or manifest.RESTORE
        raise
    except (KeyError, TypeError):
        what = f"{manifest.NAME} does not say which template the project was made from"
        raise InputError(what, manifest.RESTORE) from None


def claims_of_project(known: Manifest) -> Claims:
    """Return the claims in a project's manifest."""
    return claimed.read(template_record(known)["claims"], manifest.NAME)


def template_record(known: Manifest) -> Mapping[str, Any]:
    """Return the record of a project's template: source, version, answers, claims."""
    recorded = known.options.get("template")
    return recorded if isinstance(recorded, dict) else {}
