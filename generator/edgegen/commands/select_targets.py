"""The targets of a request: by their names, or the one target of a custom template."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edgegen import targets
from edgegen.base.errors import ToolchainError, UsageError
from edgegen.base.progress import Progress
from edgegen.commands.request import Request, is_named, why_no_precision
from edgegen.model.spec import ModelSpec
from edgegen.project.context import Options
from edgegen.project.custom_template.source import parse
from edgegen.project.custom_template.template import (
    Answers,
    CustomTemplate,
    check_answers,
    check_trust,
    open_template,
    render,
    template_values,
)
from edgegen.targets import Target


@contextmanager
def select_targets(
    request: Request, progress: Progress, *, run_template_tasks: bool = True, existing: Path | None = None
) -> Iterator[list[Target]]:
    """Yield the targets. A custom template is on this machine within the block.

    run_template_tasks: False: the tasks of its copier.yml do not run. existing: the project that is rendered
    again.
    """
    if request.template is None:
        for name in ("data", "trust"):
            if getattr(request, name):
                raise UsageError(f"--{name} is for a template", "leave it out, or add --template")
        chosen = targets.find_all(request.targets)
        reasons = {each.name: _why_not_available(each, request, progress, existing) for each in chosen}
        yield drop_targets(chosen, reasons, progress)
        return
    if any(name != targets.custom_template.NAME for name in request.targets):
        raise UsageError(
            f"--template and --target {request.targets[0]} exclude each other", "leave one of the two out"
        )
    address = parse(request.template)
    progress.step(f"Fetch {address}" if address.is_git else "Read the template")
    with open_template(address, request.template_record.version) as found:
        runs = run_template_tasks and not request.pretend
        check_trust(found, trust=request.trust, tasks=run_template_tasks)
        check_answers(found, _answers(found, request))
        if found.tasks and not runs:
            progress.note("the template's tasks did not run, so their files are missing here")
        if run_template_tasks:
            _note_version(found, request, progress)
        yield [_target(found, request, progress, runs=runs)]


def drop_targets(chosen: Sequence[Target], reasons: Mapping[str, str], progress: Progress) -> list[Target]:
    """Return the targets that can be made. Note the reasons for the others.

    reasons: by the target's name, why it cannot be made; "" if it can.

    Raises:
        UsageError: No target is left.
    """
    dropped = {name: why for name, why in reasons.items() if why}
    if dropped and len(dropped) == len(chosen):
        raise UsageError(
            "no target can be made", "; ".join(f"{name}: {why}" for name, why in dropped.items())
        )
    for name, why in dropped.items():
        progress.note(f"no {name} project: {why}")
    return [target for target in chosen if target.name not in dropped]


def _why_not_available(target: Target, request: Request, progress: Progress, existing: Path | None) -> str:
    """Return why a target of `--target all` cannot be made; "" if it can. For a named one, raise an error."""
    missing = target.missing(existing)
    if is_named(request, target):
        if missing is not None:
            raise ToolchainError(*missing)
        if request.app is not None and target.app_for(request.app) != request.app:
            progress.note(f"{target.name} has one app, the {target.app_for(request.app)}")
        return ""
    if missing is not None:
        return f"{missing[0]}: {missing[1]}"
    why = why_no_precision(target, request.precision)
    return why or ("its app shows one model" if request.extra_models and target.multi_model is None else "")


def _answers(template: CustomTemplate, request: Request) -> Answers:
    """Return the answers of --data and of the project. Copier cannot record dates, so their text is used."""
    record = request.template_record
    texts = {name: text for name, text in record.data.items() if name in template.questions}
    data = {name: text for name, text in texts.items() if name not in record.answers}
    return Answers({**data, **dict(request.data)}, record.answers, record.secrets, request.ask)


def _target(template: CustomTemplate, request: Request, progress: Progress, *, runs: bool) -> Target:
    from edgegen.targets.custom_template.target import target

    source, questions, secrets = template.source, template.questions, template.secrets
    origin = {
        "source": source.url if source.is_git else source.address,
        "ref": source.ref if source.ref != template.version else "",  # a tag is the version already
        "version": template.version,
        # Two states of a folder differ in the digest, two states of a repository in the commit.
        **({"commit": template.commit} if template.commit else {"digest": template.digest}),
    }

    def write(spec: ModelSpec, options: Options, folder: Path) -> dict[str, Any]:
        values = template_values(spec, options, template.claims)
        answers = _answers(template, request)
        recorded = render(template, values, folder, answers, progress, trust=request.trust, tasks=runs)
        data = {**request.template_record.data, **dict(request.data)}
        asked = questions if request.ask else dict(request.data)
        return {
            "template": {
                **origin,
                "answers": recorded,
                "secrets": sorted(secrets.intersection(asked)),
                "data": {name: data[name] for name in data if name in questions and name not in secrets},
                "claims": template.claims.recorded(),
            }
        }

    return target(template.claims, write, origin)


def _note_version(template: CustomTemplate, request: Request, progress: Progress) -> None:
    """Note a moved tag, and migrations, which edgegen does not run."""
    record = request.template_record
    if not record.version:
        return
    if template.version != record.version:
        if template.config.get("_migrations"):
            progress.note("the template has migrations, which edgegen does not run: see its documentation")
    elif record.commit and template.commit != record.commit:
        progress.note(f"the tag {template.version} of the template was moved to another commit")
