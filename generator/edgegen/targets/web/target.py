"""The web: plain HTML, CSS and JavaScript, and ONNX Runtime Web."""

from pathlib import Path
from typing import Any

from edgegen.base import tools
from edgegen.base.tools import Tool, ToolStatus
from edgegen.model.spec import ModelSpec, Program
from edgegen.project import icon
from edgegen.project.blueprint import App
from edgegen.project.context import Options
from edgegen.runtimes.onnxruntime.backend import BACKEND, WEBGPU, WHY_NO_INT8
from edgegen.targets.base import Target, import_later
from edgegen.targets.web import onnxruntime_web


def _context(spec: ModelSpec, options: Options) -> dict[str, Any]:
    return {
        "program": spec.program_for((BACKEND.name,)),
        "webgpu": _webgpu(spec),
        "icon_color": icon.design(options.name).color,
        "ci": options.ci,
    }


def _webgpu(spec: ModelSpec) -> Program | None:
    """Return the program of --backend webgpu."""
    return next((each for each in spec.programs if each.backend == WEBGPU.name), None)


def _draw(options: Options, project: Path) -> None:
    icon.draw_web_icons(icon.design(options.name), project)


def _add_libraries(spec: ModelSpec, project: Path, existing: Path) -> None:
    onnxruntime_web.copy_into(project, existing, webgpu=_webgpu(spec) is not None)


def _browser() -> ToolStatus:
    from edgegen.targets.web.browser import find

    return find()


def _tools() -> tuple[Tool, ...]:
    extra = ("edgegen[web]",)
    return (
        Tool("Chromium", "runs the app", _browser, apt=("chromium",)),
        Tool("playwright", "drives the browser", tools.package("playwright"), pip=extra),
        Tool(
            "onnxscript", "exports the model to ONNX", tools.package("onnxscript"), required=False, pip=extra
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


TARGET = Target(
    name="web",
    description="an app for browsers: a static folder, nothing to install",
    template="web",
    shared=(),
    rendered=(("_shared/js/vision", "vision"), ("_shared/vectors", "vectors")),
    apps={"starter": App("")},
    options=("app", "ci"),
    model_dir="model",
    vectors_dir="vectors",
    build_dirs=(),
    tools=_tools,
    context=_context,
    draw=_draw,
    missing=onnxruntime_web.missing,
    add_libraries=_add_libraries,
    libraries=(onnxruntime_web.FOLDER,),
    backends=(BACKEND.name, WEBGPU.name),
    selection_template="_selection/web",
    required_backends=(BACKEND.name,),
    why_no_int8=WHY_NO_INT8,
    open_runner=import_later("edgegen.targets.web.runner", "open_runner"),
    can_be_timed=True,
    screenshots=True,
    replaceable_pictures=("icon-192.png", "icon-512.png"),
    ci={"github": "_ci/web-github"},
    next_steps=("edgegen serve .    # for phones and this computer: prints the address and a QR code",),
)
