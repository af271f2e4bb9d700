// Things that are followed tremble less: the One Euro filter (Casiez, Roussel and Vogel, 1 € Filter: A Simple
// Speed-based Low-pass Filter for Noisy Input in Interactive Systems, CHI 2012).
#pragma once

#include <map>
#include <vector>

#include "tracking/bytetrack.h"
#include "vision/result.h"

namespace vision {

// Of one video or camera. Boxes and keypoints of what stands still are held still, what moves fast is late by little.
// Speeds are measured in sizes of the thing's own box: near or far, things are smoothed alike.
class Smoothing {
 public:
  Smoothing() = default;
  explicit Smoothing(const ByteTrack::Turned& turned) : turned_(&turned) {}  // which must live as long

  // The result of a ByteTrack, and when its picture was seen.
  void operator()(Result& result, double seconds);

 private:
  struct Thing {
    std::vector<double> values, speeds;
    double seen;  // seconds
  };

  // Centre x, centre y, width, height, of a turned box the angle, then x and y of the keypoints.
  void read(const Result& result, std::size_t place, std::size_t points);
  void write(Result& result, std::size_t place, std::size_t points) const;
  void smooth(Thing& thing, double seconds);
  bool begins_anew(const Thing& thing, double seconds) const;

  const ByteTrack::Turned* turned_ = nullptr;
  std::map<int, Thing> things_;  // by the numbers of their tracks
  std::vector<double> values_;   // of the thing that is looked at
};

}  // namespace vision
