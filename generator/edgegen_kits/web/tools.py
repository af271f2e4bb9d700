"""The tools that make and check a web project on this machine."""

from edgegen.base import tools
from edgegen.base.progress import Progress
from edgegen.base.tools import Tool, ToolStatus
from edgegen_kits.common import tools as kits
from edgegen_kits.web import recipe
from edgegen_kits.web.files import kit_folder


def _kit() -> ToolStatus:
    return kits.kit(kit_folder(), recipe.digests())


def _install(progress: Progress) -> None:
    from edgegen_kits.web.install import install

    install(kit_folder(), progress)


# npm is needed once, to fetch the kit. Each project has its own copy of the kit.
TOOLS: tuple[Tool, ...] = (
    Tool("npm", "fetches ONNX Runtime Web", tools.program("npm"), required=False, apt=("npm",)),
    Tool(
        "web kit",
        f"ONNX Runtime Web {recipe.VERSION}, which `edgegen new` copies into projects",
        _kit,
        verifies=False,
        install=_install,
        command="edgegen doctor --target web --install",
    ),
)
