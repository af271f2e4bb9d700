"""Models that are already exported by edgegen or Ultralytics: a folder, or a `.pte` file."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from edgegen.artifacts import vector_files
from edgegen.artifacts.pte import check_kind
from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.model_files import METADATA_NAME, PTE_NAME, PTE_SUFFIX, is_extra_name
from edgegen.model.spec import ModelSpec
from edgegen.sources.description import Description

if TYPE_CHECKING:
    from edgegen.artifacts.metadata import Metadata

_HEADER_BYTES: Final = 8  # contain the format's name, "ET" and two digits


@dataclass(frozen=True)
class ExportedSource:
    """A `.pte` and its metadata: a file, an export folder, or the model of a project."""

    is_exported: ClassVar[Literal[True]] = True

    pte: Path
    metadata: Path
    folder: Path | None  # the MODEL argument, if it is a folder
    project_vectors: Path | None = None  # the folder of golden vectors, if MODEL is a project
    checkpoint: Path | None = None  # the checkpoint of a project, if it is unchanged

    @property
    def name_path(self) -> Path:
        """The path that a project is named after."""
        return self.folder or self.pte

    @property
    def project(self) -> Path | None:
        """The folder of the project, if MODEL is one."""
        return None if self.project_vectors is None else self.folder

    @property
    def vectors(self) -> Path | None:
        """The folder of golden vectors, if there is one."""
        folder = self.project_vectors or self.pte.parent / "vectors"
        try:
            return folder if vector_files.exist_in(folder) else None
        except PermissionError:
            return folder  # the reader reports the error

    @cached_property
    def record(self) -> "Metadata":
        """The content of metadata.yaml, not checked against the `.pte`."""
        from edgegen.artifacts.metadata import read_metadata

        return read_metadata(self.metadata)

    @cached_property
    def spec(self) -> ModelSpec:
        """The model, checked against its metadata."""
        from edgegen.artifacts.model_reader import load_model_spec

        try:
            return load_model_spec(self.pte, self.record)
        except UnsupportedModelError:
            raise
        except InputError as error:
            if self.project is not None:
                error.hint = restore_hint(self.pte.parent)
            raise


def restore_hint(folder: Path) -> str:
    """Return how to restore the model in a folder of a project."""
    return (
        f"copy {PTE_NAME} and {METADATA_NAME} of the same export into {folder} again, "
        "or make the project again with `edgegen new`"
    )


class Exported:
    """The source for exported models."""

    name = "exported"
    takes = "a folder of `edgegen export` or `yolo export format=executorch`, or a .pte with its metadata"

    def sniff(self, argument: str, path: Path, description: Description) -> ExportedSource | None:
        """Take folders with a `.pte`, and files that are ExecuTorch programs."""
        if path.is_dir():
            return _folder(path, description.metadata)
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES)
        if head[4:6] != b"ET" or not head[6:8].isdigit():
            return None
        check_kind(path)
        return ExportedSource(path, _metadata_of(path, description.metadata), None)


SOURCE: Final = Exported()


def _folder(folder: Path, metadata: Path | None) -> ExportedSource | None:
    programs = sorted(
        child for child in folder.iterdir() if child.suffix.lower() == PTE_SUFFIX and child.is_file()
    )
    if not programs:
        return None
    if any(child.name == PTE_NAME for child in programs):  # model.coreml.pte is another program of it
        programs = [child for child in programs if not is_extra_name(child.name)]
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
