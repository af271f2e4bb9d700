"""Embedded Linux, the Raspberry Pi first: C++17, CMake, OpenCV for cameras and files."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

from edgegen.base import pins, tools
from edgegen.base.tools import Tool
from edgegen.model.spec import ModelSpec
from edgegen.project import option_table
from edgegen.project.blueprint import App, MultiModel
from edgegen.project.context import Options
from edgegen.targets.base import Target

if TYPE_CHECKING:
    from edgegen.targets.runner import Job, Runner

_COMPILERS = tools.any_of(tools.program("c++", "g++"), tools.program("clang++"))
_CMAKE = tools.program("cmake", minimum=pins.CMAKE_MINIMUM)
_MAKE = tools.any_of(tools.program("make"), tools.program("ninja"))
_TOOLS = (
    Tool("C++ compiler", "builds the app", _COMPILERS, apt=("g++",), brew=("llvm",)),
    Tool("CMake", "builds the app", _CMAKE, apt=("cmake",), brew=("cmake",)),
    Tool("Make or Ninja", "builds the app: CMake chooses Make", _MAKE, apt=("make",), brew=("ninja",)),
    Tool(
        "OpenCV (C++)",
        "reads pictures, videos and cameras in the app",
        tools.opencv,
        apt=("libopencv-dev",),
        brew=("opencv",),
    ),
    Tool(
        "JPEG and PNG",
        "read and write JPEG and PNG; only the studio app needs them",
        tools.headers("jpeglib.h", "png.h"),
        required=False,
        app=option_table.STUDIO,
        apt=("libjpeg-dev", "libpng-dev"),
        brew=("jpeg-turbo", "libpng"),
    ),
    Tool(
        "cpp-httplib",
        "shows the studio app's pictures in a browser (--serve)",
        tools.headers("httplib.h"),
        required=False,
        apt=("libcpp-httplib-dev", "pkg-config"),
        brew=("cpp-httplib", "pkgconf"),
    ),
    Tool(
        "g++ for aarch64",
        "cross-compiles for a Raspberry Pi",
        tools.program("aarch64-linux-gnu-g++"),
        required=False,
        apt=("g++-aarch64-linux-gnu",),
    ),
    Tool(
        "QEMU for aarch64",
        "runs the cross-compiled tests here",
        tools.program("qemu-aarch64", "qemu-aarch64-static"),
        required=False,
        apt=("qemu-user",),
    ),
)

# By trial with CMake 3.25: a colon fails with Make alone, and ${NAME} and $ENV{NAME} are expanded.
_NOT_IN_CMAKE: Final = r'[;"#<>?|\\:\[\]]|\$(?=\w*\{)'


class LinuxCpp(Target):
    """Its projects are built by CMake."""

    def tools(self) -> tuple[Tool, ...]:
        """Return the compilers and libraries."""
        return _TOOLS

    def context(self, spec: ModelSpec, options: Options) -> dict[str, Any]:
        """Return the oldest CMake."""
        return {"cmake_minimum": pins.CMAKE_MINIMUM}

    def open_runner(self, job: "Job") -> "AbstractContextManager[Runner]":
        """Build the app and run it."""
        from edgegen.targets.linux_cpp.runner import open_runner

        return open_runner(job)


TARGET = LinuxCpp(
    name="linux-cpp",
    description="a program for Linux and Raspberry Pi: C++, CMake",
    template="linux-cpp",
    rendered=(
        ("_shared/model_info", "src"),
        ("_shared/app_model", "src/edgegen"),
        ("_shared/vectors", "vectors"),
        ("_shared/cpp/vision", "src/vision"),
        ("_shared/cpp/support", "src/edgegen/support"),
        ("_shared/cpp/detector", "src/edgegen/detector"),
        ("_shared/cpp/json", "src/edgegen/json"),
        ("_shared/cpp/parity", "src/edgegen/parity"),
    ),
    apps={
        "starter": App("_starter/linux-cpp"),
        "studio": App(
            "_studio/linux-cpp",
            (("_shared/cpp/capture", "src/edgegen/capture"), ("_shared/cpp/tracking", "src/tracking")),
            many_models=True,
        ),
    },
    options=("app",),
    backends=("xnnpack-avx2",),
    default_backends=("xnnpack-avx2",),
    selection_template="_selection/linux-cpp",
    int8_io=True,
    multi_model=MultiModel(
        each=(("_shared/model_info", "src/models/{key}"),),
        template="_several/linux-cpp",
        rendered=(("_shared/app_models", "src/edgegen"),),
    ),
    model_dir="model",
    vectors_dir="vectors",
    not_in_path=_NOT_IN_CMAKE,
    build_dirs=("build",),
    can_be_timed=True,
    replaceable_pictures=("photo.jpg",),
    next_steps=(
        "cmake --preset release && cmake --build --preset release && ctest --preset release",
        "./build/release/app photo.jpg --output annotated",
    ),
)
