"""Both modules of projects of the tasks except detection, compiled with their tests, and their variants."""

from dataclasses import replace
from pathlib import Path

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.model.spec import Extras, ModelSpec, OutputSpec
from edgegen.parity.authority import authority_for
from edgegen.parity.vectors import make_vectors
from edgegen.project.context import Options, shared_context
from edgegen.project.render import render
from tests.helpers.mutating import mutated_copy
from tests.kotlin.compiler import compile_many, compiler_arguments
from tests.kotlin.project_tests import junit, machinery_tests

BOXES = ("pose", "obb", "segment")
TASKS = (*BOXES, "classify", "semantic", "depth")

PROTO = (1, 8, 40, 40)
DECODED = {"pose": Extras(12, (4, 3)), "obb": Extras(1), "segment": Extras(8)}
POINTS = Extras(12, (4, 3), 1.0, 0.0)


def of_one_tensor(task: str, contract: str) -> OutputSpec:
    """Return outputs in one tensor, of three classes; masks have prototypes after it."""
    extras = DECODED[task]
    count = extras.channels
    shapes = ((1, 300, 6 + count),) if contract == "detections" else ((1, 4 + 3 + count, 525),)
    return OutputSpec(contract, (*shapes, PROTO) if task == "segment" else shapes, classes=3, extras=extras)


LEVELS = ((1, 4, 20, 20), (1, 3, 20, 20), (1, 12, 20, 20), (1, 4, 10, 10), (1, 3, 10, 10), (1, 12, 10, 10))
OUTPUTS = {
    **{f"{task} {name}": of_one_tensor(task, name) for task in BOXES for name in ("decoded", "detections")},
    "pose end2end": OutputSpec("end2end", LEVELS, 1, (8, 16), extras=POINTS),
}

# The task, the text in TheModel.kt, what it becomes, what the project's own tests say then.
WRONG_CONSTANTS = (
    ("pose", "keypointScale = 2.0f", "keypointScale = 1.0f", "decode"),
    ("pose", "keypointShift = -0.5f", "keypointShift = 0.0f", "decode"),
    ("pose", "keypoints = 4", "keypoints = 3", ""),
    ("obb", "AngleRule.SIGMOID", "AngleRule.LOGIT", "an angle is off"),
    ("segment", "maskCoefficients = 16", "maskCoefficients = 8", ""),
    ("classify", "contract = LogitsContract", "contract = ProbabilitiesContract", "contract is"),
    ("classify", "0.00392156862745098", "0.00390625", "tensor"),
    ("depth", "rgb = true", "rgb = false", "tensor"),
    ("semantic", "padValue = 114", "padValue = 113", "letterbox"),
    ("semantic", "listOf(1, 4, ", "listOf(1, 3, ", "outputShapes"),
)


def spec_of(export: Path) -> ModelSpec:
    """Return the ModelSpec of an export."""
    return load_model_spec(export / "model.pte", export / "metadata.yaml")


def render_constants(spec: ModelSpec, folder: Path) -> Path:
    """Return TheModel.kt of a model."""
    context = shared_context(spec, Options("Birds", "birds"))
    render("android/vision", context, folder, task=spec.task)
    (path,) = folder.rglob("TheModel.kt")
    return path


def compile_project(kit: Path, task: str, export: Path, exported_folder: Path, folder: Path) -> None:
    """Compile a task's `classes` and `tests`; and the `model` of each variant in a folder of its name.

    The variants are the task's OUTPUTS, `folder`, and `wrongN`.

    Args:
        kit: The Android kit.
        task: Any task except detection.
        export: The export of the task's tiny checkpoint.
        exported_folder: What Ultralytics exported of it.
        folder: Where they come to lie.
    """
    source, classes = folder / "source", folder / "classes"
    libraries = [classes, *junit(kit)]
    context = shared_context(spec_of(export), Options("Birds", "birds"))
    jobs = []
    for module in ("vision", "parity"):
        render(f"android/{module}", context, source / module, task=task)
        if module == "vision":
            render("_studio/android/vision", context, source / module, task=task)
        main = sorted((source / module / "src/main").rglob("*.kt"))
        jobs.append(compiler_arguments(kit, classes, main, libraries, "-Werror", "-module-name", module))
    tests = [*sorted(source.glob("*/src/test/**/*.kt")), *machinery_tests(task)]
    flags = (f"-Xfriend-paths={classes}", "-Werror")
    jobs.append(compiler_arguments(kit, folder / "tests", tests, libraries, *flags))

    constants = dict[str, Path]()  # of each variant
    for name, output in OUTPUTS.items():
        if name.partition(" ")[0] == task:
            spec = replace(spec_of(export), output=output, class_names=("circle", "square", "star"))
            make_vectors(folder / name / "vectors", spec)
            constants[name] = render_constants(spec, folder / name / "source")
    spec = spec_of(exported_folder)
    make_vectors(folder / "folder" / "vectors", spec, authority=authority_for(spec, None))
    constants["folder"] = render_constants(spec, folder / "folder" / "source")
    for number, (of_task, old, new, _) in enumerate(WRONG_CONSTANTS):
        if of_task == task:
            name, right = f"wrong{number}", next(source.rglob("TheModel.kt"))
            constants[name] = mutated_copy(right, folder / name, old, new)
    for name, path in constants.items():
        jobs.append(compiler_arguments(kit, folder / name / "model", [path], [classes]))
    classes.mkdir()
    compile_many(kit, jobs, folder)
