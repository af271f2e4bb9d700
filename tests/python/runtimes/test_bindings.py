"""ExecuTorch's runtime is imported without its compiler, which can still be imported later."""

import subprocess
import sys
from pathlib import Path

import pytest

from edgegen.runtimes.executorch import bindings

PROGRAM = """
import sys
from pathlib import Path

import numpy as np

from edgegen.runtimes.executorch.runtime import PteProgram

(outputs, *_) = PteProgram(Path(sys.argv[1]))(np.zeros((1, 3, 160, 160), np.float32))
assert outputs.size
came = [name for name in sys.modules if name.startswith(("executorch.exir", "torch._dynamo"))]
assert came == [], came

import executorch.exir._warnings as warnings_of_the_compiler
from executorch.exir import to_edge_transform_and_lower
import executorch.exir

assert warnings_of_the_compiler is executorch.exir._warnings

assert executorch.exir.to_edge_transform_and_lower is to_edge_transform_and_lower
"""


@pytest.mark.full
def test_model_runs_without_the_compiler_and_it_can_be_imported_later(tiny_export: Path) -> None:
    """The compiler takes three seconds to import; `new` exports in the process that ran a model."""
    command = [sys.executable, "-W", "error::ImportWarning", "-c", PROGRAM, tiny_export / "model.pte"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


RELEASE = {
    "exir/__init__.py": "needed = 'all of it'\n",
    "exir/_warnings.py": "",
    "extension/pybindings/portable_lib.py": "import executorch.exir._warnings as warnings\n",
    "runtime/__init__.py": "import executorch.extension.pybindings.portable_lib\n",
}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("from executorch.exir import needed", "all of it"),
        ("import executorch.exir; needed = executorch.exir.needed", "all of it"),
        ("raise ImportError('libtorch.so: cannot open')", "libtorch.so: cannot open"),
        ("needed = 'nothing'", "nothing"),
    ],
)
def test_bindings_import_the_compiler_if_the_runtime_needs_it(tmp_path: Path, line: str, said: str) -> None:
    """An error of the import is passed on unchanged."""
    for name, text in RELEASE.items():
        path = tmp_path / "executorch" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with (tmp_path / "executorch" / "runtime" / "__init__.py").open("a") as file:
        file.write(line)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from edgegen.runtimes.executorch import bindings\n"
        "try: print(bindings.runtime().needed)\n"
        "except ImportError as error: print(error)\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (answer.stdout.strip(), answer.returncode) == (said, 0), answer.stderr


@pytest.mark.full
def test_bindings_keep_an_imported_compiler() -> None:
    import executorch.exir

    assert bindings.runtime().Runtime
    assert bindings.portable_lib()._threadpool_get_thread_count() > 0
    assert sys.modules["executorch.exir"] is executorch.exir
