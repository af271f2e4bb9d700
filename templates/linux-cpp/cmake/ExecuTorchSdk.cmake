# Finds ExecuTorch's C++ SDK and offers it as one target, `executorch_sdk`.
#
# Looked for, in this order:
#   1. where CMAKE_PREFIX_PATH, executorch_ROOT or executorch_DIR point: a wheel's folder or a source build's install
#   2. the executorch wheel of the Python in VIRTUAL_ENV, then of the one on PATH
#      (cross-compiling: the wheel that scripts/get-aarch64-sdk.sh has fetched)
#   3. where CMake finds packages by itself: /usr/local and the like
include(ExecuTorchTargets)

# Sets `result` to the folder of the executorch package that this Python would import, or to nothing.
function(find_executorch_wheel python result)
  # Asked without importing it (3 s). The current folder is no place to look.
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

# Calls find_package with these arguments. The package's own progress messages are not for our user.
macro(find_executorch_package)
  set(message_level "${CMAKE_MESSAGE_LOG_LEVEL}")
  set(CMAKE_MESSAGE_LOG_LEVEL WARNING)
  find_package(executorch CONFIG QUIET ${ARGN})
  set(CMAKE_MESSAGE_LOG_LEVEL "${message_level}")
endmacro()

set(looked_in "")

# 1. As the user says. A wheel's folder is site-packages/executorch, but site-packages is said as easily.
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

# find_package(executorch 1.5) would take any later 1.x as well.
if(NOT EXECUTORCH_BUILD_VERSION)
  set(EXECUTORCH_BUILD_VERSION "${executorch_VERSION}") # a source build
endif()
if(NOT EXECUTORCH_BUILD_VERSION)
  set(EXECUTORCH_BUILD_VERSION "of unknown version")
endif()
string(REGEX MATCH "^[0-9]+\\.[0-9]+" executorch_minor "${EXECUTORCH_BUILD_VERSION}")
if(executorch_minor STREQUAL "")
  message(WARNING "The ExecuTorch in ${executorch_DIR} does not say its version. "
                  "The model was exported for ${EXECUTORCH_PIN}: it has to be a ${EXECUTORCH_PIN_MINOR}.")
elseif(NOT executorch_minor STREQUAL EXECUTORCH_PIN_MINOR)
  message(FATAL_ERROR
    "ExecuTorch ${EXECUTORCH_BUILD_VERSION} was found in ${executorch_DIR}, but the model was exported for "
    "${EXECUTORCH_PIN}, and the runtime must be of the same minor release (${EXECUTORCH_PIN_MINOR}). Install it with\n"
    "  pip install executorch==${EXECUTORCH_PIN}\n"
    "or run `edgegen new` with the release that you have.")
endif()
message(STATUS "ExecuTorch ${EXECUTORCH_BUILD_VERSION} from ${executorch_DIR}")

add_executorch_target()
