"""The interface of a source: the seam of docs/seams.md."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias

from edgegen.base.progress import Progress
from edgegen.model.spec import CheckpointFacts, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.sources.description import NOTHING_SAID, Description
from edgegen.sources.exported import ExportedSource

if TYPE_CHECKING:  # identifying a model must not import numpy
    from edgegen.base.arrays import Float32, Uint8
    from edgegen.tasks.decoder import Result


class Predictor(Protocol):
    """The library's own inference, from picture to result. It is the authority for parity."""

    def outputs(self, tensor: "Float32") -> "list[Float32]":
        """Return the outputs of the exported contract for the input tensor [1, 3, H, W]."""

    def letterboxed(self, rgb: "Uint8") -> "Uint8":
        """Return the model's input bytes [H, W, 3] for a picture [h, w, 3], by the model's resize."""

    def __call__(self, rgb: "Uint8", thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> "Result":
        """Return the task's result for a picture [h, w, 3]; only of keep_classes, unless empty."""


@dataclass(frozen=True)
class OpenedModel:
    """A model that can be exported."""

    path: Path
    sha256: str  # of the file
    facts: CheckpointFacts

    def module(self, contract: str) -> Any:
        """Return the torch module for inference: [1, 3, H, W] to the outputs of a contract of the task."""
        raise NotImplementedError

    def predictor(self, spec: ModelSpec) -> Predictor:
        """Return the library's own predict for the exported input size and contract."""
        raise NotImplementedError


@dataclass(frozen=True)
class OpenableSource:
    """A model that must be opened and exported first. The defaults are those of a file on disk."""

    is_exported: ClassVar[Literal[False]] = False  # distinguishes it from an `ExportedSource`
    takes_description: ClassVar[bool] = False  # False: the file says everything itself
    takes_names: ClassVar[bool] = False  # whether --names may be given, although the file says all else

    path: Path
    description: Description = NOTHING_SAID  # what the user says about it

    @property
    def name_path(self) -> Path:
        """The path that a project is named after."""
        return self.path

    @property
    def path_on_disk(self) -> Path | None:
        """The path on disk; None if it must be downloaded."""
        return self.path

    def file(self, progress: Progress, *, fetch: bool) -> Path:
        """Return the path on disk; download the file first if necessary and `fetch` is set.

        Raises:
            InputError: Its name is unknown, the download failed, or it is not on disk without `fetch`.
            UnsupportedModelError: It is of a kind that edgegen does not export.
            RenderError: It cannot be written.
        """
        return self.path

    def open(self, path: Path) -> OpenedModel:
        """Open that file without executing code from it.

        Raises:
            InputError: It is missing, damaged or unsafe, contradicts itself, or its classes have no names.
            UsageError: An option that describes it is missing, or repeats what it says itself.
            UnsupportedModelError: It is sound, but of a kind that edgegen does not export.
            ToolchainError: Its library is missing, or too old to open it safely.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class DescribedFile(OpenableSource):
    """A file that the user may describe."""

    takes_description = True


ModelSource: TypeAlias = ExportedSource | OpenableSource
"""A recognized MODEL argument. `is_exported` tells the two kinds apart."""


class Source(Protocol):
    """Recognizes one kind of MODEL argument."""

    name: str
    takes: str  # a description for `edgegen inspect --supported`
    architectures: bool = False  # whether --arch NAME:... names its models; a source may leave it out

    def sniff(self, argument: str, path: Path, description: Description) -> ModelSource | None:
        """Return the argument's source; None if it is of another kind.

        The content of a file decides, not its name. Exception: torchvision's published weights.

        path: the argument as a path, which may not exist. description: what the user says about it.

        Raises:
            InputError: It is of this kind but cannot be used, for example damaged.
            OSError: It cannot be read.
        """


@dataclass(frozen=True)
class FileSource:
    """The source of files that their content tells apart."""

    name: str
    takes: str
    recognizes: Callable[[Path], bool]
    file: type[OpenableSource]

    def sniff(self, argument: str, path: Path, description: Description) -> OpenableSource | None:
        """Accept files that `recognizes` accepts, without an architecture."""
        if description.architecture or not path.is_file() or not self.recognizes(path):
            return None
        return self.file(path, description)
