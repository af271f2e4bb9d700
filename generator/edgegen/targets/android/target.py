"""Android: Kotlin, Gradle, CameraX, ExecuTorch's Module API."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgegen.base import pins, tools
from edgegen.base.shell import gradle
from edgegen.base.tools import UNKNOWN, Tool, ToolStatus
from edgegen.model.spec import ModelSpec
from edgegen.project import icon
from edgegen.project.blueprint import App, MultiModel, VectorSample
from edgegen.project.context import Options
from edgegen.project.render import render
from edgegen.targets.base import ProjectTests, SelfCheck, Target

if TYPE_CHECKING:
    from edgegen.targets.runner import Job, Runner

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


class Android(Target):
    """Its projects are built by Gradle; here, by the Android kit."""

    def tools(self) -> tuple[Tool, ...]:
        """Return the kit's tools, and the SDK."""
        needed = (tools.linux_for_kits(f"use Gradle: {gradle('test')}"), tools.KITS)
        if not tools.KITS.find().usable:
            return *needed, _SDK
        from edgegen_kits.android.tools import TOOLS

        return *needed, *TOOLS, _SDK

    def context(self, spec: ModelSpec, options: Options) -> dict[str, Any]:
        """Return the package, versions, the icon and the CI."""
        return {
            "package": options.package,
            "android": pins.ANDROID,
            "icon": icon.design(options.name),
            "ci": options.ci,
        }

    def segments(self, options: Options) -> dict[str, str]:
        """Return the folders of the package."""
        return {"__package__": options.package.replace(".", "/")}

    def draw(self, options: Options, project: Path) -> None:
        """Draw the icon."""
        design = icon.design(options.name)
        resources = project / "app/src/main/res"
        if design.letter:
            icon.draw_letter(design, resources)
        else:
            render("_shared/android-icon", {}, resources / "drawable")

    def open_runner(self, job: "Job") -> "AbstractContextManager[Runner]":
        """Compile the app and launch it on the JVM."""
        from edgegen.targets.android.runner import open_runner

        return open_runner(job)

    def project_tests_on_device(self) -> ProjectTests:
        """Return what runs Gradle's tests on a phone or an emulator."""
        from edgegen.targets.android.device import verify_on_device

        return verify_on_device

    def self_check_on_device(self) -> SelfCheck:
        """Return what starts the app's self-check and reads its report."""
        from edgegen.targets.android.device import self_check

        return self_check


TARGET = Android(
    name="android",
    description="an app for Android phones: Kotlin, opens in Android Studio",
    template="android",
    rendered=(("_shared/vectors", "vectors"),),
    int8_io=True,
    model_dir="app/src/main/assets/model",
    vectors_dir="vectors",
    # In a class path `:` separates paths. Kotlin's compiler takes `!/` for the end of a library's path.
    not_in_path=r":|!(?=/|$)",
    build_dirs=(".gradle", ".kotlin", "build", "app/build", "parity/build", "vision/build"),
    next_steps=(
        gradle("test"),
        f"{gradle('installDebug')}    # or open the folder in Android Studio",
    ),
    screenshots=True,
    apps={"starter": App("_starter/android"), "studio": App("_studio/android", many_models=True)},
    options=("package", "app", "ci"),
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
