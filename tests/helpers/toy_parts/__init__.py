"""A source, a backend and a target, as a third-party package adds them: docs/seams.md."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegen import runtimes, tasks
from edgegen.base.arrays import Float32, Uint8
from edgegen.base.tools import Tool
from edgegen.model.spec import CENTRE_CROP, CheckpointFacts, InputSpec, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.project.context import Options
from edgegen.runtimes.backend import Backend
from edgegen.sources.description import Description
from edgegen.sources.source import OpenableSource, OpenedModel
from edgegen.targets.base import Target
from edgegen.targets.runner import Job, RunInput, Runner, RunOutput
from edgegen.tasks.classify.decode import Ranking, rank
from edgegen.tasks.prepared import prepare

MARK = "toy model"  # the first key of a file


class ToyFile(OpenableSource):
    """A model in JSON: for each class, the weights of red, green and blue."""

    def open(self, path: Path) -> "ToyModel":
        """Read the file."""
        weights = json.loads(path.read_text(encoding="utf-8"))[MARK]
        mean = std = (0.5, 0.5, 0.5)
        facts = CheckpointFacts(
            task="classify",
            class_names=tuple(weights),
            input=InputSpec(32, 32, mean=mean, std=std, resize=CENTRE_CROP, shorter_side=32),
            library="toys",
            description="A toy",
            docs="https://example.org",
        )
        return ToyModel(path, hashlib.sha256(path.read_bytes()).hexdigest(), facts, list(weights.values()))


@dataclass(frozen=True)
class ToyModel(OpenedModel):
    """The opened file."""

    weights: list[list[float]]

    def module(self, contract: str) -> Any:
        """Return the torch module."""
        import torch

        linear = torch.nn.Linear(3, len(self.weights), bias=False).requires_grad_(False)
        linear.weight.copy_(torch.tensor(self.weights))
        layers = [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), linear]
        softmax = [torch.nn.Softmax(dim=1)] if contract == "probabilities" else []
        return torch.nn.Sequential(*layers, *softmax).eval()

    def predictor(self, spec: ModelSpec) -> "ToyPredictor":
        """Return the authority."""
        return ToyPredictor(self, spec)


@dataclass(frozen=True)
class ToyPredictor:
    """The toys' own inference."""

    model: ToyModel
    spec: ModelSpec

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Return the output of the exported contract."""
        return self._run(tensor, self.spec.output.contract)

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Return the model's input bytes."""
        return prepare(rgb, self.spec.input).pixels

    def __call__(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Ranking:
        """Return the ranked classes."""
        (probabilities,) = self._run(prepare(rgb, self.spec.input).tensor, "probabilities")
        return rank(probabilities[0])

    def _run(self, tensor: Float32, contract: str) -> list[Float32]:
        import torch

        with torch.inference_mode():
            return [self.model.module(contract)(torch.from_numpy(tensor)).numpy()]


class ToySource:
    """Recognizes toy models."""

    name = "toy"
    takes = "a toy model"

    def sniff(self, argument: str, path: Path, description: Description) -> ToyFile | None:
        """Take JSON files that begin with the mark."""
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return ToyFile(path, description) if file.read(20).startswith(f'{{"{MARK}"'.encode()) else None


class ToyBackend(Backend):
    """ExecuTorch's own XNNPACK partitioner, without edgegen's rewrites."""

    name = "toy-cpu"
    title = "the toy processor"
    delegates = ("XnnpackBackend",)

    def partitioner(self) -> Any:
        """Return ExecuTorch's partitioner."""
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner

        return XnnpackPartitioner()


@dataclass(frozen=True)
class ToyRunner(Runner):
    """Runs the program of a project in Python."""

    job: Job

    def run(self, inputs: RunInput) -> RunOutput:
        """Return the results of the pictures."""
        spec, decoder = self.job.spec, tasks.find(self.job.spec.task).decoder
        forward = runtimes.default().load(spec.pte)
        results = []
        for each in inputs.pictures:
            prepared = prepare(each.picture.rgb, spec.input)
            outputs = forward(prepared.tensor)
            results.append(decoder.result(outputs, spec.output, prepared.plan, each.thresholds))
        return RunOutput((), results)


class Kiosk(Target):
    """Its projects are a README; Python runs their program."""

    def tools(self) -> tuple[Tool, ...]:
        """Return nothing."""
        return ()

    def context(self, spec: ModelSpec, options: Options) -> dict[str, Any]:
        """Return the name of the first class."""
        return {"first_class": spec.class_names[0]}

    def open_runner(self, job: Job) -> AbstractContextManager[Runner]:
        """Return the runner; there is nothing to build."""
        return nullcontext(ToyRunner(job))


SOURCE = ToySource()
BACKEND = ToyBackend()
TARGET = Kiosk(
    name="kiosk",
    tasks=("classify",),
    template=str(Path(__file__).parent / "templates"),
    model_dir="model",
    vectors_dir="vectors",
    build_dirs=(),
    next_steps=("cat README.md",),
)
