"""Opening checkpoints: no code in them runs; damaged files and other versions are named."""

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
from tests.python.sources.refusing import refused, write_checkpoint

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
def test_checkpoint_that_calls_os_system_is_rejected_and_not_run(tmp_path: Path, kind: str) -> None:
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
def test_checkpoint_that_calls_other_functions_is_rejected(tmp_path: Path, name: str) -> None:
    """Also functions of allowed packages: only listed classes and functions are accepted."""
    import importlib

    module, _, function = name.rpartition(".")
    path = attack_with(tmp_path, getattr(importlib.import_module(module), function), "1", "zip")
    assert name in refused(path)


@pytest.mark.parametrize("dotted", ["checks.subprocess.getoutput", "LOGGER.manager.disable"])
def test_checkpoint_with_a_dotted_global_is_rejected(tmp_path: Path, dotted: str) -> None:
    """Such a name could reach the imports of an allowed package."""
    stream = (
        b"\x80\x04\x8c\x11ultralytics.utils\x8c"
        + bytes([len(dotted)])
        + dotted.encode()
        + b"\x93\x8c\x021 \x85R."
    )
    assert dotted in refused(write_checkpoint(tmp_path / "dotted.pt", stream))


def test_torch_without_safe_loading_loads_no_checkpoint(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ultralytics would silently load without restrictions."""
    import torch
    from ultralytics.nn import tasks

    proof = tmp_path / "it-ran"
    evil = attack_with(tmp_path, os.system, f"touch {proof}", "zip")
    monkeypatch.setattr(tasks._SafeLoad, "SUPPORTED", False)
    monkeypatch.delattr(torch.serialization, "get_unsafe_globals_in_checkpoint")
    for path in (tiny_checkpoint, evil):
        assert "without executing code from it" in refused(path, ToolchainError)
    assert not proof.exists()


@pytest.mark.parametrize("variable", ["", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"])
def test_unsafe_settings_of_ultralytics_or_environment_are_overridden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
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
    """Write a checkpoint that refers to a name of a module."""
    stream = f"\x80\x02c{module}\n{name}\n".encode("latin-1") + b")R."
    if not archived:
        path.write_bytes(stream)
        return path
    return write_checkpoint(path, stream)


@pytest.mark.parametrize(
    ("module", "name"),
    [("ultralytics.nn.modules.block", "C9k9"), ("ultralytics.nn.modules.of_next_year", "Attention")],
)
@pytest.mark.parametrize("archived", [True, False])
def test_layer_of_a_newer_ultralytics_says_to_upgrade(
    tmp_path: Path, module: str, name: str, archived: bool
) -> None:
    """It is not reported as an attack."""
    with pytest.raises(InputError, match=f"needs {module}.{name}, which the installed") as caught:
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
def test_function_of_ultralytics_that_is_no_layer_is_rejected(tmp_path: Path, module: str, name: str) -> None:
    """An unknown function, and an existing one."""
    assert f"{module}.{name}, which edgegen does not load" in refused(
        naming(tmp_path / "evil.pt", module, name)
    )


def test_weights_without_a_model_are_rejected(tmp_path: Path) -> None:
    import torch

    path = tmp_path / "weights.pt"
    torch.save({"conv.weight": torch.zeros(3)}, path)
    assert "weights without their model" in refused(path, UnsupportedModelError)
    torch.save(torch.zeros(3), path)
    assert "weights without their model" in refused(path, UnsupportedModelError)


@pytest.mark.parametrize("keep", [200, 1000, 600_000])
def test_truncated_checkpoint_is_damaged(tiny_checkpoint: Path, tmp_path: Path, keep: int) -> None:
    """As after an interrupted download."""
    path = tmp_path / "cut.pt"
    path.write_bytes(tiny_checkpoint.read_bytes()[:keep])
    assert "damaged" in refused(path)


def test_checkpoint_with_a_truncated_pickle_is_damaged(tiny_checkpoint: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.pt"
    with zipfile.ZipFile(tiny_checkpoint) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.infolist():
            data = source.read(item)
            target.writestr(item, data[: len(data) // 2] if item.filename.endswith("data.pkl") else data)
    assert "damaged" in refused(path)


def test_missing_checkpoint_is_rejected_without_a_download(tmp_path: Path) -> None:
    assert "there is no checkpoint" in refused(tmp_path / "yolo11n.pt")


def test_missing_ultralytics_is_named_with_its_install_command(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an optional dependency."""
    monkeypatch.setitem(sys.modules, "ultralytics", None)
    with pytest.raises(ToolchainError) as caught:
        load(tiny_checkpoint)
    assert caught.value.hint == 'pip install "edgegen[yolo]"'


def test_commands_import_without_ultralytics_and_opencv() -> None:
    code = (
        "import sys, pkgutil, importlib, edgegen.commands, edgegen.export\n"
        "sys.modules['ultralytics'] = sys.modules['cv2'] = None\n"
        "for package in (edgegen.commands, edgegen.export):\n"
        "    for module in pkgutil.iter_modules(package.__path__):\n"
        "        importlib.import_module(f'{package.__name__}.{module.name}')\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_ultralytics_without_safe_loading_is_rejected(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older release would run code in a checkpoint."""
    import ultralytics.utils

    monkeypatch.delattr(ultralytics.utils, "SAFE_LOAD")
    assert "without executing" in refused(tiny_checkpoint, ToolchainError)


def test_loading_a_checkpoint_prints_no_output(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """In a new process, with a new configuration folder of Ultralytics."""
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


def test_ultralytics_runs_offline_and_without_installing_packages() -> None:
    before = dict(os.environ)
    with checkpoint.quiet():
        print("not to be seen")
        assert os.environ["YOLO_AUTOINSTALL"] == "false"
        assert os.environ["YOLO_OFFLINE"] == "true"
        assert isinstance(sys.stdout, io.StringIO)
    assert dict(os.environ) == before
