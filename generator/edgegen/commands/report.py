"""`edgegen report`: find projects, verify them if asked, and write one page about them.

The texts may be third-party. `page` escapes and shortens all of them.
"""

import base64
import io
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from markupsafe import Markup

from edgegen import __version__
from edgegen.artifacts import vector_files
from edgegen.artifacts.vector_files import VectorFiles
from edgegen.base.arrays import Uint8
from edgegen.base.errors import InputError, RenderError
from edgegen.base.files import write_whole
from edgegen.base.model_files import PTE_NAME
from edgegen.base.shell import quoted
from edgegen.base.staging import parents_of, writing_to
from edgegen.base.text import first_of, plain
from edgegen.commands.batch_record import is_stale, read_record
from edgegen.commands.children import Children, ChildrenProgress
from edgegen.commands.loaded_project import (
    LoadedProject,
    find_projects,
    load_project,
    project_models,
    readable,
)
from edgegen.commands.report_results import Proof, Results, Times, read_proof
from edgegen.model.class_selection import resolve_classes
from edgegen.model.spec import ModelSpec
from edgegen.parity.authority import PYTORCH, REFERENCE
from edgegen.project.appearance import LOOK
from edgegen.project.models import ModelPlace
from edgegen.project.render import render_page
from edgegen.sources.exported import ExportedSource

_MARK: Final = '<meta name="generator" content="edgegen'
_MOST_SCREENSHOTS: Final = 8  # of a project
_MOST_SHAPES: Final = 20  # in a picture, the most confident ones
_SCREENSHOT: Final = (480, 1000)  # pixels, at most
_MOST_PROJECTS: Final = 500
_KINDS: Final = {".png", ".jpg", ".jpeg", ".webp"}
_TEMPLATE: Final = "_report/report.html.jinja"
_MOST_TEXT: Final = 1000  # characters of any text
_HEAD_BYTES: Final = 1000  # that contain the mark
_MOST_ROWS: Final = 5  # classes of a classifier or a class map
_PNG_BYTES: Final = 150_000  # a larger picture is written as JPEG
_MASK_ALPHA: Final = 140  # of 255
# The drawn pictures of `parity.pictures`, the most instructive one first.
_DRAWN: Final = ("landscape", "portrait", "half", "strip", "small")


@dataclass(frozen=True)
class Shape:
    """A box or oriented box with its label and keypoints, in pixels of the picture."""

    corners: tuple[tuple[float, float], ...]
    keypoints: tuple[tuple[float, float], ...]
    name: str
    score: float
    color: str  # #rrggbb

    @property
    def points(self) -> str:
        """The corners in the syntax of SVG."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.corners)

    @property
    def place(self) -> tuple[float, float]:
        """The position of the label: the highest corner, the left one of two."""
        return min(self.corners, key=lambda corner: (corner[1], corner[0]))


@dataclass(frozen=True)
class Shown:
    """A picture and the results for it."""

    name: str
    width: int
    height: int
    uri: str  # a data URI
    overlay: str  # a data URI of masks or a class map in the picture's size; "" without
    shapes: tuple[Shape, ...]
    rows: tuple[tuple[str, float, str], ...]  # class name, share or probability, colour
    left_out: int  # shapes beyond _MOST_SHAPES
    confidence: float
    by: str  # pytorch, executorch, or reference: without results


@dataclass(frozen=True)
class Model:
    """A model of a project."""

    name: str
    facts: Sequence[tuple[str, str]]  # (name, value); a fact without a value is not shown
    classes: Sequence[str]
    picture: Shown | None
    sha256: str
    times: Times | None
    to_time: str  # the command that measures the times


@dataclass(frozen=True)
class Screenshot:
    """A picture of an app's screen."""

    name: str
    uri: str
    width: int
    height: int


@dataclass(frozen=True)
class ReportedProject:
    """A project on the page."""

    path: Path
    name: str
    target: str
    facts: Sequence[tuple[str, str]] = ()  # as those of a model
    models: Sequence[Model] = ()
    proof: Proof | None = None
    screenshots: Sequence[Screenshot] = ()
    steps: Sequence[str] = ()  # the commands that build and run it
    broken: str = ""  # the error of a project that cannot be shown


def check_place(path: Path, *, force: bool) -> None:
    """Raise InputError if the page would overwrite a file that `edgegen report` did not write."""
    if path.is_dir():
        raise InputError(f"{path} is a folder", "name a file with --output, such as report.html")
    if path.suffix.lower() not in {".html", ".htm"}:
        raise InputError(
            f"{path} does not end in .html: no browser would open it", "name it report.html, for example"
        )
    if not os.path.lexists(path) or force:
        return
    try:
        with path.open("rb") as file:
            ours = _MARK.encode() in file.read(_HEAD_BYTES)
    except OSError:
        ours = False
    if not ours:
        raise InputError(
            f"{path} exists and edgegen did not write it",
            "name another with --output, or overwrite it with --force",
        )


def projects_in(folders: Sequence[Path]) -> list[Path]:
    """Return the projects among these folders or inside them, without repeats; InputError if one has none."""
    found = dict[Path, Path]()
    for folder in folders:
        below = find_projects(folder, "check its permissions, or name the projects one by one")
        found |= {path.resolve(): path for path in below}
    if len(found) > _MOST_PROJECTS:
        raise InputError(
            f"there are {len(found)} projects, and a page takes {_MOST_PROJECTS}", "make several pages"
        )
    return list(found.values())


def verify_each(projects: Sequence[Path], progress: ChildrenProgress) -> dict[Path, Proof]:
    """Verify each project in its own process. Return the results, or the reasons why there are none."""
    found = dict[Path, Proof]()
    with Children(1) as children:
        for number, path in enumerate(projects, start=1):
            name = str(path)
            ended = children.run(["verify", "--json", "--", path], partial(progress.show, name))
            try:
                found[path] = read_proof(ended.report())
            except (KeyError, TypeError, ValueError):
                found[path] = Proof(passed=False, failed=ended.why)
            verdict = found[path].failed or ("the same" if found[path].passed else "NOT the same")
            progress.finish(name, [f"{ended.seconds:7.1f} s  {name}: {verdict}"], number, len(projects))
    return found


def gather(
    projects: Sequence[Path], *, results: Results, verified: Mapping[Path, Proof], screenshots: Path | None
) -> list[ReportedProject]:
    """Return the entries of the page. A broken project's entry has its error, unless it is the only one."""
    loaded = dict[Path, _Loaded]()
    entries = dict[Path, ReportedProject]()
    for path in projects:
        name = path.resolve().name
        try:
            project = load_project(path)
            sources = zip(project.manifest.models, project_models(project), strict=True)
            models = [_model(project, place, source, results) for place, source in sources]
            loaded[path] = _Loaded(project, models)
        except (InputError, RenderError) as error:
            if len(projects) == 1:
                raise
            entries[path] = ReportedProject(path, name, "broken", broken=f"{error.message}; {error.hint}")
    by_target = Counter(each.project.target.name for each in loaded.values())
    for path, (project, models) in loaded.items():
        proof = verified.get(path) or _proof(project, results, by_target[project.target.name])
        shots = _screenshots(screenshots, project, alone=len(projects) == 1)
        entries[path] = _entry(project, models, proof, shots)
    return [entries[path] for path in projects]


def page(entries: Sequence[ReportedProject]) -> str:
    """Return the page: HTML that loads nothing. RenderError if the template is broken."""
    return render_page(
        _TEMPLATE,
        {
            "entries": entries,
            "version": __version__,
            "plain": plain,
            "verdict": _verdict,
            "alt_text": _alt_text,
            "caption": _caption,
        },
        autoescape=True,  # texts may be third-party
        finalize=lambda value: value if isinstance(value, Markup) else plain(str(value), _MOST_TEXT),
    )


def write(path: Path, text: str) -> None:
    """Write the page. RenderError if it cannot be written; an old page is then unchanged."""
    with writing_to(path), parents_of(path):
        write_whole(path, text.encode("utf-8", "replace"))


class _Loaded(NamedTuple):
    """A project that can be shown, and its models."""

    project: LoadedProject
    models: list[Model]


def _model(project: LoadedProject, place: ModelPlace, source: ExportedSource, results: Results) -> Model:
    """Read a model of a project for the page; InputError if it or its golden vectors cannot be used."""
    spec = source.spec
    checkpoint, digest = spec.checkpoint_name, place.checkpoint.get("sha256") or spec.checkpoint_sha256
    shown = resolve_classes(spec.class_names, project.manifest.options.get("classes"))
    classes = [spec.class_names[number] for number in shown] if shown else list(spec.class_names)
    program = spec.program_for(project.target.required_backends)  # that the app runs
    is_first = program == spec.programs[0]
    precision = spec.precision_in_words if is_first else f"{program.precision} ({program.file})"
    facts = [
        ("Task", spec.task),
        ("Model", spec.description or spec.name),
        ("Head", spec.head),
        ("Checkpoint", f"{checkpoint} (sha256 {digest[:16]}…)" if checkpoint else ""),
        (PTE_NAME, f"{spec.pte.stat().st_size / 1e6:.2f} MB (sha256 {spec.sha256[:16]}…)"),
        ("Input", f"{spec.input.width} x {spec.input.height} pixels"),
        ("Classes", f"{len(classes)} of {spec.num_classes}" if shown else str(spec.num_classes)),
        ("Precision", precision),
        ("Returns", spec.output.contract),
        ("Licence of the weights", spec.license or "not recorded"),
    ]
    times, to_time = results.times_of(spec.sha256, project.path), _command(project.path, source, place)
    name, picture = place.name or spec.name, _picture(source, spec)
    return Model(name, facts, classes, picture, spec.sha256, times, to_time)


def _command(project: Path, source: ExportedSource, place: ModelPlace) -> str:
    """Return the command that measures a model. Only the first model can be measured as a project."""
    if not place.folder:
        return f"edgegen benchmark {quoted(project)} --json > times.json"
    path = place.checkpoint.get("path", "")
    checkpoint = quoted(readable(project / path)) if path else "CHECKPOINT"
    return f"edgegen benchmark {quoted(source.pte.parent)} --model {checkpoint} --json > times.json"


def _picture(source: ExportedSource, spec: ModelSpec) -> Shown | None:
    hint = "make the project again with `edgegen new`"
    folder = source.project_vectors or source.pte.parent
    files = vector_files.read(folder, hint)
    try:
        return _best_picture(files, spec)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(f"the golden vectors in {folder} cannot be drawn: {error}", hint) from error


def _best_picture(files: VectorFiles, spec: ModelSpec) -> Shown | None:
    """Return the picture with the most results. The user's photos are preferred to drawn pictures.

    Damaged vectors raise ValueError, KeyError, TypeError or IndexError.
    """
    shown = [_shown(entry, files.index["source"], spec) for entry in files.entries]

    def rank(each: Shown) -> tuple[bool, bool, int, int]:
        drawn = _DRAWN.index(each.name) if each.name in _DRAWN else -1
        count = min(len(each.shapes), 3) + len(each.rows)
        return (bool(count), drawn < 0, count, -drawn)

    return max(shown, key=rank, default=None)


def _shown(entry: vector_files.VectorFile, source: str, spec: ModelSpec) -> Shown:
    from PIL import Image

    rgb: Uint8 = entry.array("picture")
    height, width = rgb.shape[:2]
    present = set(entry.names) if source != REFERENCE else set()
    shapes = _shapes(entry, present, spec)
    overlay, rows = "", tuple[tuple[str, float, str], ...]()
    if "mask.run" in present:
        overlay = _masks(entry, spec, len(shapes))
    if "class_map.run" in present:
        overlay, rows = _class_map(entry, spec, height, width)
    if "classes.probability" in present:
        scores = entry.array("classes.probability")
        best = np.argsort(-scores, kind="stable")[:_MOST_ROWS]
        rows = tuple((_name(spec, i), float(scores[i]), _color(i)) for i in map(int, best))
    return Shown(
        name=str(entry.about["name"]),
        width=width,
        height=height,
        uri=_data_uri(Image.fromarray(np.ascontiguousarray(rgb))),
        overlay=overlay,
        shapes=tuple(shapes[:_MOST_SHAPES]),
        rows=rows,
        left_out=max(len(shapes) - _MOST_SHAPES, 0),
        confidence=float(entry.about["confidence"]),
        by=source,
    )


def _shapes(entry: vector_files.VectorFile, present: set[str], spec: ModelSpec) -> list[Shape]:
    if "boxes.box" not in present:
        return []
    boxes, scores = entry.array("boxes.box"), entry.array("boxes.score")
    classes = [int(each) for each in entry.array("boxes.class")]
    corners: Sequence[Any] = [[(x1, y1), (x2, y1), (x2, y2), (x1, y2)] for x1, y1, x2, y2 in boxes]
    if "boxes.rotated" in present:
        from edgegen.tasks.obb.decode import corners as corners_of

        corners = list(corners_of(entry.array("boxes.rotated")))
    keypoints: Any = entry.array("boxes.keypoint") if "boxes.keypoint" in present else [()] * len(boxes)
    points = [[(x, y) for x, y, score in each if score >= LOOK.least_visible] for each in keypoints]
    return [
        Shape(_pairs(square), _pairs(marks), _name(spec, number), float(score), _color(number))
        for square, marks, number, score in zip(corners, points, classes, scores, strict=True)
    ]


def _pairs(points: Any) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in points)


def _masks(entry: vector_files.VectorFile, spec: ModelSpec, count: int) -> str:
    """Return the masks, scaled from the model's input to the picture, as a data URI."""
    from PIL import Image

    from edgegen.tasks.segment.decode import of_runs

    size = (spec.input.height, spec.input.width)
    painted = np.zeros((*size, 4), np.uint8)
    ends = [0, *map(int, entry.array("mask.end"))]
    runs, classes = entry.array("mask.run"), entry.array("boxes.class")
    for number in reversed(range(min(count, _MOST_SHAPES))):  # the most confident one is on top
        mask = of_runs(runs[ends[number] : ends[number + 1]].tolist(), size)
        painted[mask] = _paint(int(classes[number]))
    letterbox = entry.about["letterbox"]
    (rows, columns), left, top = letterbox["resized"], letterbox["left"], letterbox["top"]
    part = Image.fromarray(painted[top : top + rows, left : left + columns])
    picture = (int(entry.about["width"]), int(entry.about["height"]))
    return _png(part.resize(picture, Image.Resampling.NEAREST))


def _class_map(
    entry: vector_files.VectorFile, spec: ModelSpec, height: int, width: int
) -> tuple[str, tuple[tuple[str, float, str], ...]]:
    from PIL import Image

    from edgegen.tasks.semantic.decode import ClassMap, of_runs

    runs, values = entry.array("class_map.run"), entry.array("class_map.value")
    classes = of_runs(runs.tolist(), values.tolist(), (height, width))
    painted = np.zeros((height, width, 4), np.uint8)
    regions = ClassMap(classes).to_json(spec.class_names)[0]["classes"]
    for each in regions:
        if each["class_name"]:
            painted[classes == each["class_id"]] = _paint(each["class_id"])
    rows = [(each["class_name"] or "nothing", each["share"], _color(each["class_id"])) for each in regions]
    return _png(Image.fromarray(painted)), tuple(rows[:_MOST_ROWS])


def _name(spec: ModelSpec, number: int) -> str:
    return spec.class_names[number] if number < len(spec.class_names) else f"class {number}"


def _color(number: int) -> str:
    return f"#{LOOK.class_colours[number % len(LOOK.class_colours)]:06x}"


def _paint(number: int) -> tuple[int, ...]:
    """Return red, green, blue and alpha of a mask."""
    return (*bytes.fromhex(_color(number)[1:]), _MASK_ALPHA)


def _png(picture: Any) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _data_uri(picture: Any) -> str:
    """Return a Pillow picture as a data URI: PNG, or JPEG if the PNG is large."""
    png = _png(picture)
    if len(png) <= _PNG_BYTES:
        return png
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=82, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def _proof(project: LoadedProject, results: Results, of_this_target: int) -> Proof | None:
    """Return the result of verifying a project: from the results files, or from `edgegen batch --verify`.

    of_this_target: the number of projects on the page that have the same target.
    """
    path, target = project.path, project.target.name
    if path.resolve() in results.of_projects:
        proof, digest = results.of_projects[path.resolve()]
        return replace(proof, stale=is_stale(path, digest))
    if target in results.of_targets:
        if of_this_target > 1:
            raise InputError(
                f"the results of `verify` do not name their project, and {of_this_target} are for {target}",
                "use the output of `edgegen batch --verify --json`, or make a page for each project",
            )
        return results.of_targets[target]
    whole = path.absolute()
    for output, name in ((whole.parent, whole.name), (whole.parent.parent, whole.parent.name)):
        entry = read_record(output).get(f"{name}/{target}")
        with suppress(KeyError, TypeError, ValueError):
            if entry is not None:
                return replace(read_proof(entry["verified"]), stale=is_stale(path, entry["digest"]))
    return None


def _screenshots(folder: Path | None, project: LoadedProject, *, alone: bool) -> list[Screenshot]:
    """Return the pictures in DIR/NAME or DIR/NAME/TARGET (of one project: DIR), or below for each model."""
    if folder is None:
        return []
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder} of screenshots", "check the path")
    whole, keys = project.path.absolute(), [place.key for place in project.manifest.models]
    places = [folder / whole.parent.name / whole.name, folder / whole.name, *([folder] if alone else [])]
    names = dict[Path, str]()  # of the pictures
    for place in places:
        for key in ("", *keys):
            for path in sorted((place / key).glob("*")):
                if path.suffix.lower() in _KINDS:
                    names[path] = f"{key}: {path.stem}" if key else path.stem
    return [_screenshot(path, name) for path, name in list(names.items())[:_MOST_SCREENSHOTS]]


def _screenshot(path: Path, name: str) -> Screenshot:
    from PIL import Image

    try:
        with Image.open(path) as picture:
            smaller = picture.convert("RGB")
    # ImportError: Ultralytics makes Pillow look for a HEIC reader.
    except (OSError, ValueError, ImportError, Image.DecompressionBombError) as error:
        raise InputError(f"the screenshot {path} cannot be read: {error}", "leave it out") from error
    smaller.thumbnail(_SCREENSHOT)
    return Screenshot(name, _data_uri(smaller), *smaller.size)


def _entry(
    project: LoadedProject, models: Sequence[Model], proof: Proof | None, shots: Sequence[Screenshot]
) -> ReportedProject:
    path, record = project.path, project.manifest
    facts = [
        ("Models", ", ".join(place.key for place in record.models) if len(models) > 1 else ""),
        ("Made by", " and ".join(f"{package} {version}" for package, version in record.versions.items())),
        ("Edited", first_of(record.edited(path))),
    ]
    name = str(record.options.get("name") or models[0].name)
    steps = (f"cd {quoted(path)}", *project.target.next_steps)
    return ReportedProject(path, name, project.target.name, facts, models, proof, shots, steps)


def _verdict(proof: Proof | None) -> Markup:
    """Return the result of verifying, as coloured text."""
    if proof is None:
        return Markup("not verified")
    if proof.failed:
        kind, text = "bad", "could not be verified"
    elif proof.stale:
        kind, text = "bad", "changed since it was verified"
    else:
        kind, text = ("good", "the same") if proof.passed else ("bad", "NOT the same")
    return Markup('<span class="mark {}">{}</span>').format(kind, text)


def _alt_text(shown: Shown) -> str:
    """Return the picture's description for screen-reader users."""
    names = [f"{plain(each.name, 40)} {each.score:.2f}" for each in shown.shapes]
    names += [f"{plain(name, 40)} {100 * share:.0f} %" for name, share, _ in shown.rows]
    return f"The picture {plain(shown.name)}: {', '.join(names) or 'no detections'}"


def _caption(shown: Shown) -> str:
    """Return the picture's name, and the authority of its detections."""
    name = plain(shown.name)
    if shown.by == REFERENCE:
        return f"{name}, one of the golden vectors' pictures. `edgegen verify` adds the detections."
    who = "PyTorch" if shown.by == PYTORCH else "the .pte in Python"
    more = f"; {shown.left_out} more are left out" if shown.left_out else ""
    above = f" at scores above {shown.confidence:g}{more}" if shown.shapes else ""
    sees = "sees nothing here" if not (shown.shapes or shown.rows) else f"sees this{above}"
    return f"{name}, one of the golden vectors' pictures: {who} {sees}."
