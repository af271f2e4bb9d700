"""The steps of `edgegen benchmark`: the same picture and threads for every runtime, compared, then timed."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgegen import targets
from edgegen.base.errors import InputError, UsageError
from edgegen.base.naming import how_many
from edgegen.base.progress import Progress
from edgegen.commands.contest import Agreement, Unknown, wanted
from edgegen.commands.race import Entrant, Race
from edgegen.commands.resolve_model import is_project, known_project
from edgegen.commands.subject import subject_of
from edgegen.commands.timing import Counts, Time, load, machine, take_turns
from edgegen.model.int8 import Int8Options
from edgegen.model.spec import ModelSpec
from edgegen.parity.picture_files import Picture, read_picture
from edgegen.project import manifest
from edgegen.runtimes.executorch.profile import Kind
from edgegen.sources.ultralytics.formats import example_photo
from edgegen.targets.base import SelfCheck
from edgegen.targets.on_device import PhoneReport, trusted


@dataclass(frozen=True)
class Row:
    """One of those that were timed."""

    name: str
    runs: str  # package and version
    precision: str
    agreement: Agreement
    time: Time
    size: int | None = None  # of the model's files, in bytes

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints of it."""
        return {
            "name": self.name,
            "runs": self.runs,
            "precision": self.precision,
            **asdict(self.agreement),
            "ms": self.time.ms.to_json(),
            "rounds_ms": [round(each, 4) for each in self.time.rounds_ms],
            "times_as_fast": self.time.times_as_fast.to_json(),
            "cores": None if self.time.cores is None else round(self.time.cores, 2),
            "bytes": self.size,
        }


@dataclass(frozen=True)
class Benchmark:
    """What `edgegen benchmark` found."""

    model: str
    digest: str | None  # of the manifest of a project
    picture: Picture
    spec: ModelSpec
    confidence: float  # above which things are shown
    counts: Counts
    load: float | None  # of the machine, before anything began
    forward: tuple[Row, ...]  # the model alone; the first is PyTorch
    whole: tuple[Row, ...]  # from the picture in memory to what is shown in it; the first is predict
    unknown: tuple[Unknown, ...]
    operators: Mapping[str, Sequence[Kind]]  # of edgegen's exports, where that was asked for
    phone: PhoneReport | None  # where that was asked for

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that the command prints."""
        height, width = self.picture.rgb.shape[:2]
        return {
            "model": self.model,
            "sha256": self.spec.sha256,
            "digest": self.digest,
            "task": self.spec.task,
            "input": [self.spec.input.height, self.spec.input.width],
            "image": {"name": self.picture.name, "height": height, "width": width},
            "conf": self.confidence,
            **asdict(self.counts),
            "machine": machine(),
            "load": self.load,
            "forward": [row.to_json() for row in self.forward],
            "whole": [row.to_json() for row in self.whole],
            "not_timed": [asdict(each) for each in self.unknown],
            "device": None if self.phone is None else asdict(self.phone),
            "operators": {name: [asdict(kind) for kind in kinds] for name, kinds in self.operators.items()},
        }


def benchmark(
    model: str,
    *,
    image: Path | None,
    against: Sequence[str] | None,
    checkpoint: Path | None,
    int8: Int8Options | None,
    counts: Counts,
    operators: bool,
    device: bool,
    progress: Progress,
) -> Benchmark:
    """Time a model in PyTorch, in other runtimes and in edgegen's, on one picture.

    Of a linux-cpp project the app is timed too, from the picture to what it shows, beside Ultralytics'
    predict. Nobody is timed whose results are not PyTorch's; of int8, how much it shows stands beside.
    device asks for the report of an android project's self-check on the phone that is connected, too.

    Raises:
        UsageError: A name in against is not known, or device is asked of what has none.
        InputError: The model or the picture cannot be used, or PyTorch shows nothing in the picture.
        ToolchainError: A tool is missing, or the project does not build.
    """
    load_before = load()
    reporting = _reporting(model) if device else None
    adapters, unknown = wanted(against)
    picture = read_picture(image or example_photo())
    with (
        tempfile.TemporaryDirectory(prefix="edgegen-") as folder,
        subject_of(model, checkpoint, int8, progress) as subject,
        ExitStack() as stack,  # who runs files in those folders ends before they go
    ):
        race = Race(subject, picture, counts, Path(folder), stack, progress)
        if not len(race.truth.shown):
            raise InputError(
                f"PyTorch shows nothing in {picture.name}: there is nothing to be compared",
                "name a photo with --image in which the model finds something",
            )
        phone = None
        if reporting is not None:
            phone = trusted(reporting(Path(model).expanduser(), progress), subject.exports[-1].pte)
        forward, whole = race.forward(adapters), race.whole()
        progress.step(f"Take turns: {how_many(counts.rounds, 'round')}")
        rows, failed = _timed(forward, counts.rounds)
        whole_rows: tuple[Row, ...] = ()
        if whole:
            progress.step("Take turns, from the picture to what is shown")
            whole_rows, more = _timed(whole, counts.rounds)
            failed += more
        spec, truth = subject.exports[-1], race.truth
        project = subject.project
        return Benchmark(
            model,
            None if project is None else manifest.sha256(project / manifest.NAME),
            picture,
            spec,
            truth.thresholds.confidence,
            counts,
            load_before,
            rows,
            whole_rows,
            (*unknown, *race.failed, *failed),
            race.operators() if operators else {},
            phone,
        )


def _reporting(model: str) -> SelfCheck:
    """Return what runs the self-check of a project's app on a phone; UsageError where nothing does."""
    if not is_project(model):
        raise UsageError(f"{model} is no project: nothing of it runs on a device", "leave out --device")
    target = targets.of(known_project(Path(model).expanduser()))
    if target.self_check_on_device is None:
        raise UsageError(
            f"the self-check of a {target.name} project cannot be started from here",
            "leave out --device; the app's own menu has it, with its times",
        )
    return target.self_check_on_device


def _timed(entrants: Mapping[str, Entrant], rounds: int) -> tuple[tuple[Row, ...], tuple[Unknown, ...]]:
    times, failed = take_turns({name: each.turn for name, each in entrants.items()}, rounds)
    rows = tuple(
        Row(name, each.runs, each.precision, each.agreement, times[name], each.size)
        for name, each in entrants.items()
        if name in times
    )
    return rows, tuple(Unknown(name, why) for name, why in failed.items())
