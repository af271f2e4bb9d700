# Defines the target executorch_sdk, from the first ExecuTorch that is found:
#   1. in CMAKE_PREFIX_PATH, executorch_ROOT or executorch_DIR: a wheel's folder, or a source build that was installed
#   2. in the wheel of the Python of VIRTUAL_ENV, then of the one on PATH
#      (cross-compiling: the wheel that scripts/get-aarch64-sdk.sh fetched)
#   3. in CMake's own places, for example /usr/local

# Exporter and runtime must be of one minor release; find_package(executorch 1.5) would take any later 1.x too.
function(check_executorch_version found folder)
  string(REGEX MATCH "^[0-9]+\\.[0-9]+" minor "${found}")
  if(minor STREQUAL "")
    message(WARNING "The ExecuTorch in ${folder} does not say its version. "
                    "The model was exported for ${EXECUTORCH_PIN}, so it must be ${EXECUTORCH_PIN_MINOR}.")
  elseif(NOT minor STREQUAL EXECUTORCH_PIN_MINOR)
    message(FATAL_ERROR
      "ExecuTorch ${found} was found in ${folder}, but the model was exported for "
      "${EXECUTORCH_PIN}, and the runtime must be of the same minor release (${EXECUTORCH_PIN_MINOR}). Install it with\n"
      "  pip install executorch==${EXECUTORCH_PIN}\n"
      "or run `edgegen new` with the release that you have.")
  endif()
endfunction()

# Writes build_info.h and build_info.cpp. The project's folder is in the .cpp: with ccache, a copy of the project
# compiles this file only.
function(write_build_info)
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
endfunction()

if(TARGET executorch_sdk) # found by another project in this build
  get_property(EXECUTORCH_BUILD_VERSION GLOBAL PROPERTY EDGEGEN_EXECUTORCH_VERSION)
  get_property(folder GLOBAL PROPERTY EDGEGEN_EXECUTORCH_FOLDER)
  check_executorch_version("${EXECUTORCH_BUILD_VERSION}" "${folder}")
  write_build_info()
  return()
endif()

function(add_executorch_target)
  add_library(executorch_sdk INTERFACE)
  if(EXECUTORCH_RUNTIME_LIBRARY_DIR)
    link_wheel()
  else()
    link_source_build()
  endif()
  # Kernels and backends register themselves, so the linker sees no calls. Without this option it drops them, and the
  # model does not load (error 32, backend not found).
  if(NOT APPLE)
    target_link_options(executorch_sdk INTERFACE LINKER:--no-as-needed)
  endif()
endfunction()

# EXECUTORCH_LIBRARIES lacks the quantized kernels, which int8 models need, and has delegates for other hardware.
function(find_wheel_libraries result)
  set(files "")
  foreach(part IN ITEMS "" _kernels_optimized _kernels_quantized _backend_xnnpack _threadpool)
    set(file "${EXECUTORCH_RUNTIME_LIBRARY_DIR}/libexecutorch${part}${CMAKE_SHARED_LIBRARY_SUFFIX}")
    if(EXISTS "${file}")
      list(APPEND files "${file}")
    endif()
  endforeach()
  set(${result} "${files}" PARENT_SCOPE)
endfunction()

# Files, because the wheel's own targets need CMake 3.28, and exist only in the folder that looked for them.
function(link_wheel)
  find_wheel_libraries(files)
  target_include_directories(executorch_sdk SYSTEM INTERFACE ${EXECUTORCH_INCLUDE_DIRS})
  target_compile_definitions(executorch_sdk INTERFACE ${EXECUTORCH_COMPILE_DEFINITIONS})
  target_link_libraries(executorch_sdk INTERFACE ${files})
endfunction()

# An ExecuTorch built from source has static libraries. Those that only register something are linked whole.
function(link_source_build)
  target_include_directories(executorch_sdk SYSTEM INTERFACE ${EXECUTORCH_INCLUDE_DIRS})
  target_compile_definitions(executorch_sdk INTERFACE C10_USING_CUSTOM_GENERATED_MACROS)
  set(missing "")
  foreach(part IN ITEMS executorch extension_module_static extension_tensor extension_data_loader)
    if(TARGET ${part})
      target_link_libraries(executorch_sdk INTERFACE ${part})
    else()
      list(APPEND missing ${part})
    endif()
  endforeach()
  if(missing)
    list(JOIN missing ", " missing)
    message(FATAL_ERROR
      "The ExecuTorch in ${executorch_DIR} lacks ${missing}. Build it with EXECUTORCH_BUILD_EXTENSION_MODULE, "
      "EXECUTORCH_BUILD_EXTENSION_TENSOR, EXECUTORCH_BUILD_EXTENSION_DATA_LOADER, EXECUTORCH_BUILD_XNNPACK and "
      "EXECUTORCH_BUILD_KERNELS_OPTIMIZED, or use the wheel: pip install executorch==${EXECUTORCH_PIN}")
  endif()

  foreach(part IN ITEMS extension_flat_tensor extension_named_data_map extension_threadpool)
    if(TARGET ${part})
      target_link_libraries(executorch_sdk INTERFACE ${part})
    endif()
  endforeach()
  # The fastest kernels that were built.
  foreach(kernels IN ITEMS optimized_native_cpu_ops_lib optimized_ops_lib portable_ops_lib)
    if(TARGET ${kernels})
      link_whole(${kernels})
      break()
    endif()
  endforeach()
  foreach(part IN ITEMS quantized_ops_lib xnnpack_backend)
    if(TARGET ${part})
      link_whole(${part})
    endif()
  endforeach()
endfunction()

function(link_whole target)
  if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.24)
    target_link_libraries(executorch_sdk INTERFACE "$<LINK_LIBRARY:WHOLE_ARCHIVE,${target}>")
  else()
    target_link_libraries(executorch_sdk INTERFACE -Wl,--whole-archive ${target} -Wl,--no-whole-archive)
  endif()
endfunction()

# Sets `result` to the executorch package of this Python, or to "".
function(find_executorch_wheel python result)
  # Without importing it, which takes 3 s, and without the current folder.
  string(CONCAT program
    "import importlib.util as u, sys\n"
    "sys.path = [p for p in sys.path if p]\n"
    "s = u.find_spec('executorch')\n"
    "print(list(s.submodule_search_locations)[0] if s else '', end='')")
  execute_process(COMMAND "${python}" -c "${program}" OUTPUT_VARIABLE folder RESULT_VARIABLE failed ERROR_QUIET)
  if(failed)
    set(folder "")
  endif()
  set(${result} "${folder}" PARENT_SCOPE)
endfunction()

# Calls find_package, without the package's own messages.
macro(find_executorch_package)
  set(message_level "${CMAKE_MESSAGE_LOG_LEVEL}")
  set(CMAKE_MESSAGE_LOG_LEVEL WARNING)
  find_package(executorch CONFIG QUIET ${ARGN})
  set(CMAKE_MESSAGE_LOG_LEVEL "${message_level}")
endmacro()

# Sets `result` to the reason why no wheel fits this compiler, or to "". Wheels for Linux are for 64-bit x86 and ARM, with
# glibc and libstdc++.
function(find_wheel_obstacle result)
  string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" processor)
  get_filename_component(compiler "${CMAKE_CXX_COMPILER}" NAME)
  set(system "${CMAKE_CXX_LIBRARY_ARCHITECTURE};${CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES}")
  set(obstacle "")
  if(CMAKE_SIZEOF_VOID_P EQUAL 4)
    set(obstacle "makes programs for 32-bit systems")
  elseif(NOT processor MATCHES "^(x86_64|amd64|aarch64|arm64)$")
    set(obstacle "makes programs for ${CMAKE_SYSTEM_PROCESSOR}")
  elseif(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND (compiler MATCHES "(^|-)musl" OR system MATCHES "-linux-musl"))
    set(obstacle "uses musl")
  elseif(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND ";${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES};" MATCHES ";c\\+\\+;")
    set(obstacle "uses libc++")
  endif()
  set(${result} "${obstacle}" PARENT_SCOPE)
endfunction()

set(looked_in "")

# 1. As the user says: site-packages/executorch, or site-packages.
set(prefixes ${CMAKE_PREFIX_PATH})
list(TRANSFORM prefixes APPEND "/executorch")
find_executorch_package(HINTS ${prefixes} NO_CMAKE_SYSTEM_PATH NO_SYSTEM_ENVIRONMENT_PATH NO_CMAKE_PACKAGE_REGISTRY)
if(CMAKE_PREFIX_PATH)
  string(APPEND looked_in "\n  CMAKE_PREFIX_PATH (${CMAKE_PREFIX_PATH})")
endif()

# 2. The wheel.
set(wheels "")
if(CMAKE_CROSSCOMPILING)
  set(wheels "${PROJECT_SOURCE_DIR}/build/aarch64-sdk/executorch")
  string(APPEND looked_in "\n  ${wheels}")
elseif(NOT executorch_FOUND)
  find_program(PYTHON_ON_PATH NAMES python3 python NO_CACHE)
  foreach(python IN ITEMS "$ENV{VIRTUAL_ENV}/bin/python" "${PYTHON_ON_PATH}")
    if(EXISTS "${python}")
      find_executorch_wheel("${python}" wheel)
      if(wheel)
        list(APPEND wheels "${wheel}")
        string(APPEND looked_in "\n  ${wheel} (it has no C++ SDK)")
      else()
        string(APPEND looked_in "\n  ${python} (it has no package executorch)")
      endif()
    endif()
  endforeach()
endif()
foreach(wheel IN LISTS wheels)
  if(NOT executorch_FOUND)
    find_executorch_package(PATHS "${wheel}" NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  endif()
endforeach()

# 3. The system.
if(NOT executorch_FOUND)
  find_executorch_package()
endif()

if(NOT executorch_FOUND OR EXECUTORCH_RUNTIME_LIBRARY_DIR)
  find_wheel_obstacle(obstacle)
  if(obstacle)
    message(FATAL_ERROR
      "${CMAKE_CXX_COMPILER} ${obstacle}, and there is no package of ExecuTorch for that: only for "
      "64-bit x86 and ARM, with glibc and libstdc++. Use a 64-bit system with its own g++: on a Raspberry Pi 3, 4, 5 or "
      "Zero 2 W the 64-bit Raspberry Pi OS (the first Zero and the Pi 1 have none). Or build ExecuTorch from source and "
      "name the folder that it was installed in:\n"
      "  cmake --preset release -DCMAKE_PREFIX_PATH=FOLDER")
  endif()
endif()
if(NOT executorch_FOUND AND CMAKE_CROSSCOMPILING)
  message(FATAL_ERROR
    "ExecuTorch for ${CMAKE_SYSTEM_PROCESSOR} was not found. Looked in:${looked_in}\n"
    "Fetch it with\n"
    "  scripts/get-aarch64-sdk.sh\n"
    "and configure again.")
elseif(NOT executorch_FOUND)
  message(FATAL_ERROR
    "ExecuTorch ${EXECUTORCH_PIN_MINOR} was not found. Looked in:${looked_in}\n"
    "Install it with\n"
    "  python3 -m venv .venv && . .venv/bin/activate && pip install executorch==${EXECUTORCH_PIN}\n"
    "and configure again, or say where another one is:\n"
    "  cmake --preset release -DCMAKE_PREFIX_PATH=FOLDER")
endif()

if(NOT EXECUTORCH_BUILD_VERSION)
  set(EXECUTORCH_BUILD_VERSION "${executorch_VERSION}") # a source build
endif()
if(NOT EXECUTORCH_BUILD_VERSION)
  set(EXECUTORCH_BUILD_VERSION "of unknown version")
endif()
check_executorch_version("${EXECUTORCH_BUILD_VERSION}" "${executorch_DIR}")
set_property(GLOBAL PROPERTY EDGEGEN_EXECUTORCH_VERSION "${EXECUTORCH_BUILD_VERSION}")
set_property(GLOBAL PROPERTY EDGEGEN_EXECUTORCH_FOLDER "${executorch_DIR}")
message(STATUS "ExecuTorch ${EXECUTORCH_BUILD_VERSION} from ${executorch_DIR}")
add_executorch_target()
write_build_info()
