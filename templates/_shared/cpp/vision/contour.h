// Lines around the things in a bitmap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "result.h"

namespace vision {

struct PixelPoint {
  int x = 0, y = 0;
};
using Contour = std::vector<PixelPoint>;

// The outer borders, and only the points where they turn: those of OpenCV's findContours(RETR_EXTERNAL,
// CHAIN_APPROX_SIMPLE), in its order (Suzuki and Abe, Topological Structural Analysis of Digitized Binary Images by
// Border Following, 1985). pixels: (height, width), not 0 where something is.
std::vector<Contour> find_contours(const std::uint8_t* pixels, int width, int height);

// All contours as one line: each is joined to the next one where they are closest to each other, there and back.
Contour joined(std::vector<Contour> contours);

// The outer borders of a mask, to be drawn: in pixels of the upright picture, through the middles of the mask's pixels.
std::vector<std::vector<Point>> outlines_of(const Result& result, std::size_t number);

// The polygon of a mask in pixels of the upright picture: Ultralytics' masks.xy.
std::vector<Point> polygon_of(const Result& result, std::size_t number);

}  // namespace vision
