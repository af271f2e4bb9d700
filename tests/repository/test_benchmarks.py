"""The benchmarks run from end to end and write all their results. No test checks a time."""

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import avx512, cli, jvm, native, run, worker
from benchmarks.detector_models import DETECTORS as DETECTOR_MODELS
from benchmarks.detector_models import DetectorModel
from benchmarks.figures import Figure, Results, Side, Spread, Stages, Target
from benchmarks.groups import android, detectors, kotlin, letterbox, live, runtimes, sizes, tasks, web
from benchmarks.pairs import ratio, take_turns
from benchmarks.report import chart, page, words
from benchmarks.settings import IOU, MAX_DET, Settings
from benchmarks.ultralytics_side import UltralyticsSide
from benchmarks.workspace import Workspace, default_picture
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.commands.benchmark_runtimes import Runtimes
from edgegen.model.spec import ModelSpec
from edgegen_kits.android.app_build import Built
from edgegen_kits.ios.kit import locate_kit as locate_ios_kit
from tests.cpp.compiler import compile_core
from tests.helpers.android_projects import launchable
from tests.helpers.browser import find_chromium
from tests.helpers.ios_projects import begun
from tests.helpers.once import Once
from tests.helpers.places import ROOT, checkpoint_of
from tests.helpers.projects import build, of_task
from tests.helpers.support import edgegen
from tests.kotlin.compiler import compile_core as compile_kotlin
from tests.kotlin.rendered import render_constants

INPUT = 160  # pixels: the tiny checkpoint's own
TARGETS = {  # the limits of the benchmarks
    "pipeline_pt": ("at_least", 1.5),
    "pipeline_executorch": ("at_least", 1.05),
    "letterbox": ("at_least", 1.0),
    "postprocess_0.25": ("at_most", 0.5),
    "postprocess_0.001": ("at_most", 5.0),
    "pipeline_pose": ("at_least", 1.3),
    "pipeline_obb": ("at_least", 1.3),
    "pipeline_segment": ("at_least", 1.3),
    "pipeline_classify": ("at_least", 1.3),
    "pipeline_semantic": ("at_least", 1.3),
    "pipeline_depth": ("at_least", 1.3),
    "resize_classify": ("at_least", 1.0),
    "postprocess_pose": ("at_most", 0.5),
    "postprocess_obb": ("at_most", 1.0),
    "postprocess_segment": ("at_most", 3.0),
    "runtime_onnxruntime_edgegen float32": ("at_least", 1.0),
    "memory": ("under", 85),
    "allocations": ("at_most", 0),
    "kotlin_letterbox_0": ("at_most", 2.0),
    "kotlin_letterbox_90": ("at_most", 2.0),
    "kotlin_letterbox_180": ("at_most", 2.0),
    "kotlin_letterbox_270": ("at_most", 2.0),
    "kotlin_postprocess_0.25_-8": ("at_most", 2.0),
    "kotlin_postprocess_0.25_-4.2": ("at_most", 2.0),
    "kotlin_allocations": ("at_most", 0),
    "kotlin_task_segment": ("at_most", 2.0),
    "kotlin_task_pose": ("at_most", 2.0),
    "kotlin_task_obb": ("at_most", 2.0),
    "kotlin_task_classify": ("at_most", 2.0),
    "kotlin_task_semantic": ("at_most", 2.0),
    "kotlin_task_depth": ("at_most", 2.0),
    "bridge": ("at_most", 1.03),
    "bridge_objects": ("at_most", 1),
    "live_segment": ("at_most", 8),
    "live_segment_bytes": ("under", 32_000),
    "android_dex": ("under", 220),
    "android_apk": ("under", 300),
    "android_new": ("under", 1),
    "android_verify": ("under", 90),
    "ios_size": ("under", 500),
    "help": ("under", 0.2),
    "new_pte": ("under", 1),
    "new_folder": ("under", 1),
    "new_pt": ("at_most", 1.25),
}


class ReadyWorkspace(Workspace):
    """A workspace with the exports and projects of other tests."""

    def __init__(
        self,
        folder: Path,
        checkpoint: Path,
        project: Path,
        web_project: Path,
        exported: Path,
        of_tasks: Callable[[str], Path],
    ) -> None:
        settings = Settings(
            rounds=1,
            frames=2,
            command_runs=1,
            export_runs=1,
            threads=1,
            input_size=INPUT,
            pictures=(default_picture(),),
        )
        super().__init__(folder, checkpoint, settings)
        self._of_tasks = of_tasks
        # One project is used for both heads, because no ratio is checked.
        self.__dict__.update(raw_project=project, decoded_project=project, web_project=web_project)
        self.__dict__.update(ultralytics_folder=exported)

    runtimes = ("onnxruntime",)  # tests/cli/test_benchmark.py runs them all

    def of_size(self, size: int, threads: int) -> Workspace:
        assert (size, threads) == (INPUT, 1)
        return self

    def task_checkpoint(self, task: str) -> Path:
        return checkpoint_of(task)

    def task_project(self, task: str) -> Path:
        return self._of_tasks(task)

    def detector(self, model: DetectorModel) -> Path:
        return self.checkpoint

    def exported(self, name: str, model: Path, *options: str) -> ModelSpec:
        folder = self.raw_project / "model"
        return load_model_spec(folder / "model.pte", folder / "metadata.yaml")

    def edgegen_new_checkpoint(self, model: Path, output: Path, head: str = "raw") -> list[str]:
        return [sys.executable, "-c", f"print({str(model)!r}, {str(output)!r}, {head!r})"]

    def edgegen_new_ios(self, model: Path, output: Path) -> list[str]:
        if locate_ios_kit().built.is_dir():
            begun(locate_ios_kit(), "bridge", output.parent)
        return super().edgegen_new_ios(model, output)

    def edgegen_verify(self, project: Path) -> list[str]:
        return [sys.executable, "-c", f"print({str(project)!r})"]  # test_verify_android runs the real one

    def yolo_export(self, model: Path) -> list[str]:
        return [sys.executable, "-c", f"print({str(model)!r})"]


def never_built() -> None:
    raise AssertionError("other tests have its export")


DETECTORS = tuple(
    DetectorModel(name, library, INPUT, never_built, lambda *_: None)
    for name, library in (("Tiny", "torch"), ("Missing", "no_such_library"))
)


class PredictHere(UltralyticsSide):
    """Predict in this process, which has imported PyTorch. The group `pipeline` starts the processes."""

    def __init__(self, model: Path, settings: Settings, input_size: int | None = None) -> None:
        size = input_size or settings.input_size
        self._settings = settings
        self._predictor = worker.Predictor(str(model), size, IOU, MAX_DET, settings.threads)

    def __exit__(self, *_: object) -> None:
        """End nothing."""

    def _ask(self, **request: Any) -> Any:
        return self._predictor.turn(**request)


class ThreadPoolOfOne:
    """ExecuTorch's bindings without a way to replace the threads of programs that other tests have loaded."""

    def portable_lib(self) -> "ThreadPoolOfOne":
        return self

    def _unsafe_reset_threadpool(self, threads: int) -> None:
        assert threads == 1

    def _threadpool_get_thread_count(self) -> int:
        return 1


def compile_as_in_tests(output: Path, *sources: Path, **_: object) -> Path:
    """Compile the core with the flags of its tests, whose objects ccache has."""
    return compile_core(output, *sources)


@pytest.fixture(scope="module")
def results(
    once: Once,
    tiny_checkpoint: Path,
    tiny_export: Path,
    tiny_linux: Path,
    web_export: Path,
    ultralytics_export: Path,
    task_export: Callable[[str], Path],
) -> Results:
    """Return the results of a run of all groups, on programs and projects of other tests."""
    find_chromium()
    compile_android = inspect.signature(android.build)

    def task_project(task: str) -> Path:
        return build(of_task(once, task, task_export(task)), "app").project

    def compiled(*arguments: Any, **_: Any) -> Built:
        """Return the launchable app of other tests instead of compiling an Android project."""
        kit = compile_android.bind(*arguments).arguments["kit"]
        return launchable(once, kit, tiny_export)

    def kotlin_core(kit: Path, *_: Path) -> Path:
        """Return the Kotlin core of its own tests."""

        def make(folder: Path) -> None:
            compile_kotlin(kit, folder / "classes", render_constants(tiny_export, folder / "generated"))

        return once("android-core", make) / "classes"

    def measure(folder: Path) -> None:
        """Write the results as JSON, which reads back equal."""
        web_project = folder / "web-project"
        edgegen("new", "--model", web_export, "--target", "web", "--output", web_project).ok()
        project = build(tiny_linux, "app").project
        workspace = ReadyWorkspace(
            folder, tiny_checkpoint, project, web_project, ultralytics_export, task_project
        )
        with pytest.MonkeyPatch.context() as patch:
            for group in (android, live):
                patch.setattr(group, "build", compiled)
            # tests/android/launch/test_shrink.py runs R8, tests/cpp/test_letterbox.py compares more sizes.
            patch.setattr(android.shrink, "shrink_own_code", lambda *_: [b"dex"])
            patch.setattr(letterbox, "SIZES", {(500, 375): "a bit larger"})
            patch.setattr(letterbox, "FRAMES", ((1280, 720),))
            patch.setattr(jvm, "compile_core_classes", kotlin_core)
            patch.setattr(native, "compile_core", compile_as_in_tests)
            patch.setattr(runtimes, "run", lambda command: edgegen(*command[1:]).ok().out)
            patch.setattr(
                Runtimes, "start_pipelines", lambda *_: []
            )  # the group reads the model's times only
            patch.setattr(sizes, "SIZES", (INPUT,))
            patch.setattr(sizes, "THREADS", (1,))
            patch.setattr(sizes, "PEER", "onnxruntime")
            patch.setattr(detectors, "DETECTORS", DETECTORS)
            patch.setattr(web, "SIZES", (INPUT,))
            patch.setattr(web, "THREADS", (1,))
            patch.setattr(web, "_peer", lambda *_: None)  # it comes from npm, and its model takes minutes
            for group in (sizes, tasks):
                patch.setattr(group, "UltralyticsSide", PredictHere)
            patch.setattr(worker, "bindings", ThreadPoolOfOne())  # no `.pte` runs there
            patch.setattr(kotlin, "WARM_UP_SECONDS", 0.1)  # no time is checked
            measured = run.measure(workspace, list(run.GROUPS))
        path = folder / "results.json"
        path.write_text(json.dumps(measured.to_json()), encoding="utf-8")
        again = results_of(path)
        assert (again.figures, again.stages) == (measured.figures, measured.stages)

    return results_of(once("benchmarks", measure) / "results.json")


def results_of(path: Path) -> Results:
    return Results.from_json(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.full
def test_run_of_all_groups_measures_every_figure_with_a_target(results: Results) -> None:
    """Each figure once, with its limit."""
    found = {figure.name: figure.target for figure in results.figures if figure.target is not None}
    assert found == {name: Target(*target) for name, target in TARGETS.items()}
    names = [(figure.name, figure.picture) for figure in results.figures]
    assert len(names) == len(set(names))
    assert {each.name for each in results.stages} >= {"app", "predict on the .pt"}
    for figure in results.figures:
        assert figure.spread.low <= figure.spread.median <= figure.spread.high, figure
        assert figure.spread.median > 0 or figure.name.endswith("allocations"), figure


@pytest.mark.full
def test_app_and_ultralytics_find_equally_many_boxes(results: Results) -> None:
    """Otherwise their times could not be compared."""
    assert len({each.boxes for each in results.stages}) == 1, results.stages


@pytest.mark.full
def test_detector_without_its_library_is_left_out(results: Results) -> None:
    """The other one is compared with YOLO11n at the nearest size."""
    (figure,) = (figure for figure in results.figures if figure.name.startswith("detector_"))
    assert figure.title == f"The model alone: time of Tiny at {INPUT} over YOLO11n at 320"
    assert [side.name for side in figure.sides] == ["Tiny", "YOLO11n at 320"]


@pytest.mark.full
def test_measured_detectors_have_the_published_numbers_of_parameters() -> None:
    """In millions. The time depends on the layers only."""
    published = {
        "D-FINE-N": 3.8,
        "RT-DETRv2-R18": 20.2,
        "DEIMv2-pico": 1.5,
        "YOLOX-nano": 0.91,
        "YOLOX-tiny": 5.06,
        "YOLOX-s": 8.97,
        "RF-DETR Nano": 30.5,
        "SSDlite320": 3.4,
    }
    assert [each.name for each in DETECTOR_MODELS] == list(published)
    for each in DETECTOR_MODELS:
        built = each.build()
        module = built[0] if isinstance(built, tuple) else built
        count = sum(parameter.numel() for parameter in module.parameters()) / 1e6
        assert count == pytest.approx(published[each.name], rel=0.035), each.name


@pytest.mark.full
def test_letterbox_allocates_memory_only_in_the_first_frame(results: Results) -> None:
    (figure,) = (figure for figure in results.figures if figure.name == "allocations")
    assert figure.met
    sides = {side.name: side.value for side in figure.sides}
    assert sides["first frame"] > 0, "nothing is counted at all"


def test_results_of_another_schema_are_refused() -> None:
    plain = made("Some", [Figure("x", "X", "ms", Spread.of([7.0]), Target("under", 5))]).to_json()
    assert plain.keys() == {"schema", "machine", "versions", "model", "settings", "figures", "stages"}
    assert [figure["met"] for figure in plain["figures"]] == [False]
    with pytest.raises(ValueError, match="schema 0"):
        Results.from_json({**plain, "schema": 0})


@pytest.mark.full
def test_page_has_a_row_for_each_figure_and_the_chart_is_a_png(results: Results, tmp_path: Path) -> None:
    """The page contains no path of this machine."""
    page.write([results], tmp_path / "docs" / "page.md")
    text = (tmp_path / "docs" / "page.md").read_text(encoding="utf-8")
    for figure in results.figures:
        assert f"| {figure.title} |" in text
    assert str(ROOT) not in text
    assert str(tmp_path) not in text
    chart.draw(results, tmp_path / "images" / "chart.png")
    assert (tmp_path / "images" / "chart.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.full
def test_command_line_measures_one_group_and_saves_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It prints a table and leaves the docs unchanged."""
    monkeypatch.setattr(native, "compile_core", compile_as_in_tests)
    before = cli.PAGE.read_bytes() if cli.PAGE.exists() else None
    saved = tmp_path / "results.json"
    tiny = ["--quick", "--rounds", "1", "--imgsz", str(INPUT), "--threads", "1", "--work", str(tmp_path)]
    code = cli.main([*tiny, "--only", "letterbox", "--json", str(saved)])
    shown = capsys.readouterr()
    results = results_of(saved)
    assert code == (cli.TARGET_MISSED if results.missed else 0)
    assert "Letterbox and normalise" in shown.out
    assert results.settings["threads"] == 1
    assert (cli.PAGE.read_bytes() if cli.PAGE.exists() else None) == before

    assert cli.main(["--show", str(saved)]) == code
    assert capsys.readouterr().out == shown.out


def test_benchmarks_module_runs_without_pythonpath() -> None:
    """As `make bench` calls it. Pytest adds `tests` to the import path."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "benchmarks", "--help"]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    assert "--quick" in said.stdout


def test_avx512_is_hidden_from_the_benchmarks_or_they_end_with_3(tmp_path: Path) -> None:
    """Processors of AMD and virtual machines may not let a program trap CPUID."""
    shown = tmp_path / "results.json"
    shown.write_text(json.dumps(made("Some", []).to_json()), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks", "--hide-avx512", "--work", tmp_path, "--show", shown]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if said.returncode == cli.FAILED:
        assert "AVX-512 cannot be hidden on this machine" in said.stderr
        return
    assert said.returncode == 0, said.stderr
    source = tmp_path / "has.cpp"
    source.write_text('int main() { return __builtin_cpu_supports("avx512f") ? 1 : 0; }', encoding="utf-8")
    subprocess.run(["c++", source, "-o", tmp_path / "app"], check=True)
    hidden = os.environ | {"LD_PRELOAD": str(tmp_path / avx512.LIBRARY)}
    assert subprocess.run([tmp_path / "app"], env=hidden, check=False).returncode == 0


def test_failing_program_ends_the_benchmarks_with_exit_code_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its output is shown, and no traceback."""
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"no checkpoint")
    work = ["--work", str(tmp_path / "work")]
    assert cli.main(["--quick", "--only", "memory", "--model", str(broken), *work]) == cli.FAILED
    said = capsys.readouterr().err
    assert "edgegen new" in said
    assert "ended with 3" in said
    assert "Traceback" not in said


def test_turns_run_every_side_once_a_round_with_a_rotating_start() -> None:
    order: list[str] = []

    def turn(name: str) -> Any:
        return lambda: order.append(name) or len(order)

    rounds = take_turns({name: turn(name) for name in "abc"}, 3)
    assert "".join(order) == "abcbcacab"
    assert [sorted(each) for each in rounds] == [["a", "b", "c"]] * 3


def test_ratio_is_the_median_of_the_ratios_of_rounds() -> None:
    """A slow round counts as much as any other."""
    rounds = [{"ours": 1.0, "theirs": 2.0}, {"ours": 10.0, "theirs": 30.0}, {"ours": 1.0, "theirs": 1.0}]
    assert ratio(rounds, above="theirs", below="ours") == Spread(2.0, 1.0, 3.0, 3)


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [("at_least", False, True, True), ("at_most", True, True, False), ("under", True, False, False)],
)
def test_target_at_its_limit_is_met_unless_it_is_under(
    comparison: str, below: bool, equal: bool, above: bool
) -> None:
    """`at_least` and `at_most` include the limit, and `under` does not."""
    target = Target(comparison, 2.0)
    assert [target.met_by(value) for value in (1.9, 2.0, 2.1)] == [below, equal, above]


def made(processor: str, figures: list[Figure]) -> Results:
    """Return results of a machine with this processor."""
    machine = {"processor": processor, "kind": "A B", "cores": 1, "memory_gb": 1.0, "system": "S"}
    versions = dict.fromkeys(
        ("edgegen", "executorch", "torch", "ultralytics", "numpy", "opencv-python", "python", "compiler"), "1"
    )
    settings = {
        "threads": 1,
        "input_size": 64,
        "pictures": ["p"],
        "rounds": 1,
        "frames": 1,
        "warm_up_frames": 5,
    }
    return Results(
        {**machine, "load_before": 0.0, "load_after": 0.0},
        versions,
        {"weights": "w", "random": True},
        settings,
        figures,
        [Stages("app", "p", 1.0, 2.0, 3.0, 6.0, 0)],
    )


def test_missed_target_is_in_the_table_on_stderr_and_in_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = Figure(
        "x", "Something slow", "ms", Spread.of([7.0]), Target("under", 5), (Side("a", 7.0, "ms"),)
    )
    results = made("P", [figure])
    assert words.verdict(figure) == "not met"
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results.to_json()), encoding="utf-8")
    assert cli.main(["--show", str(path)]) == cli.TARGET_MISSED
    shown = capsys.readouterr()
    assert "not met" in shown.out
    assert "mean little" in shown.out
    assert "target missed: Something slow" in shown.err


def test_figures_of_another_kind_of_processor_are_not_added(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.json"
    elsewhere = Results({"processor": "Some", "kind": "RISC-V"}, {}, {}, {})
    path.write_text(json.dumps(elsewhere.to_json()), encoding="utf-8")
    assert cli.main(["--quick", "--only", "letterbox", "--over", str(path)]) == cli.FAILED
    assert f"{path} is of RISC-V, and this machine is" in capsys.readouterr().err


def test_figures_of_an_earlier_run_keep_their_machine(tmp_path: Path) -> None:
    """They keep their order. Figures of the same machine are not marked."""
    first = made("Old", [Figure(name, name, "ms", Spread.of([1.0])) for name in "abc"])
    path = tmp_path / "first.json"
    path.write_text(json.dumps(first.to_json()), encoding="utf-8")
    now = [Figure(name, name, "ms", Spread.of([2.0])) for name in ("d", "b")]
    second = made("New", now).over(Results.from_json(json.loads(path.read_text(encoding="utf-8"))))
    assert [(each.name, each.spread.median, each.processor) for each in second.figures] == [
        ("a", 1.0, "Old"),
        ("b", 2.0, ""),
        ("c", 1.0, "Old"),
        ("d", 2.0, ""),
    ]
    page.write([second], tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| a † |" in text
    assert "| b |" in text
    assert "† earlier, on Old" in text
    third = made("Old", now[:1]).over(Results.from_json(second.to_json()))
    assert [each.processor for each in third.figures] == ["", "New", "", ""]
