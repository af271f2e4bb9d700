"""Opening checkpoints: nothing in them runs, and what is damaged or of another version is told as such."""

import io
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.base.errors import InputError, ToolchainError, UnsupportedModelError
from edgegen.sources.ultralytics import checkpoint
from edgegen.sources.ultralytics.checkpoint import load
from tests.python.sources.refusing import refused

pytestmark = pytest.mark.full


class Attack:
    """Runs a command when it is unpickled."""

    def __init__(self, function: Callable[[str], object], argument: str) -> None:
        self.reduced = function, (argument,)

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return self.reduced


def attack_with(tmp_path: Path, function: Callable[[str], object], argument: str, kind: str) -> Path:
    import torch

    path = tmp_path / "evil.pt"
    payload = {"ema": None, "model": Attack(function, argument)}
    if kind == "zip":
        torch.save(payload, path)
    elif kind == "legacy":
        torch.save(payload, path, _use_new_zipfile_serialization=False)
    else:
        path.write_bytes(pickle.dumps(payload, int(kind)))
    return path


@pytest.mark.parametrize("kind", ["zip", "legacy", "0", "2", "4"])
def test_a_pickle_that_wants_os_system(tmp_path: Path, kind: str) -> None:
    """A checkpoint that would run a command is refused, the function is named, and nothing ran."""
    proof = tmp_path / "it-ran"
    message = refused(attack_with(tmp_path, os.system, f"touch {proof}", kind))
    assert f"{os.system.__module__}.system" in message
    assert not proof.exists()


@pytest.mark.parametrize(
    "name",
    [
        "shutil.rmtree",
        "builtins.eval",
        "torch.utils.collect_env.run",
        "ultralytics.utils.checks.check_requirements",
    ],
)
def test_other_ways_to_run_something(tmp_path: Path, name: str) -> None:
    """Functions of allowed packages are refused as well: only single classes and functions are admitted."""
    import importlib

    module, _, function = name.rpartition(".")
    path = attack_with(tmp_path, getattr(importlib.import_module(module), function), "1", "zip")
    assert name in refused(path)


@pytest.mark.parametrize("dotted", ["checks.subprocess.getoutput", "LOGGER.manager.disable"])
def test_dotted_names_reach_nothing(tmp_path: Path, dotted: str) -> None:
    """A global that reaches through a package's own imports is refused."""
    stream = (
        b"\x80\x04\x8c\x11ultralytics.utils\x8c"
        + bytes([len(dotted)])
        + dotted.encode()
        + b"\x93\x8c\x021 \x85R."
    )
    path = tmp_path / "dotted.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("dotted/data.pkl", stream)
        archive.writestr("dotted/version", "3\n")
        archive.writestr("dotted/byteorder", "little")
    assert dotted in refused(path)


def test_a_torch_that_cannot_load_safely(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Ultralytics would drop the safe way of loading without a word, nothing is loaded at all."""
    import torch
    from ultralytics.nn import tasks

    proof = tmp_path / "it-ran"
    evil = attack_with(tmp_path, os.system, f"touch {proof}", "zip")
    monkeypatch.setattr(tasks._SafeLoad, "SUPPORTED", False)
    monkeypatch.delattr(torch.serialization, "get_unsafe_globals_in_checkpoint")
    for path in (tiny_checkpoint, evil):
        assert "without running what is in it" in refused(path, ToolchainError)
    assert not proof.exists()


@pytest.mark.parametrize("variable", ["", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"])
def test_an_ultralytics_that_asks_for_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Whatever Ultralytics and the environment ask torch for, nothing in a checkpoint runs."""
    from ultralytics.nn import tasks

    if variable:
        monkeypatch.setenv(variable, "1")
    proof = tmp_path / "it-ran"
    monkeypatch.setattr(tasks._SafeLoad, "SUPPORTED", False)
    refused(attack_with(tmp_path, os.system, f"touch {proof}", "zip"))
    assert not proof.exists()
    assert os.environ.get("TORCH_FORCE_WEIGHTS_ONLY_LOAD") is None
    assert variable == "" or os.environ[variable] == "1"


def naming(path: Path, module: str, name: str, *, archived: bool = True) -> Path:
    """Write a checkpoint that names something of a module."""
    stream = f"\x80\x02c{module}\n{name}\n".encode("latin-1") + b")R."
    if not archived:
        path.write_bytes(stream)
        return path
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("named/data.pkl", stream)
        archive.writestr("named/version", "3\n")
        archive.writestr("named/byteorder", "little")
    return path


@pytest.mark.parametrize(
    ("module", "name"),
    [("ultralytics.nn.modules.block", "C9k9"), ("ultralytics.nn.modules.of_next_year", "Attention")],
)
@pytest.mark.parametrize("archived", [True, False])
def test_layers_of_a_newer_ultralytics(tmp_path: Path, module: str, name: str, archived: bool) -> None:
    """A layer that only a newer ultralytics has is no attack: what helps is to upgrade."""
    with pytest.raises(InputError, match=f"needs {module}.{name}, which this version") as caught:
        load(naming(tmp_path / "newer.pt", module, name, archived=archived))
    assert caught.value.hint == "pip install --upgrade ultralytics"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("ultralytics.utils.checks", "no_such_check"),
        ("ultralytics.nn.tasks", "guess_model_scale"),
        ("ultralytics.nn.text_model", "open"),
    ],
)
def test_what_no_layer_is_stays_refused(tmp_path: Path, module: str, name: str) -> None:
    """What is no layer, or is there and not to be called, is refused as what it is."""
    assert f"{module}.{name}, which edgegen does not load" in refused(
        naming(tmp_path / "evil.pt", module, name)
    )


def test_weights_alone(tmp_path: Path) -> None:
    """A state dict has no model to export."""
    import torch

    path = tmp_path / "weights.pt"
    torch.save({"conv.weight": torch.zeros(3)}, path)
    assert "weights without their model" in refused(path, UnsupportedModelError)
    torch.save(torch.zeros(3), path)
    assert "weights without their model" in refused(path, UnsupportedModelError)


@pytest.mark.parametrize("keep", [200, 1000, 600_000])
def test_cut_short(tiny_checkpoint: Path, tmp_path: Path, keep: int) -> None:
    """What is left of an interrupted download is told as damaged."""
    path = tmp_path / "cut.pt"
    path.write_bytes(tiny_checkpoint.read_bytes()[:keep])
    assert "damaged" in refused(path)


def test_damage_inside(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """An archive whose pickle is broken is told as damaged."""
    path = tmp_path / "broken.pt"
    with zipfile.ZipFile(tiny_checkpoint) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.infolist():
            data = source.read(item)
            target.writestr(item, data[: len(data) // 2] if item.filename.endswith("data.pkl") else data)
    assert "damaged" in refused(path)


def test_missing_file(tmp_path: Path) -> None:
    """Nothing is fetched for a file that is not there."""
    assert "there is no checkpoint" in refused(tmp_path / "yolo11n.pt")


def test_without_ultralytics(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ultralytics is an extra: without it the command to install it is named."""
    monkeypatch.setitem(sys.modules, "ultralytics", None)
    with pytest.raises(ToolchainError) as caught:
        load(tiny_checkpoint)
    assert caught.value.hint == 'pip install "edgegen[yolo]"'


def test_without_ultralytics_commands_are_there() -> None:
    """Nor does any need what it brings, OpenCV, before a checkpoint is opened."""
    code = (
        "import sys, pkgutil, importlib, edgegen.commands, edgegen.export\n"
        "sys.modules['ultralytics'] = sys.modules['cv2'] = None\n"
        "for package in (edgegen.commands, edgegen.export):\n"
        "    for module in pkgutil.iter_modules(package.__path__):\n"
        "        importlib.import_module(f'{package.__name__}.{module.name}')\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_with_an_ultralytics_that_loads_unsafely(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release from before the restricted loading is refused, since it would run what is in a checkpoint."""
    import ultralytics.utils

    monkeypatch.delattr(ultralytics.utils, "SAFE_LOAD")
    assert "without running" in refused(tiny_checkpoint, ToolchainError)


def test_loading_is_silent(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """A fresh process that opens a checkpoint writes nothing, even where Ultralytics was never set up."""
    code = (
        "from pathlib import Path; from edgegen.sources.ultralytics import checkpoint; "
        f"checkpoint.load(Path({str(tiny_checkpoint)!r}))"
    )
    environment = {**os.environ, "YOLO_CONFIG_DIR": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert answer.stdout == ""
    assert answer.stderr == ""


def test_ultralytics_may_not_install_anything() -> None:
    """While its code runs, Ultralytics is told to stay offline and to install nothing."""
    before = dict(os.environ)
    with checkpoint.quiet():
        print("not to be seen")
        assert os.environ["YOLO_AUTOINSTALL"] == "false"
        assert os.environ["YOLO_OFFLINE"] == "true"
        assert isinstance(sys.stdout, io.StringIO)
    assert dict(os.environ) == before
