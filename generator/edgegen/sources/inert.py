"""Inert stand-ins for harmless objects of a training's checkpoint, such as its arguments or optimizer."""

import re
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Final


class Inert:
    """Replaces an object. Keeps nothing, and runs nothing of its class."""

    def __new__(cls, *_arguments: Any, **_named: Any) -> "Inert":
        """Make an object without its arguments."""
        return object.__new__(cls)

    def __setstate__(self, _state: Any) -> None:
        """Keep nothing of the state."""


class _InertMapping:
    """Makes a plain mapping, to which torch's restricted loading can add entries."""

    def __new__(cls, *_arguments: Any, **_named: Any) -> Any:
        return OrderedDict()


class _InertList:
    """Makes a list."""

    def __new__(cls, *_arguments: Any, **_named: Any) -> Any:
        return []


_LIGHTNING: Final = r"(lightning\.pytorch|pytorch_lightning|lightning\.fabric|lightning_fabric)"
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


def stand_ins(names: Iterable[str]) -> list[tuple[Any, str]]:
    """Return what torch's restricted loading may use for the harmless names of a pickle: class and name.

    A function or class of this list is never imported or called: a stand-in takes its place.
    """
    return [(kind, name) for name in names for kind, pattern in _STAND_INS if re.fullmatch(pattern, name)]
