"""The core with other compilers, sanitizers and processors, and its memory allocations."""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cpp.box_comparisons import check_nms, check_nms_last_bit
from tests.cpp.compiler import (
    CONTRACT,
    CORE,
    HERE,
    PLAIN,
    UNOPTIMIZED,
    WARNINGS,
    compile_core,
    compile_units,
    core_units,
    linked,
)
from tests.cpp.letterbox_comparisons import check_letterbox, check_plan, sizes_at_halves
from tests.cpp.mutants import mutated_core
from tests.cpp.native import Core
from tests.helpers.once import Once
from tests.helpers.places import ROOT
from tests.helpers.tools import missing

pytestmark = pytest.mark.full
CLANG = pytest.param("clang++", marks=pytest.mark.nightly)

CASES = {"fuzz": ("7", "500"), "fuzz_tasks": ("7", "200")}  # seed and count
AARCH64 = "aarch64-linux-gnu-g++"
SANITIZERS = (
    *UNOPTIMIZED,
    "-g",
    "-fsanitize=address,undefined,float-cast-overflow",
    "-fno-sanitize-recover=all",
)
# A processor with fused multiply-add, which compilers may then use where the source has a product and a sum.
FUSED = ("-O3", "-march=haswell")
FUSED_UNITS = {"letterbox", "nms", "nv12", "ycbcr"}  # of letterbox and NMS


NUMBERS = "numbers.bin"  # results of the tasks that may differ in their last bits


def fuzz(
    folder: Path,
    compiler: str,
    flags: tuple[str, ...],
    runner: tuple[str, ...] = (),
    core: Path = CORE,
    name: str = "fuzz",
) -> subprocess.CompletedProcess[str]:
    if "clang" in compiler:  # the core's source sets what Clang needs
        flags = tuple(flag for flag in flags if flag not in CONTRACT)
    program = compile_core(folder / name, HERE / f"{name}.cpp", core=core, compiler=compiler, flags=flags)
    numbers = [str(folder / NUMBERS)] if name == "fuzz_tasks" else []
    command = [*runner, str(program), *CASES[name], *numbers]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def digest(once: Once) -> str:
    """Return what the plain build of fuzz.cpp prints."""

    def make(folder: Path) -> None:
        result = fuzz(folder, "g++", PLAIN)
        assert result.returncode == 0, result.stderr
        (folder / "digest.txt").write_text(result.stdout)

    return (once("fuzz", make) / "digest.txt").read_text()


@pytest.fixture(scope="session")
def tasks_digest(once: Once) -> Path:
    """Return a folder with what the plain build of fuzz_tasks.cpp prints, and its values."""

    def make(folder: Path) -> None:
        result = fuzz(folder, "g++", PLAIN, name="fuzz_tasks")
        assert result.returncode == 0, result.stderr
        (folder / "digest.txt").write_text(result.stdout)

    return once("fuzz-tasks", make)


# The least number of results in the digest of a task, for 200 cases: about half of the actual number.
LEAST = {
    "pose": {"cases": 150, "things": 800, "points": 1500, "points at an edge": 1500},
    "obb": {"cases": 150, "things": 1000, "turned": 1000},
    "segment": {
        "cases": 120,
        "things": 600,
        "pixels": 1_000_000,
        "pixels beside": 1_000_000,
        "corners": 100_000,
    },
    "semantic": {"classes": 200, "pixels": 250_000},
    "depth": {"distances": 250_000, "unknown": 10_000},
    "classify": {"classes": 500},
    "crop": {"pictures": 200, "values": 200_000},
}
# One mutation in the code of each task.
MISTAKES = {
    "pose": ("keypoints.cpp", "extras.x + rule.shift", "extras.x - rule.shift"),
    "obb": (
        "rotated_nms.cpp",
        "better_boxes.push_back(box);",
        "if (!is_suppressed) better_boxes.push_back(box);",
    ),
    "segment": (
        "masks.cpp",
        "static_cast<int>(std::ceil(position))",
        "static_cast<int>(std::floor(position))",
    ),
    "semantic": ("tasks/semantic.cpp", "!(logits[x] > best_[x])", "!(logits[x] >= best_[x])"),
    "depth": ("dense_map.cpp", "const bool corners = !letterboxed;", "const bool corners = false;"),
    "classify": ("tasks/classify.cpp", "keep_class_[id] == 0", "keep_class_[id] != 0"),
    "crop": (
        "centre_crop.cpp",
        "-round_half_even((plan.resized_width - input_width) / 2.0)",
        "-((plan.resized_width - input_width + 1) / 2)",
    ),
}


def digests_of(said: str) -> dict[str, str]:
    """Return the digest of each task, from what fuzz_tasks.cpp prints."""
    return dict(re.findall(r"^(\w+) ([0-9a-f]{16})$", said, re.MULTILINE))


def test_digest_of_each_task_covers_enough_results(tasks_digest: Path) -> None:
    """A digest of nothing would be equal in all builds too."""
    said = (tasks_digest / "digest.txt").read_text()
    for task, least in LEAST.items():
        counts = re.findall(rf"^{task} ([a-z ]+) (\d+)$", said, re.MULTILINE)
        found = {what: int(number) for what, number in counts}
        assert found.keys() == least.keys(), task
        short = {what: found[what] for what in least if found[what] < least[what]}
        assert not short, (task, short)
    assert digests_of(said).keys() == LEAST.keys()


def test_digest_changes_for_each_mutated_task(tasks_digest: Path, tmp_path: Path) -> None:
    """One build has seven mutations, each in the code of one task."""
    broken = mutated_core(tmp_path, *((f"vision/{file}", old, new) for file, old, new in MISTAKES.values()))
    made = fuzz(tmp_path, "g++", PLAIN, core=broken, name="fuzz_tasks")
    assert made.returncode == 0, made.stderr
    right, wrong = digests_of((tasks_digest / "digest.txt").read_text()), digests_of(made.stdout)
    assert right.keys() == wrong.keys() == MISTAKES.keys()
    assert [task for task in right if right[task] == wrong[task]] == []


def same_tasks(digest: Path, made: subprocess.CompletedProcess[str], folder: Path) -> None:
    """Compare the output of fuzz_tasks.cpp: to the last bit, except for results of exp, log, sin and cos."""
    assert (made.returncode, made.stdout, made.stderr) == (0, (digest / "digest.txt").read_text(), "")
    ours, right = (np.fromfile(each / NUMBERS, np.float32) for each in (folder, digest))
    assert len(right) > 10_000
    np.testing.assert_allclose(ours, right, rtol=1e-5, atol=1e-4)  # corners use sines of large angles


def require(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            missing(tool)


def has_fused_multiply_add() -> bool:
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.is_file() and {"avx2", "fma", "bmi2"} <= set(cpuinfo.read_text().split())


@pytest.mark.parametrize("compiler", ["g++", CLANG])
def test_sanitizers_find_nothing_in_the_core(digest: str, tmp_path: Path, compiler: str) -> None:
    """500 rounds under ASan and UBSan give the same results, in buffers that end where reading must end."""
    require(compiler)
    result = fuzz(tmp_path, compiler, SANITIZERS)
    assert (result.returncode, result.stdout, result.stderr) == (0, digest, "")


def test_sanitizers_detect_a_read_past_the_end(tmp_path: Path) -> None:
    """The mutated core reads one pixel too many in a row."""
    clamped = "tap.second = std::clamp(static_cast<int>(lower) + 1, 0, source - 1);"
    past_the_end = "tap.second = static_cast<int>(lower) + 1;"
    broken = mutated_core(tmp_path, ("vision/letterbox.cpp", clamped, past_the_end))
    program = compile_core(tmp_path / "fuzz", HERE / "fuzz.cpp", core=broken, flags=SANITIZERS)
    result = subprocess.run([str(program), *CASES["fuzz"]], capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "heap-buffer-overflow" in result.stderr


TASKS_UNDER_SANITIZERS = """
import sys

import numpy as np

from tests.cpp import task_checks
from tests.cpp.native_tasks import Model, Tasks, Thresholds

tasks = Tasks(sys.argv[1])
if sys.argv[2] == "checks":
    for name in sorted(name for name in vars(task_checks) if name.startswith("check_")):
        getattr(task_checks, name)(tasks, 11, 60)
else:  # an output that ends a row of values too early
    model = Model("depth", "depth", (32, 32), 1, ((1, 1, 16, 16),))
    depth = tasks.task(model)
    object.__setattr__(model, "shapes", ((1, 1, 15, 16),))
    depth.run([np.ones((1, 1, 15, 16), np.float32)], (20, 20), Thresholds())
"""


@pytest.mark.proof("sanitizer")
def test_sanitizers_find_nothing_in_the_tasks(tmp_path: Path) -> None:
    """Runs every task's comparison with numpy under ASan and UBSan.

    An output that is too short is detected.
    """
    require("g++")
    library = compile_core(tmp_path / "tasks.so", HERE / "task_harness.cpp", flags=SANITIZERS)
    preload = [
        subprocess.run(["g++", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout
        for name in ("libasan.so", "libubsan.so")
    ]
    environment = {
        **os.environ,
        "LD_PRELOAD": ":".join(name.strip() for name in preload),
        "ASAN_OPTIONS": "detect_leaks=0",  # Python's own
        "PYTHONMALLOC": "malloc",  # each array in its own block, whose end is checked
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
    }

    def run(what: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", TASKS_UNDER_SANITIZERS, str(library), what]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    fine = run("checks")
    assert fine.returncode == 0, fine.stderr[-4000:]
    early = run("an output that ends early")
    assert early.returncode != 0
    assert "heap-buffer-overflow" in early.stderr


@pytest.mark.parametrize("compiler", ["g++", CLANG])
def test_sanitizers_find_nothing_in_random_outputs(tasks_digest: Path, tmp_path: Path, compiler: str) -> None:
    """200 rounds of every task, with NaN, in buffers that end where reading must end."""
    require(compiler)
    made = fuzz(tmp_path, compiler, SANITIZERS, name="fuzz_tasks")
    same_tasks(tasks_digest, made, tmp_path)


def test_decode_stays_within_its_arrays_with_fast_math(tmp_path: Path) -> None:
    """With -ffast-math a score may differ when it is computed again; on x86, -mfpmath=387 makes it differ."""
    extra = ("-mfpmath=387",) if platform.machine() == "x86_64" else ()
    units = [HERE / "fast_math.cpp", *CORE.glob("vision/decode*.cpp")]
    units += [CORE / "vision" / name for name in ("levels.cpp", "nms.cpp")]
    flags = ("-O2", "-ffast-math", *extra, "-g", "-fsanitize=address", *WARNINGS)
    program = linked(
        tmp_path / "fast_math", compile_units(tmp_path, units, core=CORE, flags=flags), "g++", flags
    )
    result = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_clang_build_gives_the_same_digest(digest: str, tmp_path: Path) -> None:
    """clang++ -O3 compiles without a warning and gives equal results to the last bit."""
    require("clang++")
    assert fuzz(tmp_path, "clang++", ("-O3", *CONTRACT)).stdout == digest


@pytest.mark.parametrize("compiler", ["g++", CLANG])
def test_fused_multiply_add_gives_the_same_digest(digest: str, tmp_path: Path, compiler: str) -> None:
    """To the last bit, because each product of a decoded box is rounded before it is added."""
    require(compiler)
    if not has_fused_multiply_add():
        pytest.skip("this processor has no fused multiply-add")
    assert fuzz(tmp_path, compiler, (*FUSED, *CONTRACT)).stdout == digest


@pytest.mark.parametrize("compiler", ["g++", CLANG])
def test_fused_multiply_add_gives_the_same_task_results(
    tasks_digest: Path, tmp_path: Path, compiler: str
) -> None:
    """Includes masks, keypoints and maps."""
    require(compiler)
    if not has_fused_multiply_add():
        pytest.skip("this processor has no fused multiply-add")
    made = fuzz(tmp_path, compiler, (*FUSED, *CONTRACT), name="fuzz_tasks")
    same_tasks(tasks_digest, made, tmp_path)


def test_fused_multiply_add_does_not_change_letterbox_and_nms(tmp_path: Path) -> None:
    """The results equal the reference even if the compiler was not told to round every product."""
    if not has_fused_multiply_add():
        pytest.skip("this processor has no fused multiply-add")
    fused = [unit for unit in core_units(CORE) if unit.stem in FUSED_UNITS]
    assert len(fused) == len(FUSED_UNITS)
    others = [unit for unit in (HERE / "harness.cpp", *core_units(CORE)) if unit not in fused]
    objects = [
        *compile_units(tmp_path, fused, core=CORE, flags=(*WARNINGS, *FUSED)),
        *compile_units(tmp_path, others, core=CORE, flags=(*WARNINGS, *PLAIN)),  # ccache has them
    ]
    core = Core(linked(tmp_path / "core.so", objects))
    check_plan(core, sizes_at_halves())
    check_letterbox(core, 1, 300)
    check_nms(core, 1, 300)
    check_nms_last_bit(core, 1, 1000)


@pytest.mark.nightly
def test_aarch64_build_gives_the_same_digest(digest: str, tasks_digest: Path, tmp_path: Path) -> None:
    """The cross-compiled core runs under QEMU, so the results are valid for a Raspberry Pi.

    In each full run, tests/linux/test_project.py runs a project's parity test there.
    """
    require(AARCH64, "qemu-aarch64")
    runner = ("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu")
    result = fuzz(tmp_path, AARCH64, ("-O3", *CONTRACT), runner)
    assert (result.returncode, result.stdout) == (0, digest)
    same_tasks(tasks_digest, fuzz(tmp_path, AARCH64, ("-O3", *CONTRACT), runner, name="fuzz_tasks"), tmp_path)


def test_letterbox_allocates_nothing_after_the_first_frame(tmp_path: Path) -> None:
    """19 more frames, through every path, never call operator new."""
    program = compile_core(tmp_path / "allocations", HERE / "allocations.cpp")
    result = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert result.stdout.count(": 0 allocations") == 9


def test_allocation_count_detects_an_allocation(tmp_path: Path) -> None:
    """The mutated core copies one row for each frame."""
    line = "  line_row_ = {kNoRow, kNoRow};\n"
    copied = line + "  const std::vector<Tap> copy(rows_);\n"
    broken = mutated_core(tmp_path, ("vision/letterbox.cpp", line, copied))
    program = compile_core(tmp_path / "allocations", HERE / "allocations.cpp", core=broken)
    assert subprocess.run([str(program)], capture_output=True, check=False).returncode != 0
