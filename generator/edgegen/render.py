"""From a template and a context to files in a fresh folder."""

import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from edgegen.errors import RenderError
from edgegen.targets.base import Target

CONFIGURATION = "copier.yml"  # stands in every rendered template, never in a project


@cache
def templates_dir() -> Path:
    """Return the folder of all templates: inside the wheel, or at the root of an editable checkout."""
    package = Path(__file__).resolve().parent
    for folder in (package / "templates", package.parents[1] / "templates"):
        if (folder / "_shared").is_dir():
            return folder
    raise RenderError(
        f"edgegen's templates are not beside {package}", "the installation is damaged: install edgegen again"
    )


def render(target: Target, context: Mapping[str, Any], folder: Path) -> None:
    """Render the target's template into the folder and copy its shared sources there, byte for byte."""
    from copier import Settings, run_copy
    from copier.errors import CopierError
    from jinja2 import TemplateError

    try:
        run_copy(
            str(templates_dir() / target.template),
            folder,
            data=dict(context),
            defaults=True,
            overwrite=True,
            quiet=True,
            unsafe=True,  # the template is ours: it names our own filters as a Jinja extension
            settings=Settings(),  # not the user's own: they belong to his projects
        )
    except (CopierError, TemplateError) as error:
        raise RenderError(f"the template {target.template} could not be rendered: {error}") from error
    for source, destination in target.shared:
        shutil.copytree(templates_dir() / source, folder / destination, dirs_exist_ok=True)
