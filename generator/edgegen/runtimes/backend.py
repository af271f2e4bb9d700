"""The interface of a backend: the seam of docs/seams.md."""

import copy
from collections.abc import Callable, Collection, Mapping
from typing import Any

from edgegen.base.model_files import extra_name
from edgegen.model.precision import FLOAT32

Decompositions = Mapping[Any, Callable[..., Any]]  # an operator of torch -> its replacement


class Backend:
    """Runs programs of a runtime on a processor. The defaults are those of a backend without rewrites."""

    name: str  # "xnnpack"
    title: str  # for messages: "XNNPACK"
    runtime = "executorch"  # that loads its programs
    delegates: tuple[str, ...]  # which an app's runtime must have registered: "XnnpackBackend"
    precisions: tuple[str, ...] = (FLOAT32,)  # the supported ones, the usual one first
    needs = ""  # what runs its programs, if Python here does not: "an Apple device"
    runs_program_of = ""  # another backend, whose program this one runs too; "": it has its own
    takes_decoded = (
        False  # whether an extra program may have boxes and scores in one output, which float16 cannot hold
    )
    has_own_tolerances = True  # whether an extra program may differ by more than the first one

    @property
    def family(self) -> tuple[str, ...]:
        """The runtime and the delegates, which its variants share. An app uses one of them."""
        return (self.runtime, *self.delegates)

    @property
    def file_name(self) -> str:
        """The name of an extra program's file, next to the first one's."""
        return extra_name(self.name)

    def in_precision(self, name: str) -> "Backend":
        """Return the backend for extra programs in one of its precisions. By default it is the first."""
        chosen = copy.copy(self)
        chosen.precisions = (name,)
        return chosen

    def versions(self) -> dict[str, str]:
        """Return the versions of further packages that make its programs, besides the runtime's."""
        return {}

    def partitioner(self) -> Any:
        """Return ExecuTorch's partitioner, which selects the operators that the backend runs."""
        raise NotImplementedError

    def rewrite(self, module: Any, *, int8: bool) -> Any:
        """Return an equivalent module before tracing. It may share the module's weights."""
        return module

    def improves(self, make_module: Callable[[], Any]) -> bool:
        """Return whether an extra program of the module is worth its size."""
        return True

    def rewrite_traced(self, exported: Any) -> Any:
        """Return an equivalent `torch.export.ExportedProgram`, before decomposition."""
        return exported

    def decompositions(self) -> Decompositions:
        """Return the replacements of operators after tracing."""
        return {}

    def decompositions_before_int8(self) -> Decompositions:
        """Return more replacements, of operators that the backend lacks in int8."""
        return {}

    def decompositions_before_lowering(self) -> Decompositions:
        """Return more replacements. In int8 models these operators stay float32."""
        return {}

    def annotator(self, keep_float: Collection[str]) -> Any:
        """Return torchao's quantizer, which selects the values that become int8.

        keep_float: the layers that stay float32.
        """
        raise NotImplementedError
