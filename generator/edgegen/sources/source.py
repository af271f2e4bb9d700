"""What a source answers: the seam of docs/seams.md."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from edgegen.base.progress import Progress
from edgegen.model.facts import Facts
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds

if TYPE_CHECKING:  # telling what a model is does without numpy
    import numpy as np
    import numpy.typing as npt

    Uint8 = npt.NDArray[np.uint8]


class Predictor(Protocol):
    """The library's own way from a picture to a result: it decides what is right."""

    @property
    def module(self) -> Any:
        """The torch module that it runs, which may be another copy than the one that was opened."""

    def letterboxed(self, rgb: "Uint8") -> "Uint8":
        """Return the model's input bytes [H, W, 3] for a picture [h, w, 3], letterboxed or otherwise."""

    def __call__(self, rgb: "Uint8", thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Any:
        """Return the task's result for a picture [h, w, 3]; of these classes alone, if there are any."""


class Opened(Protocol):
    """A model that can be exported: its facts, its graph, and who says what is right."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def sha256(self) -> str:
        """Of the file."""

    @property
    def facts(self) -> Facts:
        """What is known of the model."""

    def fused(self, branch: str) -> Any:
        """Return the torch module for inference, with one of the head's branches."""

    def predictor(self, spec: ModelSpec) -> Predictor:
        """Return the library's own predict, for the input and the contract of an exported model."""


class Found(Protocol):
    """What a MODEL argument turned out to be."""

    @property
    def name_path(self) -> Path:
        """The path that a project is named after."""


@runtime_checkable
class FoundModel(Found, Protocol):
    """One that is to be opened and exported."""

    @property
    def here(self) -> Path | None:
        """Where it lies on disk already; None: it is to be fetched."""

    def file(self, progress: Progress, *, fetch: bool) -> Path:
        """Return where it lies on disk, fetching it if need be and allowed."""

    def open(self, path: Path) -> Opened:
        """Open that file, without running what is in it."""


class Source(Protocol):
    """A kind of MODEL argument."""

    name: str
    takes: str  # in words, for `edgegen inspect --supported`

    def sniff(self, argument: str, path: Path, metadata: Path | None) -> Found | None:
        """Tell from the content whether the argument is of this kind; None: it is something else.

        path is the argument as a path, which need not exist; metadata is the value of --metadata.

        Raises:
            InputError: It is of this kind and cannot be used: damaged, say.
            OSError: It cannot be read.
        """
