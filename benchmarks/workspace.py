"""The checkpoints, exports and built projects that the groups measure. Each is made at its first use."""

import hashlib
import importlib.metadata
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from benchmarks import detector_models
from benchmarks.app import App
from benchmarks.detector_models import DetectorModel
from benchmarks.processes import BIN, ProcessError, run
from benchmarks.progress import say
from benchmarks.settings import Settings
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.model_files import METADATA_NAME, PTE_NAME, model_sha256
from edgegen.base.quiet import captured_stderr, quiet
from edgegen.commands.benchmark_workers.worker_process import WorkerProcess
from edgegen.model.spec import ModelSpec

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (ROOT / "generator", ROOT / "templates")  # inputs of a generated project
REAL = ROOT.parent / "shared" / "data" / "weights"
PHOTOS = ROOT.parent / "shared" / "data" / "coco" / "images" / "train"
REAL_WEIGHTS = REAL / "yolo11n-coco128.pt"
REAL_OF_TASKS = {"pose": "yolo11n-pose-coco8", "obb": "yolo11n-obb-dota8", "segment": "yolo11n-seg-coco8"}
ARCHITECTURE = "yolo11n.yaml"
ARCHITECTURES = {
    "pose": "yolo11n-pose.yaml",
    "obb": "yolo11n-obb.yaml",
    "segment": "yolo11n-seg.yaml",
    "classify": "yolo11n-cls.yaml",
    "semantic": "yolo26n-sem.yaml",
    "depth": "yolo26n-depth.yaml",
}
CLASSIFIER_INPUT = 224  # pixels, the default of Ultralytics
STAMP_SUFFIX = ".stamp"


class Workspace:
    """A folder of exports and builds. A later run reuses those whose inputs did not change."""

    runtimes: tuple[str, ...] = ()  # the runtimes that the model is timed in; empty: all installed ones

    def __init__(self, folder: Path, model: Path | None, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self._model = model
        folder.mkdir(parents=True, exist_ok=True)

    def of_size(self, size: int, threads: int) -> "Workspace":
        """Return a workspace for another input size and number of threads, with a third of the rounds."""
        rounds = -(-self.settings.rounds // 3)
        settings = replace(self.settings, input_size=size, threads=threads, rounds=rounds)
        return Workspace(self.folder / f"size-{size}", self._model, settings)

    @property
    def is_random(self) -> bool:
        """Whether the weights are random, so that the numbers of candidates and boxes mean little."""
        return self._model is None and not REAL_WEIGHTS.exists()

    @property
    def has_photos(self) -> bool:
        """Whether the photos of the weights' training are here, to calibrate int8."""
        return self._model is None and REAL_WEIGHTS.exists() and PHOTOS.exists()

    @property
    def weights(self) -> str:
        """A description of the weights."""
        return f"{ARCHITECTURE}, randomly initialised" if self.is_random else self.checkpoint.name

    @cached_property
    def checkpoint(self) -> Path:
        """The checkpoint, copied into this folder, because Ultralytics writes its export next to it."""
        source = self._model or REAL_WEIGHTS
        if self.is_random:
            target = self.folder / Path(ARCHITECTURE).with_suffix(".pt")
            return self._make_once(target, b"random", lambda: _save_random(ARCHITECTURE, target))
        target = self.folder / source.name
        if target.resolve() != source.resolve():
            shutil.copyfile(source, target)
        return target

    @cached_property
    def raw_project(self) -> Path:
        """The built project of `edgegen new`."""
        return self._project("raw")

    @cached_property
    def decoded_project(self) -> Path:
        """The built project of `edgegen new --head decoded`."""
        return self._project("decoded")

    @cached_property
    def web_project(self) -> Path:
        """The project of `edgegen new --target web`."""
        folder = self.folder / "web-project"
        size = str(self.settings.input_size)
        places = ("--model", str(self.checkpoint), "--target", "web", "--output", str(folder))

        def make() -> None:
            say(f"edgegen new --target web --model {self.checkpoint.name}")
            run([str(BIN / "edgegen"), "new", *places, "--imgsz", size])

        return self._make_once(folder, self._checkpoint_digest + _sources_digest(), make)

    @cached_property
    def tflite_folder(self) -> Path:
        """The folder of the checkpoint's export for LiteRT: `model.tflite`."""
        folder = self.folder / "tflite"

        def make() -> None:
            say("export for LiteRT")
            folder.mkdir()
            with WorkerProcess("the export for LiteRT", self.settings.threads) as exporter:
                model = exporter.export(
                    self.checkpoint, _spec_in(self.web_project / "model"), "litert", folder
                )
                model.rename(folder / "model.tflite")

        return self._make_once(folder, self._checkpoint_digest, make)

    @cached_property
    def int8_project(self) -> Path:
        """The built project of the same weights in int8, calibrated on the photos of their training."""
        folder = self.folder / "int8-project"
        origin = self._checkpoint_digest + _sources_digest()
        photos = ("--precision", "int8", "--calibration", str(PHOTOS))
        return self._make_once(folder, origin, lambda: self._build(self.checkpoint, folder, "raw", *photos))

    def task_checkpoint(self, task: str) -> Path:
        """Return the checkpoint of another task."""
        real = REAL / f"{REAL_OF_TASKS.get(task, '')}.pt"
        if real.exists():
            return real
        target = (self.folder / ARCHITECTURES[task]).with_suffix(".pt")
        return self._make_once(target, b"random", lambda: _save_random(ARCHITECTURES[task], target))

    def task_project(self, task: str) -> Path:
        """Return the built project of another task."""
        checkpoint, folder = self.task_checkpoint(task), self.folder / f"{task}-project"
        origin = hashlib.sha256(checkpoint.read_bytes()).digest() + _sources_digest()
        head = "raw" if task in REAL_OF_TASKS else None
        size = self.task_input(task)
        return self._make_once(folder, origin, lambda: self._build(checkpoint, folder, head, size=size))

    def task_input(self, task: str) -> int:
        """Return the input size of another task, in pixels."""
        size = self.settings.input_size
        return min(size, CLASSIFIER_INPUT) if task == "classify" else size

    def detector(self, model: DetectorModel) -> Path:
        """Return the file or folder of a detector of another library."""
        folder = self.folder / _file_name(model.name)
        origin = Path(detector_models.__file__).read_bytes()

        def make() -> None:
            say(f"{model.name} with random weights")
            folder.mkdir()
            with quiet(), captured_stderr():  # a library draws progress bars
                model.save(model.build(), model.side, folder / model.file)

        return self._make_once(folder, origin, make) / model.file

    def exported(self, name: str, model: Path, *options: str) -> ModelSpec:
        """Return the export of a model for Linux apps."""
        folder = self.folder / f"{_file_name(name)}-export"
        origin = model_sha256(model).encode() + _sources_digest()
        command = [BIN / "edgegen", "export", "--model", model, "--target", "linux-cpp", *options]

        def make() -> None:
            say(f"edgegen export of {name}")
            run([*command, "--output", folder])

        self._make_once(folder, origin, make)
        return _spec_in(folder)

    @cached_property
    def ultralytics_folder(self) -> Path:
        """The folder that `yolo export format=executorch` writes."""
        folder = self.checkpoint.with_name(self.checkpoint.stem + "_executorch_model")

        def make() -> None:
            say("yolo export format=executorch")
            run(self.yolo_export(self.checkpoint))

        return self._make_once(folder, self._checkpoint_digest, make)

    def app(self, project: Path) -> App:
        """Return a project's app, with the number of threads of both sides."""
        return App(project, self.settings.threads)

    def edgegen_new(self, model: Path, output: Path, *options: str) -> list[str]:
        """Return the command line of `edgegen new`."""
        places = ("--model", str(model), "--target", "linux-cpp", "--app", "studio", "--output", str(output))
        return [str(BIN / "edgegen"), "new", *places, *options]

    def edgegen_new_android(self, model: Path, output: Path) -> list[str]:
        """Return the command line of `edgegen new --target android`."""
        places = ("--model", str(model), "--target", "android", "--app", "studio", "--output", str(output))
        return [str(BIN / "edgegen"), "new", *places]

    def edgegen_new_ios(self, model: Path, output: Path) -> list[str]:
        """Return the command line of `edgegen new --target ios`."""
        places = ("--model", str(model), "--target", "ios", "--app", "studio", "--output", str(output))
        return [str(BIN / "edgegen"), "new", *places]

    def edgegen_verify(self, project: Path) -> list[str]:
        """Return the command line of `edgegen verify`."""
        return [str(BIN / "edgegen"), "verify", str(project)]

    def edgegen_new_checkpoint(
        self, model: Path, output: Path, head: str | None = "raw", *options: str, size: int = 0
    ) -> list[str]:
        """Return the command line of `edgegen new` from a checkpoint.

        `head` is None for a model with a single head. `size`: the input's, in pixels; 0: as in the settings.
        """
        choices = ("--imgsz", str(size or self.settings.input_size), *(("--head", head) if head else ()))
        return self.edgegen_new(model, output, *choices, *options)

    def yolo_export(self, model: Path) -> list[str]:
        """Return the command line of Ultralytics' export, which writes next to the checkpoint."""
        size = f"imgsz={self.settings.input_size}"
        return [str(BIN / "yolo"), "export", "format=executorch", f"model={model}", size]

    def _project(self, head: str) -> Path:
        folder = self.folder / f"{head}-project"
        origin = self._checkpoint_digest + _sources_digest()
        return self._make_once(folder, origin, lambda: self._build(self.checkpoint, folder, head))

    def _build(self, checkpoint: Path, folder: Path, head: str | None, *options: str, size: int = 0) -> None:
        command = (
            f"edgegen new --model {checkpoint.name}",
            *(("--head", head) if head else ()),
            *options[:2],
        )
        say(f"{' '.join(command)} and build it")
        run(self.edgegen_new_checkpoint(checkpoint, folder, head, *options, size=size))
        run(["cmake", "--preset", "release", "-DBUILD_TESTING=OFF"], folder=folder)
        jobs = str(self.settings.threads)
        build = ["cmake", "--build", "--preset", "release", "--parallel", jobs, "--target", "app"]
        run(build, folder=folder)

    @cached_property
    def _checkpoint_digest(self) -> bytes:
        return hashlib.sha256(self.checkpoint.read_bytes()).digest()

    def _make_once(self, target: Path, origin: bytes, make: Callable[[], None]) -> Path:
        """Make a file or folder, unless it exists and its inputs are the same. Return its path."""
        versions = [importlib.metadata.version(name) for name in ("torch", "executorch", "ultralytics")]
        parts = (origin, str(self.settings.input_size).encode(), *(version.encode() for version in versions))
        key = hashlib.sha256(b"\0".join(parts)).hexdigest()
        stamp = target.with_name(target.name + STAMP_SUFFIX)
        if target.exists() and stamp.exists() and stamp.read_text() == key:
            return target
        stamp.unlink(missing_ok=True)
        if target.is_dir():
            shutil.rmtree(target)
        make()
        stamp.write_text(key)
        return target


def default_picture() -> Path:
    """Return the photo of 1280 x 720 pixels in the package of Ultralytics."""
    package = find_spec("ultralytics")
    if package is None or package.origin is None:
        raise ProcessError("ultralytics is not installed, and the benchmarks compare with it")
    return Path(package.origin).parent / "assets" / "zidane.jpg"


def _save_random(architecture: str, target: Path) -> None:
    import torch
    from ultralytics.models import YOLO

    torch.manual_seed(0)
    YOLO(architecture).save(target)


def _file_name(name: str) -> str:
    return "-".join(name.lower().split())


def _spec_in(folder: Path) -> ModelSpec:
    return load_model_spec(folder / PTE_NAME, folder / METADATA_NAME)


def _sources_digest() -> bytes:
    digest = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.digest()
