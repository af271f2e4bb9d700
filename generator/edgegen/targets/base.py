"""What a target is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegen.context import Options
from edgegen.model_spec import ModelSpec
from edgegen.tools import Tool


@dataclass(frozen=True)
class Target:
    """A kind of project. Folders are relative: template ones to templates/, project ones to the project."""

    name: str
    template: str  # the folder below templates/ that is rendered
    shared: tuple[tuple[str, str], ...]  # (template folder, project folder): copied byte for byte
    model_dir: str  # where model.pte and metadata.yaml go
    vectors_dir: str  # where the golden vectors go
    build_dirs: tuple[str, ...]  # what building leaves behind: never taken for the user's edits
    tools: tuple[Tool, ...]  # what building and verifying need beside Python and ExecuTorch
    context: Callable[[ModelSpec, Options], dict[str, Any]]  # what only this target's templates need
    next_steps: Callable[[Path], list[str]]  # the commands to type in a shell, given the project's path
