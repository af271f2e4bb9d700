# `cmake --install build/P --prefix DIR` puts together all that a board needs: copy DIR there and run bin/app. The programs
# find ExecuTorch beside their own folder, wherever that is put.
#
# For programs of one's own there are the library, its headers and a CMake package besides:
#   find_package(NAME REQUIRED)             with -DCMAKE_PREFIX_PATH=DIR; NAME is this project's
#   target_link_libraries(... NAME::detector)

# Models in one place share headers: those of one release of edgegen, as in a program that two of them meet in. Asked before
# anything is written.
if(EXECUTORCH_RUNTIME_LIBRARY_DIR)
  install(CODE "set(own_release \"${EDGEGEN_RELEASE}\")")
  install(CODE [==[
    set(file "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/include/edgegen/release.txt")
    if(EXISTS "${file}")
      file(READ "${file}" release)
      if(NOT release STREQUAL own_release)
        message(FATAL_ERROR "${CMAKE_INSTALL_PREFIX} has a model of edgegen ${release}, and this one is of edgegen "
          "${own_release}: their headers would mix. Run `edgegen new` again for the older one, or install elsewhere")
      endif()
    endif()
    file(WRITE "${file}" "${own_release}")]==])
endif()

set(beside_program "$ORIGIN/../lib")
if(APPLE)
  set(beside_program "@loader_path/../lib")
endif()
foreach(program IN ITEMS app parity)
  if(TARGET ${program})
    set_target_properties(${program} PROPERTIES INSTALL_RPATH "${beside_program}")
    install(TARGETS ${program} RUNTIME DESTINATION bin)
  endif()
endforeach()
foreach(library IN ITEMS pictures video server)
  if(TARGET ${library})
    install(TARGETS ${library} LIBRARY DESTINATION bin) # the app looks for it beside itself
  endif()
endforeach()
if(TARGET parity)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/vectors" DESTINATION .)
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/model" DESTINATION .)

if(NOT EXECUTORCH_RUNTIME_LIBRARY_DIR)
  message(STATUS "ExecuTorch was built from source: `cmake --install` will put no CMake package in its place")
  return()
endif()
find_wheel_libraries(files)
install(FILES ${files} DESTINATION lib)

# Several models may be installed in one place. What is the same for all of them lies apart from each model's own header.
install(TARGETS ${PROJECT_NAME}_detector ARCHIVE DESTINATION lib)
install(DIRECTORY src/edgegen/detector src/edgegen/support src/vision DESTINATION include/edgegen
  FILES_MATCHING PATTERN "*.h" PATTERN program.h EXCLUDE)
install(DIRECTORY src/tracking DESTINATION include/edgegen OPTIONAL FILES_MATCHING PATTERN "*.h") # of boxes
install(FILES src/model_info.h DESTINATION include/${PROJECT_NAME} RENAME ${PROJECT_NAME}_model.h)
file(GLOB others CONFIGURE_DEPENDS src/models/*/model_info.h) # of an app with several models
foreach(header IN LISTS others)
  get_filename_component(key "${header}" DIRECTORY)
  get_filename_component(key "${key}" NAME)
  install(FILES "${header}" DESTINATION include/${PROJECT_NAME} RENAME ${PROJECT_NAME}_${key}_model.h)
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_NAME}-config.cmake @ONLY CONTENT [==[
if(TARGET @PROJECT_NAME@::detector)
  return()
endif()
get_property(release GLOBAL PROPERTY EDGEGEN_RELEASE)
if(release AND NOT release STREQUAL "@EDGEGEN_RELEASE@")
  message(FATAL_ERROR "@PROJECT_NAME@ is of edgegen @EDGEGEN_RELEASE@, and another model in this build of edgegen "
    "${release}: their C++ has the same names. Run `edgegen new` again for the older one")
endif()
set_property(GLOBAL PROPERTY EDGEGEN_RELEASE "@EDGEGEN_RELEASE@")
get_filename_component(prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
file(GLOB runtime "${prefix}/lib/libexecutorch*@CMAKE_SHARED_LIBRARY_SUFFIX@")
add_library(@PROJECT_NAME@::detector STATIC IMPORTED)
set_target_properties(@PROJECT_NAME@::detector PROPERTIES
  IMPORTED_LOCATION "${prefix}/lib/lib@PROJECT_NAME@_detector.a"
  IMPORTED_LINK_INTERFACE_LANGUAGES CXX
  INTERFACE_COMPILE_FEATURES cxx_std_17
  INTERFACE_INCLUDE_DIRECTORIES "${prefix}/include/@PROJECT_NAME@;${prefix}/include/edgegen"
  INTERFACE_LINK_LIBRARIES "${runtime}")
if(NOT APPLE) # kernels and backends register themselves: nothing calls them
  set_property(TARGET @PROJECT_NAME@::detector PROPERTY INTERFACE_LINK_OPTIONS LINKER:--no-as-needed)
endif()
]==])
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${PROJECT_NAME}-config.cmake" DESTINATION lib/cmake/${PROJECT_NAME})
