"""The Kotlin module in a project: its own tests on real vectors, constants for any model, formatting."""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edgegen import tasks
from edgegen.model.precision import Steps
from edgegen.model.spec import InputSpec, OutputSpec
from edgegen.parity.vectors import make_vectors
from edgegen.project.context import Options, shared_context
from edgegen.project.render import render
from edgegen.project.task_files import BOXES as BOXES_TASKS
from tests.helpers.hard_texts import HARD
from tests.helpers.mutating import mutated_copy
from tests.helpers.once import Once
from tests.kotlin.compiler import CORE, MODULES, STUDIO, compile_many, compiler_arguments, run, stdlib
from tests.kotlin.jvm import JAVA_FLAGS
from tests.kotlin.project_tests import junit, machinery_tests, run_junit
from tests.kotlin.rendered import render_spec, spec_of

pytestmark = pytest.mark.full


@pytest.fixture(scope="session")
def kotlin_tests(once: Once, kit: Path, kotlin_classes: Path) -> Path:
    """Return the module's tests, compiled against the core."""

    def make(folder: Path) -> None:
        sources = [path for module in MODULES for path in sorted((module / "src" / "test").rglob("*.kt"))]
        sources += machinery_tests()
        core = kotlin_classes / "classes"
        flags = (f"-Xfriend-paths={core}", "-Werror")
        compile_many(kit, [compiler_arguments(kit, folder, sources, [core, *junit(kit)], *flags)], folder)

    return once("android-core-tests", make)


def test_module_tests_pass_on_vectors_of_the_tiny_model(
    kit: Path, kotlin_classes: Path, kotlin_tests: Path, tiny_export: Path
) -> None:
    """A user runs them with `gradlew :vision:test :parity:test`. PyTorch made the vectors."""
    code, report = run_junit(kit, [kotlin_tests, kotlin_classes / "classes"], tiny_export / "vectors")
    assert code == 0, report
    assert "OK (" in report


LEVELS = ((1, 4, 20, 24), (1, 3, 20, 24), (1, 4, 10, 12), (1, 3, 10, 12))
OUTPUTS = {
    "raw without bins": OutputSpec("raw", LEVELS, 1, (8, 16)),
    "end2end": OutputSpec("end2end", LEVELS, 1, (8, 16)),
    "end2end with bins": OutputSpec("end2end", ((1, 64, 20, 24), (1, 3, 20, 24)), 16, (8,)),
    "decoded": OutputSpec("decoded", ((1, 7, 600),)),
    "multilabel": OutputSpec("multilabel", ((1, 7, 600),)),
    "detections": OutputSpec("detections", ((1, 300, 6),), classes=3),
}


@pytest.fixture(scope="session")
def models(once: Once, kit: Path, kotlin_classes: Path, tiny_export: Path) -> Path:
    """Return a folder with TheModel's classes and the reference's vectors for outputs of every contract."""

    def make(folder: Path) -> None:
        jobs = []
        for name, output in OUTPUTS.items():
            spec = spec_of(tiny_export, output=output, class_names=("circle", "square", "star"))
            make_vectors(folder / name / "vectors", spec)
            sources = render_spec(spec, folder / name / "source")
            core = kotlin_classes / "classes"
            jobs.append(compiler_arguments(kit, folder / name / "classes", sources, [core]))
        compile_many(kit, jobs, folder)

    return once("android-core-models", make)


@pytest.mark.parametrize("name", OUTPUTS)
def test_module_tests_pass_for_every_output_contract(
    kit: Path, kotlin_classes: Path, kotlin_tests: Path, models: Path, name: str
) -> None:
    """The reference made and selected the candidates of the vectors."""
    places = [kotlin_tests, models / name / "classes", kotlin_classes / "classes"]
    code, report = run_junit(kit, places, models / name / "vectors")
    assert code == 0, report


# Text in TheModel.kt, its replacement, a word in the failure of the module's tests.
WRONG_CONSTANTS = (
    ("padValue = 114", "padValue = 113", "letterbox"),
    ("scale = 0.00392156862745098", "scale = 0.00390625", "tensor"),
    ("regMax = 16", "regMax = 8", "regMax is 8"),
    ("listOf(8, 16, 32)", "listOf(8, 16, 64)", "decode"),
    ('"circle",', "", "classNames"),
)


@pytest.fixture(scope="session")
def wrong_modules(once: Once, kit: Path, kotlin_classes: Path) -> Path:
    """Return a folder with one folder for each wrong constant: the changed classes of the module."""
    generated, core = kotlin_classes / "generated", kotlin_classes / "classes"

    def make(folder: Path) -> None:
        jobs = []
        for number, (old, new, _) in enumerate(WRONG_CONSTANTS):
            changed = mutated_copy(generated / "TheModel.kt", folder / f"source{number}", old, new)
            jobs.append(compiler_arguments(kit, folder / str(number), [changed], [core]))
        compile_many(kit, jobs, folder)

    return once("android-core-wrong-constants", make)


@pytest.mark.parametrize("number", range(len(WRONG_CONSTANTS)), ids=[old for old, *_ in WRONG_CONSTANTS])
def test_module_tests_fail_for_a_wrong_constant(
    kit: Path, kotlin_classes: Path, kotlin_tests: Path, wrong_modules: Path, tiny_export: Path, number: int
) -> None:
    """The vectors check each constant of the model."""
    places = [kotlin_tests, wrong_modules / str(number), kotlin_classes / "classes"]
    code, report = run_junit(kit, places, tiny_export / "vectors")
    assert code != 0
    assert WRONG_CONSTANTS[number][-1] in report, report


def test_model_constants_compile_for_any_class_names(
    kit: Path, kotlin_classes: Path, tiny_export: Path, tmp_path: Path
) -> None:
    """Difficult names, one class, and 10,000 classes (more than one method holds) are read back unchanged."""
    lists = {"one": ("bird",), "hard": tuple(HARD), "many": tuple(f"class ${i}" for i in range(10_000))}
    printer = tmp_path / "Names.kt"
    printer.write_text(
        "fun main() = vision.THE_MODEL.classNames.forEach { name -> println(name.map { it.code }) }"
    )
    jobs = []
    for name, classes in lists.items():
        spec = spec_of(tiny_export, class_names=classes)
        sources = [*render_spec(spec, tmp_path / name), printer]
        core = kotlin_classes / "classes"
        jobs.append(compiler_arguments(kit, tmp_path / name / "out", sources, [core], "-Werror"))
    compile_many(kit, jobs, tmp_path)
    for name, classes in lists.items():
        places = os.pathsep.join(map(str, [tmp_path / name / "out", kotlin_classes / "classes", stdlib(kit)]))
        lines = run("java", *JAVA_FLAGS, "-cp", places, "NamesKt").stdout.splitlines()
        units = [[int(unit) for unit in line[1:-1].split(", ") if unit] for line in lines]
        read = [b"".join(unit.to_bytes(2, "big") for unit in text).decode("utf-16-be") for text in units]
        assert read == list(classes), name


CAPTURE = {"CaptureWriter", "Json", "Png", "StoredPicture", "Tar"}
EVERY_TASKS = {
    "ModelInfo", "Numbers", "PixelView", "Preprocessor",
    "Task", "TheModel", "VisionResult",
}  # fmt: skip
OF_RESIZES = {
    "letterbox": {"BilinearPreprocessor", "Letterbox"},
    "letterbox_top_left": {"BilinearPreprocessor", "LetterboxTopLeft"},
    "stretch": {"BilinearPreprocessor", "Stretch"},
    "centre_crop": {"CentreCrop", "PillowResize"},
}
TRACKER = {"Assignment", "ByteTrack", "Motion", "TrackedBoxes"}
OF_CONTRACTS = {
    "raw": {"LevelContract", "RawContract", "Nms"},
    "end2end": {"LevelContract", "End2endContract"},
    "decoded": {"ColumnContract", "DecodedContract", "Nms"},
    "multilabel": {"ColumnContract", "MultilabelContract", "Nms"},
    "detections": {"DetectionsContract"},
}
BOXES = {*TRACKER, "Decode", "Head"}
MAPS = {"BilinearAxis", "DenseMap", "Pool"}
OWN = {
    "detect": BOXES,
    "pose": BOXES | {"Keypoints"},
    "obb": BOXES | {"RotatedDecode", "RotatedNms", "RotatedTracks"},
    "segment": BOXES | {"BilinearAxis", "MaskMaker", "Masks", "Outline", "Pool"},
    "classify": {"LogitsContract"},
    "semantic": MAPS | {"LogitsContract"},
    "depth": MAPS,
}
# The task, the resize and the contract; "": all contracts, as an app of several models may have them.
KINDS = [
    *((task, tasks.find(task).resizes[0], "") for task in OWN if task != "detect"),
    *(("detect", "letterbox", contract) for contract in ("raw", "end2end", "decoded")),
    ("detect", "letterbox_top_left", "decoded"),
    *(("detect", "stretch", contract) for contract in ("multilabel", "detections")),
    ("detect", "centre_crop", "detections"),
    ("pose", "letterbox", "end2end"),
    *(("obb", "letterbox", contract) for contract in ("end2end", "decoded", "detections")),
    ("segment", "letterbox", "detections"),
]


def sources_of_contracts(task: str, contract: str) -> set[str]:
    """Return the files that only some contracts need."""
    if contract or task not in BOXES_TASKS:
        return OF_CONTRACTS.get(contract, set())
    names = [name for name in OF_CONTRACTS if name != "multilabel" or task == "detect"]
    return set().union(*(OF_CONTRACTS[name] for name in names))


@pytest.fixture(scope="session")
def modules_of_tasks(once: Once, kit: Path, tiny_export: Path, task_project: Callable[[str], Path]) -> Path:
    """Return a folder with the module of each task, generated as for a project: `source` and `classes`."""

    def make(folder: Path) -> None:
        jobs = []
        for task, resize, contract in KINDS:
            name = f"{task}-{resize}-{contract}"
            if not contract:  # compiled already
                (folder / name).symlink_to(task_project(task))
                continue
            spec = spec_of(tiny_export, task=task)
            output = replace(spec.output, contract=contract)
            spec = replace(spec, input=replace(spec.input, resize=resize), output=output)
            context = shared_context(spec, Options("Birds", "birds"))
            source = folder / name / "source"
            for template in ("android/vision", "_studio/android/vision", "android/parity"):
                into = source / template.rpartition("/")[2]
                render(template, context, into, task=task, contracts=(contract,), resizes=(resize,))
            for part in ("main", "test"):
                sources = sorted(source.glob(f"*/src/{part}/**/*.kt"))
                classes = folder / name / ("classes" if part == "main" else "tests")
                core = folder / name / "classes"
                places = [*junit(kit), *([] if part == "main" else [core])]
                flags = () if part == "main" else (f"-Xfriend-paths={core}",)
                jobs.append(compiler_arguments(kit, classes, sources, places, "-Werror", *flags))
        compile_many(kit, jobs, folder)

    return once("android-core-tasks", make)


@pytest.mark.parametrize(("task", "resize", "contract"), KINDS)
def test_project_has_only_the_sources_of_its_task_resize_and_contract(
    modules_of_tasks: Path, task: str, resize: str, contract: str
) -> None:
    """The module compiles, so no file is missing."""
    name = f"{task}-{resize}-{contract}"
    source = modules_of_tasks / name / "source"
    folders = ("vision", "capture")
    names = {
        path.stem for path in source.rglob("*.kt") if path.parent.name in folders and "main" in path.parts
    }
    own = OWN[task] | OF_RESIZES[resize] | sources_of_contracts(task, contract)
    assert names == EVERY_TASKS | CAPTURE | own | {f"{task.capitalize()}Task"}
    assert (modules_of_tasks / name / "classes" / "vision" / "TheModelKt.class").is_file()


@pytest.mark.parametrize("task", ["detect", "obb"])
@pytest.mark.parametrize("side", ["input", "output"])
def test_second_int8_model_imports_exactly_the_types_it_uses(
    tiny_export: Path, tmp_path: Path, task: str, side: str
) -> None:
    """It is in another package, so it must import each type of the package `vision` that it uses."""
    spec, steps = spec_of(tiny_export, task=task), Steps(0.5, 3)
    given: dict[str, InputSpec | OutputSpec] = {
        "input": replace(spec.input, steps=steps),
        "output": replace(spec.output, steps=(steps,) * len(spec.output.shapes)),
    }
    context = shared_context(replace(spec, **{side: given[side]}), Options("Birds", "birds"))
    render("android/vision/src/main/kotlin/vision/TheModel.kt.jinja", {**context, "key": "night"}, tmp_path)
    text = (tmp_path / "TheModel.kt").read_text(encoding="utf-8")
    imported = re.findall(r"^import vision\.(\w+)$", text, re.MULTILINE)
    assert "Steps" in imported
    code = re.sub(r'^import .*|"[^"\n]*"|//.*|/\*(?s:.*?)\*/', "", text, flags=re.MULTILINE)
    assert sorted(set(re.findall(r"(?<![\w.])[A-Z][a-z]\w*|(?<=::)\w+", code))) == imported


def test_every_file_of_the_module_belongs_to_a_task(modules_of_tasks: Path) -> None:
    """No unused file is left. tests/python/project/test_task_files.py checks the names of the task lists."""
    written = {path.name.split(".")[0] for folder in (CORE, STUDIO) for path in folder.rglob("*.kt*")}
    of_tasks = {f"{task.capitalize()}Task" for task in OWN}
    some = (*OWN.values(), *OF_RESIZES.values(), *OF_CONTRACTS.values())
    assert written == EVERY_TASKS.union(CAPTURE, *some, of_tasks)
