"""Which kinds of project a request is for: targets by their names, or a template of somebody else's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from edgegen import targets
from edgegen.base.errors import InputError, UsageError
from edgegen.base.progress import Progress
from edgegen.commands.request import Request
from edgegen.model.spec import ModelSpec
from edgegen.project.context import Options
from edgegen.targets import Target

if TYPE_CHECKING:
    from edgegen.project.own_template.migrating import Stage
    from edgegen.project.own_template.rendering import Answers
    from edgegen.project.own_template.source import OwnTemplate


@contextmanager
def chosen_targets(request: Request, progress: Progress, *, tasks: bool = True) -> Iterator[list[Target]]:
    """Give the targets; a template is here, fetched if it has to be, for as long as it takes.

    `tasks`: whether what a template runs may be run, if it is trusted.

    Raises:
        InputError: The template cannot be used; the message says why.
        UsageError: There is no such target, or an answer that the template does not take.
    """
    if request.template is None:
        for name in ("data", "trust"):
            if getattr(request, name):
                hint = "leave it out" if request.answered else "leave it out, or add --template"
                raise UsageError(f"--{name} is for a template, and none was given", hint)
        yield targets.find_all(request.targets)
        return
    if any(name != targets.own_template.NAME for name in request.targets):
        raise UsageError(
            f"--template and --target {request.targets[0]} are two kinds of project",
            "leave one of the two out",
        )
    from edgegen.project.own_template import migrating, rendering, source
    from edgegen.project.own_template.rendering import Answers
    from edgegen.targets.own_template.target import target

    said = source.parse(request.template)
    is_same = said.address == request.answered_source
    if not said.ref and source.is_version(request.answered) and (is_same or source.is_repository(said)):
        said = source.next_tag(said, request.answered)
    answers = Answers(dict(request.data), request.answers, request.forgotten, request.ask)
    progress.step(f"Fetch {said}" if said.is_url else "Read the template")
    with source.opened(said) as template:
        runs = tasks and not request.pretend
        rendering.check(template, answers, trust=request.trust or not tasks)
        if template.dangers and not runs:
            _without_tasks(template, progress, trust=request.trust)
        migrates = tasks and migrating.check(template, request.answered, trust=request.trust)
        if tasks and request.answered and (why := migrating.not_due(template, request.answered)):
            progress.note(why)
        if tasks:
            _say_where_it_stays(template, request, progress)
        made = _Projects(template, request, answers, progress, runs=runs)
        yield [target(template.claims, made.write, made.migrate if migrates else None, made.origin)]


class _Projects:
    """Projects of a template that is here: made, or brought from an earlier version of it."""

    def __init__(
        self, template: "OwnTemplate", request: Request, answers: "Answers", progress: Progress, *, runs: bool
    ) -> None:
        self._template = template
        self._request = request
        self._answers = answers
        self._progress = progress
        self._runs = runs
        self._values = dict[str, Any]()  # what a program's text may use, once a project is rendered

    @property
    def origin(self) -> dict[str, Any]:
        """What a project keeps of where its template is from; what is not committed, a digest tells apart."""
        template = self._template
        return {
            "source": template.source.address,
            "ref": template.source.ref,
            "version": template.version,
            **({"commit": template.commit} if template.commit else {"digest": template.digest}),
        }

    def write(self, spec: ModelSpec, options: Options, folder: Path) -> dict[str, Any]:
        """Render a project, and return what it is to remember of the template."""
        from edgegen.project.own_template import context, rendering

        template, request = self._template, self._request
        answered = rendering.render(
            template,
            spec,
            options,
            folder,
            self._answers,
            self._progress,
            trust=request.trust,
            tasks=self._runs,
        )
        self._values = {**answered.remembered, context.NAME: context.context(spec, options, template.claims)}
        secret = template.copied.secret_questions
        told = {**request.told, **dict(request.data)}
        told = {
            name: text for name, text in told.items() if name in template.questions and name not in secret
        }
        kept = {
            "answers": dict(answered.remembered),
            **({"forgotten": list(answered.forgotten)} if answered.forgotten else {}),
            **({"data": told} if told else {}),
            "claims": template.claims.recorded(),
        }
        return {"template": {**self.origin, **kept}}

    def migrate(self, stage: "Stage", folder: Path) -> None:
        """Run a stage's programs for projects of an earlier version in one of them, once it is rendered."""
        from edgegen.project.own_template import migrating

        # Before the merge a project is what was answered then: some of that may be asked no more.
        values = {**self._values, **(self._request.answers if stage == "before" else {})}
        migrating.run(self._template, self._request.answered, stage, folder, values, self._progress)


def _say_where_it_stays(template: "OwnTemplate", request: Request, progress: Progress) -> None:
    """Say of a project whose template's version is not another one what may be unexpected in that."""
    from edgegen.project.own_template.source import is_version

    if template.version != request.answered or not template.version:
        return
    if request.answered_commit and template.commit != request.answered_commit:
        progress.note(f"the tag {template.version} of the template is another commit by now: it was moved")
    elif is_version(template.version) and Version(template.version).is_prerelease:
        progress.note(f"the template has no newer version than {template.version}: it stays there")


def _without_tasks(template: "OwnTemplate", progress: Progress, *, trust: bool) -> None:
    """Say that tasks are left out; refuse what runs while a template is only rendered."""
    loads = [danger for danger in template.dangers if danger.startswith(("loads", "reads"))]
    if loads and not trust:
        raise InputError(
            f"the template {template.source} {loads[0]}",
            "look at what that does; if you trust it, add --trust",
        )
    if len(loads) < len(template.dangers):
        progress.note("what the template's tasks would write is not in it: none was run")
