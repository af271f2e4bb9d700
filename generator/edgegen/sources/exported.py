"""Models that are exported already: a folder or a `.pte`, by edgegen or by plain Ultralytics."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.artifacts import vector_files
from edgegen.artifacts.pte import check_kind
from edgegen.base.errors import InputError

METADATA_NAME: Final = "metadata.yaml"
_HEAD: Final = 8  # bytes, in which the format's name stands


@dataclass(frozen=True)
class ExportedSource:
    """An exported model: the program and the metadata that describes it."""

    pte: Path
    metadata: Path
    folder: Path | None  # the folder that was named; None where the .pte itself was
    own_vectors: Path | None = None  # golden vectors that lie elsewhere, as in a project
    checkpoint: Path | None = None  # what it was exported from, where that is known

    @property
    def name_path(self) -> Path:
        """The path that a project is named after."""
        return self.folder or self.pte

    @property
    def vectors(self) -> Path | None:
        """The golden vectors that `edgegen export` put beside the model, if they are there."""
        folder = self.own_vectors or self.pte.parent / "vectors"
        try:
            return folder if vector_files.exist_in(folder) else None
        except PermissionError:
            return folder  # whoever reads it says what is wrong


class Exported:
    """The source of such models."""

    name = "exported"
    takes = "a folder of `edgegen export` or `yolo export format=executorch`, or a .pte with its metadata"

    def sniff(self, argument: str, path: Path, metadata: Path | None) -> ExportedSource | None:
        """Take folders with a `.pte`, and files that are ExecuTorch programs."""
        if path.is_dir():
            return _folder(path, metadata)
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(_HEAD)
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
        raise InputError(f"the folder {folder} holds {len(programs)} .pte files: {names}", "name one of them")
    check_kind(programs[0])
    return ExportedSource(programs[0], _metadata_of(programs[0], metadata), folder)


def _metadata_of(pte: Path, metadata: Path | None) -> Path:
    found = metadata if metadata is not None else pte.with_name(METADATA_NAME)
    if found.is_file():
        return found
    if metadata is not None:
        raise InputError(
            f"there is no metadata file {metadata}",
            "check the path: --metadata takes the metadata.yaml itself",
        )
    raise InputError(
        f"there is no {METADATA_NAME} beside {pte}",
        "Ultralytics and edgegen write it when they export: give its place with --metadata",
    )
