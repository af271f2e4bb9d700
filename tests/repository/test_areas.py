"""`make test-changed` selects the areas whose inputs changed since they passed, and records those that do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import areas
from tests.helpers.places import ROOT

# Files that no test reads.
UNTESTED = {".ci/passed.tsv"}


def test_each_folder_with_tests_is_an_area_and_each_pattern_matches_a_file() -> None:
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in ROOT.glob("tests/*/**/test_*.py")}
    assert areas.INPUTS.keys() == folders
    for table in (areas.INPUTS, areas.SUBJECT, areas.MUTATED):
        for area, patterns in table.items():
            assert area in folders
            for pattern in patterns:
                assert areas.matching([pattern]), pattern


@pytest.mark.full
def test_each_file_is_an_input_of_an_area() -> None:
    """A file that belongs to none could change without a test."""
    covered = {path for area in areas.INPUTS for path in areas.inputs(area)}
    assert set(areas.files()) - covered <= UNTESTED


ALL = set(areas.INPUTS)
# A file, and the areas of which it is an input.
REACHED = [
    ("docs/ios.md", {"repository"}),
    ("scripts/demo", {"repository"}),
    ("tests/ios/test_kit.py", {"ios"}),
    ("tests/conftest.py", ALL),
    ("generator/edgegen/base/errors.py", ALL),
    ("generator/edgegen/sources/onnx/__init__.py", ALL),  # an entry point
    ("generator/edgegen/sources/onnx/graph.py", ALL),  # a method of it imports it
    ("generator/edgegen/commands/batch.py", {"cli", "python", "repository", "web"}),
    ("generator/edgegen/commands/verify.py", ALL - {"cpp", "kotlin"}),
    ("templates/_custom_template/README.md", {"cli", "export", "python", "repository"}),
    ("templates/_studio/ios/App/Logic/Boxes.swift.jinja", {"cli", "export", "ios", "python", "repository"}),
    ("templates/_shared/cpp/vision/nms.cpp", ALL - {"android", "kotlin", "web"}),
    ("templates/_shared/js/vision/nms.js", ALL - {"android", "cpp", "kotlin"}),
    ("templates/android/vision/build.gradle.kts", ALL - {"cpp", "ios", "linux", "web"}),
]


@pytest.mark.full
def test_a_file_is_an_input_of_the_areas_that_can_reach_it() -> None:
    inputs = {area: set(areas.inputs(area)) for area in areas.INPUTS}
    for path, expected in REACHED:
        assert (ROOT / path).is_file(), path
        assert {area for area in inputs if path in inputs[area]} == expected, path


def test_a_digest_changes_with_names_and_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areas, "ROOT", tmp_path)
    monkeypatch.setattr(areas, "_digest_of", areas._digest_of.__wrapped__)
    found = []
    for name, text in (("a", "1"), ("a", "2"), ("b", "2")):
        (tmp_path / name).write_text(text)
        found.append(areas.digest([name]))
    assert len(set(found)) == 3
    assert areas.digest(["b", "a"]) == areas.digest(["a", "b"])


@pytest.fixture
def digests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the digests of all areas, as the script finds them; every area has passed with these."""
    found = {name: f"{number:016x}" for number, name in enumerate(areas.NAMES)}
    monkeypatch.setattr(areas, "current_digest", lambda name: found[name])
    monkeypatch.setattr(areas, "ROOT", tmp_path)
    for name in ("RECORD", "PLAN", "RESULTS"):
        monkeypatch.setattr(areas, name, tmp_path / "build" / name.lower())
    (tmp_path / "build").mkdir()
    areas.RECORD.write_text("".join(f"{name}\t{known}\t120\n" for name, known in found.items()))
    return found


def folders(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[list[str], str]:
    """Return what `plan` prints on stdout and stderr."""
    assert areas.main(["plan", *arguments]) == 0
    out, err = capsys.readouterr()
    return out.split(), err


def run(*rows: str) -> None:
    """Write the results of a run: rows of area and outcome."""
    lines = [
        f"60.00\tfull\t{outcome}\ttests/{area}/test_it.py::test_it\n"
        for area, outcome in map(str.split, rows)
    ]
    areas.RESULTS.write_text("".join(lines))


def test_an_area_is_planned_until_it_passed_with_its_present_inputs(
    digests: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan says why, and how long the recorded run took."""
    assert folders(capsys)[0] == []
    digests |= dict.fromkeys(("ios", "ios-subject", "cli", "cli-subject"), "f" * 16)
    planned, said = folders(capsys)
    assert planned == ["tests/cli", "tests/ios"]
    assert "ios          1 minutes      changed since it passed" in said
    assert "full tests of 2 of 10 areas: about 2 minutes" in said
    run("ios passed", "cli passed", "cli failed")
    assert areas.main(["record"]) == 0
    assert folders(capsys)[0] == ["tests/cli"]
    assert areas.read_record()["ios"] == ("f" * 16, 60.0)


def test_a_quarter_of_the_test_files_is_planned_if_the_subject_did_not_change(
    digests: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same quarter until it passed, then another one. What an area is about changes: all of them."""
    names = [f"tests/cpp/test_{letter}.py" for letter in "abcdefghi"]
    (tmp_path / "tests" / "cpp").mkdir(parents=True)
    for name in names:
        (tmp_path / name).write_text("pytestmark = pytest.mark.full")
    (tmp_path / "tests/cpp/test_unit.py").write_text("")
    monkeypatch.setattr(areas, "files", lambda: (*names, "tests/cpp/test_unit.py"))
    seen = []
    for number in (4, 5, 7, 8):
        digests["cpp"] = "e" * 16
        planned, said = folders(capsys)
        digests["cpp"] = f"{number:016x}"
        assert folders(capsys)[0] == planned
        assert "cpp          0 minutes      its subject did not change: one in 4 test files" in said
        run("cpp passed")
        assert areas.main(["record"]) == 0
        assert areas.read_record()["cpp"] == (digests["cpp"], 120.0)  # the seconds of all its tests
        seen += planned
    assert sorted(set(seen)) == names
    digests["cpp"] = digests["cpp-subject"] = "f" * 16
    assert folders(capsys)[0] == ["tests/cpp"]


def test_all_areas_are_planned_on_request_or_without_a_record(
    digests: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    everything = [f"tests/{area}" for area in areas.INPUTS]
    assert folders(capsys, "--all")[0] == everything
    assert folders(capsys, "ios", "cpp")[0] == ["tests/cpp", "tests/ios"]
    assert areas.main(["plan", "swift"]) == 2
    capsys.readouterr()
    areas.RECORD.unlink()
    planned, said = folders(capsys)
    assert planned == everything
    assert "no record" in said


def test_one_recorded_area_is_repeated_by_the_commit(
    digests: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repeated = set()
    for number in range(len(areas.INPUTS)):
        monkeypatch.setattr(areas, "commit", lambda number=number: f"{number:08x}" + 32 * "0")
        (folder,), said = folders(capsys, "--repeat")
        assert "did not change; repeated to check the record" in said
        repeated.add(folder)
    assert repeated == {f"tests/{area}" for area in areas.INPUTS}


def test_no_recorded_area_is_repeated_if_those_that_changed_take_long(
    digests: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """CI has 90 minutes."""
    monkeypatch.setattr(areas, "commit", lambda: 40 * "0")
    rows = areas.RECORD.read_text().replace("120\n", f"{areas.TIME_TO_REPEAT * 60 * areas.CORES // 2}\n")
    areas.RECORD.write_text(rows)
    for area, repeats in (("cpp", True), ("kotlin", True), ("web", False)):
        digests |= {area: "e" * 16, f"{area}-subject": "e" * 16}
        assert ("repeated to check the record" in folders(capsys, "--repeat")[1]) is repeats


@pytest.mark.parametrize("interrupt", [True, False])
def test_nothing_is_recorded_if_the_run_broke_off_or_the_inputs_changed_meanwhile(
    digests: dict[str, str], capsys: pytest.CaptureFixture[str], interrupt: bool
) -> None:
    run("cpp passed")  # of an earlier run: the plan deletes it
    digests |= {"cpp": "e" * 16, "cpp-subject": "e" * 16}
    assert folders(capsys)[0] == ["tests/cpp"]
    if not interrupt:
        run("cpp passed")
        digests["cpp"] = "f" * 16
    assert areas.main(["record"]) == 0
    said = capsys.readouterr().err
    assert ("the run did not end" if interrupt else "inputs of cpp changed during the run") in said
    assert folders(capsys)[0] == ["tests/cpp"]


def test_all_mutations_run_if_the_mutated_code_changed_and_else_an_eighth(digests: dict[str, str]) -> None:
    """Each digest chooses another eighth."""
    sample: Callable[[], list[int]] = lambda: areas.mutations("cpp", 20)  # noqa: E731
    parts = []
    for number in range(areas.SHARE):
        digests["cpp-mutations"] = f"{number:016x}"
        assert sample() == list(range(20)) or number == areas.NAMES.index("cpp-mutations")
        areas.RECORD.write_text(f"cpp-mutations\t{number:016x}\t0\n")
        parts.append(sample())
    assert sorted(number for part in parts for number in part) == list(range(20))
