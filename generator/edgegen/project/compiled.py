"""Templates as Jinja compiles them, kept for the next project: all of one take a tenth of a second."""

import contextlib
import hashlib
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemBytecodeCache, __version__

from edgegen.base.files import home

if TYPE_CHECKING:
    from jinja2.bccache import Bucket


class Compiled(FileSystemBytecodeCache):
    """Keeps them in edgegen's folder, each with its text's checksum; where it cannot write, it keeps none."""

    def __init__(self, environment: Environment) -> None:
        """Begin with what an environment with these settings has left there."""
        extensions = sorted(environment.extensions)
        blocks = (environment.trim_blocks, environment.lstrip_blocks, environment.keep_trailing_newline)
        settings = repr((__version__, extensions, blocks, environment.optimized, environment.autoescape))
        folder = home() / "templates" / hashlib.sha256(settings.encode()).hexdigest()[:16]
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        super().__init__(str(folder))

    def load_bytecode(self, bucket: "Bucket") -> None:
        """Take one from there, if it is of this very text."""
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: "Bucket") -> None:
        """Keep one; another process sees all of it or nothing."""
        with contextlib.suppress(OSError):  # a full disk, say: it is compiled again next time
            super().dump_bytecode(bucket)
