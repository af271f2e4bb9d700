"""The web: plain HTML, CSS and JavaScript, and ONNX Runtime Web."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgegen.base import tools
from edgegen.base.tools import Tool, ToolStatus
from edgegen.model.spec import ModelSpec, Program
from edgegen.project import icon
from edgegen.project.blueprint import App
from edgegen.project.context import Options
from edgegen.runtimes.onnxruntime.backend import BACKEND, WEBGPU, WHY_NO_INT8
from edgegen.targets.base import Target
from edgegen.targets.web import onnxruntime_web

if TYPE_CHECKING:
    from edgegen.targets.runner import Job, Runner


class Web(Target):
    """Its projects are static folders; a browser runs them."""

    def tools(self) -> tuple[Tool, ...]:
        """Return the browser, and what exports and checks the model."""
        extra = ("edgegen[web]",)
        return (
            Tool("Chromium", "runs the app", _browser, apt=("chromium",)),
            Tool("playwright", "drives the browser", tools.package("playwright"), pip=extra),
            Tool(
                "onnxscript",
                "exports the model to ONNX",
                tools.package("onnxscript"),
                required=False,
                pip=extra,
            ),
            Tool("onnxruntime", "checks the model", tools.package("onnxruntime"), required=False, pip=extra),
            Tool(
                "Node.js",
                "runs the project's own tests without a browser",
                tools.program("node", minimum="20"),
                required=False,
                apt=("nodejs",),
            ),
            # Needed once, to fetch ONNX Runtime Web. Each project has its own copy of that.
            Tool("npm", "fetches ONNX Runtime Web", tools.program("npm"), required=False, apt=("npm",)),
            onnxruntime_web.TOOL,
        )

    def missing(self, existing: Path | None) -> tuple[str, str] | None:
        """Return how to fetch ONNX Runtime Web, if it is neither here nor in the existing project."""
        return onnxruntime_web.missing(existing)

    def context(self, spec: ModelSpec, options: Options) -> dict[str, Any]:
        """Return the programs, the icon's color and the CI."""
        return {
            "program": spec.program_for((BACKEND.name,)),
            "webgpu": _webgpu(spec),
            "icon_color": icon.design(options.name).color,
            "ci": options.ci,
        }

    def draw(self, options: Options, project: Path) -> None:
        """Draw the icons."""
        icon.draw_web_icons(icon.design(options.name), project)

    def add_libraries(self, spec: ModelSpec, project: Path, existing: Path) -> None:
        """Copy ONNX Runtime Web."""
        onnxruntime_web.copy_into(project, existing, webgpu=_webgpu(spec) is not None)

    def open_runner(self, job: "Job") -> "AbstractContextManager[Runner]":
        """Serve the project and open it in a browser."""
        from edgegen.targets.web.runner import open_runner

        return open_runner(job)


def _webgpu(spec: ModelSpec) -> Program | None:
    """Return the program of --backend webgpu."""
    return next((each for each in spec.programs if each.backend == WEBGPU.name), None)


def _browser() -> ToolStatus:
    from edgegen.targets.web.browser import find

    return find()


TARGET = Web(
    name="web",
    description="an app for browsers: a static folder, nothing to install",
    template="web",
    rendered=(("_shared/js/vision", "vision"), ("_shared/vectors", "vectors")),
    apps={"starter": App("")},
    options=("app", "ci"),
    model_dir="model",
    vectors_dir="vectors",
    build_dirs=(),
    libraries=(onnxruntime_web.FOLDER,),
    backends=(BACKEND.name, WEBGPU.name),
    selection_template="_selection/web",
    required_backends=(BACKEND.name,),
    why_no_int8=WHY_NO_INT8,
    can_be_timed=True,
    screenshots=True,
    replaceable_pictures=("icon-192.png", "icon-512.png"),
    ci={"github": "_ci/web-github"},
    next_steps=("edgegen serve .    # for phones and this computer: prints the address and a QR code",),
)
