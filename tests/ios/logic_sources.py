"""Tests of the apps' plain Swift that a generated project does not have, in folders next to this file."""

from pathlib import Path
from types import SimpleNamespace
from typing import Final

from edgegen.project.template_filters import environment

HERE: Final = Path(__file__).parent
STUDIO: Final = HERE / "logic"  # such as BoxesTests.swift for the studio's App/Logic/Boxes.swift
STARTER: Final = HERE / "starter" / "logic"
SELECTION: Final = HERE / "selection"  # of a backend, for both apps


def add_tests(
    project: Path,
    sources: Path,
    task: str = "detect",
    app: str = "starter",
    tested: Path | None = None,
) -> None:
    """Write the tests of a folder into Tests/Logic. A studio lacks some of the files that STUDIO tests.

    tested: a project that had the tests of all tasks. Files that equal its files are not tested again.
    """
    jinja = environment(sources)
    for source in sources.iterdir():
        name = source.name.removesuffix(".jinja")
        subject = Path("App/Logic", name.replace("Tests", ""))
        if sources == STUDIO and not (project / subject).is_file():
            continue
        same = tested / subject if tested and name == source.name else None
        if same and same.is_file() and same.read_bytes() == (project / subject).read_bytes():
            continue
        destination = project / "Tests/Logic" / name
        assert not destination.exists(), "the project has such a file: its own tests must run too"
        text = source.read_text(encoding="utf-8")
        if source.suffix == ".jinja":
            text = jinja.get_template(source.name).render(spec=SimpleNamespace(task=task), app=app)
        destination.parent.mkdir(exist_ok=True)
        destination.write_text(text, encoding="utf-8")
