"""The target of a project that a template of somebody else's makes: what it claims, made to a `Target`."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgegen.base.errors import InputError
from edgegen.model.spec import ModelSpec
from edgegen.project import manifest
from edgegen.project.context import Options
from edgegen.project.manifest import Manifest
from edgegen.project.own_template import claims as claimed
from edgegen.project.own_template.claims import MODEL_INFO, Claims
from edgegen.targets.base import Migrate, OwnTests, Target
from edgegen.targets.own_template import NAME

if TYPE_CHECKING:
    from edgegen.targets.runner import Job, Runner

_NOT_VERIFIED: Final = (
    "its template names neither tests nor a program",
    "its author adds `test` or `show` to _edgegen in copier.yml: docs/templates.md",
)
Write = Callable[[ModelSpec, Options, Path], Mapping[str, Any]]


def target(
    claims: Claims,
    write: Write | None = None,
    migrate: Migrate | None = None,
    origin: Mapping[str, Any] | None = None,
) -> Target:
    """Return the target of a template's projects.

    `write` renders them, where the template is here; `migrate` changes one of an earlier version of it;
    `origin` is what its projects keep of where it is from.
    """

    def opened(job: "Job") -> "AbstractContextManager[Runner]":
        from edgegen.targets.own_template import runner

        return runner.opened(job, claims)

    def own_tests() -> OwnTests | None:
        from edgegen.targets.own_template import runner

        return None if claims.show else runner.own_tests(claims)

    return Target(
        name=NAME,
        tasks=claims.shown_tasks(),
        template="",
        write=write,
        migrate=migrate,
        shared=tuple((f"_shared/{part}", folder) for part, folder in claims.shared if part != MODEL_INFO),
        rendered=tuple((f"_shared/{part}", folder) for part, folder in claims.shared if part == MODEL_INFO),
        model_dir=claims.model,
        vectors_dir=claims.vectors,
        build_dirs=claims.builds,
        tools=tuple,
        context=lambda _spec, _options: {},
        opened=opened,
        own_tests_here=own_tests,
        not_evaluated=(
            "evaluating a project whose template does not say how it shows pictures",
            "evaluate its model, or add `show` to the template: docs/templates.md",
        ),
        not_verified=None if claims.test or claims.show else _NOT_VERIFIED,
        origin=origin or {},
        of_others=True,
        next_steps=claims.next,
    )


def of_project(known: Manifest) -> Target:
    """Return the target of a project, by what its manifest keeps of the template.

    Raises:
        InputError: The manifest holds what no template can have said.
    """
    try:
        return target(claimed.read(remembered(known)["claims"], manifest.NAME))
    except (KeyError, TypeError):
        raise InputError(
            f"{manifest.NAME} does not say which template the project was made from",
            "restore it, or make the project again with `edgegen new --force`",
        ) from None


def remembered(known: Manifest) -> Mapping[str, Any]:
    """Return what a project remembers of its template: source, version, answers, claims."""
    kept = known.options.get("template")
    return kept if isinstance(kept, dict) else {}
