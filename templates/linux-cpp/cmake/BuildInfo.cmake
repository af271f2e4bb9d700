# Writes build_info.h and build_info.cpp. The project's folder is in the .cpp: with ccache, another folder then compiles
# one file only.
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/build_info.h" @ONLY CONTENT [==[
// Written by CMake: what it found, and where.
#pragma once

namespace build_info {

extern const char kProjectFolder[];  // in build_info.cpp
inline constexpr char kExecuTorchVersion[] = R"__text__(@EXECUTORCH_BUILD_VERSION@)__text__";

}  // namespace build_info
]==])
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/build_info.cpp" @ONLY CONTENT [==[
// Written by CMake.
#include "build_info.h"

const char build_info::kProjectFolder[] = R"__path__(@PROJECT_SOURCE_DIR@)__path__";
]==])
