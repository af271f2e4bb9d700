# What find_package(executorch) offers differs: by CMake's version for the wheel, and for a source build altogether.

# Defines `executorch_sdk` from whatever was found.
function(add_executorch_target)
  add_library(executorch_sdk INTERFACE)
  if(TARGET executorch::runtime)
    link_wheel_targets()
  elseif(EXECUTORCH_RUNTIME_LIBRARY_DIR)
    link_wheel_files()
  else()
    link_source_build()
  endif()
  # Kernels and backends register themselves when they are loaded: nothing calls them, so a linker that drops unused
  # libraries would drop them, and the model would not load (error 32, backend not found).
  if(NOT APPLE)
    target_link_options(executorch_sdk INTERFACE LINKER:--no-as-needed)
  endif()
endfunction()

# The wheel, CMake 3.28 and newer. EXECUTORCH_LIBRARIES lacks the quantized kernels, which int8 models need, and has
# delegates for other hardware, so the parts are named.
function(link_wheel_targets)
  foreach(part IN ITEMS runtime kernels_optimized kernels_quantized backend_xnnpack threadpool)
    if(TARGET executorch::${part})
      target_link_libraries(executorch_sdk INTERFACE executorch::${part})
    endif()
  endforeach()
endfunction()

# The wheel, older CMake: it gets no targets, only variables.
function(link_wheel_files)
  target_include_directories(executorch_sdk SYSTEM INTERFACE ${EXECUTORCH_INCLUDE_DIRS})
  target_compile_definitions(executorch_sdk INTERFACE ${EXECUTORCH_COMPILE_DEFINITIONS})
  foreach(part IN ITEMS "" _kernels_optimized _kernels_quantized _backend_xnnpack _threadpool)
    set(file "${EXECUTORCH_RUNTIME_LIBRARY_DIR}/libexecutorch${part}${CMAKE_SHARED_LIBRARY_SUFFIX}")
    if(EXISTS "${file}")
      target_link_libraries(executorch_sdk INTERFACE "${file}")
    endif()
  endforeach()
endfunction()

# ExecuTorch built from source and installed: static libraries, each with its own target. Those that only register
# something are linked whole.
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
  # One set of kernels for the operators outside of delegates: the fastest that was built.
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
  target_link_libraries(executorch_sdk INTERFACE "$<LINK_LIBRARY:WHOLE_ARCHIVE,${target}>")
endfunction()
