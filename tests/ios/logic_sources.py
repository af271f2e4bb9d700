"""Tests of the apps' plain Swift that a generated project does not have, in folders next to this file."""

from pathlib import Path
from types import SimpleNamespace
from typing import Final

from edgegen.project.template_filters import environment

HERE: Final = Path(__file__).parent
STUDIO: Final = HERE / "logic"  # such as BoxesTests.swift for the studio's App/Logic/Boxes.swift
STARTER: Final = HERE / "starter" / "logic"
SELECTION: Final = HERE / "selection"  # of a backend, for both apps


def add_tests(project: Path, sources: Path, task: str = "detect", app: str = "starter") -> None:
    """Write the tests of a folder into Tests/Logic. A studio lacks some of the files that STUDIO tests."""
    jinja = environment(sources)
    for source in sources.iterdir():
        name = source.name.removesuffix(".jinja")
        if sources == STUDIO and not (project / "App/Logic" / name.replace("Tests", "")).is_file():
            continue
        destination = project / "Tests/Logic" / name
        assert not destination.exists(), "the project has such a file: its own tests must run too"
        text = source.read_text(encoding="utf-8")
        if source.suffix == ".jinja":
            text = jinja.get_template(source.name).render(spec=SimpleNamespace(task=task), app=app)
        destination.parent.mkdir(exist_ok=True)
        destination.write_text(text, encoding="utf-8")
