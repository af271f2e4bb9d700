# Debian's cross-compiler for 64-bit ARM: sudo apt install g++-aarch64-linux-gnu qemu-user
#
# With a copy of a board's file system, give -DCMAKE_SYSROOT=DIR besides: its OpenCV is found there, and the app is built.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

if(CMAKE_SYSROOT)
  set(emulated_root "${CMAKE_SYSROOT}")
else()
  set(emulated_root /usr/aarch64-linux-gnu)
  set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
  # `apt install libopencv-dev:arm64` puts OpenCV here.
  if(EXISTS /usr/lib/aarch64-linux-gnu/cmake/opencv4)
    set(OpenCV_DIR /usr/lib/aarch64-linux-gnu/cmake/opencv4)
  endif()
endif()

# Never a library of this machine.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# ctest runs the tests under QEMU, as a Raspberry Pi 4: QEMU's own choice of processor has SVE and SME, which the model
# would use, and which take QEMU minutes a picture.
find_program(QEMU_AARCH64 NAMES qemu-aarch64 qemu-aarch64-static)
if(QEMU_AARCH64)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${QEMU_AARCH64}" -cpu cortex-a72 -L "${emulated_root}")
endif()
