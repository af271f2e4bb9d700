"""The tiny model's app, compiled once with the tests that launch it."""

import re
from pathlib import Path

import pytest

from android_projects import PACKAGE, compiled, generate
from conftest import TINY, Once
from edgegen.kits.android.app_build import Built, Project
from edgegen.kits.android.kit import Kit
from edgegen.project.escaping import kotlin_package
from edgegen.project.render import templates_dir

KOTLIN = Path(__file__).parent / "kotlin"


def readme_example(project: Path, folder: Path) -> Path:
    """Write down what README puts below the line `package`, as it stands, so that it is compiled and run."""
    readme = (project / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```kotlin\n(.*?)```\n", readme, flags=re.DOTALL)
    path = folder / "ReadmeExample.kt"
    path.write_text(f"package launch\n\n{block}", encoding="utf-8")
    return path


def add_other_tasks(project: Path) -> None:
    """Add what projects of other tasks have, layers and their tests: they are launched in this app too."""
    template = templates_dir() / "android"
    for path in sorted([*template.glob("vision/src/main/**/*.kt"), *template.glob("app/src/**/*.kt.jinja")]):
        name = path.relative_to(template).as_posix().removesuffix(".jinja")
        destination = project / name.replace("__package__", PACKAGE.replace(".", "/"))
        if not destination.exists():
            text = path.read_text(encoding="utf-8").replace(
                "{{ package | kotlin_package }}", kotlin_package(PACKAGE)
            )
            assert "{{" not in text, name
            destination.write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def built(once: Once, android_kit: Kit) -> Built:
    """Return the compiled app. Not to be changed: all tests share it."""

    def make(folder: Path) -> None:
        generate(folder, TINY)
        example = readme_example(folder / "project", folder)
        add_other_tasks(folder / "project")
        compiled(android_kit, folder / "project", folder / "built", [*sorted(KOTLIN.glob("*.kt")), example])

    folder = once("android-launch", make)
    return Built(Project(folder / "project"), PACKAGE, folder / "built")
