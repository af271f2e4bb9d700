"""A project's record of its checkpoint tells others nothing about the user's machine."""

from pathlib import Path

import pytest

from edgegen.project import checkpoint_places
from tests.helpers.homes import make_home

DIGEST = "ab" * 32


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the home folder of a user, in a folder of homes."""
    return make_home(tmp_path, monkeypatch)


def checkpoint_in(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "best.pt").write_bytes(b"weights")
    return folder / "best.pt"


@pytest.mark.parametrize(
    ("project", "folder", "path"),
    [
        ("anna/birds", "anna/runs/train", "../runs/train/best.pt"),
        ("anna/apps/birds", "anna/apps/birds/weights", "weights/best.pt"),
        ("anna/apps/birds", "anna", "../../best.pt"),
        ("bob/birds", "anna/runs", "best.pt"),
        ("../srv/birds", "anna/runs", "best.pt"),
    ],
)
def test_checkpoint_is_found_again_and_a_far_path_is_not_recorded(
    user: Path, project: str, folder: str, path: str
) -> None:
    homes = user.parent
    checkpoint, base = checkpoint_in(homes / folder), (homes / project).resolve()
    base.mkdir(parents=True, exist_ok=True)
    recorded = checkpoint_places.record(checkpoint, DIGEST, base)
    assert recorded == {"path": path, "sha256": DIGEST}
    found = checkpoint_places.find(base, recorded)
    assert found is not None
    assert found.resolve() == checkpoint.resolve()


def test_checkpoint_in_the_project_comes_before_the_remembered_one(user: Path) -> None:
    project = user.parent.parent / "srv" / "birds"
    recorded = checkpoint_places.record(checkpoint_in(user), DIGEST, project)
    copy = checkpoint_in(project)
    assert checkpoint_places.find(project, recorded) == copy


def test_records_of_other_machines_and_older_releases_are_read(user: Path) -> None:
    project = user / "birds"
    assert checkpoint_places.find(project, {}) is None
    assert checkpoint_places.find(project, {"path": "best.pt", "sha256": DIGEST}) == project / "best.pt"
    assert checkpoint_places.find(project, {"path": "best.pt", "sha256": "../../x"}) == project / "best.pt"
    assert checkpoint_places.find(project, {"path": "/data/best.pt"}) == Path("/data/best.pt")


@pytest.mark.parametrize(
    ("address", "recorded"),
    [
        ("https://host/a.git", "https://host/a.git"),
        ("https://user:word@host/a@v1.0", "https://host/a@v1.0"),
        ("HTTPS://token@host/a", "HTTPS://host/a"),
        ("https://host/a?token=abc", "https://host/a"),
        ("ssh://git:token@host/a.git", "ssh://git@host/a.git"),
        ("ssh://git@host/a.git", "ssh://git@host/a.git"),
        ("git@host:owner/a.git", "git@host:owner/a.git"),
        ("anna@host:owner/a.git", "anna@host:owner/a.git"),
        ("gh:owner/a", "gh:owner/a"),
    ],
)
def test_address_is_recorded_without_passwords(tmp_path: Path, address: str, recorded: str) -> None:
    assert checkpoint_places.shareable(address, tmp_path) == recorded
