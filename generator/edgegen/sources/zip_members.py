"""Tell PyTorch's formats apart by the members of their zip archives."""

import zipfile
from pathlib import Path


def zip_members(path: Path) -> frozenset[str]:
    """Return the names of the members without their first folder; none for any other file."""
    try:
        if not path.is_file() or not zipfile.is_zipfile(path):
            return frozenset()
        with zipfile.ZipFile(path) as archive:
            return frozenset(name.partition("/")[2] for name in archive.namelist())
    except Exception:  # zipfile raises many types for a damaged archive
        return frozenset()


def is_torchscript(path: Path) -> bool:
    """Return whether the file is TorchScript's archive, which has a data.pkl too, as a checkpoint has."""
    members = zip_members(path)
    return "constants.pkl" in members or any(name.startswith("code/") for name in members)


def is_exported_program(path: Path) -> bool:
    """Return whether the file is torch.export's archive."""
    return "models/model.json" in zip_members(path)
