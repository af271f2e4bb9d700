"""The versions that belong together, in one place.

The exporter (the Python package) and the runtime (in the generated app) must be of one minor release of
ExecuTorch: a newer exporter may write operators that an older runtime does not have.
"""

from typing import Final

EXECUTORCH: Final = "1.5.1"
EXECUTORCH_MINOR: Final = "1.5"
TORCH: Final = "2.13"
ULTRALYTICS_TESTED: Final = "8.4.190"
ULTRALYTICS_MINIMUM: Final = "8.4.67"  # the first that can load a checkpoint without running what is in it

# linux-cpp: Debian 12's CMake is the oldest that the project's CMakeLists.txt is tested with.
CMAKE_MINIMUM: Final = "3.25"
CXX_STANDARD: Final = 17
