"""The errors that a user can cause or meet: one class per exit code.

Every error says what is wrong, with the value (`message`), and what to do next (`hint`). Only `cli` prints
them and turns them into exit codes; every other module raises.
"""

from typing import Final

MAX_SHOWN: Final = 200  # characters of a value in a message


class EdgegenError(Exception):
    """Base of all errors that edgegen expects. Anything else that escapes is a bug (exit code 1)."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(EdgegenError):
    """An option is out of range or does not fit the model (exit code 2)."""

    exit_code = 2


class InputError(EdgegenError):
    """The model, its metadata or the output folder cannot be used (exit code 3)."""

    exit_code = 3


class NotFetchedError(InputError):
    """A Git LFS pointer stands where the file goes; a checkout that fetches has the file (exit code 3)."""


class UnsupportedModelError(InputError):
    """The model is sound, but of a kind that edgegen does not handle yet (exit code 3)."""

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


def reason(error: Exception) -> str:
    """Return what went wrong, without the path: Python quotes it, with doubled backslashes on Windows."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def shorten_text(text: str) -> str:
    """Return a text for a message, without quotes: short, printable, backslashes not doubled."""
    text = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text[: MAX_SHOWN + 1])
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
