"""iOS: the C++ core, an Objective-C++ bridge and SwiftUI, in an Xcode project."""

import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from edgegen.artifacts.pte import read_pte
from edgegen.base import pins, tools
from edgegen.base.tools import Tool, ToolStatus
from edgegen.model.spec import ModelSpec
from edgegen.project import icon, xcconfig
from edgegen.project.blueprint import App, MultiModel
from edgegen.project.context import Options
from edgegen.targets import kits
from edgegen.targets.base import ProjectTests, Target, import_later

_ICON_SET = "App/Resources/Assets.xcassets/AppIcon.appiconset"
_USER_SETTINGS = "Config/User.xcconfig"
# Products of ExecuTorch's Swift package that every app links. backend_xnnpack contains the threadpool.
PRODUCTS: Final = ("executorch", "backend_xnnpack")
# Xcode needs it. `verify` on Linux does not.
_MAC = Tool(
    "Mac with Xcode",
    "builds the app",
    ToolStatus,
    required=False,
    informational=True,
    command=f"a Mac, and Xcode {pins.IOS['xcode']} or newer from its App Store",
)


def _context(_spec: ModelSpec, options: Options) -> dict[str, Any]:
    return {
        "bundle_id": options.bundle_id,
        "ios": {**pins.IOS, "products": _products},
        "icon": icon.design(options.name),
        "ci": options.ci,
    }


def _products(spec: ModelSpec, models: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the products that the app links for all its models."""
    specs = (each["spec"] for each in models or [{"spec": spec}])
    return needed_products(
        path for each in specs for path in (each.pte, *map(each.path_of, each.extra_programs))
    )


def needed_products(programs: Iterable[Path]) -> tuple[str, ...]:
    """Return the products of ExecuTorch's package that an app with these `.pte` files links.

    Kernels run the operators that no backend runs. Most models have none, and kernels are large.
    """
    methods = [method for path in programs for method in read_pte(path).methods]
    delegates = {delegate.backend for method in methods for delegate in method.delegates}
    core_ml = ("backend_coreml",) if "CoreMLBackend" in delegates else ()
    namespaces = {operator.name.partition("::")[0] for method in methods for operator in method.operators}
    kernels = ("kernels_optimized",) if namespaces - {"executorch_prim"} else ()
    quantized = ("kernels_quantized",) if "quantized_decomposed" in namespaces else ()
    return (*PRODUCTS, *core_ml, *kernels, *quantized)


def _draw(options: Options, project: Path) -> None:
    icon.draw_app_icon(icon.design(options.name), project / _ICON_SET)


def _user_settings(project: Path) -> Mapping[str, str]:
    path = (project / _USER_SETTINGS).absolute()
    settings = xcconfig.read(path, Path(path.anchor))  # it may include a file from anywhere
    return {
        "name": settings.value("INFOPLIST_KEY_CFBundleDisplayName"),
        "bundle_id": settings.value("APP_BUNDLE_ID"),
    }


def _xcode() -> ProjectTests | None:
    from edgegen.targets.ios import xcode

    return xcode.verify_on_simulator if xcode.is_here() else None


def _tools() -> tuple[Tool, ...]:
    if platform.system() == "Darwin":
        xcode = tools.program("xcodebuild", version_argument="-version")
        return (Tool("Xcode", "builds the app and tests it", xcode),)
    needed = (kits.linux("use a Mac with Xcode"), kits.KITS)
    if not kits.KITS.find().usable:
        return *needed, _MAC
    from edgegen_kits.ios.tools import TOOLS

    return *needed, *TOOLS, _MAC


TARGET = Target(
    name="ios",
    description="an app for iPhones: SwiftUI, opens in Xcode on a Mac",
    template="ios",
    shared=(
        ("_shared/cpp/vision", "Core/vision"),
        ("_shared/cpp/nv12", "Core/nv12"),
        ("_shared/cpp/support", "Core/support"),
        ("_shared/cpp/detector", "Core/detector"),
        ("_shared/cpp/parity", "Core/parity"),
    ),
    int8_io=True,
    rendered=(("_shared/model_info", "Core"), ("_shared/app_model", "Core"), ("_shared/vectors", "vectors")),
    multi_model=MultiModel(
        each=(("_shared/model_info", "Core/models/{key}"),),
        template="_several/ios",
        rendered=(("_shared/app_models", "Core"),),
    ),
    model_dir="Model",
    vectors_dir="vectors",
    build_dirs=("build", ".build", ".swiftpm", "DerivedData"),
    tools=_tools,
    context=_context,
    open_runner=import_later("edgegen.targets.ios.runner", "open_runner"),
    project_tests_here=_xcode,
    why_not_evaluated=(
        "evaluating an app that Xcode runs",
        "evaluate the checkpoint, or a linux-cpp project of it",
    ),
    project_tests_on_device=import_later("edgegen.targets.ios.xcode", "verify_on_device"),
    next_steps=(
        f"open App.xcodeproj    # write your team into {_USER_SETTINGS}, choose a phone, and press Run",
    ),
    backends=("coreml", "coreml-gpu", "coreml-all"),
    default_backends=("coreml",),
    selection_template="_selection/ios",
    apps={
        "starter": App("_starter/ios"),
        "studio": App(
            "_studio/ios",
            tuple((f"_shared/cpp/{part}", f"Core/{part}") for part in ("capture", "json", "tracking")),
            many_models=True,
        ),
    },
    options=("bundle_id", "app", "ci"),
    draw=_draw,
    replaceable_pictures=("*.xcassets/AppIcon.appiconset/*.png",),
    ci={"github": "_ci/ios-github"},
    users_files={_USER_SETTINGS: _user_settings},
)
