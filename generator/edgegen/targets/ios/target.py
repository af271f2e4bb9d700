"""iOS: the C++ core, an Objective-C++ bridge and SwiftUI, in an Xcode project."""

import platform
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgegen.artifacts.pte import read_pte
from edgegen.base import pins, tools
from edgegen.base.tools import Tool, ToolStatus
from edgegen.model.spec import ModelSpec
from edgegen.project import icon, xcconfig
from edgegen.project.blueprint import App, MultiModel
from edgegen.project.context import Options
from edgegen.targets.base import ProjectTests, Target

if TYPE_CHECKING:
    from edgegen.targets.runner import Job, Runner

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


class Ios(Target):
    """Its projects are built by Xcode; on Linux, all but Apple's frameworks by the iOS kit."""

    def tools(self) -> tuple[Tool, ...]:
        """Return Xcode on a Mac, else the kit's tools."""
        if platform.system() == "Darwin":
            xcode = tools.program("xcodebuild", version_argument="-version")
            return (Tool("Xcode", "builds the app and tests it", xcode),)
        needed = (tools.linux_for_kits("use a Mac with Xcode"), tools.KITS)
        if not tools.KITS.find().usable:
            return *needed, _MAC
        from edgegen_kits.ios.tools import TOOLS

        return *needed, *TOOLS, _MAC

    def context(self, spec: ModelSpec, options: Options) -> dict[str, Any]:
        """Return the bundle's id, versions, the icon and the CI."""
        return {
            "bundle_id": options.bundle_id,
            "ios": {**pins.IOS, "products": _products},
            "icon": icon.design(options.name),
            "ci": options.ci,
        }

    def draw(self, options: Options, project: Path) -> None:
        """Draw the icon."""
        icon.draw_app_icon(icon.design(options.name), project / _ICON_SET)

    def open_runner(self, job: "Job") -> "AbstractContextManager[Runner]":
        """Compile the bridge on GNUstep, and check the Swift."""
        from edgegen.targets.ios.runner import open_runner

        return open_runner(job)

    def project_tests_here(self) -> ProjectTests | None:
        """Return what runs the tests on a simulator, on a Mac with Xcode."""
        from edgegen.targets.ios import xcode

        return xcode.verify_on_simulator if xcode.is_here() else None

    def project_tests_on_device(self) -> ProjectTests:
        """Return what runs the tests on a phone."""
        from edgegen.targets.ios.xcode import verify_on_device

        return verify_on_device


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


def _user_settings(project: Path) -> Mapping[str, str]:
    path = (project / _USER_SETTINGS).absolute()
    settings = xcconfig.read(path, Path(path.anchor))  # it may include a file from anywhere
    return {
        "name": settings.value("INFOPLIST_KEY_CFBundleDisplayName"),
        "bundle_id": settings.value("APP_BUNDLE_ID"),
    }


TARGET = Ios(
    name="ios",
    description="an app for iPhones: SwiftUI, opens in Xcode on a Mac",
    template="ios",
    rendered=(
        ("_shared/model_info", "Core"),
        ("_shared/app_model", "Core"),
        ("_shared/vectors", "vectors"),
        ("_shared/cpp/vision", "Core/vision"),
        ("_shared/cpp/stored", "Core/stored"),
        ("_shared/cpp/support", "Core/support"),
        ("_shared/cpp/detector", "Core/detector"),
        ("_shared/cpp/parity", "Core/parity"),
    ),
    int8_io=True,
    multi_model=MultiModel(
        each=(("_shared/model_info", "Core/models/{key}"),),
        template="_several/ios",
        rendered=(("_shared/app_models", "Core"),),
    ),
    model_dir="Model",
    vectors_dir="vectors",
    build_dirs=("build", ".build", ".swiftpm", "DerivedData"),
    why_not_evaluated=(
        "evaluating an app that Xcode runs",
        "evaluate the checkpoint, or a linux-cpp project of it",
    ),
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
    replaceable_pictures=("*.xcassets/AppIcon.appiconset/*.png",),
    ci={"github": "_ci/ios-github"},
    users_files={_USER_SETTINGS: _user_settings},
)
