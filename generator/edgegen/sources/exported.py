"""Models that are already exported by edgegen or Ultralytics: a folder, or a `.pte` file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.artifacts import vector_files
from edgegen.artifacts.pte import METADATA_NAME, check_kind
from edgegen.base.errors import InputError

_HEADER_BYTES: Final = 8  # contain the format's name, "ET" and two digits


@dataclass(frozen=True)
class ExportedSource:
    """A `.pte` and its metadata."""

    pte: Path
    metadata: Path
    folder: Path | None  # the MODEL argument, if it is a folder
    own_vectors: Path | None = None  # golden vectors in another folder, as in a project
    checkpoint: Path | None = None  # that it was exported from, if known

    @property
    def name_path(self) -> Path:
        """The path that a project is named after."""
        return self.folder or self.pte

    @property
    def vectors(self) -> Path | None:
        """The folder of golden vectors, if there is one."""
        folder = self.own_vectors or self.pte.parent / "vectors"
        try:
            return folder if vector_files.exist_in(folder) else None
        except PermissionError:
            return folder  # the reader reports the error


class Exported:
    """The source for exported models."""

    name = "exported"
    takes = "a folder of `edgegen export` or `yolo export format=executorch`, or a .pte with its metadata"

    def sniff(self, argument: str, path: Path, metadata: Path | None) -> ExportedSource | None:
        """Take folders with a `.pte`, and files that are ExecuTorch programs."""
        if path.is_dir():
            return _folder(path, metadata)
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES)
        if head[4:6] != b"ET" or not head[6:8].isdigit():
            return None
        check_kind(path)
        return ExportedSource(path, _metadata_of(path, metadata), None)


SOURCE: Final = Exported()


def _folder(folder: Path, metadata: Path | None) -> ExportedSource | None:
    programs = sorted(
        child for child in folder.iterdir() if child.suffix.lower() == ".pte" and child.is_file()
    )
    if not programs:
        return None
    if len(programs) > 1:
        names = ", ".join(child.name for child in programs)
        raise InputError(f"the folder {folder} has {len(programs)} .pte files: {names}", "name one of them")
    check_kind(programs[0])
    return ExportedSource(programs[0], _metadata_of(programs[0], metadata), folder)


def _metadata_of(pte: Path, metadata: Path | None) -> Path:
    path = metadata if metadata is not None else pte.with_name(METADATA_NAME)
    if path.is_file():
        return path
    if metadata is not None:
        raise InputError(
            f"there is no metadata file {metadata}",
            "check the path: --metadata takes the metadata.yaml file",
        )
    raise InputError(
        f"there is no {METADATA_NAME} next to {pte}",
        "give its path with --metadata: Ultralytics and edgegen write it with every export",
    )
