"""Convert the errors of torch and the backends' compilers."""

from collections.abc import Iterator
from contextlib import contextmanager

from edgegen.base.errors import EdgegenError, ExportError


@contextmanager
def as_export_error(what: str, hint: str = "run again with --verbose for the full error") -> Iterator[None]:
    """Convert any error of a library to an ExportError of one line."""
    try:
        yield
    except (EdgegenError, OSError, KeyboardInterrupt):
        raise
    except MemoryError as error:
        raise ExportError(f"{what}: out of memory", "use a smaller --imgsz") from error
    except Exception as error:  # torch raises many types of errors
        cause = str(error).strip().split("\n", 1)[0] or "no reason is known"
        raise ExportError(f"{what}: {type(error).__name__}: {cause[:300]}", hint) from error
