"""The expected errors, one class for each exit code.

Each has a `message` (what is wrong, with the value) and a `hint` (what to do next). Only `cli` prints errors
and turns them into exit codes.
"""

from collections.abc import Mapping
from typing import Final

from edgegen.base.text import plain

_LONGEST: Final = 400  # characters of a library's text, which may have a path in it


class EdgegenError(Exception):
    """Base of the expected errors. Any other exception is a bug (exit code 1)."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(EdgegenError):
    """An option is out of range or does not fit the model (exit code 2)."""

    exit_code = 2


class MissingOptionsError(UsageError):
    """Options that only the user can give are missing (exit code 2). `examples` has one of each."""

    def __init__(self, message: str, hint: str, examples: Mapping[str, str]) -> None:
        super().__init__(message, hint)
        self.examples = examples


class InputError(EdgegenError):
    """The model, its metadata or the output folder cannot be used (exit code 3)."""

    exit_code = 3


class NotFetchedError(InputError):
    """The file is a Git LFS pointer: the checkout did not fetch it (exit code 3)."""


class UnsupportedModelError(InputError):
    """The model is valid, but edgegen does not support its kind (exit code 3)."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(f"not supported yet: {what}", hint)


class ExportError(EdgegenError):
    """torch.export, the ExecuTorch lowering or the golden vectors failed (exit code 4)."""

    exit_code = 4


class RenderError(EdgegenError):
    """The project could not be written (exit code 5)."""

    exit_code = 5


class ToolchainError(EdgegenError):
    """A tool that the command needs is missing, or the project does not build (exit code 6)."""

    exit_code = 6


class ParityError(EdgegenError):
    """A stage of the app differs from PyTorch by more than its tolerance (exit code 7)."""

    exit_code = 7


def other_channels(count: int) -> UnsupportedModelError:
    """Return the error for a model of grey or multispectral pictures, which have this many channels."""
    return UnsupportedModelError(
        f"models that take {count}-channel pictures",
        "edgegen takes models of colour pictures, with 3 channels: "
        "grey and multispectral models are not supported",
    )


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text: libraries add many, with their stack or advice.

    It may repeat what a model's file says, so it is short, and has no control characters. An error without a
    text, for example of an `assert` in torch, is named by its type.
    """
    return plain(str(error).strip().partition("\n")[0].rstrip(), _LONGEST) or type(error).__name__


def reason(error: Exception) -> str:
    """Return the error's text without the path, whose backslashes Python doubles on Windows."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
