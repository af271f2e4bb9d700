"""`edgegen report`: find projects, verify them if asked, and collect the content of the page."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from edgegen.base.errors import EdgegenError, InputError, RenderError
from edgegen.base.shell import quoted
from edgegen.base.text import first_of, plain
from edgegen.commands import batch_record
from edgegen.commands.children import Children
from edgegen.commands.recorded_options import LoadedProject, load_project
from edgegen.commands.report_model import Model, model_of
from edgegen.commands.report_picture import encoded
from edgegen.commands.report_results import Proof, Results, checked, is_stale
from edgegen.commands.report_results import proof as read_proof
from edgegen.commands.resolve_model import project_manifest, project_models
from edgegen.project import manifest

MOST_SCREENSHOTS: Final = 8  # of a project
_SCREENSHOT: Final = (480, 1000)  # pixels, at most
_MOST_PROJECTS: Final = 500
_KINDS: Final = {".png", ".jpg", ".jpeg", ".webp"}
_DEEP: Final = 2  # levels of folders: apps/NAME/TARGET


@dataclass(frozen=True)
class Screenshot:
    """A picture of an app's screen."""

    name: str
    uri: str
    width: int
    height: int


@dataclass(frozen=True)
class Entry:
    """A project on the page. All texts went through `plain`."""

    path: Path
    name: str
    target: str
    facts: tuple[tuple[str, str], ...]  # (name, value) of the project
    models: tuple[Model, ...]
    proof: Proof | None
    screenshots: tuple[Screenshot, ...]
    steps: tuple[str, ...]
    broken: str = ""  # the error of a project that cannot be shown


def projects_in(folders: Sequence[Path]) -> list[Path]:
    """Return the projects among these folders or inside them, without repeats.

    Raises:
        InputError: A folder is not a project and contains none.
    """
    found = dict[Path, Path]()
    for folder in folders:
        below = list(_projects_below(folder, _DEEP))
        if manifest.is_export(folder):
            raise InputError(
                f"{folder} is an export, not a project", "make a project of it with `edgegen new`"
            )
        if not below and folder.is_dir():
            raise InputError(f"there is no project in {folder}", "name a project, or a folder with projects")
        if not below:
            project_manifest(folder)  # raises the error
        found |= {path.resolve(): path for path in below}
    if len(found) > _MOST_PROJECTS:
        raise InputError(
            f"there are {len(found)} projects, and a page takes {_MOST_PROJECTS}", "make several pages"
        )
    return list(found.values())


def _projects_below(folder: Path, deep: int) -> Iterator[Path]:
    if (folder / manifest.NAME).is_file():
        if not manifest.is_export(folder):
            yield folder
    elif deep and folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.name.startswith("."):
                yield from _projects_below(path, deep - 1)


class Watcher(Protocol):
    """Shows the progress of verifying."""

    def show(self, name: str, line: str) -> None:
        """Show a line of a project's process."""

    def forget(self, name: str) -> None:
        """Stop showing a process that ended."""

    def write(self, line: str) -> None:
        """Print a line above the moving ones."""


def verify_each(projects: Sequence[Path], watcher: Watcher) -> dict[Path, Mapping[str, Any] | str]:
    """Verify each project in its own process. Return the reports, or the errors as text."""
    found = dict[Path, Mapping[str, Any] | str]()
    with Children(1) as children:
        for path in projects:
            name = str(path)
            ended = children.run(["verify", "--json", "--", path], partial(watcher.show, name))
            watcher.forget(name)
            found[path] = ended.why
            with suppress(ValueError):
                found[path] = checked(json.loads(ended.stdout))
            report = found[path]
            passed = "the same" if not isinstance(report, str) and report["passed"] else "NOT the same"
            result = report if isinstance(report, str) else passed
            watcher.write(f"{ended.seconds:7.1f} s  {name}: {result}")
    return found


def gather(
    projects: Sequence[Path],
    *,
    results: Results,
    verified: Mapping[Path, Mapping[str, Any] | str],
    screenshots: Path | None,
) -> list[Entry]:
    """Return the entries of the page. A broken project's entry has its error, unless it is the only one.

    `verified` has the reports or errors of `verify_each`.

    Raises:
        InputError: The only project or a screenshot cannot be used, or a result fits several projects.
    """
    read = {path: _read(path, results) for path in projects}
    alone = len(projects) == 1
    entries = []
    for path, found in read.items():
        if isinstance(found, EdgegenError):
            if alone:
                raise found
            entries.append(_broken(path, found))
            continue
        project, models = found
        target = project.target.name
        proof: Proof | None
        if path in verified:
            just = verified[path]
            if isinstance(just, str):
                proof = Proof(False, "", 0, (), (), (), stale=False, failed=plain(just, 300))
            else:
                proof = read_proof(just, stale=False)
        elif path.resolve() in results.of_projects:
            report, digest = results.of_projects[path.resolve()]
            proof = read_proof(report, stale=is_stale(path, digest))
        elif target in results.of_targets:
            same = [
                each for each in read.values() if isinstance(each, tuple) and each[0].target.name == target
            ]
            if len(same) > 1:
                raise InputError(
                    f"the results of `verify` do not name their project, and {len(same)} are for {target}",
                    "use the output of `edgegen batch --verify --json`, or make a page for each project",
                )
            proof = read_proof(results.of_targets[target], stale=False)
        else:
            proof = _recorded(path, target)
        entries.append(_entry(project, models, proof, screenshots, alone=alone))
    return entries


def _read(path: Path, results: Results) -> tuple[LoadedProject, tuple[Model, ...]] | EdgegenError:
    """Return a project and its models, or the error."""
    try:
        project = load_project(path)
        models = zip(project.manifest.models, project_models(path, project.manifest), strict=True)
        return project, tuple(model_of(project, place, source, results) for place, source in models)
    except (InputError, RenderError) as error:
        return error


def _broken(path: Path, why: EdgegenError) -> Entry:
    """Return the entry of a project that cannot be shown."""
    name = plain(path.resolve().name, 200)
    return Entry(path, name, "broken", (), (), None, (), (), plain(f"{why.message}; {why.hint}", 600))


def _recorded(path: Path, target: str) -> Proof | None:
    """Return the result that `edgegen batch --verify` recorded in the folder above."""
    whole = path.absolute()
    for output, name in ((whole.parent, whole.name), (whole.parent.parent, whole.parent.name)):
        entry = batch_record.read(output).get(f"{name}/{target}")
        with suppress(KeyError, TypeError, ValueError):
            if entry is not None:
                return read_proof(entry["verified"], stale=is_stale(path, entry["digest"]))
    return None


def _entry(
    project: LoadedProject,
    models: tuple[Model, ...],
    proof: Proof | None,
    screenshots: Path | None,
    *,
    alone: bool,
) -> Entry:
    path, record = project.path, project.manifest
    edited = record.edited(path)
    facts = {
        "Models": ", ".join(place.key for place in record.models) if len(models) > 1 else "",
        "Made by": " and ".join(f"{package} {version}" for package, version in record.versions.items()),
        "Edited": first_of(edited),
    }
    return Entry(
        path=path,
        name=plain(str(record.options.get("name") or models[0].name), 200),
        target=project.target.name,
        facts=tuple((name, plain(text, 400)) for name, text in facts.items() if text),
        models=models,
        proof=proof,
        screenshots=_screenshots(screenshots, path, [each.key for each in record.models], alone=alone),
        steps=(f"cd {plain(quoted(path), 300)}", *project.target.next_steps),
    )


def _screenshots(
    folder: Path | None, project: Path, keys: Sequence[str], *, alone: bool
) -> tuple[Screenshot, ...]:
    """Return the pictures in DIR/NAME or DIR/NAME/TARGET; for a single project also those in DIR.

    Pictures of several models are in a folder for each, below that.
    """
    if folder is None:
        return ()
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder} of screenshots", "check the path")
    whole = project.absolute()
    places = [folder / whole.parent.name / whole.name, folder / whole.name, *([folder] if alone else [])]
    named = {place / key: f"{key}: " if key else "" for place in places for key in ("", *keys)}
    paths = [
        (path, name + path.stem)
        for place, name in named.items()
        for path in sorted(place.glob("*"))
        if path.suffix.lower() in _KINDS
    ]
    return tuple(_screenshot(path, name) for path, name in paths[:MOST_SCREENSHOTS])


def _screenshot(path: Path, name: str) -> Screenshot:
    from PIL import Image

    try:
        with Image.open(path) as picture:
            smaller = picture.convert("RGB")
    # ImportError: Ultralytics makes Pillow look for a HEIC reader.
    except (OSError, ValueError, ImportError, Image.DecompressionBombError) as error:
        raise InputError(f"the screenshot {path} cannot be read: {error}", "leave it out") from error
    smaller.thumbnail(_SCREENSHOT)
    return Screenshot(plain(name), encoded(smaller), *smaller.size)
