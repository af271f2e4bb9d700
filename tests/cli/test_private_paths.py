"""`.edgegen.yml` has no path of the user's machine, and `edgegen update` finds the files there again."""

import shutil
from pathlib import Path

import pytest

from edgegen.commands.batch import plan
from edgegen.commands.batch_record import UNCHANGED, WOULD
from edgegen.commands.request import Request
from edgegen.targets import find_all
from tests.cli.templates import committed, template
from tests.helpers.homes import make_home
from tests.helpers.support import edgegen, record_of, rejects

pytestmark = pytest.mark.full


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the home folder of a user. The current folder is outside of all homes."""
    (tmp_path / "srv").mkdir()
    monkeypatch.chdir(tmp_path / "srv")
    return make_home(tmp_path, monkeypatch)


def photos_in(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"")
    return folder


def new_int8(model: object, photos: object, *arguments: object) -> Path:
    words = ("--precision", "int8", "--calibration", photos, "--target", "linux-cpp", "--output", "app")
    edgegen("new", "--model", model, *words, *arguments).ok()
    return Path("app")


def check_nothing_personal(project: Path) -> None:
    assert [
        path for path in project.rglob("*") if path.is_file() and b"homes/anna" in path.read_bytes()
    ] == []


@pytest.mark.parametrize("prefix", ["", "../homes/../"])
def test_update_finds_calibration_photos_that_the_record_only_names(
    no_export: Path, user: Path, tiny_checkpoint: Path, prefix: str
) -> None:
    base = Path(prefix) if prefix else user.parent.parent
    shutil.copy(tiny_checkpoint, user / "best.pt")
    photos = photos_in(user / "photos")
    app = new_int8(base / "homes/anna/best.pt", base / "homes/anna/photos")
    check_nothing_personal(app)
    options = record_of(app)["options"]
    assert (options["model"], options["calibration"]) == ("best.pt", "photos")
    edgegen("update", app, "--max-loss", 2, "--no-verify").ok()
    check_nothing_personal(app)
    assert record_of(app)["options"]["calibration"] == "photos"
    other = photos_in(user / "more" / "photos")
    edgegen("update", app, "--calibration", other, "--no-verify", "--pretend").ok()
    shutil.rmtree(other)
    edgegen("update", app, "--max-loss", 3, "--no-verify").ok()  # the pretended one was not remembered
    shutil.rmtree(photos)
    says = (f"{photos} are missing", "--calibration")
    rejects(3, Path(), "update", app, "--max-loss", 4, "--no-verify", says=says)


def test_update_on_another_machine_names_the_option_for_missing_photos(
    no_export: Path, user: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(tiny_checkpoint, "best.pt")
    app = new_int8("best.pt", photos_in(user / "photos"))
    monkeypatch.setenv("EDGEGEN_HOME", "other")
    says = ("app/photos are missing", "--calibration")
    rejects(3, Path(), "update", app, "--max-loss", 2, "--no-verify", says=says)
    photos_in(Path("photos"))
    edgegen("update", app, "--calibration", "photos", "--no-verify").ok()
    assert record_of(app)["options"]["calibration"] == "../photos"
    edgegen("update", app, "--max-loss", 2, "--no-verify").ok()


def test_batch_makes_a_project_again_for_other_photos_of_the_same_name(
    no_export: Path, user: Path, tiny_checkpoint: Path
) -> None:
    shutil.copy(tiny_checkpoint, "best.pt")
    here, there = photos_in(user / "photos"), photos_in(user / "more" / "photos")
    app = new_int8("best.pt", here, "--name", "birds")
    target = find_all(["linux-cpp"])[0]

    def plan_with(photos: Path) -> tuple[str, str]:
        request = Request("best.pt", precision="int8", calibration=photos, name="birds")
        return plan(app, request, target)

    assert plan_with(here) == (UNCHANGED, "")
    assert plan_with(there) == (WOULD, "changed: calibration")


def test_exported_folder_far_from_the_project_is_recorded_by_its_name(exported: Path, user: Path) -> None:
    shutil.move(exported.absolute().parent.parent / "exported", user / "birds-exported")
    edgegen("new", "--model", "../homes/anna/birds-exported", "--target", "linux-cpp", "--output", "app").ok()
    assert record_of(Path("app"))["options"]["model"] == "birds-exported"
    check_nothing_personal(Path("app"))
    edgegen("update", "app", "--conf", 0.4, "--no-verify").ok()
    assert record_of(Path("app"))["options"]["model"] == "birds-exported"


@pytest.mark.parametrize("tag", ["", "@v1.0.0"])
def test_update_finds_a_template_that_the_record_only_names(
    tiny_export: Path, user: Path, monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    path = template({"a.txt": "one\n"}, folder=str(user / "tpl"))
    if tag:
        committed(path, "v1.0.0")
    edgegen("new", "--model", tiny_export, "--template", f"{path}{tag}", "--output", "app").ok()
    assert record_of(Path("app"))["options"]["template"]["source"] == "tpl"
    check_nothing_personal(Path("app"))
    (path / "a.txt").write_text("two\n")
    if tag:
        committed(path, "v1.1.0")
    edgegen("update", "app", "--no-verify").ok()
    assert Path("app/a.txt").read_text() == "two\n"
    monkeypatch.setenv("EDGEGEN_HOME", "other")
    rejects(3, Path(), "update", "app", "--no-verify", says=("app/tpl", "--template"))
    edgegen("update", "app", "--template", f"{path}{tag}", "--no-verify").ok()
    edgegen("update", "app", "--no-verify").ok()
