# OpenCV reads pictures, videos and cameras, and draws. Without it the detector and its tests are built all the same.
#
# OPENCV_FOR_PICTURES  what the app needs; empty: no app
# OPENCV_FOR_VIDEO     what videos, cameras and windows need besides; empty: pictures only
set(OPENCV_FOR_PICTURES)
set(OPENCV_FOR_VIDEO)

find_package(OpenCV QUIET COMPONENTS core imgproc imgcodecs OPTIONAL_COMPONENTS videoio highgui)
if(NOT OpenCV_FOUND)
  message(STATUS "OpenCV was not found: building the detector and its tests, but no app. "
                 "For the app: sudo apt install libopencv-dev")
  return()
endif()

set(OPENCV_FOR_PICTURES opencv_core opencv_imgproc opencv_imgcodecs)
if(TARGET opencv_videoio AND TARGET opencv_highgui)
  set(OPENCV_FOR_VIDEO opencv_videoio opencv_highgui)
else()
  message(STATUS "This OpenCV has no videoio or no highgui: the app will read pictures only")
endif()
message(STATUS "OpenCV ${OpenCV_VERSION} from ${OpenCV_DIR}")
