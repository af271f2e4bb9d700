"""Tests of the generated app, launched on the JVM with the real model.

The tests themselves are in kotlin/ (the whole app) and units/ (its parts). One JVM runs them all on the
newest API level. Another runs those that use the system on the older level; the nightly run has the rest of
these. pytest reports them by class.
"""

import hashlib
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegen.project.render import templates_dir
from edgegen.targets.on_device import read_report
from edgegen_kits.android.app_build import Built
from edgegen_kits.android.kit import LAUNCH, Kit
from edgegen_kits.android.launch import launch
from edgegen_kits.common.commands import Commands
from tests.helpers.android_projects import LAUNCHED, PACKAGE, UNITS
from tests.helpers.explaining import assert_sound, explained
from tests.helpers.once import Once
from tests.helpers.places import TINY

pytestmark = pytest.mark.full


OWN = templates_dir() / "_studio" / "android" / "app" / "src" / "test"
FILES = {
    **{f"launch.{path.stem}": path for path in sorted(LAUNCHED.glob("*Test.kt"))},
    **{f"{PACKAGE}.{path.stem}": path for path in sorted(UNITS.glob("*Test.kt"))},
    **{f"{PACKAGE}.{path.name.split('.')[0]}": path for path in sorted(OWN.rglob("*Test.kt.jinja"))},
}
CLASSES = list(FILES)
# Classes that use services of the system: camera, files, gallery, window.
SYSTEM = [
    *(
        f"launch.{name}Test"
        for name in ("Camera", "Capture", "PhotoFormat", "Screen", "SelfCheck", "Sharing")
    ),
    *(f"{PACKAGE}.{name}Test" for name in ("ExifOrientation", "Gallery", "Insets", "Layout", "SharedFiles")),
]
OLDER, NEWEST = LAUNCH
# The classes of each JVM, and its API level.
RUNS = {
    "newest": (NEWEST, CLASSES),
    "older": (OLDER, SYSTEM),
    "older, nightly": (OLDER, [name for name in CLASSES if name not in SYSTEM]),
}
MARKS = {"older, nightly": pytest.mark.nightly}
PATIENCE = 900


def parameter(*values: str) -> Any:
    """Return a parameter of a test, whose first value is one of RUNS."""
    return pytest.param(*values, marks=MARKS.get(values[0], ()))


def run(kit: Kit, built: Built, api: int, classes: list[str], out: Path, **properties: str) -> str:
    """Launch the tests of some classes and return JUnit's output."""
    given = {"app.package": built.package, "vectors": built.project.folder / "vectors", "out": out}
    with Commands() as commands:
        return launch(
            kit, built, classes, api, commands, properties={**given, **properties}, timeout=PATIENCE
        ).output


@pytest.fixture(scope="session")
def launched(once: Once, android_kit: Kit, built: Built) -> Callable[[str], Path]:
    """Return a function that gives the folder with the files that the tests of one of RUNS have written."""

    def of(which: str) -> Path:
        api, classes = RUNS[which]

        def make(folder: Path) -> None:
            (folder / "said").write_text(run(android_kit, built, api, classes, folder), encoding="utf-8")

        return once(f"android-launch-{which}", make)

    return of


@pytest.fixture(scope="session")
def said(launched: Callable[[str], Path]) -> Callable[[str], str]:
    """Return a function that gives JUnit's output of one of RUNS."""
    return lambda which: (launched(which) / "said").read_text(encoding="utf-8")


def failures(said: str) -> dict[str, str]:
    """Return JUnit's report of each failed test, by `method(class)`."""
    blocks = re.split(r"^\d+\) (?=\w+\([\w.]+\)$)", said, flags=re.MULTILINE)[1:]
    return {block.splitlines()[0].strip(): block for block in blocks}


@pytest.mark.parametrize(
    ("which", "name"), [parameter(which, name) for which, (_, names) in RUNS.items() for name in names]
)
def test_app_passes_the_junit_class_on_an_api_level(
    said: Callable[[str], str], which: str, name: str
) -> None:
    answer = said(which)
    assert re.search(r"^(OK \(\d+ tests?\)|Tests run: \d+)", answer, re.MULTILINE), answer[-6000:]
    mine = [text for test, text in failures(answer).items() if test.endswith(f"({name})")]
    assert not mine, "\n".join(text[:3000] for text in mine)


@pytest.mark.parametrize("which", [parameter(which) for which in RUNS])
def test_junit_runs_as_many_tests_as_the_sources_have(said: Callable[[str], str], which: str) -> None:
    _, classes = RUNS[which]
    written = sum(FILES[name].read_text(encoding="utf-8").count("@Test") for name in classes)
    counted = re.search(r"^(?:OK \(|Tests run: )(\d+)", said(which), re.MULTILINE)
    assert counted is not None
    assert int(counted.group(1)) == written


def test_junit_classes_are_those_of_the_project(built: Built) -> None:
    own = {path.stem for path in (built.project.folder / "app" / "src" / "test").rglob("*Test.kt")}
    assert own == {path.name.split(".")[0] for path in OWN.rglob("*Test.kt.jinja")}


@pytest.mark.parametrize("which", ["newest", "older"])
def test_self_check_report_in_the_log_is_read_and_passes(said: Callable[[str], str], which: str) -> None:
    """As `edgegen benchmark --device` reads a phone's log, between other lines."""
    report = read_report(said(which).splitlines())
    assert report is not None
    assert report.passed
    assert f"(API {RUNS[which][0]})" in report.device
    assert re.fullmatch("[0-9a-f]{64}", report.sha256)
    first = report.times[0]
    assert first.threads == 1
    assert first.total_ms >= first.model_ms > 0


@pytest.mark.parametrize("name", ["camera", "photo"])
@pytest.mark.parametrize("which", ["newest", "older"])
def test_explain_replays_a_capture_of_the_app_without_differences(
    launched: Callable[[str], Path], which: str, name: str
) -> None:
    """The picture is stored in another way for the camera than for a photo."""
    found = explained(launched(which) / "captures" / f"{name}.tar", "--model", TINY)
    assert_sound(found)
    assert found["target"] == "android"
    assert f"(API {RUNS[which][0]})" in found["device"]
    assert found["shown"]


def damage(model: bytes) -> bytes:
    """Overwrite a part of the weights. Such a program loads and runs, and gives wrong results."""
    at = len(model) // 2
    return model[:at] + bytes(4096) + model[at + 4096 :]


def without_backend(model: bytes) -> bytes:
    """Return a program that asks for an unknown backend."""
    assert b"XnnpackBackend" in model
    return model.replace(b"XnnpackBackend", b"XnnpackBackenX")


BROKEN = {
    "damaged": (damage, False, "model_damaged"),
    "truncated": (lambda model: model[: len(model) // 2], False, "model_damaged"),
    "truncated_and_signed": (lambda model: model[: len(model) // 2], True, "model_not_readable"),
    "without_backend": (without_backend, True, "model_operator_missing"),
}


def exchange_model(archive: Path, content: bytes) -> None:
    """Replace the program in the assets of an app's archive."""
    with zipfile.ZipFile(archive) as opened:
        entries = {entry: opened.read(entry) for entry in opened.infolist()}
    assert "assets/model/model.pte" in {entry.filename for entry in entries}
    with zipfile.ZipFile(archive, "w") as opened:
        for entry, old in entries.items():
            opened.writestr(entry, content if entry.filename == "assets/model/model.pte" else old)


def exchange_digest(folder: Path, old: bytes, new: bytes) -> None:
    """Replace the model's digest in compiled classes. All digests have the same length."""
    digests = [hashlib.sha256(each).hexdigest().encode() for each in (old, new)]
    changed = 0
    for path in folder.rglob("*.class"):
        content = path.read_bytes()
        changed += digests[0] in content
        path.write_bytes(content.replace(*digests))
    assert changed, "no class holds the model's digest"


@pytest.mark.parametrize(
    "how",
    # A truncated model has another digest, as a damaged one has.
    [pytest.param(how, marks=pytest.mark.nightly if how == "truncated" else ()) for how in BROKEN],
)
def test_app_shows_a_message_for_each_kind_of_broken_model(
    android_kit: Kit, built: Built, tmp_path: Path, how: str
) -> None:
    """The digest finds damage that ExecuTorch does not notice. ExecuTorch's error codes give all else."""
    breaking, signed, message = BROKEN[how]
    before = built.project.model.read_bytes()
    after = breaking(before)
    broken = Built(built.project, built.package, Path(shutil.copytree(built.folder, tmp_path / "built")))
    exchange_model(broken.linked.archive, after)
    if signed:
        exchange_digest(broken.folder, before, after)
    answer = run(
        android_kit, broken, LAUNCH[-1], ["launch.ModelFileTest"], tmp_path, **{"broken.message": message}
    )
    assert re.search(r"^OK \(\d+ tests?\)", answer, re.MULTILINE), answer[-6000:]
