"""The steps of `edgegen report`: what is known of projects, gathered for one page."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from edgegen import targets
from edgegen.base.errors import EdgegenError, InputError, RenderError
from edgegen.base.shell import quoted
from edgegen.commands import batch_record
from edgegen.commands.children import Children
from edgegen.commands.golden_picture import encoded
from edgegen.commands.plain_text import plain
from edgegen.commands.report_model import Model, model_of
from edgegen.commands.report_results import Proof, Results, checked, is_stale
from edgegen.commands.report_results import proof as read_proof
from edgegen.commands.resolve_model import known_project
from edgegen.project import manifest
from edgegen.project.manifest import Manifest

MOST_SCREENSHOTS: Final = 8  # of a project
_SCREENSHOT: Final = (480, 1000)  # pixels, at most
_MOST_PROJECTS: Final = 500
_KINDS: Final = {".png", ".jpg", ".jpeg", ".webp"}
_DEEP: Final = 2  # folders of projects: apps/NAME/TARGET


@dataclass(frozen=True)
class Screenshot:
    """What an app showed."""

    name: str
    uri: str
    width: int
    height: int


@dataclass(frozen=True)
class Entry:
    """A project, as the page shows it. Texts are plain: nothing that no font has."""

    path: Path
    name: str
    target: str
    facts: tuple[tuple[str, str], ...]  # of the project: what it is called, and what it is
    models: tuple[Model, ...]
    proof: Proof | None
    screenshots: tuple[Screenshot, ...]
    steps: tuple[str, ...]
    broken: str = ""  # why nothing of it can be shown


def projects_in(folders: Sequence[Path]) -> list[Path]:
    """Return the projects that are named, or that lie in a folder that is named, each once.

    Raises:
        InputError: One is no project and holds none.
    """
    found = dict[Path, Path]()
    for folder in folders:
        below = list(_projects_below(folder, _DEEP))
        if manifest.is_export(folder):
            raise InputError(
                f"{folder} is an export, not a project", "make a project of it with `edgegen new`"
            )
        if not below and folder.is_dir():
            raise InputError(
                f"there is no project in {folder}", "name a project, or a folder that holds some"
            )
        if not below:
            known_project(folder)  # says what is wrong
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
    """Shows how far verifying is."""

    def says(self, name: str, line: str) -> None:
        """Take a line that the process of a project said."""

    def forget(self, name: str) -> None:
        """Take what ran and has ended."""

    def write(self, line: str) -> None:
        """Write a line that stays."""


def verify_each(projects: Sequence[Path], watcher: Watcher) -> dict[Path, Mapping[str, Any] | str]:
    """Verify projects, each in a process of its own; return the report of each, or why there is none."""
    found = dict[Path, Mapping[str, Any] | str]()
    with Children(1) as children:
        for path in projects:
            name = str(path)
            ended = children.run(["verify", "--json", "--", path], partial(watcher.says, name))
            watcher.forget(name)
            found[path] = ended.why
            with suppress(ValueError):
                found[path] = checked(json.loads(ended.out))
            said = found[path]
            told = said if isinstance(said, str) else "the same" if said["passed"] else "NOT the same"
            watcher.write(f"{ended.seconds:7.1f} s  {name}: {told}")
    return found


def gather(
    projects: Sequence[Path],
    *,
    results: Results,
    verified: Mapping[Path, Mapping[str, Any] | str],
    screenshots: Path | None,
) -> list[Entry]:
    """Return what is known of the projects; of one among several that is broken, why.

    `verified` is what verifying just said of them: a report, or why there is none.

    Raises:
        InputError: The only project or a screenshot cannot be used, or a result could be of several projects.
    """
    seen = {path: _looked_at(path, results) for path in projects}
    alone = len(projects) == 1
    entries = []
    for path, found in seen.items():
        if isinstance(found, EdgegenError):
            if alone:  # a page of it would be none
                raise found
            entries.append(_broken(path, found))
            continue
        known, models = found
        target = known.target
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
            same = [each for each in seen.values() if isinstance(each, tuple) and each[0].target == target]
            if len(same) > 1:
                raise InputError(
                    f"the results of `verify` do not name their project, and {len(same)} are for {target}",
                    "give those of `edgegen batch --verify --json`, or make a page for each",
                )
            proof = read_proof(results.of_targets[target], stale=False)
        else:
            proof = _recorded(path, target)
        entries.append(_entry(path, known, models, proof, screenshots, alone=alone))
    return entries


def _looked_at(path: Path, results: Results) -> tuple[Manifest, tuple[Model, ...]] | EdgegenError:
    """Return what is known of a project and of its models, or why that cannot be known."""
    try:
        known = known_project(path)
        target = targets.of(known)
        return known, tuple(model_of(path, known, target, place, results) for place in known.models)
    except (InputError, RenderError) as error:
        return error


def _broken(path: Path, why: EdgegenError) -> Entry:
    """Return the entry of a project that nothing can be shown of."""
    name = plain(path.resolve().name, 200)
    return Entry(path, name, "broken", (), (), None, (), (), plain(f"{why.message}; {why.hint}", 600))


def _recorded(path: Path, target: str) -> Proof | None:
    """Return what `edgegen batch --verify` keeps beside its projects."""
    whole = path.absolute()
    for output, name in ((whole.parent, whole.name), (whole.parent.parent, whole.parent.name)):
        entry = batch_record.read(output).get(f"{name}/{target}")
        with suppress(KeyError, TypeError, ValueError):
            if entry is not None:
                return read_proof(entry["verified"], stale=is_stale(path, entry["digest"]))
    return None


def _entry(
    path: Path,
    known: Manifest,
    models: tuple[Model, ...],
    proof: Proof | None,
    screenshots: Path | None,
    *,
    alone: bool,
) -> Entry:
    target = targets.of(known)
    edited = known.edited(path)
    facts = {
        "Models": ", ".join(place.key for place in known.models) if len(models) > 1 else "",
        "Made by": " and ".join(f"{package} {version}" for package, version in known.versions.items()),
        "Edited": ", ".join(edited[:5]) + (f" and {len(edited) - 5} more" if len(edited) > 5 else ""),
    }
    return Entry(
        path=path,
        name=plain(str(known.options.get("name") or models[0].name), 200),
        target=target.name,
        facts=tuple((name, plain(text, 400)) for name, text in facts.items() if text),
        models=models,
        proof=proof,
        screenshots=_screenshots(screenshots, path, [each.key for each in known.models], alone=alone),
        steps=(f"cd {plain(quoted(path), 300)}", *target.next_steps),
    )


def _screenshots(
    folder: Path | None, project: Path, keys: Sequence[str], *, alone: bool
) -> tuple[Screenshot, ...]:
    """Return those in DIR/NAME or DIR/NAME/TARGET; of a project that is alone, those in DIR itself too.

    Of several models they lie in a folder for each, below that.
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
    # Ultralytics, once it is imported, lets Pillow look for a reader of HEIC where nothing else reads a file.
    except (OSError, ValueError, ImportError, Image.DecompressionBombError) as error:
        raise InputError(f"the screenshot {path} cannot be read: {error}", "leave it out") from error
    smaller.thumbnail(_SCREENSHOT)
    return Screenshot(plain(name), encoded(smaller), *smaller.size)
