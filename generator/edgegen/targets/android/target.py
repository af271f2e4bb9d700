"""Android: Kotlin, Gradle, CameraX, ExecuTorch's Module API."""

from pathlib import Path
from typing import Any, Final

from edgegen.base import pins
from edgegen.base.shell import gradle
from edgegen.base.tools import UNKNOWN, Tool, ToolStatus
from edgegen.model.spec import ModelSpec
from edgegen.project import icon
from edgegen.project.blueprint import App, MultiModel, VectorSample
from edgegen.project.context import Options
from edgegen.project.render import copy_shared
from edgegen.targets import kits
from edgegen.targets.base import Target, import_later

_MODEL: Final = "vision/src/main/kotlin/vision/TheModel.kt"  # the constants of a model
_SAMPLE_BYTES: Final = 128 * 1024  # the most that the self-check's vectors add to an APK


def _find_sdk() -> ToolStatus:
    from edgegen.targets.android.device import find_sdk

    return ToolStatus(UNKNOWN) if find_sdk() else ToolStatus()


# Gradle needs it. `verify` does not.
_SDK: Final = Tool(
    "Android SDK",
    "builds the app, with Gradle",
    _find_sdk,
    required=False,
    informational=True,
    command="Android Studio: https://developer.android.com/studio",
)


def _context(_spec: ModelSpec, options: Options) -> dict[str, Any]:
    return {
        "package": options.package,
        "android": pins.ANDROID,
        "icon": icon.design(options.name),
        "ci": options.ci,
    }


def _draw(options: Options, project: Path) -> None:
    design = icon.design(options.name)
    resources = project / "app/src/main/res"
    if design.letter:
        icon.draw_letter(design, resources)
    else:
        copy_shared("_shared/android-icon", resources / "drawable")


def _tools() -> tuple[Tool, ...]:
    needed = (kits.linux(f"use Gradle: {gradle('test')}"), kits.KITS)
    if not kits.KITS.find().usable:
        return *needed, _SDK
    from edgegen_kits.android.tools import TOOLS

    return *needed, *TOOLS, _SDK


TARGET = Target(
    name="android",
    description="an app for Android phones: Kotlin, opens in Android Studio",
    template="android",
    shared=(),
    rendered=(("_shared/vectors", "vectors"),),
    int8_io=True,
    model_dir="app/src/main/assets/model",
    vectors_dir="vectors",
    # In a class path `:` separates paths. Kotlin's compiler takes `!/` for the end of a library's path.
    not_in_path=r":|!(?=/|$)",
    build_dirs=(".gradle", ".kotlin", "build", "app/build", "parity/build", "vision/build"),
    tools=_tools,
    context=_context,
    next_steps=(
        gradle("test"),
        f"{gradle('installDebug')}    # or open the folder in Android Studio",
    ),
    open_runner=import_later("edgegen.targets.android.runner", "open_runner"),
    screenshots=True,
    project_tests_on_device=import_later("edgegen.targets.android.device", "verify_on_device"),
    self_check_on_device=import_later("edgegen.targets.android.device", "self_check"),
    apps={"starter": App("_starter/android"), "studio": App("_studio/android", many_models=True)},
    options=("package", "app", "ci"),
    segments=lambda options: {"__package__": options.package.replace(".", "/")},
    draw=_draw,
    backends=("vulkan", "vulkan-float32"),
    selection_template="_selection/android",
    replaceable_pictures=("app/src/main/res/drawable-*/ic_launcher_sign.png",),
    multi_model=MultiModel(
        each=((f"android/{_MODEL}.jinja", "vision/src/main/kotlin/vision/models/{key}"),),
        template="_several/android",
    ),
    vector_sample=VectorSample("app/src/main/assets/vectors", _SAMPLE_BYTES),
    ci={"github": "_ci/android-github"},
)
