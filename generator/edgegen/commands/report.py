"""The steps of `edgegen report`: what is known of projects, gathered for one page."""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from edgegen import targets
from edgegen.artifacts import vector_files
from edgegen.artifacts.metadata_reader import read_metadata
from edgegen.base.errors import InputError
from edgegen.base.shell import quoted
from edgegen.commands import batch_record
from edgegen.commands.children import Children
from edgegen.commands.golden_picture import Shown, best_picture, encoded
from edgegen.commands.known import known_project
from edgegen.commands.verified import project_spec
from edgegen.model.class_selection import resolve_classes
from edgegen.project import manifest
from edgegen.project.manifest import Manifest

MOST_CLASSES: Final = 100  # names that are listed
MOST_TEXT: Final = 80  # characters of a name
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
class Proof:
    """What `edgegen verify` saw, and whether it was of this very project."""

    passed: bool
    authority: str
    images: int
    stages: tuple[Mapping[str, Any], ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    stale: bool  # the project is another one since
    failed: str = ""  # why it could not be verified at all


@dataclass(frozen=True)
class Entry:
    """A project, as the page shows it. Texts are plain: nothing that no font has."""

    path: Path
    name: str
    target: str
    facts: tuple[tuple[str, str], ...]  # what it is called, and what it is
    classes: tuple[str, ...]
    more_classes: int
    picture: Shown | None
    proof: Proof | None
    screenshots: tuple[Screenshot, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Results:
    """What `verify --json` or `batch --json` wrote into files."""

    of_projects: Mapping[Path, tuple[Mapping[str, Any], str]]  # report or why not, and the manifest's digest
    of_targets: Mapping[str, Mapping[str, Any]]  # of `verify`, which does not name its project


def projects_in(folders: Sequence[Path]) -> list[Path]:
    """Return the projects that are named, or that lie in a folder that is named, each once.

    Raises:
        InputError: One is no project and holds none.
    """
    found = dict[Path, Path]()
    for folder in folders:
        below = list(_projects_below(folder, _DEEP))
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
        yield folder
    elif deep and folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.name.startswith("."):
                yield from _projects_below(path, deep - 1)


def read_results(paths: Sequence[Path]) -> Results:
    """Read what `edgegen verify --json` or `edgegen batch --json` printed.

    Raises:
        InputError: It is none of both.
    """
    projects = dict[Path, tuple[Mapping[str, Any], str]]()
    of_targets = dict[str, Mapping[str, Any]]()
    for path in paths:
        hint = "give what `edgegen verify --json` or `edgegen batch --verify --json` printed"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if "projects" in content:
                for row in content["projects"]:
                    if row["verified"] is not None:
                        place = Path(row["project"])
                        places = [place, path.parent / place]  # of the current folder, or beside the report
                        digest = str(row.get("digest", ""))
                        projects |= {each.resolve(): (_checked(row["verified"]), digest) for each in places}
            else:
                of_targets[str(content["target"])] = _checked(content)
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror or error}", "check the path") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"{path} has no results: {type(error).__name__}: {error}", hint) from error
    return Results(projects, of_targets)


def _checked(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a report, or raise KeyError, TypeError or ValueError where it is none."""
    _proof(report, stale=False)
    return report


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
                found[path] = _checked(json.loads(ended.out))
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
    """Return what is known of the projects.

    `verified` is what verifying just said of them: a report, or why there is none.

    Raises:
        InputError: A project or a screenshot cannot be used, or a result could be of several projects.
    """
    known = {path: known_project(path) for path in projects}
    entries = []
    for path in projects:
        target = known[path].target
        proof: Proof | None
        if path in verified:
            just = verified[path]
            if isinstance(just, str):
                proof = Proof(False, "", 0, (), (), (), stale=False, failed=plain(just, 300))
            else:
                proof = _proof(just, stale=False)
        elif path.resolve() in results.of_projects:
            report, digest = results.of_projects[path.resolve()]
            proof = _proof(report, stale=_is_stale(path, digest))
        elif target in results.of_targets:
            same = [other for other in projects if known[other].target == target]
            if len(same) > 1:
                raise InputError(
                    f"the results of `verify` do not name their project, and {len(same)} are for {target}",
                    "give those of `edgegen batch --verify --json`, or make a page for each",
                )
            proof = _proof(results.of_targets[target], stale=False)
        else:
            proof = _recorded(path, target)
        entries.append(_entry(path, proof, screenshots, alone=len(projects) == 1))
    return entries


def _recorded(path: Path, target: str) -> Proof | None:
    """Return what `edgegen batch --verify` keeps beside its projects."""
    whole = path.absolute()
    for output, name in ((whole.parent, whole.name), (whole.parent.parent, whole.parent.name)):
        entry = batch_record.read(output).get(f"{name}/{target}")
        with suppress(KeyError, TypeError, ValueError):
            if entry is not None:
                return _proof(entry["verified"], stale=_is_stale(path, entry["digest"]))
    return None


def _is_stale(project: Path, digest: str) -> bool:
    known = manifest.read(project)
    changed = bool(digest) and digest != manifest.sha256(project / manifest.NAME)
    return changed or known is None or bool(known.edited(project))


def _proof(report: Mapping[str, Any], *, stale: bool) -> Proof:
    stages = [
        {
            "name": plain(str(stage["name"])),
            "passed": bool(stage["passed"]),
            "worst": None if stage["worst"] is None else float(stage["worst"]),
            "tolerance": float(stage["tolerance"]),
            "unit": plain(str(stage["unit"])),
        }
        for stage in report["stages"][:50]
    ]
    return Proof(
        bool(report["passed"]),
        plain(str(report["authority"]), 200),
        int(report.get("images", 0)),
        tuple(stages),
        tuple(plain(str(each), 300) for each in report.get("problems", [])[:10]),
        tuple(plain(str(each), 300) for each in report.get("notes", [])[:10]),
        stale,
    )


def _entry(path: Path, proof: Proof | None, screenshots: Path | None, *, alone: bool) -> Entry:
    known = known_project(path)
    target = targets.of(known)
    model = path / target.model_dir
    spec = project_spec(model)
    metadata = read_metadata(model / "metadata.yaml")
    own = metadata.own
    checkpoint = own.checkpoint_name if own else ""
    digest = known.checkpoint.get("sha256") or (own.checkpoint_sha256 if own else "")
    kept = resolve_classes(spec.class_names, known.options.get("classes"))
    names = [spec.class_names[number] for number in kept] if kept else list(spec.class_names)
    edited = known.edited(path)
    facts = {
        "Task": spec.task,
        "Models": _of_several(known),
        "Model": metadata.description or spec.name,
        "Head": metadata.head,
        "Checkpoint": checkpoint and f"{checkpoint} (sha256 {digest[:16]}…)",
        "model.pte": f"{spec.pte.stat().st_size / 1e6:.2f} MB (sha256 {spec.sha256[:16]}…)",
        "Input": f"{spec.input.width} x {spec.input.height} pixels",
        "Classes": f"{len(names)} of {spec.num_classes}" if kept else str(spec.num_classes),
        "Precision": spec.precision_in_words,
        "Returns": spec.output.contract,
        "Licence of the weights": spec.license or "not recorded",
        "Made by": " and ".join(f"{package} {version}" for package, version in known.versions.items()),
        "Edited": ", ".join(edited[:5]) + (f" and {len(edited) - 5} more" if len(edited) > 5 else ""),
    }
    return Entry(
        path=path,
        name=plain(str(known.options.get("name") or spec.name), 200),
        target=target.name,
        facts=tuple((name, plain(text, 400)) for name, text in facts.items() if text),
        classes=tuple(plain(name) for name in names[:MOST_CLASSES]),
        more_classes=max(len(names) - MOST_CLASSES, 0),
        picture=_picture(path / target.vectors_dir, spec),
        proof=proof,
        screenshots=_screenshots(screenshots, path, [each.key for each in known.models], alone=alone),
        steps=(f"cd {plain(quoted(path), 300)}", *target.next_steps),
    )


def _of_several(known: Manifest) -> str:
    """Say which models an app has whose first one is shown here; nothing of one with only one."""
    keys = [place.key for place in known.models]
    return f"{', '.join(keys)}; what follows is of {keys[0]}" if len(keys) > 1 else ""


def _picture(folder: Path, spec: Any) -> Shown | None:
    hint = "make the project anew with `edgegen new`"
    files = vector_files.read(folder, hint)
    try:
        return best_picture(files, spec)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(f"the golden vectors in {folder} cannot be drawn: {error}", hint) from error


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


def plain(text: str, most: int = MOST_TEXT) -> str:
    """Return a text that any page can hold: without control characters, and not without end."""
    shown = "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs", "Cn"} else c for c in text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
