"""Android projects as users have them: generated, compiled by the kit, launched on the JVM."""

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from edgegen.project.appearance import LOOK
from edgegen.project.render import templates_dir
from edgegen.project.template_filters import environment
from edgegen_kits.android import app, app_build, shrink
from edgegen_kits.android.app_build import Built, Project, build
from edgegen_kits.android.compiler import Compiler
from edgegen_kits.android.kit import Kit, locate_kit
from edgegen_kits.android.tools import TOOLS
from edgegen_kits.common.commands import Commands
from tests.helpers import warm_jvms
from tests.helpers.extra_programs import add_extra_program
from tests.helpers.mutating import copy_of, replaced
from tests.helpers.once import Once
from tests.helpers.places import ROOT, checkpoint_of
from tests.helpers.support import Answer, edgegen
from tests.helpers.tools import need

PACKAGE = "org.example.shapes"
CODE = Path("app", "src", "main", "kotlin", *PACKAGE.split("."))  # of the app, below the project
LAUNCHED = ROOT / "tests" / "android" / "launch" / "kotlin"  # the tests that launch an app
STARTER_TESTS = ROOT / "tests" / "android" / "starter" / "kotlin"
UNITS = LAUNCHED.with_name("units")  # the tests of an app's parts
# The tests of the selection of a backend.
SELECTION = [
    *sorted((ROOT / "tests" / "android" / "selection" / "kotlin").glob("*.kt")),
    LAUNCHED / "LaunchTestBase.kt",
]

NOT_SHRUNK = shrink.Shrunk(looked_up=1, lost=())


def generate(folder: Path, model: Path, *options: object, app: str = "studio") -> Path:
    """Make an Android project in folder/project as `edgegen new` does."""
    project = folder / "project"
    edgegen(
        "new",
        *("--model", model, "--target", "android", "--app", app, "--output", project),
        *("--package", PACKAGE, "--name", "Shapes", *options),
    ).ok()
    return project


def leave_out_what_models_share(patch: pytest.MonkeyPatch) -> None:
    """Let `verify` pass over R8 and tests on a device: another model has the same code."""
    patch.setattr(app_build._Steps, "device_tests", lambda *_: None)
    patch.setattr(shrink, "shrink", lambda *_: NOT_SHRUNK)


def colours(screen: npt.NDArray[np.uint8]) -> int:
    """Return how many colours a screen has, [height, width, 3]: numbers sort faster than rows do."""
    blue, green, red = (screen[..., channel].astype(np.uint32) for channel in range(3))
    return len(np.unique(blue << 16 | green << 8 | red))


def selecting_starter(once: Once, task: str, export: Path) -> Path:
    """Return a starter of a task with README's first change and a program for Vulkan. Not to be changed."""

    def make(folder: Path) -> None:
        copied = Path(shutil.copytree(export, folder / "export"))
        add_extra_program(copied, "vulkan")
        project = generate(folder, copied, app="starter")
        readme_example(project, project / CODE / "ResultProcessor.kt", PACKAGE)

    return once(f"android-selecting-starter-{task}", make) / "project"


@contextmanager
def _kept_build(folder: Path, tests: Sequence[Path]) -> Iterator[None]:
    """Let `verify` compile these tests too, and copy what it compiled to `folder`."""

    def build_and_copy(
        kit: Kit, project: Project, output: Path, commands: Commands, *, more: Sequence[Path] = ()
    ) -> Built:
        made = build(kit, project, output, commands, more=[*more, *tests])
        shutil.copytree(output, folder)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "build", build_and_copy)
        yield


def verified(
    once: Once, name: str, project: Path, checkpoint: Path, *, is_whole: bool = False
) -> tuple[Answer, Built]:
    """Return what `verify` said of a project, and the app, compiled once with the tests of its selection.

    Neither is to be changed. Unless is_whole, the steps that models share are left out.
    """

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch, _kept_build(folder / "built", SELECTION):
            if not is_whole:
                leave_out_what_models_share(patch)
            answer = edgegen("verify", project, "--model", checkpoint, "--json")
        (folder / "answer.json").write_text(json.dumps([answer.code, answer.out, answer.err]), "utf-8")

    folder = once(f"{name}-verified", make)
    answer = Answer(*json.loads((folder / "answer.json").read_text(encoding="utf-8")))
    return answer, Built(Project(project), PACKAGE, folder / "built")


def verified_starter(once: Once, task: str, export: Path) -> tuple[Answer, Built]:
    """Return `verified` of the starter of a task with README's first change and a program for Vulkan."""
    project = selecting_starter(once, task, export)
    return verified(once, f"android-selecting-starter-{task}", project, checkpoint_of(task))


def launchable(once: Once, kit: Kit, export: Path) -> Built:
    """Return the tiny model's app, compiled once with the tests that launch it. Not to be changed."""

    def make(folder: Path) -> None:
        project = generate(folder, export)
        tests = [
            *sorted(LAUNCHED.glob("*.kt")),
            *sorted(UNITS.glob("*.kt")),
            readme_example(project, folder / "ReadmeExample.kt", "launch", f"{PACKAGE}.Processed"),
            readme_crops(project, folder / "ReadmeCrops.kt"),
        ]
        make_controllable(project / CODE / "ResultProcessor.kt")
        replaced(project / CODE / "drawing/Appearance.kt", "// 3 -> 0xFF0000 or", "3 -> 0x123456 or")
        _add_other_tasks(project)
        with Commands() as commands:
            build(kit, Project(project), folder / "built", commands, more=tests)

    folder = once("android-launch", make)
    return Built(Project(folder / "project"), PACKAGE, folder / "built")


def launchable_starter(once: Once, kit: Kit, starter: Path) -> Built:
    """Return a starter with README's first change and the tests that launch it. Not to be changed."""

    def make(folder: Path) -> None:
        project = copy_of(starter, folder)
        processor = readme_example(project, project / CODE / "ResultProcessor.kt", PACKAGE)
        make_controllable(processor)
        replaced(project / CODE / "Colors.kt", "// 3 -> 0xFF0000 //", "3 -> 0x123456 //")
        tests = [
            *sorted(STARTER_TESTS.glob("*.kt")),
            LAUNCHED / "LaunchTestBase.kt",
            readme_crops(project, folder / "ReadmeCrops.kt"),
        ]
        with Commands() as commands:
            build(kit, Project(project), folder / "built", commands, more=tests)

    folder = once("android-starter-launch", make)
    return Built(Project(folder / "project"), PACKAGE, folder / "built")


def recompiled(kit: Kit, built: Built, folder: Path, path: str, old: str, new: str) -> Built:
    """Return a copy of a compiled project with one change of a file, below `folder`.

    Only the file's module is compiled again, so the change must not be of a constant that others inline.
    """
    project, module = Project(copy_of(built.project.folder, folder)), path.partition("/")[0]
    replaced(project.folder / path, old, new)
    copy = Built(project, built.package, Path(shutil.copytree(built.folder, folder / "built")))
    shutil.rmtree(copy.folder / module)
    with Commands() as commands, Compiler(kit, commands) as compiler:
        steps = app_build._Steps(kit, project, built.package, copy.folder, commands)
        {"vision": steps.vision, "parity": steps.parity, "app": steps.app}[module](compiler)
    return copy


def readme_example(project: Path, path: Path, package: str, *imports: str) -> Path:
    """Write down what README puts below the line `package`, as it stands, so that it is compiled and run."""
    return _write_example(path, readme_examples(project)[0], package, *imports)


def readme_crops(project: Path, path: Path) -> Path:
    """Write down README's second example, which saves crops. `crops.ResultProcessor` is for the tests."""
    _, example = readme_examples(project)
    return _write_example(path, example, "crops", f"{PACKAGE}.Processed")


def readme_examples(project: Path) -> list[str]:
    """Return the Kotlin of README's examples: one, or two for models with boxes."""
    readme = (project / "README.md").read_text(encoding="utf-8")
    return re.findall(r"```kotlin\n(.*?)```\n", readme, flags=re.DOTALL)


def _write_example(path: Path, example: str, package: str, *imports: str) -> Path:
    above = "".join(f"import {each}\n" for each in imports)
    path.write_text(f"package {package}\n\n{above}{example}", encoding="utf-8")
    return path


def make_controllable(processor: Path) -> None:
    """Let tests choose what a project's result processor throws, or does instead, also when it is made."""
    text = processor.read_text(encoding="utf-8")
    body = "    fun process(result: VisionResult, picture: Picture, names: List<String>)"
    assert text.count(body) == 1
    renamed = text.replace(body, body.replace("fun process", "private fun usual"))
    last = renamed.rindex("}")
    call = "instead?.invoke(result, picture, names) ?: usual(result, picture, names)"
    processor.write_text(
        f"{renamed[:last]}\n    init {{\n        atStart?.invoke()\n    }}\n\n"
        f"{body} =\n        {call}\n}}\n\n"
        "@Volatile var atStart: (() -> Unit)? = null\n\n"
        "@Volatile var instead: ((VisionResult, Picture, List<String>) -> Processed)? = null\n",
        encoding="utf-8",
    )


def _add_other_tasks(project: Path) -> None:
    """Add what projects of other tasks have, layers and their tests: they are launched in this app too."""
    jinja = environment(templates_dir())
    core, studio = templates_dir() / "android", templates_dir() / "_studio" / "android"
    for path in sorted(
        [
            *core.glob("vision/src/main/**/*.kt"),
            *studio.glob("vision/src/main/**/*.kt"),
            *studio.glob("app/src/**/*.kt.jinja"),
        ]
    ):
        name = path.relative_to(studio if studio in path.parents else core).as_posix().removesuffix(".jinja")
        destination = project / name.replace("__package__", PACKAGE.replace(".", "/"))
        if not destination.exists():
            template_text = jinja.from_string(path.read_text(encoding="utf-8"))
            destination.write_text(template_text.render(package=PACKAGE, look=LOOK), encoding="utf-8")


@pytest.fixture(scope="session")
def android_kit() -> Kit:
    """Return the Android kit of $EDGEGEN_HOME, or skip."""
    need(TOOLS)
    return locate_kit()


@pytest.fixture(scope="session")
def tiny_android(once: Once, tiny_export: Path) -> Path:
    """Return an Android project of the tiny export. Not to be written into: all tests share it."""
    return once("tiny-android", lambda folder: generate(folder, tiny_export)) / "project"


@pytest.fixture(scope="session", autouse=True)
def jvms_are_kept() -> Iterator[None]:
    """Let one compiler of Kotlin and one R8 serve all tests of a process."""
    with warm_jvms.kept():
        yield
