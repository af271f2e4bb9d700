"""Opens Ultralytics checkpoints, without running what is in them, and tells which ones edgegen can export."""

import copy
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgegen.base import pins
from edgegen.base.errors import InputError, ToolchainError, UnsupportedModelError
from edgegen.base.files import file_sha256, link_or_copy
from edgegen.base.naming import how_many
from edgegen.base.private import last_part, strip_folders
from edgegen.base.quiet import quiet
from edgegen.base.strict_yaml import shorten
from edgegen.model.facts import Facts
from edgegen.model.spec import ONE_TO_ONE, ModelSpec, branch_of
from edgegen.sources.ultralytics import foreign, heads, stand_ins
from edgegen.sources.ultralytics.old_format import write_archive
from edgegen.sources.ultralytics.pickle_names import read_names
from edgegen.sources.ultralytics.transforms import normalization_of

if TYPE_CHECKING:
    from edgegen.sources.ultralytics.predict import Predictor

# Of pickles that torch does not read.
_HARMLESS = re.compile(
    r"collections\.(OrderedDict|defaultdict)|torch\._utils\.|torch\.nn\.modules\.|torch\.\w+Storage|torch\.Size"
    r"|torch\.storage\._load_from_bytes|ultralytics\.nn\.modules\.|ultralytics\.nn\.tasks\.\w+Model$"
    rf"|builtins\.({'|'.join(each.__name__ for each in stand_ins.TYPES)})$"
)
_PROTOCOL = 2  # of pickles: torch.save's own
LEAST_STRIDE = 32  # of input sizes, for Ultralytics' training and predict, whatever the model could take


@dataclass(frozen=True)
class Checkpoint:
    """An opened checkpoint. module is the Ultralytics module, float32, in evaluation mode, not fused."""

    path: Path
    sha256: str
    facts: Facts
    module: Any

    def predictor(self, spec: ModelSpec) -> "Predictor":
        """Return Ultralytics' predict on it, with the branch that the contract is of."""
        from edgegen.sources.ultralytics.predict import Predictor

        return Predictor(self.fused(branch_of(spec.output.contract)), spec, self.facts.largest_stride)

    def fused(self, branch: str) -> Any:
        """Return a copy for inference with one of the head's branches, normalization folded in.

        The branch is chosen before the fusion, which throws the other one away.
        """
        model = copy.deepcopy(self.module)
        model.end2end = branch == ONE_TO_ONE
        with quiet():
            heads.with_fixed_prompts(model)
            return model.fuse(verbose=False)


def load(path: Path) -> Checkpoint:
    """Open a checkpoint that edgegen can export.

    Raises:
        InputError: It is missing, damaged, refused as unsafe, or contradicts itself.
        UnsupportedModelError: It is sound, but of another task or head.
        ToolchainError: Ultralytics is missing, or too old to load checkpoints safely.
    """
    if not path.is_file():
        raise InputError(f"there is no checkpoint {path}", "check the path")
    digest = file_sha256(path)
    with quiet():
        require_ultralytics()
        model, record = _open(path)
        try:
            facts = _facts(path, model, record)
            model = _prepare(model)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{path} contradicts itself, or lacks a part: {type(error).__name__}: {error}",
                "save it again with Ultralytics, or train it again",
            ) from error
    return Checkpoint(path, digest, facts, model)


def require_ultralytics() -> None:
    """Raise ToolchainError unless ultralytics is there and loads checkpoints safely; call it in `quiet`."""
    try:
        import torch
        import ultralytics.utils
    except ImportError as error:
        if error.name == "torch":
            raise ToolchainError(
                "reading a checkpoint needs torch, which is not installed", "pip install edgegen"
            ) from None
        if error.name != "ultralytics":
            raise ToolchainError(
                f"ultralytics is installed, but cannot be imported: {error}",
                'pip install --upgrade "edgegen[yolo]"',
            ) from error
        raise ToolchainError(
            "reading a checkpoint needs ultralytics, which is not installed", 'pip install "edgegen[yolo]"'
        ) from None
    if not hasattr(ultralytics.utils, "SAFE_LOAD"):
        raise ToolchainError(
            f"ultralytics {ultralytics.__version__} cannot load a checkpoint without running what is in it",
            "pip install --upgrade ultralytics",
        )
    # Where torch lacks it, Ultralytics drops `safe_only` without a word.
    if not hasattr(torch.serialization, "get_unsafe_globals_in_checkpoint"):
        raise ToolchainError(
            f"torch {torch.__version__} cannot load a checkpoint without running what is in it",
            f'pip install --upgrade "torch=={pins.TORCH}.*"',
        )


def _open(path: Path) -> tuple[Any, Mapping[str, Any]]:
    """Return the model, averaged weights first, and the record it came in."""
    import torch
    from ultralytics.nn import tasks

    try:
        with _plainly_named(path) as file, stand_ins.admitted(_unknown_names(file)), _without_code():
            try:
                record, _ = tasks.torch_safe_load(file, safe_only=True)  # type: ignore[no-untyped-call]
            except OSError:
                raise
            except Exception as error:  # what a broken or hostile pickle provokes is not one kind of error
                raise _load_error(path, file, error) from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}", "check the rights and the disk there"
        ) from error
    model = (record.get("ema") or record.get("model")) if isinstance(record, Mapping) else None
    if isinstance(model, stand_ins.SavedObject):
        model = model.model
    if not isinstance(model, torch.nn.Module):
        raise foreign.weights_alone(path, read_names(path))
    if isinstance(model, torch.nn.Sequential):  # Ultralytics takes the layers of a bare model for a record
        raise UnsupportedModelError(
            f"models that were saved without Ultralytics' record ({path.name})",
            'save it as Ultralytics does: YOLO(...).save("best.pt")',
        )
    if record.get("modelopt"):
        raise UnsupportedModelError("quantization-aware checkpoints", "give the float one it was made from")
    return model, record


@contextmanager
def _plainly_named(path: Path) -> Iterator[str]:
    """Give the file a name that Ultralytics takes as it is, and the archive format.

    It insists on the suffix .pt, drops apostrophes from paths, and reads yolov5n.pt as yolov5nu.pt.
    """
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        link = Path(folder) / "checkpoint.pt"
        try:
            rewritten = write_archive(path, link)
        except (EOFError, ValueError) as error:
            raise _damaged(path, error) from error
        if not rewritten:
            link_or_copy(path, link)
        yield str(link)


@contextmanager
def _without_code() -> Iterator[None]:
    """Let torch run nothing of what it loads, whatever is asked of it meanwhile."""
    names = ("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ[names[0]] = "1"
    try:
        yield
    finally:
        del os.environ[names[0]]
        os.environ.update(before)


def _load_error(path: Path, file: str, error: Exception) -> InputError:
    """Turn what torch or Ultralytics raised into an error that names the cause."""
    if isinstance(error, stand_ins.CarriesCodeError):
        return foreign.carries_code(path, str(error))
    named = read_names(Path(file))
    found = foreign.error_of(path, _unknown_names(file), named)
    if found is not None:
        return found
    if isinstance(error, AttributeError):  # Ultralytics takes what is no record for a model
        return foreign.weights_alone(path, named)
    if not zipfile.is_zipfile(file) and read_names(path).ends:
        return InputError(
            f"{path} is a plain pickle, not a checkpoint of torch.save",
            "use weights/best.pt from an Ultralytics training, or save it with torch.save",
        )
    if named.protocol > _PROTOCOL:
        return InputError(
            f"{path} was saved with pickle protocol {named.protocol}, and only protocol {_PROTOCOL} can be"
            " loaded safely",
            "save it again without pickle_protocol",
        )
    return _damaged(path, _innermost(error))


def _damaged(path: Path, error: BaseException) -> InputError:
    first = str(error).strip().split("\n", 1)[0]
    return InputError(f"{path} is damaged or not a checkpoint: {first}", "download or copy it again")


def _innermost(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _unknown_names(file: str) -> list[str]:
    """Return the names that the restricted unpickler does not admit. The pickle is read, not executed."""
    import torch

    try:
        return sorted(set(torch.serialization.get_unsafe_globals_in_checkpoint(file)))
    except Exception:  # no archive, damaged, or of a pickle protocol that torch does not read
        return [
            name
            for name in read_names(Path(file)).names
            if foreign.is_missing_layer(name) or not _HARMLESS.match(name)
        ]


def _facts(path: Path, model: Any, record: Mapping[str, Any]) -> Facts:
    head, task = heads.accepted(model)
    arguments = record.get("train_args")
    arguments = arguments if isinstance(arguments, Mapping) else {}
    recipe = getattr(model, "yaml", None)
    recipe = recipe if isinstance(recipe, Mapping) else {}
    strides = _strides(path, head, task)
    architecture = _architecture(recipe.get("yaml_file") or arguments.get("model"))
    data = last_part(_text(arguments.get("data")))
    return Facts(
        task=task,
        class_names=_class_names(path, getattr(model, "names", None), heads.class_count(head, task)),
        imgsz=_trained_size(arguments.get("imgsz"), strides[-1]),
        strides=strides,
        reg_max=int(getattr(head, "reg_max", 0)),
        head=type(head).__name__,
        branches=heads.branches(head),
        architecture=architecture,
        data=data,
        date=_text(record.get("date")),
        library="ultralytics",
        library_version=_text(record.get("version")),
        license=strip_folders(_text(record.get("license"))),
        description=_description(architecture, data),
        docs="https://docs.ultralytics.com",
        extras=heads.extras(path, head, task, getattr(model, "kpt_names", None)),
        normalization=normalization_of(path, model) if task == "classify" else None,
    )


def _strides(path: Path, head: Any, task: str) -> tuple[int, ...]:
    """Return the strides of the levels; of a head without, what Ultralytics rounds the input's sides to."""
    if not hasattr(head, "cv2"):
        return (LEAST_STRIDE,)
    strides = tuple(sorted(int(stride) for stride in head.stride.tolist()))
    if not strides or strides[0] < 1:
        raise InputError(f"{path} does not say its strides: {list(strides)}", "train or save it again")
    return strides


def _class_names(path: Path, names: Any, count: int) -> tuple[str, ...]:
    """Return the names by class number; a dict with keys 0..n-1 and a list are both in use."""
    if count < 1:
        raise InputError(f"{path} has a head for {count} classes", "train it with at least one class")
    if names is None:
        return tuple(f"class{number}" for number in range(count))
    if isinstance(names, Mapping):
        try:
            by_number = {int(key): name for key, name in names.items()}
        except (TypeError, ValueError):
            by_number = {}
        if len(by_number) != len(names) or sorted(by_number) != list(range(len(names))):
            raise InputError(
                f"{path} does not number its classes from 0 on: {shorten(list(names))}",
                "save it again with names = {0: ..., 1: ..., ...}",
            )
        names = [by_number[number] for number in range(len(by_number))]
    if not isinstance(names, (list, tuple)):
        raise InputError(f"{path} has no list of class names, but {shorten(names)}", "save it again with one")
    # Lone surrogates, which no file can hold, become question marks.
    listed = tuple(str(name).encode("utf-8", "replace").decode("utf-8") for name in names)
    if len(listed) != count:
        raise InputError(
            f"{path} contradicts itself: {how_many(len(listed), 'class name')},"
            f" a head for {how_many(count, 'class')}",
            "save it again with one name for each class",
        )
    return listed


def _trained_size(recorded: Any, stride: int) -> tuple[int, int]:
    """Return height and width as predict takes them, which rounds up to the stride.

    Whole numbers of other types, which predict rejects, count as well; anything else gives the default.
    """
    from ultralytics.utils.checks import check_imgsz

    for read in (lambda: recorded, lambda: _whole_numbers(recorded)):
        with suppress(ArithmeticError, LookupError, MemoryError, RecursionError, TypeError, ValueError):
            height, width = check_imgsz(read(), stride=stride, min_dim=2)  # type: ignore[no-untyped-call]
            return int(height), int(width)
    return 640, 640


def _whole_numbers(recorded: Any) -> list[int]:
    sides = [float(str(side)) for side in (recorded if isinstance(recorded, (list, tuple)) else [recorded])]
    if not all(side.is_integer() and side > 0 for side in sides):
        raise ValueError("no size")
    return [int(side) for side in sides]


def _architecture(recorded: Any) -> str:
    """yolo11n.yaml -> YOLO11n."""
    stem = last_part(_text(recorded)).rpartition(".")[0]
    return re.sub("^yolo", "YOLO", stem)


def _description(architecture: str, data: str) -> str:
    what = " ".join(("Ultralytics", architecture, "model")) if architecture else "Ultralytics model"
    return f"{what} trained on {data}" if data else what


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _prepare(model: Any) -> Any:
    """Make the module ready for inference: float32, no gradients."""
    import torch

    model = model.float().eval()
    for parameter in model.parameters():
        parameter.requires_grad = False
        if not bool(torch.isfinite(parameter).all()):
            raise InputError("the checkpoint's weights are not all finite", "its training diverged")
    return model
