"""The generated app, launched on the JVM with the real model: every screen, and what can go wrong around it.

The tests themselves are in kotlin/. A JVM runs them all on one API level; what they said is told by class.
"""

import hashlib
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.kits.android.app_build import Built
from edgegen.kits.android.kit import LAUNCH, Kit
from edgegen.kits.android.launch import launch
from edgegen.kits.common.commands import Commands
from edgegen.project.render import templates_dir
from edgegen.targets.on_device import read_report
from tests.helpers.android_projects import LAUNCHED, PACKAGE
from tests.helpers.explaining import assert_sound, explained
from tests.helpers.once import Once
from tests.helpers.places import TINY

pytestmark = pytest.mark.full


OWN = templates_dir() / "android" / "app" / "src" / "test"
FILES = {
    **{f"launch.{path.stem}": path for path in sorted(LAUNCHED.glob("*Test.kt"))},
    **{f"{PACKAGE}.{path.name.split('.')[0]}": path for path in sorted(OWN.rglob("*Test.kt.jinja"))},
}
CLASSES = list(FILES)
PATIENCE = 900


def run(kit: Kit, built: Built, api: int, classes: list[str], out: Path, **properties: str) -> str:
    """Launch the tests of some classes and return what JUnit said."""
    given = {"app.package": built.package, "vectors": built.project.folder / "vectors", "out": out}
    with Commands() as commands:
        return launch(
            kit, built, classes, api, commands, properties={**given, **properties}, timeout=PATIENCE
        ).said


@pytest.fixture(scope="session")
def launched(once: Once, android_kit: Kit, built: Built) -> Callable[[int], Path]:
    """Return the folder into which the tests on an API level have written."""

    def of(api: int) -> Path:
        def make(folder: Path) -> None:
            (folder / "said").write_text(run(android_kit, built, api, CLASSES, folder), encoding="utf-8")

        return once(f"android-launch-{api}", make)

    return of


@pytest.fixture(scope="session")
def said(launched: Callable[[int], Path]) -> Callable[[int], str]:
    """Return what JUnit said of all classes on an API level."""
    return lambda api: (launched(api) / "said").read_text(encoding="utf-8")


def failures(said: str) -> dict[str, str]:
    """Return what JUnit says of each failed test, by `method(class)`."""
    blocks = re.split(r"^\d+\) (?=\w+\([\w.]+\)$)", said, flags=re.MULTILINE)[1:]
    return {block.splitlines()[0].strip(): block for block in blocks}


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("api", LAUNCH)
def test_the_app(said: Callable[[int], str], api: int, name: str) -> None:
    """Everything that a class of tests says about the app holds."""
    answer = said(api)
    assert re.search(r"^(OK \(\d+ tests?\)|Tests run: \d+)", answer, re.MULTILINE), answer[-6000:]
    mine = [text for test, text in failures(answer).items() if test.endswith(f"({name})")]
    assert not mine, "\n".join(text[:3000] for text in mine)


def test_as_many_tests_ran_as_there_are(said: Callable[[int], str], built: Built) -> None:
    """None is lost on the way to JUnit."""
    own = (built.project.folder / "app" / "src" / "test").rglob("*Test.kt")
    files = (*LAUNCHED.glob("*Test.kt"), *own)
    written = sum(path.read_text(encoding="utf-8").count("@Test") for path in files)
    for api in LAUNCH:
        counted = re.search(r"^(?:OK \(|Tests run: )(\d+)", said(api), re.MULTILINE)
        assert counted is not None
        assert int(counted.group(1)) == written


@pytest.mark.parametrize("api", LAUNCH)
def test_the_self_checks_report_can_be_read_back(said: Callable[[int], str], api: int) -> None:
    """As `edgegen benchmark --device` finds it in a phone's log, between lines of others."""
    report = read_report(said(api).splitlines())
    assert report is not None
    assert report.passed
    assert f"(API {api})" in report.device
    assert re.fullmatch("[0-9a-f]{64}", report.sha256)
    first = report.times[0]
    assert first.threads == 1
    assert first.total_ms >= first.model_ms > 0


@pytest.mark.parametrize("name", ["camera", "photo"])
@pytest.mark.parametrize("api", LAUNCH)
def test_what_looks_wrong_can_be_explained(launched: Callable[[int], Path], api: int, name: str) -> None:
    """The file that the app has shared is replayed, whichever way the picture was stored."""
    found = explained(launched(api) / "captures" / f"{name}.tar", "--model", TINY)
    assert_sound(found)
    assert found["target"] == "android"
    assert f"(API {api})" in found["device"]
    assert found["shown"]


def damage(model: bytes) -> bytes:
    """Overwrite a part of the weights: such a program loads and runs, and is wrong."""
    at = len(model) // 2
    return model[:at] + bytes(4096) + model[at + 4096 :]


def without_backend(model: bytes) -> bytes:
    """Let the program ask for a backend that no library has."""
    assert b"XnnpackBackend" in model
    return model.replace(b"XnnpackBackend", b"XnnpackBackenX")


BROKEN = {
    "damaged": (damage, False, "model_damaged"),
    "truncated": (lambda model: model[: len(model) // 2], False, "model_damaged"),
    "truncated_and_signed": (lambda model: model[: len(model) // 2], True, "model_not_readable"),
    "without_backend": (without_backend, True, "model_backend_missing"),
}


def exchange_model(archive: Path, content: bytes) -> None:
    """Put another program into the assets of an app's archive."""
    with zipfile.ZipFile(archive) as opened:
        entries = {entry: opened.read(entry) for entry in opened.infolist()}
    assert "assets/model/model.pte" in {entry.filename for entry in entries}
    with zipfile.ZipFile(archive, "w") as opened:
        for entry, old in entries.items():
            opened.writestr(entry, content if entry.filename == "assets/model/model.pte" else old)


def exchange_digest(folder: Path, old: bytes, new: bytes) -> None:
    """Let classes be as those of an app that was made for another program. A digest is as long as another."""
    digests = [hashlib.sha256(each).hexdigest().encode() for each in (old, new)]
    changed = 0
    for path in folder.rglob("*.class"):
        content = path.read_bytes()
        changed += digests[0] in content
        path.write_bytes(content.replace(*digests))
    assert changed, "no class holds the model's digest"


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_model_is_said_in_words(android_kit: Kit, built: Built, tmp_path: Path, how: str) -> None:
    """Damage that ExecuTorch does not notice is found by its digest; all else by what ExecuTorch says."""
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
