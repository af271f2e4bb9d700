"""Programs for Core ML and Vulkan: one delegate, and tolerances that the export measured."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from edgegen import runtimes, tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.artifacts.pte import read_pte
from edgegen.base.errors import ExportError
from edgegen.base.progress import NoProgress
from edgegen.commands.verify import check_extra_programs
from edgegen.export import exporting
from edgegen.export.exporting import export_checkpoint
from edgegen.export.precision_check import MARGIN, check_precision, emulated
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.goldens import Golden
from edgegen.parity.pictures import drawn_pictures
from edgegen.runtimes.executorch.xnnpack import Xnnpack
from edgegen.sources.identify import open_model
from edgegen.tasks.detect.result import TOLERANCES, Detections, compare_boxes
from tests.helpers.detection_heads import HeadExport
from tests.helpers.once import Once
from tests.helpers.places import TINY, checkpoint_of

DELEGATES = {"coreml": "CoreMLBackend", "vulkan": "VulkanBackend"}
VARIANTS = {"coreml-gpu": "CoreMLBackend", "vulkan-float32": "VulkanBackend"}


def programs_of(folder: Path) -> list[dict[str, Any]]:
    """Return the programs of an export's metadata.yaml."""
    content = yaml.safe_load((folder / "metadata.yaml").read_text("utf-8"))
    listed: list[dict[str, Any]] = content["edgegen"]["programs"]
    return listed


def check_program(folder: Path, backend: str) -> None:
    """Check that an export has a program of one delegate with the first program's signature."""
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")  # compares the signatures
    (program,) = (each for each in spec.extra_programs if each.backend == backend)
    assert program.precision == ("float32" if backend == "vulkan-float32" else "float16")
    (method,) = read_pte(spec.path_of(program)).methods
    assert [(each.backend, each.count) for each in method.delegates] == [((DELEGATES | VARIANTS)[backend], 1)]
    assert method.operators == ()
    usual = tasks.find(spec.task).decoder.tolerances
    assert program.tolerances.keys() == usual.keys()
    for name, value in program.tolerances.items():
        assert value <= usual[name] if name == "mask_iou" else value >= usual[name], name
    assert program.pictures


@pytest.fixture(scope="session")
def both(once: Once) -> Path:
    """Return an export of the tiny checkpoint with both programs."""

    def make(folder: Path) -> None:
        export_checkpoint(TINY, folder / "export", backends=("coreml", "vulkan"))

    return once("tiny-further", make) / "export"


@pytest.mark.proof("export")
def test_export_lists_a_program_for_each_backend(both: Path) -> None:
    """The first program stays XNNPACK's in float32."""
    listed = programs_of(both)
    assert [(each["file"], each["backend"], each["precision"]) for each in listed] == [
        ("model.pte", "xnnpack", "float32"),
        ("model.coreml.pte", "coreml", "float16"),
        ("model.vulkan.pte", "vulkan", "float16"),
    ]
    for backend in DELEGATES:
        check_program(both, backend)


@pytest.mark.full
def test_vulkan_has_float32_too(both: Path, tmp_path: Path) -> None:
    """Its weights take twice the space. Core ML may use the GPU instead of the Neural Engine."""
    exported = export_checkpoint(TINY, tmp_path / "export", backends=("coreml-gpu", "vulkan-float32"))
    folder = tmp_path / "export"
    assert exported == load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    for backend in VARIANTS:
        check_program(tmp_path / "export", backend)
    sizes = [(both / "model.vulkan.pte"), (tmp_path / "export/model.vulkan-float32.pte")]
    half, whole = (path.stat().st_size for path in sizes)
    assert 1.5 < whole / half < 2.1


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "unit"), [("coreml", "cpu_and_ne"), ("coreml-gpu", "cpu_and_gpu"), ("coreml-all", "all")]
)
def test_core_ml_program_says_which_processors_it_may_use(name: str, unit: str) -> None:
    """The units are part of the program."""
    specs = runtimes.find_backend(name).partitioner().delegation_spec.compile_specs
    assert unit.encode() in [each.value for each in specs]


@pytest.mark.full
def test_program_that_this_machine_can_run_is_compared_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Core ML's is on a Mac: `export` and `verify` notice other results."""
    import torch

    class RunsHere(Xnnpack):
        name, title, precisions = "vulkan", "the test's backend", ("float32",)

        def rewrite(self, module: Any, *, int8: bool) -> Any:
            """Return a module whose outputs are larger by a factor."""
            kept = super().rewrite(module, int8=int8)

            class Scaled(torch.nn.Module):
                def __init__(self) -> None:
                    super().__init__()
                    self.kept = kept

                def forward(self, image: torch.Tensor) -> Any:
                    return tuple(each * factor for each in self.kept(image))

            return Scaled()

    factor = 1.0
    real = runtimes.find_backend
    monkeypatch.setattr(runtimes, "find_backend", lambda name: RunsHere() if name == "vulkan" else real(name))
    export_checkpoint(TINY, tmp_path / "right", backends=("vulkan",))
    (_, listed) = programs_of(tmp_path / "right")
    assert (listed["backend"], listed["precision"]) == ("vulkan", "float32")

    spec = load_model_spec(tmp_path / "right/model.pte", tmp_path / "right/metadata.yaml")
    authority = CheckpointAuthority(open_model(TINY), spec)
    pictures = [Golden(each, Thresholds()) for each in drawn_pictures((160, 160))]
    checks = check_extra_programs(spec, authority, pictures)
    assert (checks.compared, checks.problems) == (1, ())
    assert checks.notes == ("the test's backend: exported as 1 delegate, and compared on this machine",)
    factor = 1.01
    module = open_model(TINY).module("raw")
    lowered, _ = runtimes.default().lower(module, (160, 160), RunsHere(), NoProgress())
    spec.path_of(spec.extra_programs[0]).write_bytes(lowered)
    (problem,) = check_extra_programs(spec, authority, pictures).problems
    assert problem.startswith("the test's backend: ")

    with pytest.raises(ExportError) as caught:
        export_checkpoint(TINY, tmp_path / "wrong", backends=("vulkan",))
    assert "gives other results on this machine" in caught.value.message
    assert not (tmp_path / "wrong").exists()


@pytest.mark.full
@pytest.mark.parametrize(
    "task",
    [
        *("classify", "depth", "obb", "segment", "semantic"),
        pytest.param("pose", marks=pytest.mark.nightly),  # another branch of convolutions, as of obb
    ],
)
def test_every_task_lowers_whole(task: str, tmp_path: Path) -> None:
    """Both backends run the whole graph of each task."""
    export_checkpoint(checkpoint_of(task), tmp_path / "export", backends=tuple(DELEGATES))
    for backend in DELEGATES:
        check_program(tmp_path / "export", backend)


@pytest.mark.full
@pytest.mark.parametrize(
    ("family", "contract", "backend"),
    [
        ("yolo11n", "raw", "vulkan"),
        ("yolo26n", "end2end", "coreml"),
        *(
            pytest.param(*each, marks=pytest.mark.nightly)
            for each in (
                ("yolov8n", "raw", "coreml"),
                ("yolov8n", "raw", "vulkan"),
                ("yolo11n", "raw", "coreml"),
                ("yolo26n", "raw", "coreml"),
                ("yolo26n", "raw", "vulkan"),
                ("yolo26n", "end2end", "vulkan"),
            )
        ),
    ],
)
def test_every_family_lowers_whole(
    head_export: HeadExport, family: str, contract: str, backend: str, tmp_path: Path
) -> None:
    """Both branches of YOLO26 too, nightly on both backends.

    The weights are random: their results may not survive float16.
    """
    checkpoint, folder = head_export(family, contract)
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    model = open_model(checkpoint)
    lowered, shapes = runtimes.default().lower(
        model.module(contract),
        (spec.input.height, spec.input.width),
        runtimes.find_backend(backend),
        NoProgress(),
    )
    path = tmp_path / "model.pte"
    path.write_bytes(lowered)
    (method,) = read_pte(path).methods
    assert ([each.count for each in method.delegates], method.operators) == ([1], ())
    assert shapes == spec.output.shapes


@pytest.mark.full
def test_same_program_comes_from_the_cache(
    both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second export of the same checkpoint lowers nothing."""

    def lower(*_arguments: object, **_options: object) -> None:
        raise AssertionError("lowered again")

    monkeypatch.setattr("edgegen.runtimes.executorch.lower.lower_graph", lower)
    export_checkpoint(TINY, tmp_path / "export", backends=("vulkan",))
    assert programs_of(tmp_path / "export")[1]["sha256"] == programs_of(both)[2]["sha256"]


@pytest.mark.full
def test_backend_that_lacks_an_operator_is_an_error_or_a_note(
    both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the user asked for it, nothing is written. If the target did, the project uses the CPU."""
    monkeypatch.setattr(exporting, "_MOST_PARTS", 0)
    with pytest.raises(ExportError) as caught:
        export_checkpoint(TINY, tmp_path / "required", backends=("coreml",))
    assert "Core ML" in caught.value.message
    assert "--backend" in str(caught.value.hint)
    assert not (tmp_path / "required").exists()

    class Notes:
        def __init__(self) -> None:
            self.notes = list[str]()

        def step(self, what: str) -> None:
            """Ignore it."""

        def note(self, what: str) -> None:
            """Keep it."""
            self.notes.append(what)

    progress = Notes()
    export_checkpoint(
        TINY, tmp_path / "usual", backends=("coreml",), optional_backends=("coreml",), progress=progress
    )
    assert [each["file"] for each in programs_of(tmp_path / "usual")] == ["model.pte"]
    assert not (tmp_path / "usual/model.coreml.pte").exists()
    assert any("Core ML" in note and "CPU" in note for note in progress.notes)

    def fails(_self: object) -> Any:
        raise ValueError("the compiler's reason")

    monkeypatch.setattr("edgegen.runtimes.executorch.coreml.CoreMl.partitioner", fails)
    monkeypatch.setattr("edgegen.export.program_cache.CachedProgram.read", lambda _self: None)
    with pytest.raises(ExportError) as caught:
        export_checkpoint(TINY, tmp_path / "broken", backends=("coreml",))
    assert "the compiler's reason" in caught.value.message
    assert "--backend" in str(caught.value.hint)


@pytest.mark.full
def test_float16_that_changes_the_results_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the difference, and nothing written."""

    def shifted(module: Any) -> Any:
        exact = emulated(module)
        return lambda tensor: [np.roll(each, 1, axis=-1) for each in exact(tensor)]

    monkeypatch.setattr(exporting, "emulated", shifted)
    with pytest.raises(ExportError) as caught:
        export_checkpoint(TINY, tmp_path / "export", backends=("vulkan",))
    assert "float16 changes the results" in caught.value.message
    assert not (tmp_path / "export").exists()


@pytest.mark.full
def test_operators_that_a_backend_lacks_are_named(tmp_path: Path) -> None:
    """Each of four running sums splits the model."""
    import torch

    class Sums(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.ModuleList([torch.nn.Conv2d(3, 3, 3, padding=1) for _ in range(5)])

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            for layer in self.layers[:-1]:
                image = torch.cumsum(layer(image), dim=2)
            return self.layers[-1](image)

    backend = runtimes.find_backend("vulkan")
    paths = {name: tmp_path / f"{name}.pte" for name in ("xnnpack", "vulkan")}
    for name, path in paths.items():
        lowered, _ = runtimes.default().lower(
            Sums().eval(), (32, 32), runtimes.find_backend(name), NoProgress()
        )
        path.write_bytes(lowered)
    with pytest.raises(ExportError, match=r"Vulkan lacks aten::cumsum\.out \(4\).* in 5 parts"):
        exporting._check_parts(paths["vulkan"], backend, paths["xnnpack"])
    # Where the first program has as many parts, the same delegate may have them too.
    exporting._check_parts(paths["xnnpack"], runtimes.find_backend("xnnpack-avx2"), paths["xnnpack"])


@pytest.mark.full
@pytest.mark.parametrize("task", ["detect", "classify", "depth", "obb", "pose", "segment", "semantic"])
def test_float16_with_other_results_is_noticed(task: str, task_export: Callable[[str], Path]) -> None:
    """Shifted outputs, and NaN in one value."""
    checkpoint = checkpoint_of(task)
    folder = task_export(task)
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    model = open_model(checkpoint)
    authority = CheckpointAuthority(model, spec)
    pictures = [Golden(each, Thresholds()) for each in drawn_pictures((spec.input.height, spec.input.width))]
    exact = emulated(model.module(spec.output.contract))

    def shifted(tensor: Any) -> Any:
        return [np.roll(each, 1, axis=-1) * np.float32(1.3) for each in exact(tensor)]

    def with_nan(tensor: Any) -> Any:
        outputs = [np.array(each) for each in exact(tensor)]
        outputs[-1].reshape(-1)[0] = np.nan
        return outputs

    assert not check_precision(spec, authority, exact, pictures).problem
    for wrong in (shifted, with_nan):
        checked = check_precision(spec, authority, wrong, pictures)
        assert checked.problem
        assert not checked.pictures


def test_emulation_rounds_weights_inputs_and_results() -> None:
    """As torch's own float16 does for single operators."""
    import torch

    torch.manual_seed(0)
    layer = torch.nn.Linear(64, 8, bias=False)
    values = torch.rand(1, 64)
    exact = torch.nn.functional.linear(values.half().double(), layer.weight.half().double())
    (ours,) = emulated(layer)(values.numpy())
    assert np.array_equal(ours, ours.astype(np.float16))
    assert np.abs(ours - exact.detach().numpy()).max() <= 2.0**-11
    assert not np.array_equal(ours, layer(values).detach().numpy())


def test_emulation_follows_operators_that_write() -> None:
    """In place, and into a view."""
    import torch

    class Writes(torch.nn.Module):
        def forward(self, values: torch.Tensor) -> torch.Tensor:
            values = torch.nn.functional.relu_(values + 0)
            values[:, :1] = 5
            values[:, 1:2].mul_(10)
            values += 3
            return values

    values = torch.tensor([[-1.0, 2.0, -3.0]])
    (ours,) = emulated(Writes())(values.numpy())
    assert ours.tolist() == Writes()(values).tolist() == [[8.0, 23.0, 3.0]]


@pytest.mark.full
def test_tolerances_follow_the_differences(both: Path) -> None:
    """A float16 that is ten times as coarse gets wider tolerances."""
    model = open_model(TINY)
    spec = load_model_spec(both / "model.pte", both / "metadata.yaml")
    authority = CheckpointAuthority(model, spec)
    pictures = [Golden(each, Thresholds()) for each in drawn_pictures((160, 160))]
    exact = emulated(model.module("raw"))
    fine = check_precision(spec, authority, exact, pictures)

    def coarse(tensor: Any) -> Any:
        pairs = zip(exact(tensor), authority.outputs(tensor), strict=True)
        return [right + 10 * (ours - right) for ours, right in pairs]

    wide = check_precision(spec, authority, coarse, pictures)
    assert wide.tolerances["raw"] == pytest.approx(10 * fine.tolerances["raw"], rel=0.01)
    assert wide.tolerances["raw"] > MARGIN * TOLERANCES["raw"]
    assert not fine.problem


def test_nms_may_choose_another_of_two_nearly_equal_boxes_of_another_backend() -> None:
    """Only with a program's tolerances, only of one class, and only if the scores are nearly equal."""
    first = Detections(np.float32([[0, 0, 100, 100]]), np.float32([0.9]), np.array([1]))
    second = replace(first, boxes=np.float32([[0, 0, 100, 90]]), scores=np.float32([0.895]))
    wider = {name: 2 * value for name, value in TOLERANCES.items()}
    thresholds = Thresholds(0.25, 0.7)
    assert compare_boxes(second, first, thresholds, None, wider).passed
    assert not compare_boxes(second, first, thresholds).passed
    far = replace(second, boxes=np.float32([[0, 0, 100, 60]]))
    lower = replace(second, scores=np.float32([0.85]))
    other = replace(second, class_ids=np.array([2]))
    for changed in (far, lower, other):
        assert not compare_boxes(changed, first, thresholds, None, wider).passed
