"""The target of the projects of a custom template, made from the template's claims."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgegen import tasks
from edgegen.base.errors import InputError
from edgegen.base.tools import Tool
from edgegen.model.spec import ModelSpec
from edgegen.project import manifest
from edgegen.project.context import Options
from edgegen.project.custom_template import claims as claimed
from edgegen.project.custom_template.claims import JS, Claims
from edgegen.project.manifest import Manifest
from edgegen.runtimes.onnxruntime.backend import BACKEND, WHY_NO_INT8
from edgegen.targets.base import ProjectTests, Target
from edgegen.targets.custom_template import NAME

if TYPE_CHECKING:
    from edgegen.targets.runner import Job, Runner

_NOT_VERIFIED: Final = (
    "its template names neither tests nor a program",
    "its author adds `test` or `show` to _edgegen in copier.yml: docs/templates.md",
)
Write = Callable[[ModelSpec, Options, Path], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class CustomTemplate(Target):
    """The target of the projects of one template."""

    claims: Claims

    def tools(self) -> tuple[Tool, ...]:
        """Return nothing: templates do not name their tools."""
        return ()

    def open_runner(self, job: "Job") -> "AbstractContextManager[Runner]":
        """Run the template's `test` and `show`."""
        from edgegen.targets.custom_template.runner import open_runner

        return open_runner(self.claims, job)

    def project_tests_here(self) -> ProjectTests | None:
        """Return what runs `test`, if the template has no `show`."""
        from edgegen.targets.custom_template.runner import project_tests

        return None if self.claims.show else partial(project_tests, self.claims)


def target(claims: Claims, write: Write | None = None, origin: Mapping[str, Any] | None = None) -> Target:
    """Return the target of a template's projects.

    `write` renders a project, if the template is here. `origin` is the record of the template's address and
    version.
    """
    has_onnx = any(part == JS for part, _ in claims.shared)
    backends = (BACKEND.name,) if has_onnx else ()
    return CustomTemplate(
        claims=claims,
        name=NAME,
        tasks=claims.tasks or tuple(tasks.names()),
        resizes=claims.resizes,
        template="",
        write=write,
        rendered=tuple((f"_shared/{part}", folder) for part, folder in claims.shared),
        model_dir=claims.model,
        vectors_dir=claims.vectors,
        build_dirs=claims.builds,
        backends=backends,
        required_backends=backends,
        why_no_int8=WHY_NO_INT8 if has_onnx else "",
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
