"""Read the pickles of checkpoints without executing them, and load them with torch's restricted loading.

torch's restricted loading may use the layers and models of torch, torchvision and timm. Harmless objects of a
training, such as its arguments or optimizer, are replaced by inert stand-ins.
"""

import pickletools
import re
import zipfile
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final

from edgegen.base.quiet import quiet
from edgegen.base.text import shorten

# Names of opcodes.
UNICODE: Final = {"UNICODE", "BINUNICODE", "SHORT_BINUNICODE"}
PUTS: Final = {"PUT", "BINPUT", "LONG_BINPUT"}
GETS: Final = {"GET", "BINGET", "LONG_BINGET"}
_STRINGS: Final = {"STRING", "BINSTRING", "SHORT_BINSTRING"} | UNICODE
_LIGHTNING: Final = r"(lightning\.pytorch|pytorch_lightning|lightning\.fabric|lightning_fabric)"
_PACKAGES: Final = (
    *("torch.nn.modules.", "torchvision.models.", "torchvision.ops."),
    *("timm.models.", "timm.layers."),
)
_NAME: Final = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class PickleContents:
    """The readable contents of a checkpoint's pickle, in order."""

    names: list[str]  # `module.name` of each class and function, without duplicates
    texts: list[str]
    protocol: int  # 0 if not recorded
    complete: bool  # False if the last pickle is damaged or truncated


def read_pickle_names(path: Path) -> PickleContents:
    """Return the names and texts in a checkpoint's pickle."""
    reader, complete = _PickleReader(), True
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    if member.endswith("data.pkl"):
                        with archive.open(member) as stream:
                            reader.read(stream)
        else:
            with path.open("rb") as file:
                while file.peek(1):
                    reader.read(file)
    except Exception:  # a broken stream raises many types of errors: keep the names before it
        complete = False
    return PickleContents(list(reader.names), reader.texts, reader.protocol, complete)


class Inert:
    """Replaces an object. Keeps nothing, and runs nothing of its class."""

    def __new__(cls, *_arguments: Any, **_named: Any) -> "Inert":
        """Make an object without its arguments."""
        return object.__new__(cls)

    def __setstate__(self, _state: Any) -> None:
        """Keep nothing of the state."""


def stand_ins(names: Iterable[str]) -> list[tuple[Any, str]]:
    """Return what torch's restricted loading may use for the harmless names of a pickle: class and name.

    A function or class of this list is never imported or called: a stand-in takes its place.
    """
    return [(kind, name) for name in names for kind, pattern in _STAND_INS if re.fullmatch(pattern, name)]


@contextmanager
def only_safe_globals(allowed: Sequence[Any]) -> Iterator[None]:
    """Let torch's restricted loading use these globals and no others.

    Ultralytics adds its own for the whole process. Of two with one name, torch takes any.
    """
    import torch

    before = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(list(allowed))
    try:
        yield
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(before)


def library_classes(names: Iterable[str]) -> list[tuple[Any, str]]:
    """Return what torch's restricted loading may use for these names: pairs of a class and its name.

    Only layers, models and enumerations of the libraries are among them. A pickle can call a class with any
    arguments, and some constructors execute texts. Therefore the name stands for a class that makes an object
    without its constructor. The real class is there under a name that no pickle has, because torch sets the
    state of objects of listed classes only.
    """
    pairs: list[tuple[Any, str]] = []
    for name in names:
        found = _find(name)
        if found is None:
            continue
        pairs += [(found, name)] if issubclass(found, Enum) else [(_maker(found), name), (found, f"\n{name}")]
    return pairs


def check_names(module: Any) -> None:
    """Raise ValueError if a part of a module has an invalid name: torch.export writes names into code."""
    for layer in module.modules():
        for kind in (layer._modules, layer._parameters, layer._buffers):
            for name in kind:
                if type(name) is not str or not _NAME.fullmatch(name):
                    raise ValueError(f"a layer called {shorten(name)}")


def check_methods(module: Any) -> None:
    """Raise ValueError if an object has another method than its class."""
    for layer in module.modules():
        for name in vars(layer):
            if name.startswith("__") or callable(getattr(type(layer), name, None)):
                raise ValueError(f"a {type(layer).__name__} with another {name}")


class _PickleReader:
    """Collects names and texts of several pickles."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.texts: list[str] = []
        self.protocol = 0

    def read(self, stream: IO[bytes]) -> None:
        """Read one pickle. It follows texts, because protocol 4 takes module and name from the stack."""
        memo: dict[Any, str] = {}
        recent: list[str] = []
        last = ""
        for opcode, argument, _ in pickletools.genops(stream):
            if opcode.name == "GLOBAL" or opcode.name == "INST":
                self.names[str(argument).replace(" ", ".").replace("__builtin__.", "builtins.")] = None
                last = ""
            elif opcode.name == "STACK_GLOBAL":
                self.names[".".join(recent[-2:])] = None
                last = ""
            elif opcode.name in _STRINGS:
                last = str(argument)
                recent.append(last)
                self.texts.append(last)
            elif opcode.name == "MEMOIZE":
                memo[len(memo)] = last
            elif opcode.name in PUTS:
                memo[argument] = last
            elif opcode.name in GETS:
                recent.append(memo.get(argument, ""))
            else:
                if opcode.name == "PROTO":
                    self.protocol = int(argument or 0)
                last = ""


class _InertMapping:
    """Makes a plain mapping, to which torch's restricted loading can add entries."""

    def __new__(cls, *_arguments: Any, **_named: Any) -> Any:
        return OrderedDict()


class _InertList:
    """Makes a list."""

    def __new__(cls, *_arguments: Any, **_named: Any) -> Any:
        return []


_STAND_INS: Final = (
    (
        _InertMapping,
        r"collections\.defaultdict|easydict\.EasyDict|yacs\.config\.CfgNode|addict\.addict\.Dict"
        rf"|{_LIGHTNING}\.utilities\.(parsing|data)\.AttributeDict",
    ),
    (_InertList, r"collections\.deque"),
    (
        Inert,
        r"argparse\.Namespace|types\.SimpleNamespace|functools\.partial|decimal\.Decimal|uuid\.UUID"
        r"|datetime\.(datetime|date|time|timedelta|timezone)"
        r"|builtins\.(dict|list|tuple|frozenset|int|float|bool|str|bytes|slice|range)"
        r"|pathlib\.(_local\.)?(Pure)?(Posix|Windows)?Path"
        r"|torch\.torch_version\.TorchVersion|numpy\.(core|_core)\.multiarray\.(scalar|_reconstruct)"
        r"|numpy\.(ndarray|dtype)|numpy\.dtypes\.\w+"
        r"|torch\.optim\.\w+(\.\w+)?|torch\.nn\.modules\.loss\.\w+|torch\.(cuda\.)?amp\.grad_scaler\.\w+"
        r"|torchvision\.transforms\.[\w.]+|torchvision\.models\.\w+\.\w+_Weights",
    ),
)


def _find(name: str) -> Any:
    """Return the class of a layer, a model or an enumeration; None for anything else."""
    import torch

    module_name, _, class_name = name.rpartition(".")
    if not name.startswith(_PACKAGES):
        return None
    try:
        with quiet():
            found = getattr(import_module(module_name), class_name, None)
    except ImportError:
        return None
    if not isinstance(found, type) or found.__module__ != module_name:
        return None
    if issubclass(found, Enum):
        return found if len(found) else None  # one without members is a factory of classes
    is_layer = issubclass(found, torch.nn.Module) and not issubclass(found, torch.fx.GraphModule)
    return found if is_layer else None


def _maker(real: Any) -> Any:
    """Return a class whose call gives an object of the real class that was not constructed."""

    def make(_own: Any, *_arguments: Any, **_named: Any) -> Any:
        return real.__new__(real)

    return type(real.__name__, (), {"__new__": make})
