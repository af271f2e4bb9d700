"""The steps of `edgegen benchmark`: start runtimes, compare them with PyTorch, time them in turns."""

import platform
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import ExportError, InputError, UnsupportedModelError, UsageError
from edgegen.base.files import expand
from edgegen.base.progress import Progress
from edgegen.commands.benchmark_runtimes import Models, NotTimed, Row, Runtimes, runtime_names
from edgegen.commands.benchmark_workers.worker import EDGEGEN
from edgegen.commands.loaded_project import is_project, load_project
from edgegen.commands.prepare_model import open_model_argument
from edgegen.commands.request import ExportRequest
from edgegen.commands.timing import Counts, load, machine
from edgegen.model.int8 import Int8Options
from edgegen.model.precision import INT8
from edgegen.model.spec import ModelSpec
from edgegen.parity.picture_files import Picture, read_picture
from edgegen.project import manifest
from edgegen.runtimes.executorch.profile import Kind
from edgegen.sources.identify import open_checkpoint
from edgegen.sources.ultralytics import library
from edgegen.targets.base import SelfCheck
from edgegen.targets.on_device import PhoneReport, check_report

# The program that Linux apps choose on some x86 processors.
AVX2: Final = ("xnnpack-avx2",) if platform.machine() in ("x86_64", "AMD64") else ()


@dataclass(frozen=True)
class Benchmark:
    """The result of `edgegen benchmark`."""

    model: str
    digest: str | None  # of the manifest of a project
    picture: Picture
    spec: ModelSpec  # of MODEL, or of its last export
    confidence: float  # the threshold
    counts: Counts
    load: float | None  # of the machine before the benchmark
    forward: tuple[Row, ...]  # the model alone; the first is PyTorch
    whole: tuple[Row, ...]  # from the picture in memory to the results; the first is predict
    not_timed: tuple[NotTimed, ...]
    operators: Mapping[str, Sequence[Kind]]  # of edgegen's exports, by precision
    phone: PhoneReport | None

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
            "not_timed": [asdict(each) for each in self.not_timed],
            "device": None if self.phone is None else asdict(self.phone),
            "operators": {name: [asdict(kind) for kind in kinds] for name, kinds in self.operators.items()},
        }


@dataclass(frozen=True, kw_only=True)
class BenchmarkRequest:
    """The arguments of `edgegen benchmark`."""

    export: ExportRequest  # the model and the options that describe it
    image: Path | None  # None: an example photo
    against: Sequence[str] | None  # names of runtimes; None: all that are installed
    checkpoint: Path | None  # the value of --model, of an export or a project
    int8: Int8Options | None  # also time an int8 export of the checkpoint
    counts: Counts
    operators: bool  # list the time of edgegen's exports by operator
    device: bool  # also run the self-check of an android project on the connected phone


def benchmark(request: BenchmarkRequest, progress: Progress) -> Benchmark:
    """Time a model in PyTorch, in other runtimes and as edgegen's export, on one picture.

    The app of a linux-cpp or web project is timed too, next to predict. A runtime whose results differ
    from PyTorch's is not timed; an int8 export is, and its agreement is reported.
    """
    load_before = load()
    model, counts, names = request.export.model, request.counts, runtime_names(request.against)
    self_check = _self_check(model) if request.device else None
    picture = read_picture(request.image or _default_photo())
    with (
        tempfile.TemporaryDirectory(prefix="edgegen-") as folder,
        ExitStack() as stack,  # ends the processes before their folder is deleted
    ):
        models = open_models(request.export, request.checkpoint, request.int8, Path(folder), progress)
        runtimes = Runtimes(models, picture, counts, Path(folder), stack, progress)
        spec, project = models.exports[-1], models.project
        phone = None
        if self_check is not None:
            phone = check_report(self_check(expand(model), progress), spec.pte)
        forward = runtimes.start_forward(names)
        whole = [] if project is None else runtimes.start_pipelines(project)
        return Benchmark(
            model=model,
            digest=None if project is None else manifest.sha256(project / manifest.NAME),
            picture=picture,
            spec=spec,
            confidence=runtimes.reference.thresholds.confidence,
            counts=counts,
            load=load_before,
            forward=runtimes.time(forward, "the model alone"),
            whole=runtimes.time(whole, "from the picture to the results"),
            not_timed=(*models.not_timed, *runtimes.failed),
            operators=runtimes.operators() if request.operators else {},
            phone=phone,
        )


def _default_photo() -> Path:
    if not library.is_installed():
        raise UsageError(
            "there is no --image, and the default photo is in Ultralytics' package, which is not installed",
            "name a photo with --image",
        )
    return library.example_photo()


def _self_check(model: str) -> SelfCheck:
    """Return what runs the self-check of a project's app on a phone, or raise UsageError."""
    if not is_project(model):
        raise UsageError(f"{model} is not a project, so nothing can run on a device", "leave out --device")
    target = load_project(expand(model)).target
    self_check = target.self_check_on_device()
    if self_check is None:
        raise UsageError(
            f"the self-check of a {target.name} project cannot be started from here",
            "leave out --device; the app's own menu has it, with its times",
        )
    return self_check


def open_models(
    request: ExportRequest,
    checkpoint: Path | None,
    int8: Int8Options | None,
    folder: Path,
    progress: Progress,
) -> Models:
    """Open MODEL, and export the missing models into `folder`.

    checkpoint: the one of an export or a project; default: the one that a project recorded. int8: also export
    a checkpoint in int8.
    """
    from edgegen.export.exporting import export_checkpoint

    model = request.model
    source, spec, checkpoint = open_model_argument(
        replace(request, default_backends=AVX2), checkpoint, folder / "model", progress
    )
    if checkpoint is None:
        raise InputError(
            f"the checkpoint of {model} is unknown or has changed, so PyTorch cannot run it",
            "give it with --model",
        )
    exports, not_timed, project = [spec], list[NotTimed](), None
    opener = partial(open_checkpoint, spec=spec)
    if source.is_exported:
        project = source.project
        if spec.output.contract == "detections" and spec.is_ultralytics:
            raise UnsupportedModelError(
                "timing an export of Ultralytics with NMS inside the model", "give the checkpoint"
            )
        if int8 is not None:
            raise UsageError(
                f"--calibration is for checkpoints, and {model} is exported already",
                "leave it out; an int8 project is timed next to float32 anyway",
            )
        if spec.is_int8:
            size = (spec.input.height, spec.input.width)
            float32 = export_checkpoint(
                checkpoint,
                folder / "float32",
                imgsz=size,
                head=spec.output.contract,
                opener=opener,
                progress=progress,
            )
            exports = [float32, spec]
    elif int8 is not None:
        try:
            quantized = export_checkpoint(
                checkpoint, folder / "int8", int8=int8, opener=opener, progress=progress
            )
            exports.append(quantized)
        except ExportError as error:  # it loses more than --max-loss: the others are still timed
            not_timed.append(NotTimed(f"{EDGEGEN} {INT8}", f"{error.message}: {error.hint}"))
    return Models(checkpoint, tuple(exports), project, tuple(not_timed))
