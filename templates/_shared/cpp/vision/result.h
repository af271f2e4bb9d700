// The result of a model for a picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "vision/model_info.h"

namespace vision {

// Corners in pixels: of the model's input while it is a candidate, of the upright picture in a Result.
struct Detection {
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  float score = 0;   // 0 to 1
  int class_id = 0;  // index into the class names
  int index = 0;     // the candidate's number in the model's output: level by level, row by row
};

struct Point {
  float x = 0, y = 0;
};

// A point of a pose, in pixels of the upright picture.
struct Keypoint {
  float x = 0, y = 0;
  float score = 1;  // 0 to 1, confidence that the point is visible; 1 if the model has none
};

// In pixels of the upright picture; may exceed it. The angle is in radians, clockwise on the screen. The width may be
// the shorter side.
struct RotatedBox {
  float cx = 0, cy = 0, width = 0, height = 0, angle = 0;
};

// Bitmaps of detections, all of one size: that of the model's input, with the letterboxed picture in it, or that of the
// upright picture. Only the part inside the box is stored.
struct Masks {
  struct Part {
    int left = 0, top = 0, width = 0, height = 0;  // pixels of the bitmap; 0 outside
    std::size_t first = 0;                         // index of its first pixel
  };
  int width = 0, height = 0;
  std::vector<Part> parts;
  std::vector<std::uint8_t> pixels;  // 1: belongs to the object

  const std::uint8_t* row(std::size_t number, int y) const {  // of the part, by rows of the bitmap
    const Part& part = parts[number];
    return pixels.data() + part.first + static_cast<std::size_t>(y - part.top) * static_cast<std::size_t>(part.width);
  }
};

struct ClassScore {
  int class_id = 0;
  float score = 0;  // 0 to 1
};

// Milliseconds of wall-clock time.
struct Timing {
  double preprocess = 0;   // resize and normalization
  double inference = 0;    // the model
  double postprocess = 0;  // decoding, choosing, and back to the picture
  double total() const { return preprocess + inference + postprocess; }
};

// Lists that a task does not fill stay empty. The others have one entry for each detection, best first; tracked ones
// are in the order of their tracks.
struct Result {
  int width = 0, height = 0;  // pixels of the upright picture
  std::vector<Detection> boxes;
  std::vector<Keypoint> keypoints;  // as many for each box as the model has
  std::vector<RotatedBox> rotated;  // the boxes are their upright bounds
  Masks masks;
  std::vector<int> track_ids;            // from 1 on; one track is one object in all frames
  std::vector<ClassScore> classes;       // of the whole picture, best first; with a class map: shares of its area
  std::vector<std::uint16_t> class_map;  // (height, width): the class of every pixel
  std::vector<float> depth;              // (height, width): distances, in the model's unit
  int candidates = 0;                    // above the confidence threshold
  Timing timing;

  // Empties all lists and keeps their memory.
  void clear() {
    boxes.clear();
    keypoints.clear();
    rotated.clear();
    track_ids.clear();
    masks.parts.clear();
    masks.pixels.clear();
    classes.clear();
    class_map.clear();
    depth.clear();
  }
};

// Keeps the detections for whose index `wanted` returns true, with their keypoints, masks and track ids.
template <typename Wanted>
void keep_if(Result& result, Wanted wanted) {
  const std::size_t count = result.boxes.size(), points = count == 0 ? 0 : result.keypoints.size() / count;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!wanted(i)) continue;
    result.boxes[kept] = result.boxes[i];
    if (!result.rotated.empty()) result.rotated[kept] = result.rotated[i];
    if (!result.masks.parts.empty()) result.masks.parts[kept] = result.masks.parts[i];
    if (!result.track_ids.empty()) result.track_ids[kept] = result.track_ids[i];
    for (std::size_t k = 0; k < points; ++k) result.keypoints[kept * points + k] = result.keypoints[i * points + k];
    ++kept;
  }
  result.boxes.resize(kept);
  result.keypoints.resize(kept * points);
  if (!result.rotated.empty()) result.rotated.resize(kept);
  if (!result.masks.parts.empty()) result.masks.parts.resize(kept);
  if (!result.track_ids.empty()) result.track_ids.resize(kept);
}

}  // namespace vision
