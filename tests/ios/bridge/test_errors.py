"""Tests of the bridge's errors: each failure is an NSError with a cause and a next step, and no crash."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.mutating import replaced
from tests.helpers.once import Once
from tests.helpers.tiny_programs import make_programs
from tests.ios.bridge.calls import (
    Answer,
    Bridge,
    Call,
    biplanar,
    build,
    copy_of,
    drawn,
    packed,
    same,
    thresholds,
    to_nv12,
)

pytestmark = pytest.mark.full

UNREADABLE, NOT_EXPECTED, DAMAGED, NO_BACKEND, NO_OPERATOR = 1, 2, 3, 4, 5
NO_MEMORY, FAILED, IMAGE, THRESHOLDS, VECTORS, OTHER_RELEASE = 6, 7, 8, 9, 10, 11
MOST = 2**63 - 1  # the largest NSInteger


def refused(answer: Answer, code: int, *says: str, asked: object = "") -> None:
    """Check the form of an error, its code, and words of its description."""
    assert set(answer) == {"error"}, (asked, answer)
    error = answer["error"]
    assert error["domain"] == "EDGErrorDomain"
    assert error["code"] == code, (asked, error)
    for text in (error["description"], error["suggestion"]):
        assert text.endswith(".")
        assert not text.endswith("..")
        assert "\n" not in text
        assert len(text) > 15, (asked, error)
    for text in says:
        assert text in error["description"], (asked, error)


def all_refused(bridge: Bridge, cases: Iterable[tuple[Call, int, tuple[str, ...]]], *before: Call) -> None:
    listed = list(cases)
    answers = bridge.run(*before, *(call for call, _, _ in listed))
    for answer, (call, code, says) in zip(answers[len(before) :], listed, strict=True):
        refused(answer, code, *says, asked=call)


def load(path: object, **more: Any) -> Call:
    return {"call": "load", "model": str(path), **more}


def test_load_rejects_missing_and_damaged_models_and_bad_thread_counts(
    sanitized: Bridge, tmp_path: Path
) -> None:
    """A missing file, a folder, an empty path; a cut, empty or changed file. Another file name is fine."""
    sound = Path(sanitized.model).read_bytes()
    folder = tmp_path / "mödel 模型 'x' \"y\""
    folder.mkdir()

    def written(name: str, content: bytes) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    cases: list[tuple[Call, int, tuple[str, ...]]] = [
        (load(tmp_path / "gone.pte"), UNREADABLE, ("gone.pte", "No such file")),
        (load(folder), UNREADABLE, ("directory",)),
        (load(""), UNREADABLE, ("empty",)),
        (load(sanitized.model + "\0.pte"), UNREADABLE, ("none that a file",)),
        (load(folder / "ünï.pte"), UNREADABLE, ("mödel 模型", "ünï.pte")),
        (load(tmp_path / ("x" * 5000)), UNREADABLE, ("name too long",)),
        (load(written("cut.pte", sound[:5000])), DAMAGED, ("cut.pte", "SHA-256")),
        (load(written("empty.pte", b"")), DAMAGED, ("expected",)),
        (load(written("changed.pte", sound[:-1] + b"\1")), DAMAGED, ("damaged",)),
        (load(sanitized.model, threads=-1), FAILED, ("-1",)),
        (load(sanitized.model, threads=65), FAILED, ("65",)),
        (load(sanitized.model, threads=str(MOST)), FAILED, (str(MOST),)),
    ]
    all_refused(sanitized, cases)
    renamed = written("another name.pte", sound)
    assert "threads" in sanitized.run(load(renamed))[0]


@pytest.fixture(scope="module")
def trusting(compiled: Path, tiny_ios: Path, tmp_path_factory: pytest.TempPathFactory) -> Bridge:
    """Return a bridge without the checksum check; models named `operator` may have any shapes."""
    project, out = copy_of(tiny_ios, compiled, tmp_path_factory.mktemp("trusting"))
    model, checks = (project / "Core" / "detector" / name for name in ("model.cpp", "checks.cpp"))
    replaced(checks, "== adler32) return;", "== adler32 || true) return;")
    is_named = 'path.find("operator") != std::string::npos'
    replaced(
        model, "= check_signature(*meta, info, path)", f"= {is_named} || check_signature(*meta, info, path)"
    )
    return build(project, out)


def test_each_error_of_the_runtime_has_its_own_code(trusting: Bridge, once: Once, tmp_path: Path) -> None:
    """A cut or overwritten program, another shape, a missing backend or operator, another release."""
    sound = Path(trusting.model).read_bytes()
    programs = once("tiny_programs", make_programs)

    def written(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    def without(content: bytes, name: bytes) -> bytes:
        assert name in content
        return content.replace(name, name[:-1] + b"X")

    operator = without((programs / "raw.pte").read_bytes(), b"aten::upsample_nearest2d")
    cases: list[tuple[Call, int, tuple[str, ...]]] = [
        (load(written("head.pte", sound[:64])), DAMAGED, ("head.pte", "damaged")),
        (load(written("zeros.pte", bytes(len(sound)))), DAMAGED, ()),
        (load(written("text.pte", b"no program at all" * 100)), DAMAGED, ()),
        (load(programs / "raw.pte"), NOT_EXPECTED, ("input", "[1, 3, 160, 160]")),
        (load(programs / "decoded.pte"), NOT_EXPECTED, ()),
        (load(written("backend.pte", without(sound, b"XnnpackBackend"))), NO_BACKEND, ("XnnpackBackenX",)),
        (load(written("operator.pte", operator)), NO_OPERATOR, ("operator",)),
        (load(written("operator-raw.pte", (programs / "raw.pte").read_bytes())), NO_OPERATOR, ("operator",)),
        (load(written("release.pte", without(sound, b"XN01"))), OTHER_RELEASE, ("another release",)),
    ]
    all_refused(trusting, cases)
    calls = [call for call, _, _ in cases]
    answers = trusting.run(*calls, *calls)
    assert (
        answers[: len(calls)] == answers[len(calls) :]
    )  # earlier log lines of the runtime have no influence


def test_model_with_operators_loads_if_the_settings_link_the_kernels(
    trusting: Bridge, tmp_path: Path, once: Once
) -> None:
    """The harness links the same libraries as the app. Then only the input size is wrong."""
    project, out = copy_of(trusting.project, trusting.program.parents[1], tmp_path)
    settings = project / "Config" / "App.xcconfig"
    kernels = '-force_load "$(BUILT_PRODUCTS_DIR)/libkernels_optimized_$(EXECUTORCH_PLATFORM).a" -lz'
    replaced(settings, "-lz", kernels)
    model = shutil.copy(once("tiny_programs", make_programs) / "raw.pte", tmp_path / "operator.pte")
    (answer,) = build(project, out).run(load(model))
    refused(answer, FAILED, "160, 160")


def test_second_detector_with_another_thread_count_is_rejected_until_a_reload(
    bridge: Bridge, tmp_path: Path
) -> None:
    """All detectors of a process share its threads."""
    another = {"call": "load_another", "model": bridge.model, "threads": 1}
    picture = packed(tmp_path, drawn())
    first, refusal, found, second, third, again = bridge.run(
        load(bridge.model, threads=2), another, picture, load(bridge.model, threads=1), another, picture
    )
    refused(refusal, FAILED, "2 threads")
    assert (first["threads"], second["threads"]) == (2, 1)
    assert third == {}
    assert same(found, again)


def test_detect_rejects_impossible_pictures_and_accepts_the_next_one(
    sanitized: Bridge, tmp_path: Path
) -> None:
    """No bytes, no pixels, short rows, overflowing sizes, unknown formats."""
    rgb = drawn()
    sound = packed(tmp_path, rgb, "bgra")
    planes = biplanar(tmp_path, *to_nv12(rgb, "bt709_full"), "bt709_full")
    row = 4 * rgb.shape[1]

    def but(call: Call, **changes: object) -> Call:
        return {key: value for key, value in {**call, **changes}.items() if value is not None}

    cases: list[tuple[Call, int, tuple[str, ...]]] = [
        (but(sound, bytes=None), IMAGE, ("no bytes",)),
        (but(sound, width=0), IMAGE, ("0 x",)),
        (but(sound, height=0), IMAGE, ("x 0",)),
        (but(sound, width=-5), IMAGE, ("-5",)),
        (but(sound, height=-(2**31)), IMAGE, (str(-(2**31)),)),
        (but(sound, width=str(MOST), bytes_per_row=str(MOST)), IMAGE, (str(MOST),)),
        (but(sound, height=2**31), IMAGE, ()),
        (but(sound, bytes_per_row=row - 1), IMAGE, (str(row - 1), str(row))),
        (but(sound, bytes_per_row=0), IMAGE, ("0 bytes per row",)),
        (but(sound, bytes_per_row=-row), IMAGE, (str(-row),)),
        (but(sound, bytes_per_row=str(MOST)), IMAGE, (str(MOST),)),
        (but(sound, bytes_per_row=str(-MOST - 1)), IMAGE, ()),
        (but(sound, format=3), IMAGE, ("pixel format 3",)),
        (but(sound, format=-1), IMAGE, ("-1",)),
        (but(sound, orientation=0), IMAGE, ("orientation 0",)),
        (but(sound, orientation=9), IMAGE, ("orientation 9",)),
        (but(planes, luma=None), IMAGE, ("luma",)),
        (but(planes, chroma=None), IMAGE, ("chroma",)),
        (but(planes, luma_bytes_per_row=rgb.shape[1] - 1), IMAGE, ("luma",)),
        (but(planes, chroma_bytes_per_row=rgb.shape[1]), IMAGE, ("chroma",)),  # an odd width: one byte short
        (but(planes, chroma_bytes_per_row=str(MOST)), IMAGE, ("chroma",)),
        (but(planes, encoding=4), IMAGE, ("encoding 4",)),
        (but(planes, width=0), IMAGE, ()),
        (but(planes, orientation=-1), IMAGE, ()),
    ]
    all_refused(sanitized, cases, sanitized.load())
    before, *_, after = sanitized.run(sanitized.load(), sound, *(call for call, _, _ in cases), sound)[1:]
    assert same(before, after)


def test_thresholds_outside_their_range_are_rejected_and_change_nothing(
    sanitized: Bridge, tmp_path: Path
) -> None:
    """The limits themselves are accepted."""
    cases: list[tuple[Call, int, tuple[str, ...]]] = [
        (thresholds(-0.01), THRESHOLDS, ("confidence", "-0.01")),
        (thresholds(1.01), THRESHOLDS, ("confidence",)),
        (thresholds("nan"), THRESHOLDS, ("nan",)),
        (thresholds("inf"), THRESHOLDS, ("inf",)),
        (thresholds(0.5, iou=2), THRESHOLDS, ("IoU", "2")),
        (thresholds(0.5, iou="nan"), THRESHOLDS, ("IoU",)),
        (thresholds(0.5, max_det=0), THRESHOLDS, ("detections", "0")),
        (thresholds(0.5, max_det=30_001), THRESHOLDS, ("30000",)),
        (thresholds(0.5, max_det=str(-MOST)), THRESHOLDS, ()),
    ]
    all_refused(sanitized, cases, sanitized.load())
    picture = packed(tmp_path, drawn())
    first, second = sanitized.run(
        sanitized.load(), thresholds(0.05), picture, *(call for call, _, _ in cases), picture
    )[2 :: len(cases) + 1]
    assert same(first, second)
    for edge in (thresholds(0, 0, 1), thresholds(1, 1, 30_000, agnostic=True)):
        assert "error" not in sanitized.run(sanitized.load(), edge, picture)[2]


def test_unreadable_golden_vectors_are_rejected(sanitized: Bridge, tmp_path: Path) -> None:
    """Missing, invalid JSON, another schema, cut files, impossible values, and an index out of range."""
    folder = Path(sanitized.vectors)
    index = json.loads((folder / "index.json").read_text())

    def changed(name: str, **changes: object) -> Path:
        copy = Path(shutil.copytree(folder, tmp_path / name))
        (copy / "index.json").write_text(json.dumps({**index, **changes}))
        return copy

    cut, lost = changed("cut"), changed("lost")
    first = index["pictures"][0]["file"]
    (cut / first).write_bytes((folder / first).read_bytes()[:1000])
    (lost / first).unlink()
    broken = changed("broken")
    (broken / "index.json").write_text('{"schema": 1,')
    impossible = (("confidence", 7), ("iou", -1), ("max_det", 0), ("width", 0), ("height", -4))
    wrong = [changed(key, pictures=[{**index["pictures"][0], key: value}]) for key, value in impossible]

    def golden(path: object, number: object = 0) -> Call:
        return {"call": "golden_picture", "vectors": str(path), "index": number}

    others = (cut, lost, broken, changed("newer", schema=99), changed("odd", pictures=[{}]))
    cases: list[tuple[Call, int, tuple[str, ...]]] = [
        *((golden(path), VECTORS, ()) for path in (*wrong[3:], *others, tmp_path / "gone", "")),
        *(
            (sanitized.self_check(vectors=str(path)), VECTORS, ())
            for path in (*wrong, *others, tmp_path / "gone")
        ),
        (golden(folder, -1), VECTORS, ("-1",)),
        (golden(folder, len(index["pictures"])), VECTORS, ("no picture",)),
        (golden(folder, str(MOST)), VECTORS, ()),
        (sanitized.self_check(model=str(tmp_path / "gone.pte")), UNREADABLE, ("gone.pte",)),
    ]
    all_refused(sanitized, cases)


def test_self_check_names_the_stage_and_value_that_differ(sanitized: Bridge, tmp_path: Path) -> None:
    """Differing vectors are a failed stage and no error."""
    copy = Path(shutil.copytree(sanitized.vectors, tmp_path / "vectors"))
    index = json.loads((copy / "index.json").read_text())
    index["classes"] = 80
    (copy / "index.json").write_text(json.dumps(index))
    report = sanitized.run(sanitized.self_check(vectors=str(copy)))[0]
    assert not report["passed"]
    assert [stage["name"] for stage in report["stages"] if not stage["passed"]] == ["constants"]
    assert any("80" in problem for problem in report["problems"])


def test_golden_vectors_larger_than_the_memory_are_an_error(bridge: Bridge, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(bridge.vectors, tmp_path / "vectors"))
    first = json.loads((copy / "index.json").read_text())["pictures"][0]["file"]
    with (copy / first).open("ab") as file:
        file.truncate(256 << 20)  # takes no room on the disk
    golden = {"call": "golden_picture", "vectors": str(copy), "index": 0}
    refused(bridge.run({"call": "limit_memory", "mib": 48}, golden)[1], NO_MEMORY, "memory")
