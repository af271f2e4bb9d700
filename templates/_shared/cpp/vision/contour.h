// Outlines and polygons of masks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "vision/detection.h"
#include "vision/result.h"

namespace vision {

struct PixelPoint {
  int x = 0, y = 0;
};
using Contour = std::vector<PixelPoint>;

// Returns the corner points of the outer borders, as OpenCV's findContours(RETR_EXTERNAL, CHAIN_APPROX_SIMPLE) does and
// in its order (Suzuki and Abe, Topological Structural Analysis of Digitized Binary Images by Border Following, 1985).
// pixels: (height, width), not 0 where an object is.
std::vector<Contour> find_contours(const std::uint8_t* pixels, int width, int height);

// Returns all contours as one line. Each is joined to the next where they are closest, there and back.
Contour joined(std::vector<Contour> contours);

// Returns the outer borders of a mask for drawing, in pixels of the upright picture, through the centres of the mask's
// pixels.
std::vector<std::vector<Point>> outlines_of(const Result& result, std::size_t number);

// Returns the polygon of a mask in pixels of the upright picture: Ultralytics' masks.xy.
std::vector<Point> polygon_of(const Result& result, std::size_t number);

}  // namespace vision
