# Debian's cross-compiler for 64-bit ARM: sudo apt install g++-aarch64-linux-gnu qemu-user
#
# With -DCMAKE_SYSROOT=DIR, a copy of a board's file system, the app is built with its OpenCV, libjpeg and libpng.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
if(NOT CMAKE_CXX_COMPILER) # for an older board: -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++-12
  set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
endif()

if(CMAKE_SYSROOT)
  set(emulated_root "${CMAKE_SYSROOT}")
else()
  set(emulated_root /usr/aarch64-linux-gnu)
  set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
  # The folder of `apt install libopencv-dev:arm64 libjpeg-dev:arm64 libpng-dev:arm64`.
  set(multiarch /usr/lib/aarch64-linux-gnu)
  if(EXISTS ${multiarch}/cmake/opencv4)
    set(OpenCV_DIR ${multiarch}/cmake/opencv4)
  endif()
  foreach(library IN ITEMS JPEG:jpeg:JPEG_INCLUDE_DIR PNG:png:PNG_PNG_INCLUDE_DIR ZLIB:z:ZLIB_INCLUDE_DIR)
    string(REPLACE ":" ";" library ${library})
    list(GET library 0 name)
    list(GET library 1 file)
    list(GET library 2 headers)
    if(EXISTS ${multiarch}/lib${file}.so)
      set(${name}_LIBRARY ${multiarch}/lib${file}.so)
      set(${headers} /usr/include/aarch64-linux-gnu) # the compiler adds /usr/include
    endif()
  endforeach()
endif()

# Never a library of this machine.
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${CMAKE_SYSROOT}")
set(ENV{PKG_CONFIG_LIBDIR} "${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# ctest runs the tests under QEMU, as a Raspberry Pi 4. QEMU's default processor has SVE and SME, which it emulates too
# slowly.
find_program(QEMU_AARCH64 NAMES qemu-aarch64 qemu-aarch64-static)
if(QEMU_AARCH64)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${QEMU_AARCH64}" -cpu cortex-a72 -L "${emulated_root}")
endif()
